//! A change of one file: edited, read as the task that it must still be, written, taken in.

use super::base::Base;
use crate::disk::FoundFile;
use crate::event::Source;
use crate::name::{TaskId, TaskPath};
use crate::project::Sighting;
use crate::store::StoreError;
use crate::store::turn::Turn;
use crate::task::document::{self, FileTimes, Reading};
use crate::task::patch::{Patch, PatchError};
use crate::task::{Revision, Task};
use jiff::Timestamp;
use std::sync::Arc;

/// How a patch is put on a file.
#[derive(Clone, Copy)]
pub(super) enum Manner {
    Merge,
    Replace,
}

impl Base {
    /// The file's bytes with a patch put on them. `current` is what they say.
    pub(super) fn edited(
        &self,
        current: &Task,
        patch: &Patch,
        manner: Manner,
    ) -> Result<Vec<u8>, StoreError> {
        if let Some(problem) = &self.task.problem {
            let text = format!(
                "the file cannot be understood, so it is not edited: {}",
                problem.kind
            );
            return Err(PatchError::Refused {
                code: problem.kind.code(),
                text,
            }
            .into());
        }
        let text = std::str::from_utf8(&self.bytes).map_err(|_| not_utf8())?;
        let now = Timestamp::now();
        let text = match manner {
            Manner::Merge => patch.apply(text, current, now)?,
            Manner::Replace => patch.clone().replace(text, current, now)?,
        };
        Ok(text.into_bytes())
    }
}

impl Turn<'_> {
    /// Writes a patch into a task's file.
    pub(super) fn try_write(
        &self,
        base: &Base,
        patch: &Patch,
        manner: Manner,
    ) -> Result<Arc<Task>, StoreError> {
        let bytes = base.edited(&base.task, patch, manner)?;
        if bytes == base.bytes {
            return Ok(base.task.clone());
        }
        self.check(&base.path, &base.task.id, &bytes)?;
        let file = self.folder.replace(&base.path, &base.bytes, &bytes)?;
        self.take_in(&base.path, &base.task.id, file)
    }

    /// Makes sure, before anything is written, that the new file will be read as this task.
    pub(super) fn check(
        &self,
        path: &TaskPath,
        id: &TaskId,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        self.check_form(path, bytes)?;
        let reading = self.reading(path, bytes, &FileTimes::default());
        match (reading.task, reading.problems.first()) {
            (Some(task), _) if task.id == *id => Ok(()),
            (None, Some(problem)) => Err(PatchError::Refused {
                code: problem.kind.code(),
                text: problem.kind.to_string(),
            }
            .into()),
            (Some(_) | None, _) => {
                let text = "the file would no longer be this task".to_owned();
                Err(PatchError::Refused {
                    code: "unreadable_result",
                    text,
                }
                .into())
            }
        }
    }

    /// Makes sure that a file of this path and size may be a task.
    pub(super) fn check_form(&self, path: &TaskPath, bytes: &[u8]) -> Result<(), StoreError> {
        let bytes_max = self.shelf().limits.file_bytes;
        if bytes.len() as u64 > bytes_max {
            return Err(StoreError::TooLarge(bytes_max));
        }
        let ignored = !self.shelf().ignore().is_task(path);
        if ignored {
            let text =
                "the project's ignore rules say that a file of this name is no task".to_owned();
            return Err(PatchError::Refused {
                code: "ignored_name",
                text,
            }
            .into());
        }
        Ok(())
    }

    /// What a file of these bytes says in this project.
    pub(super) fn reading(&self, path: &TaskPath, bytes: &[u8], times: &FileTimes) -> Reading {
        self.shelf()
            .view(|project, _| document::read(path, bytes, times, project.settings()))
    }

    /// Reconciles a file that was just written.
    pub(super) fn take_in(
        &self,
        path: &TaskPath,
        id: &TaskId,
        file: FoundFile,
    ) -> Result<Arc<Task>, StoreError> {
        let reading = self.reading(path, &file.bytes, &file.times);
        let revision = Some(Revision::of(&file.bytes));
        let sighting = Sighting::Read {
            stamp: file.stamp,
            revision,
            reading: Box::new(reading),
        };
        self.reconcile(vec![(path.clone(), sighting)], Source::Api);
        self.shelf().task(id).ok_or(StoreError::TaskNotFound)
    }
}

fn not_utf8() -> StoreError {
    PatchError::Refused {
        code: "not_utf8",
        text: "the file is not UTF-8 text, so it is not edited".to_owned(),
    }
    .into()
}
