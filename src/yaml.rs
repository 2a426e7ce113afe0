//! The front matter of a task: a reader that knows the byte place of everything, and an editor that changes one entry.
//!
//! Owns: what a front matter means (YAML 1.2 core schema, one mapping, hard budgets) and how one entry of it is
//! rewritten so that no other byte moves. It works on the text between the `---` fences, without fences and BOM.
//!
//! Refuses to know: files, tasks, which keys mean what, JSON. It never serialises a whole document: what a person
//! typed is the only copy there is, so the editor splices, reads the result with two independent parsers and gives
//! up rather than guess.
//!
//! Goes next: `task` reads fields from [`Mapping`]; `store` writes what [`edit()`] returns.

mod compare;
mod edit;
mod error;
mod flow;
mod habit;
mod layout;
mod list;
mod map;
mod node;
mod parse;
mod replace;
mod rows;
mod tree;
mod value;
mod verify;
mod write;

pub use edit::{Edit, edit};
pub use error::{EditError, ParseError, ParseErrorKind, Position};
pub use node::{Entry, Mapping, Node};
pub use parse::{ALIAS_BYTES_MAX, DEPTH_MAX, NODES_MAX, TEXT_BYTES_MAX, parse};
pub use value::Value;

#[cfg(test)]
mod tests;
