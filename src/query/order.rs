//! The order of a list: by the values of fields, one after the other.
//!
//! What has no value comes last, in either direction. Numbers, dates and positions go by their value, statuses in the
//! project's order, priorities by their urgency, and text by its letters, whatever their case. What is still equal goes by
//! id.

use super::when::When;
use crate::task::{Field, Task};
use std::cmp::Ordering;
use std::sync::Arc;

/// By which fields a list is sorted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Order(Vec<Key>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    by: By,
    is_descending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum By {
    Field(Field),
    Path,
}

impl Order {
    /// Reads the names of fields between commas, each with `-` before it when the largest comes first.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let key = |name: &str| {
            let (name, is_descending) = match name.trim().strip_prefix('-') {
                Some(name) => (name, true),
                None => (name.trim(), false),
            };
            let by = match name {
                "path" => By::Path,
                name => By::Field(Field::of_key(name)?),
            };
            Some(Key { by, is_descending })
        };
        text.split(',').map(key).collect::<Option<_>>().map(Self)
    }

    /// Is it the order in which a project holds its tasks?
    #[must_use]
    pub fn is_by_id(&self) -> bool {
        let first = self.0.first();
        first.is_some_and(|key| key.by == By::Field(Field::Id) && !key.is_descending)
    }

    /// Puts tasks in this order, which come by id. `statuses` are the project's.
    #[must_use]
    pub fn sorted(&self, tasks: &[Arc<Task>], statuses: &[String]) -> Vec<Arc<Task>> {
        let column = |key: &Key| Column::of(*key, tasks, statuses);
        let columns: Vec<Column> = self.0.iter().map(column).collect();
        let Some((first, others)) = columns.split_first() else {
            return tasks.to_vec();
        };
        // Most is told by the first key's rank, so what is moved about holds it.
        let mut rows: Vec<(u64, usize)> = first.ranks.iter().copied().zip(0..).collect();
        // A stable sort leaves equals by id.
        rows.sort_by(|&(rank, row), &(other_rank, other)| {
            let by_first = || first.compare_texts(row, other);
            let by_others = || {
                let mut others = others.iter().map(|column| column.compare(row, other));
                others.find(|ordering| ordering.is_ne())
            };
            let ordering = rank.cmp(&other_rank).then_with(by_first);
            ordering.then_with(|| by_others().unwrap_or(Ordering::Equal))
        });
        rows.into_iter()
            .map(|(_, row)| tasks[row].clone())
            .collect()
    }
}

/// The values of one key, by task: each a rank, and where ranks are equal a text.
struct Column {
    ranks: Vec<u64>,
    /// Empty where no value has one.
    texts: Vec<String>,
    is_descending: bool,
}

/// The rank of no value, behind all others in either direction.
const MISSING: u64 = u64::MAX;

impl Column {
    fn of(key: Key, tasks: &[Arc<Task>], statuses: &[String]) -> Self {
        let values = tasks.iter().map(|task| {
            let value = value(key.by, task, statuses);
            match value.unwrap_or((MISSING, String::new())) {
                (rank, text) if rank != MISSING && key.is_descending => (MISSING - 1 - rank, text),
                ascending => ascending,
            }
        });
        let (ranks, mut texts): (_, Vec<String>) = values.unzip();
        if texts.iter().all(String::is_empty) {
            texts = Vec::new();
        }
        Self {
            ranks,
            texts,
            is_descending: key.is_descending,
        }
    }

    fn compare(&self, one: usize, other: usize) -> Ordering {
        let by_rank = self.ranks[one].cmp(&self.ranks[other]);
        by_rank.then_with(|| self.compare_texts(one, other))
    }

    fn compare_texts(&self, one: usize, other: usize) -> Ordering {
        if self.texts.is_empty() {
            return Ordering::Equal;
        }
        let ordering = self.texts[one].cmp(&self.texts[other]);
        if self.is_descending {
            ordering.reverse()
        } else {
            ordering
        }
    }
}

/// What a task is sorted by. No rank is as large as that of what is missing.
type Value = (u64, String);

/// Behind every place in a list, and every time.
const LAST: u64 = MISSING - 1;

fn value(by: By, task: &Task, statuses: &[String]) -> Option<Value> {
    let By::Field(field) = by else {
        return Some(text(task.path.as_str().to_lowercase()));
    };
    let lower = |list: &[String]| list.join("\0").to_lowercase();
    match field {
        // As it is: two ids may differ by nothing but case.
        Field::Id => Some(text(task.id.to_string())),
        Field::Title => Some(text(task.title.to_lowercase())),
        Field::Status => Some(status(&task.status, statuses)),
        Field::Priority => task.priority.as_deref().map(priority),
        Field::Assignees => (!task.assignees.is_empty()).then(|| text(lower(&task.assignees))),
        Field::Tags => (!task.tags.is_empty()).then(|| text(lower(&task.tags))),
        Field::DependsOn => (!task.depends_on.is_empty()).then(|| text(lower(&task.depends_on))),
        Field::Parent => task.parent.as_ref().map(|id| text(id.to_lowercase())),
        Field::Position => task
            .position
            .map(|position| (number(position), String::new())),
        Field::DueDate => task.due_date.as_deref().map(date),
        Field::CreatedAt => Some(date(task.created_at.as_str())),
        Field::UpdatedAt => Some(date(task.updated_at.as_str())),
    }
}

/// Text is ranked by its first eight bytes, which tell most of it apart without a look at the rest.
fn text(text: String) -> Value {
    let mut first = [0; 8];
    first
        .iter_mut()
        .zip(text.bytes())
        .for_each(|(to, byte)| *to = byte);
    (u64::from_be_bytes(first), text)
}

/// A status of the project's is where the project has it; others come behind, by their text.
fn status(status: &str, statuses: &[String]) -> Value {
    match statuses.iter().position(|known| known == status) {
        Some(at) => (at as u64, String::new()),
        None => (LAST, status.to_lowercase()),
    }
}

/// The most urgent comes first; what is none of the usual words comes behind them, by its text.
fn priority(priority: &str) -> Value {
    let lower = priority.to_lowercase();
    let rank = match lower.as_str() {
        "critical" | "highest" => 0,
        "high" => 1,
        "medium" | "normal" => 2,
        "low" => 3,
        "lowest" => 4,
        _ => return (LAST, lower),
    };
    (rank, String::new())
}

/// A date goes by its time; what cannot be read as one comes behind, by its text.
fn date(text: &str) -> Value {
    match When::read(text) {
        Some(when) => (in_order(when.time().as_microsecond()), String::new()),
        None => (LAST, text.to_lowercase()),
    }
}

/// The bits of a float sort by magnitude, so those of a negative one are turned round.
fn number(number: f64) -> u64 {
    // Adding zero makes -0 the 0 that it is.
    let bits = (number + 0.0).to_bits().cast_signed();
    in_order(if bits < 0 { bits ^ i64::MAX } else { bits })
}

/// Numbers of both signs, in their order, as numbers without one.
fn in_order(number: i64) -> u64 {
    number.cast_unsigned() ^ (1 << 63)
}
