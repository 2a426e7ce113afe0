//! Which tasks are asked for, in which order, and what is told of each: one question for REST and `taskmd list`.
//!
//! Owns the parameters with their meaning, and the index of words. [`Query::parse`] reads pairs of name and value;
//! [`Selection::tasks`] and [`Selection::hits`] find what matches in a project, [`Order`] and [`Hits::ranked`]
//! put it in order, a [`Cursor`] says where the next page begins. Refuses to know: JSON, who asks, and how long a list is
//! kept.

pub mod cursor;
pub mod fields;
pub mod filter;
pub mod index;
pub mod order;
mod parse;
pub mod search;
mod when;
pub mod words;

pub use cursor::{Cursor, Cut};
pub use fields::{Fields, Member};
pub use index::Index;
pub use order::Order;
pub use search::Search;

use crate::project::Project;
use crate::task::Task;
use filter::Filter;
use search::Hits;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// How many tasks a page has when nobody says.
pub const PAGE_TASKS_DEFAULT: usize = 100;
/// How many conditions are asked for at one time.
pub const CONDITIONS_MAX: usize = 100;
/// How many words are searched for at one time.
pub const SEARCH_WORDS_MAX: usize = 16;

/// A question for a list of tasks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Query {
    /// Which tasks, and in which order.
    pub selection: Selection,
    /// How many of them at most.
    pub limit: usize,
    /// Where the page begins; with the first task when there is none.
    pub cursor: Option<Cursor>,
    /// What is told of each.
    pub fields: Fields,
}

/// Which tasks, and in which order. A cursor belongs to one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Selection {
    /// What a task must be.
    pub filter: Filter,
    /// What its words must be.
    pub search: Option<Search>,
    /// The order that was asked for.
    pub order: Option<Order>,
}

/// A parameter that is not understood. The text is fit for a client: it never repeats a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{parameter}` should be {expected}")]
pub struct QueryError {
    /// Which one.
    pub parameter: String,
    /// What it should be.
    pub expected: String,
}

impl Query {
    /// Reads the parameters of a list.
    ///
    /// # Errors
    /// [`QueryError`], naming the first parameter that is unknown or has an unknown value.
    pub fn parse(
        pairs: impl IntoIterator<Item = (String, String)>,
        limit_max: usize,
    ) -> Result<Self, QueryError> {
        parse::query(pairs, limit_max)
    }
}

impl Selection {
    /// In which order the tasks come.
    #[must_use]
    pub fn sequence(&self) -> Sequence<'_> {
        match (&self.order, &self.search) {
            (Some(order), _) if order.is_by_id() => Sequence::Id,
            (Some(order), _) => Sequence::Order(order),
            (None, Some(_)) => Sequence::Rank,
            (None, None) => Sequence::Id,
        }
    }

    /// Are all tasks wanted?
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.search.is_none() && self.filter.is_empty()
    }

    /// The tasks that match, by id. What their words must be is not asked.
    #[must_use]
    pub fn tasks(&self, project: &Project) -> Vec<Arc<Task>> {
        let matching = project
            .tasks()
            .filter(|task| self.filter.matches(task, project));
        matching.cloned().collect()
    }

    /// The tasks that match and hold the words, by id. Whether these stand side by side is
    /// [still to be checked](Hits::check_phrases).
    #[must_use]
    pub fn hits(&self, search: &Search, project: &Project, index: &Index) -> Hits {
        let mut hits = index.find(search);
        if !self.filter.is_empty() {
            hits.retain(|task| self.filter.matches(task, project));
        }
        hits
    }

    /// Tells one selection from another in a cursor.
    #[must_use]
    pub fn fingerprint(&self) -> u32 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        let [a, b, c, d, ..] = hasher.finish().to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }
}

/// In which order the tasks of a selection come.
#[derive(Clone, Copy, Debug)]
pub enum Sequence<'a> {
    /// By id, which a task never changes: a page begins after the last task of the one before.
    Id,
    /// By whatever may change.
    Order(&'a Order),
    /// By how well they fit what is searched for.
    Rank,
}

#[cfg(test)]
mod tests;
