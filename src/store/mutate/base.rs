//! What a mutation is based on: the file as it is on disk at this moment.

use super::Precondition;
use crate::disk::Found;
use crate::disk::write::WriteError;
use crate::event::Source;
use crate::fault::{self, Fault};
use crate::name::{TaskId, TaskPath};
use crate::project::problem::Problem;
use crate::store::StoreError;
use crate::store::absorb::Certainty;
use crate::store::turn::{Depth, Turn, Wait};
use crate::task::{Revision, Task};
use std::sync::Arc;

/// A task's file as it is now.
pub(super) struct Base {
    pub(super) path: TaskPath,
    pub(super) bytes: Vec<u8>,
    pub(super) task: Arc<Task>,
}

impl Turn<'_> {
    /// The task's file as it is on disk at this moment, taken into the index, when it is what the client expects.
    pub(super) fn base(
        &self,
        id: &TaskId,
        precondition: &Precondition,
    ) -> Result<Base, StoreError> {
        let path = self
            .shelf()
            .task(id)
            .map(|task| task.path.clone())
            .ok_or(StoreError::TaskNotFound)?;
        if !fault::is(Fault::StaleBase) {
            self.take_in_what_is_there(&path)?;
        }
        let task = match self.shelf().task(id) {
            Some(task) if task.path == path => task,
            // It has another file now: look there.
            Some(_) => return Err(StoreError::Write(WriteError::Lost)),
            None if *precondition == Precondition::None => return Err(StoreError::TaskNotFound),
            None => return Err(StoreError::RevisionMismatch(None)),
        };
        let is_met = match precondition {
            Precondition::None | Precondition::Exists => true,
            Precondition::Match(revisions) => revisions.contains(&task.revision.to_string()),
            Precondition::Absent => false,
        };
        if !is_met {
            return Err(StoreError::RevisionMismatch(Some(task)));
        }
        if self
            .shelf()
            .view(|project, _| !project.rivals(id).is_empty())
        {
            return Err(StoreError::DuplicateId);
        }
        let bytes_max = self.shelf().limits.file_bytes;
        match self.folder.read_at_rest(&path, bytes_max)? {
            Found::File(file)
                if Revision::of(&file.bytes) == task.revision || fault::is(Fault::StaleBase) =>
            {
                Ok(Base {
                    path,
                    bytes: file.bytes,
                    task,
                })
            }
            // Gone since it was looked at: aside, perhaps, for a new one.
            Found::File(_) | Found::Changing | Found::Absent => {
                Err(StoreError::Write(WriteError::Lost))
            }
            Found::Refused(kind) => Err(StoreError::Unreadable(Box::new(Problem::of_file(
                &path, kind,
            )))),
        }
    }

    /// Takes in what a file holds at this moment.
    pub(super) fn take_in_what_is_there(&self, path: &TaskPath) -> Result<(), StoreError> {
        let seen = self.sight_all(std::slice::from_ref(path), Depth::Changed, Wait::ForWriters);
        let mut scan = seen.map_err(|error| StoreError::from_io(&error))?;
        self.hold_back(&mut scan, &[(path.clone(), Certainty::Fresh)]);
        if !(scan.half_saved.is_empty() && scan.held_back.is_empty()) {
            // Half a save is no base, and a file that an editor has moved aside is not gone: the watcher decides.
            return Err(StoreError::Write(WriteError::Lost));
        }
        self.reconcile(scan.batch, Source::File);
        Ok(())
    }
}
