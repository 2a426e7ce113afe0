//! The mutations of a project's tasks: check, write, reconcile, in one turn.
//!
//! Each runs to its end on a blocking thread: a client that hangs up cannot stop it between the write and the event.
//! A change on disk that the watcher has not told of yet is taken in first, as an event of its own, so that what
//! a mutation is checked against and based on is always what the file holds ([`base`]).

mod arrange;
mod base;
mod create;
mod transfer;
mod whole;
mod write;

use super::error::StoreError;
use super::shelf::Shelf;
use super::turn::Turn;
use crate::config::Limits;
use crate::disk::write::WriteError;
use crate::event::Source;
use crate::name::TaskId;
use crate::project::Sighting;
use crate::task::Task;
use crate::task::patch::Patch;
use std::sync::Arc;
use write::Manner;

/// What the task must be for a mutation to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Whatever it is.
    None,
    /// One of these revisions (`If-Match`), as the client sent them.
    Match(Vec<String>),
    /// There, whatever it says (`If-Match: *`).
    Exists,
    /// Not there (`If-None-Match: *`).
    Absent,
}

impl Shelf {
    /// Changes a task: only what the patch names.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was changed then.
    pub fn update(
        &self,
        id: &TaskId,
        patch: &Patch,
        precondition: &Precondition,
    ) -> Result<Arc<Task>, StoreError> {
        self.write(id, patch, Manner::Merge, precondition)
    }

    /// The turn of one who writes: what is written must be found at the project's path.
    pub(super) fn turn_to_write(&self) -> Result<Turn<'_>, StoreError> {
        let turn = self.turn().ok_or(StoreError::Unavailable)?;
        if turn.folder.is_in_place() {
            return Ok(turn);
        }
        drop(turn);
        self.leave();
        Err(StoreError::Unavailable)
    }

    fn write(
        &self,
        id: &TaskId,
        patch: &Patch,
        manner: Manner,
        precondition: &Precondition,
    ) -> Result<Arc<Task>, StoreError> {
        self.try_again(|turn| {
            let base = turn.base(id, precondition)?;
            turn.try_write(&base, patch, manner)
        })
    }

    /// Does something in a turn, and again in another where somebody saves at that moment.
    pub(super) fn try_again<T>(
        &self,
        mut attempt: impl FnMut(&Turn<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        try_again(&self.limits, || {
            let turn = self.turn_to_write()?;
            attempt(&turn).map_err(|error| turn.explain(error))
        })
    }

    /// Removes a task's file.
    ///
    /// # Errors
    /// [`StoreError`]; the file is there then.
    pub fn delete(&self, id: &TaskId, precondition: &Precondition) -> Result<(), StoreError> {
        self.try_again(|turn| {
            let base = turn.base(id, precondition)?;
            turn.folder.remove(&base.path, &base.bytes)?;
            turn.reconcile(vec![(base.path, Sighting::Absent)], Source::Api);
            Ok(())
        })
    }
}

impl Turn<'_> {
    /// Why something failed: in a directory that has gone meanwhile, nothing can be done.
    fn explain(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Write(_) if !self.folder.is_in_place() => StoreError::Unavailable,
            other => other,
        }
    }
}

/// Tries something until nobody saves at the same moment. No turn is held between two tries: who saves needs it, too.
fn try_again<T>(
    limits: &Limits,
    mut attempt: impl FnMut() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut pause = limits.write_pause;
    for _ in 1..limits.write_tries {
        match attempt() {
            Err(StoreError::Write(WriteError::Lost)) => {}
            done => return done,
        }
        std::thread::sleep(pause);
        pause *= 2;
    }
    attempt()
}
