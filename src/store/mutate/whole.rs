//! A task as a whole: replaced by other fields or by another file, and its file as it is.

use super::Precondition;
use super::create::path_of;
use super::write::Manner;
use crate::disk::Found;
use crate::disk::write::WriteError;
use crate::name::{self, TaskId, TaskPath};
use crate::project::problem::Problem;
use crate::store::turn::Turn;
use crate::store::{Shelf, StoreError};
use crate::task::document::FileTimes;
use crate::task::patch::{Patch, PatchError};
use crate::task::{Revision, Task};
use std::sync::Arc;

/// A task, and the bytes of the file that says it.
type File = (Arc<Task>, Vec<u8>);

impl Shelf {
    /// Replaces a task: what the patch does not name is removed. Makes it where there is none; true in that case.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was changed then.
    pub fn replace(
        &self,
        id: &TaskId,
        patch: &Patch,
        precondition: &Precondition,
    ) -> Result<(Arc<Task>, bool), StoreError> {
        self.replace_or_create(
            id,
            precondition,
            || self.write(id, patch, Manner::Replace, precondition),
            || self.create(Some(id.as_str()), patch.clone()),
        )
    }

    /// Replaces a task's file by these bytes, which must be read as the same task. Makes it where there is none; true in that
    /// case.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was changed then.
    pub fn replace_file(
        &self,
        id: &TaskId,
        bytes: &[u8],
        precondition: &Precondition,
    ) -> Result<(Arc<Task>, bool), StoreError> {
        let replace = |turn: &Turn<'_>| {
            let base = turn.base(id, precondition)?;
            if base.bytes == bytes {
                return Ok(base.task);
            }
            turn.check_file(&base.path, id, bytes)?;
            let file = turn.folder.replace(&base.path, &base.bytes, bytes)?;
            turn.take_in(&base.path, id, file)
        };
        self.replace_or_create(
            id,
            precondition,
            || self.try_again(replace),
            || self.create_file(id, bytes),
        )
    }

    fn create_file(&self, id: &TaskId, bytes: &[u8]) -> Result<Arc<Task>, StoreError> {
        name::plain(id.as_str()).map_err(StoreError::InvalidId)?;
        let turn = self.turn_to_write()?;
        if self.view(|project, _| project.has_id_like(id.as_str())) {
            return Err(StoreError::TaskExists);
        }
        let path = path_of(id.as_str())?;
        turn.check_file(&path, id, bytes)
            .and_then(|()| turn.make(&path, id, bytes))
            .map_err(|error| turn.explain(error))
    }

    fn replace_or_create(
        &self,
        id: &TaskId,
        precondition: &Precondition,
        replace: impl Fn() -> Result<Arc<Task>, StoreError>,
        create: impl Fn() -> Result<Arc<Task>, StoreError>,
    ) -> Result<(Arc<Task>, bool), StoreError> {
        let attempt = || match (self.task(id), precondition) {
            (Some(task), Precondition::Absent) => Err(StoreError::RevisionMismatch(Some(task))),
            (None, Precondition::Match(_) | Precondition::Exists) => {
                Err(StoreError::RevisionMismatch(None))
            }
            (None, Precondition::Absent | Precondition::None) => create().map(|task| (task, true)),
            (Some(_), Precondition::None | Precondition::Match(_) | Precondition::Exists) => {
                replace().map(|task| (task, false))
            }
        };
        for _ in 1..self.limits.write_tries {
            match attempt() {
                // Made or removed by another call since it was looked at: what is there now decides.
                Err(StoreError::TaskExists) if self.task(id).is_some() => {}
                Err(StoreError::TaskNotFound) => {}
                done => return done,
            }
        }
        attempt()
    }

    /// A task, and the bytes of its file that say it.
    ///
    /// # Errors
    /// [`StoreError`], when there is none, or when its file cannot be read now.
    pub fn file(&self, id: &TaskId) -> Result<File, StoreError> {
        match self.file_as_known(id)? {
            Some(found) => Ok(found),
            // Somebody has saved, and the index has not heard of it.
            None => self.try_again(|turn| {
                let task = self.task(id).ok_or(StoreError::TaskNotFound)?;
                turn.take_in_what_is_there(&task.path)?;
                let known = self.file_as_known(id)?;
                known.ok_or(StoreError::Write(WriteError::Lost))
            }),
        }
    }

    /// The same, if the file is what the index knows.
    fn file_as_known(&self, id: &TaskId) -> Result<Option<File>, StoreError> {
        let task = self.task(id).ok_or(StoreError::TaskNotFound)?;
        let folder = self.folder().ok_or(StoreError::Unavailable)?;
        match folder.read(&task.path, self.limits.file_bytes)? {
            Found::File(file) if Revision::of(&file.bytes) == task.revision => {
                Ok(Some((task, file.bytes)))
            }
            Found::File(_) | Found::Changing | Found::Absent => Ok(None),
            Found::Refused(kind) => Err(StoreError::Unreadable(Box::new(Problem::of_file(
                &task.path, kind,
            )))),
        }
    }
}

impl Turn<'_> {
    /// Makes sure that a file that was sent is read as this task, and says where in it the reason is if it is not.
    fn check_file(&self, path: &TaskPath, id: &TaskId, bytes: &[u8]) -> Result<(), StoreError> {
        self.check_form(path, bytes)?;
        let reading = self.reading(path, bytes, &FileTimes::default());
        match (reading.task, reading.problems.into_iter().next()) {
            (Some(task), _) if task.id == *id => Ok(()),
            (None, Some(problem)) => Err(StoreError::Unreadable(Box::new(problem))),
            (Some(_) | None, _) => Err(PatchError::InvalidField {
                field: "id".to_owned(),
                expected: "the id in the address, or left out",
            }
            .into()),
        }
    }
}
