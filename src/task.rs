//! A task: what one Markdown file says.
//!
//! Owns the values and their equality. Refuses to know where a task stands in a project, JSON, and the disk.
//! [`document`] reads one from a file's text; [`patch`] says how one changes.

pub mod document;
pub mod field;
pub mod patch;

pub use field::Field;

use crate::name::{TaskId, TaskPath};
use crate::project::problem::Problem;
use crate::yaml::Value;
use data_encoding::HEXLOWER;
use std::fmt;
use std::sync::Arc;

/// Names the exact bytes of a file: `b3-` and 32 hexadecimal digits, half of their BLAKE3 hash.
///
/// 128 bits make an accidental collision between two versions of a task less likely than a broken disk,
/// and as an `ETag` it stays readable.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Revision([u8; 16]);

impl Revision {
    /// The revision of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
        Self(half)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A list has one for each of its tasks: digit by digit they would take an eighth of its time.
        let mut digits = [0; 32];
        HEXLOWER.encode_mut(&self.0, &mut digits);
        f.write_str("b3-")?;
        f.write_str(std::str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One task, as its file says it. Two are equal when a client would see no difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The id, unique in the project.
    pub id: TaskId,
    /// The file, below the project.
    pub path: TaskPath,
    /// The exact bytes that this was read from.
    pub revision: Revision,
    /// The title; never missing: the first heading or the file's stem stands in.
    pub title: String,
    /// The status as typed, or the project's default.
    pub status: String,
    /// The priority as typed.
    pub priority: Option<String>,
    /// Who does it.
    pub assignees: Vec<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it is due, as typed.
    pub due_date: Option<String>,
    /// The ids that it depends on; they need not exist.
    pub depends_on: Vec<String>,
    /// The id of the task that it belongs to; it need not exist.
    pub parent: Option<String>,
    /// The manual order inside a column.
    pub position: Option<f64>,
    /// When it was made: as typed, or the file's birth.
    pub created_at: Moment,
    /// When it was last changed: as typed, or the file's modification.
    pub updated_at: Moment,
    /// The Markdown below the front matter, without the blank lines that part the two.
    pub body: String,
    /// Every other key of the front matter, in the file's order.
    pub metadata: Vec<(String, Value)>,
    /// Set when the file's newest bytes could not be understood: all else is then the last good version.
    pub problem: Option<Arc<Problem>>,
}

impl Task {
    /// The value of a field, as a client sees it; null where there is none.
    #[must_use]
    pub fn value(&self, field: Field) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        let optional = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
        let list = |texts: &[String]| Value::List(texts.iter().cloned().map(Value::Text).collect());
        match field {
            Field::Id => text(self.id.as_str()),
            Field::Title => text(&self.title),
            Field::Status => text(&self.status),
            Field::Priority => optional(&self.priority),
            Field::Assignees => list(&self.assignees),
            Field::Tags => list(&self.tags),
            Field::DueDate => optional(&self.due_date),
            Field::DependsOn => list(&self.depends_on),
            Field::Parent => optional(&self.parent),
            Field::Position => self.position.map_or(Value::Null, number),
            Field::CreatedAt => text(self.created_at.as_str()),
            Field::UpdatedAt => text(self.updated_at.as_str()),
        }
    }
}

/// A number as people write it: `3` rather than `3.0`.
#[must_use]
pub fn number(number: f64) -> Value {
    /// Up to here every whole number is exact: 2^53.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT_MAX {
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        return Value::Int(number as i64);
    }
    Value::Float(number)
}

/// A point in time of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// As the file's front matter has it.
    Typed(String),
    /// Taken from the file system, in RFC 3339 with seconds, UTC.
    Derived(String),
}

impl Moment {
    /// The text of it, wherever it came from.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Typed(text) | Self::Derived(text) => text,
        }
    }
}
