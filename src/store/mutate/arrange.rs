//! A task gets to another place: to another column, or before or behind another task of one.
//!
//! Most often that is one line of its own file. Where its new neighbours have no position, or there is no room between them,
//! some of them get one first, each in a turn of its own: after each of these writes the order is still the one before, so it
//! does no harm if one of them fails. What is still to be done is found out anew in each turn, so it does no harm either if
//! somebody else arranges the same column meanwhile.

use super::Precondition;
use super::base::Base;
use super::write::Manner;
use crate::disk::write::WriteError;
use crate::name::TaskId;
use crate::project::column::{self, Destination, Plan};
use crate::store::turn::Turn;
use crate::store::{Shelf, StoreError};
use crate::task::patch::{Key, Patch, PatchError};
use crate::task::{Field, Task, number};
use crate::yaml::Value;
use std::sync::Arc;

/// How far a task has come in one turn.
pub(super) enum Progress {
    /// It is there.
    There(Arc<Task>),
    /// One of the others has a new position.
    MadeRoom,
}

impl Shelf {
    /// Brings a task to another place of its project.
    ///
    /// # Errors
    /// [`StoreError`]; the task is where it was then, and the others are in the order in which they were.
    pub fn arrange(
        &self,
        id: &TaskId,
        to: &Destination,
        precondition: &Precondition,
    ) -> Result<Arc<Task>, StoreError> {
        self.until_there(|| {
            self.try_again(|turn| {
                let base = turn.base(id, precondition)?;
                turn.arrange(&base, to)
            })
        })
    }

    /// Goes on, a turn at a time, until a task is there.
    pub(super) fn until_there(
        &self,
        mut step: impl FnMut() -> Result<Progress, StoreError>,
    ) -> Result<Arc<Task>, StoreError> {
        // Others may arrange the same column meanwhile, but not for ever.
        for _ in 0..2 * self.limits.placed_tasks {
            if let Progress::There(task) = step()? {
                return Ok(task);
            }
        }
        Err(StoreError::Write(WriteError::Lost))
    }
}

impl Turn<'_> {
    fn arrange(&self, base: &Base, to: &Destination) -> Result<Progress, StoreError> {
        let status = to.status.as_ref().unwrap_or(&base.task.status);
        let position = match self.find_place(&base.task, status, to)? {
            Place::AsItIs => None,
            Place::At(position) => Some(position),
            Place::NoRoomYet => return Ok(Progress::MadeRoom),
        };
        let patch = patch(to, position);
        let task = self.try_write(base, &patch, Manner::Merge)?;
        Ok(Progress::There(task))
    }

    /// Finds the position by which a task gets to its place in a column of this project, and makes room for it if there is
    /// none, as far as one write goes.
    pub(super) fn find_place(
        &self,
        task: &Task,
        status: &str,
        to: &Destination,
    ) -> Result<Place, StoreError> {
        let anchors = [to.before.as_ref(), to.after.as_ref()];
        for anchor in anchors.into_iter().flatten() {
            if let Some(anchor) = self.shelf().task(anchor) {
                self.take_in_what_is_there(&anchor.path)?;
            }
        }
        let is_itself = |other: &Arc<Task>| other.id == task.id && other.path == task.path;
        let mut column: Vec<_> = self
            .shelf()
            .view(|project, _| project.column(status).into_iter().cloned().collect());
        let at_now = column.iter().position(is_itself);
        column.retain(|other| !is_itself(other));
        let Some(range) = range(&column, to)? else {
            return Ok(Place::AsItIs);
        };
        if at_now.is_some_and(|at| range.contains(&at)) {
            return Ok(Place::AsItIs);
        }
        let positions: Vec<_> = column.iter().map(|task| task.position).collect();
        let n_max = self.shelf().limits.placed_tasks;
        let Plan { others, own } = column::plan(&positions, *range.start(), n_max)
            .ok_or(StoreError::TooManyToPlace(n_max))?;
        let Some((other, position)) = others.first() else {
            return Ok(Place::At(own));
        };
        self.make_room(&column[*other], *position)?;
        Ok(Place::NoRoomYet)
    }

    /// Gives another task of the column a position.
    fn make_room(&self, other: &Arc<Task>, position: f64) -> Result<(), StoreError> {
        let base = self.base(&other.id, &Precondition::None)?;
        let is_as_planned =
            base.task.position == other.position && base.task.status == other.status;
        if !is_as_planned {
            return Err(StoreError::Write(WriteError::Lost));
        }
        let patch = patch(&Destination::default(), Some(position));
        match self.try_write(&base, &patch, Manner::Merge) {
            Err(StoreError::Patch(PatchError::Refused { code, text })) => {
                let text = format!("`{}` would need a position first, but {text}", other.id);
                Err(PatchError::Refused { code, text }.into())
            }
            done => done.map(drop),
        }
    }
}

/// What is to be done for a task to get to its place.
pub(super) enum Place {
    /// Nothing: it is there, or no place was named.
    AsItIs,
    /// It gets this position.
    At(f64),
    /// Another turn is needed.
    NoRoomYet,
}

/// Where among the others a task may be, by the index of the one that comes after it; first the best. None where no place is
/// named.
fn range(
    column: &[Arc<Task>],
    to: &Destination,
) -> Result<Option<std::ops::RangeInclusive<usize>>, StoreError> {
    let find = |field: &str, anchor: &Option<TaskId>| {
        let index = |id: &TaskId| column.iter().position(|task| task.id == *id);
        let found = anchor
            .as_ref()
            .map(|id| index(id).ok_or_else(|| wrong(field, "another task of the column")));
        found.transpose()
    };
    let (after, before) = (find("after", &to.after)?, find("before", &to.before)?);
    match (after, before) {
        (None, None) => Ok(None),
        (Some(after), None) => Ok(Some(after + 1..=after + 1)),
        (None, Some(before)) => Ok(Some(before..=before)),
        (Some(after), Some(before)) if after < before => Ok(Some(after + 1..=before)),
        (Some(_), Some(_)) => Err(wrong("before", "a task that comes behind `after`")),
    }
}

fn wrong(field: &str, expected: &'static str) -> StoreError {
    let field = field.to_owned();
    PatchError::InvalidField { field, expected }.into()
}

/// What a task's own file says of its place.
pub(super) fn patch(to: &Destination, position: Option<f64>) -> Patch {
    let status = to.status.clone().map(Value::Text);
    let keys = [
        (Field::Status, status),
        (Field::Position, position.map(number)),
    ];
    let keys = keys.into_iter().filter(|(_, value)| value.is_some());
    Patch {
        keys: keys
            .map(|(field, value)| (Key::Known(field), value))
            .collect(),
        body: None,
    }
}
