//! The mutations of one task: check, write, reconcile, in one turn.
//!
//! Each runs to its end on a blocking thread: a client that hangs up cannot stop it between the write and the event.
//! A change on disk that the watcher has not told of yet is taken in first, as an event of its own, so that what
//! a mutation is checked against and based on is always what the file holds.

use super::error::StoreError;
use super::shelf::{Certainty, Shelf};
use super::turn::{Depth, Turn, Wait};
use crate::disk::write::WriteError;
use crate::disk::{Found, FoundFile};
use crate::event::Source;
use crate::fault::{self, Fault};
use crate::name::{self, NameError, TaskId, TaskPath};
use crate::project::Sighting;
use crate::task::document;
use crate::task::patch::{Key, Patch, PatchError};
use crate::task::{Field, Revision, Task};
use crate::yaml::Value;
use jiff::Timestamp;
use std::sync::Arc;

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

/// How a patch is put on a file.
#[derive(Clone, Copy)]
enum Manner {
    Merge,
    Replace,
}

/// A task's file as it is now.
struct Base {
    path: TaskPath,
    bytes: Vec<u8>,
    task: Arc<Task>,
}

impl Shelf {
    /// Makes a task. Without an id it gets the next free one.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was made then.
    pub fn create(&self, id: Option<&str>, mut patch: Patch) -> Result<Arc<Task>, StoreError> {
        let turn = self.turn_to_write()?;
        if !matches!(patch.keys.get(&Key::Known(Field::Title)), Some(Some(_))) {
            return Err(PatchError::InvalidField {
                field: "title".to_owned(),
                expected: "given",
            }
            .into());
        }
        let default_status = self.view(|project, _| project.settings().default_status().to_owned());
        patch
            .keys
            .entry(Key::Known(Field::Status))
            .or_insert(Some(Value::Text(default_status)));
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        patch
            .keys
            .entry(Key::Known(Field::CreatedAt))
            .or_insert(Some(Value::Text(now)));
        match id {
            Some(id) => {
                name::plain(id).map_err(StoreError::InvalidId)?;
                if self.view(|project, _| project.has_id_like(id)) {
                    return Err(StoreError::TaskExists);
                }
                turn.create(id, patch).map_err(|error| turn.explain(error))
            }
            None => loop {
                let id = self.view(|project, _| project.next_id());
                match turn.create(&id, patch.clone()) {
                    // A file of that name which the index does not serve, because it is broken or its id is another.
                    Err(StoreError::TaskExists) => turn.skip_number(),
                    made => return made.map_err(|error| turn.explain(error)),
                }
            },
        }
    }

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

    /// Replaces a task: what the patch does not name is removed. Makes it where there is none; true in that case.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was changed then.
    pub fn replace(
        &self,
        id: &TaskId,
        patch: Patch,
        precondition: &Precondition,
    ) -> Result<(Arc<Task>, bool), StoreError> {
        for _ in 1..self.limits.write_tries {
            match self.replace_or_create(id, patch.clone(), precondition) {
                // Made or removed by another call since it was looked at: what is there now decides.
                Err(StoreError::TaskExists) if self.task(id).is_some() => {}
                Err(StoreError::TaskNotFound) => {}
                done => return done,
            }
        }
        self.replace_or_create(id, patch, precondition)
    }

    fn replace_or_create(
        &self,
        id: &TaskId,
        patch: Patch,
        precondition: &Precondition,
    ) -> Result<(Arc<Task>, bool), StoreError> {
        match (self.task(id), precondition) {
            (Some(task), Precondition::Absent) => Err(StoreError::RevisionMismatch(Some(task))),
            (None, Precondition::Match(_) | Precondition::Exists) => {
                Err(StoreError::RevisionMismatch(None))
            }
            (None, Precondition::Absent | Precondition::None) => self
                .create(Some(id.as_str()), patch)
                .map(|task| (task, true)),
            (Some(_), Precondition::None | Precondition::Match(_) | Precondition::Exists) => self
                .write(id, &patch, Manner::Replace, precondition)
                .map(|task| (task, false)),
        }
    }

    /// The turn of one who writes: what is written must be found at the project's path.
    fn turn_to_write(&self) -> Result<Turn<'_>, StoreError> {
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

    /// Does something in a turn, and again in another where somebody saves at that moment: they need the turn, too.
    fn try_again<T>(
        &self,
        mut attempt: impl FnMut(&Turn<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut pause = self.limits.write_pause;
        for n in 1..=self.limits.write_tries {
            let turn = self.turn_to_write()?;
            match attempt(&turn) {
                Err(StoreError::Write(WriteError::Lost)) if n < self.limits.write_tries => {}
                done => return done.map_err(|error| turn.explain(error)),
            }
            drop(turn);
            std::thread::sleep(pause);
            pause *= 2;
        }
        Err(StoreError::Write(WriteError::Lost))
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

    /// The task's file as it is on disk at this moment, taken into the index, when it is what the client expects.
    fn base(&self, id: &TaskId, precondition: &Precondition) -> Result<Base, StoreError> {
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
            Found::Refused(kind) => Err(PatchError::Refused {
                code: kind.code(),
                text: kind.to_string(),
            }
            .into()),
        }
    }

    /// Takes in what a file holds at this moment.
    fn take_in_what_is_there(&self, path: &TaskPath) -> Result<(), StoreError> {
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

    fn try_write(
        &self,
        base: &Base,
        patch: &Patch,
        manner: Manner,
    ) -> Result<Arc<Task>, StoreError> {
        if let Some(problem) = &base.task.problem {
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
        let text = std::str::from_utf8(&base.bytes).map_err(|_| not_utf8())?;
        let now = Timestamp::now();
        let text = match manner {
            Manner::Merge => patch.apply(text, &base.task, now)?,
            Manner::Replace => patch.clone().replace(text, &base.task, now)?,
        };
        if text.as_bytes() == base.bytes {
            return Ok(base.task.clone());
        }
        self.check(&base.path, &base.task.id, text.as_bytes())?;
        let file = self
            .folder
            .replace(&base.path, &base.bytes, text.as_bytes())?;
        self.take_in(&base.path, &base.task.id, file)
    }

    fn create(&self, id: &str, mut patch: Patch) -> Result<Arc<Task>, StoreError> {
        let task_id = TaskId::parse(id).map_err(StoreError::InvalidId)?;
        let path = TaskPath::parse(&format!("{id}.md"))
            .ok_or(StoreError::InvalidId(NameError::NotPlain))?;
        patch
            .keys
            .insert(Key::Known(Field::Id), Some(Value::Text(id.to_owned())));
        let text = patch.create()?;
        self.check(&path, &task_id, text.as_bytes())?;
        let file = self
            .folder
            .create(&path, text.as_bytes())
            .map_err(|error| match error {
                WriteError::Exists => StoreError::TaskExists,
                other => other.into(),
            })?;
        self.take_in(&path, &task_id, file)
    }

    /// Makes sure, before anything is written, that the new file will be read as this task.
    fn check(&self, path: &TaskPath, id: &TaskId, bytes: &[u8]) -> Result<(), StoreError> {
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
        let times = document::FileTimes {
            created: String::new(),
            modified: String::new(),
        };
        let reading = self
            .shelf()
            .view(|project, _| document::read(path, bytes, &times, project.settings()));
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

    /// Reconciles a file that was just written.
    fn take_in(
        &self,
        path: &TaskPath,
        id: &TaskId,
        file: FoundFile,
    ) -> Result<Arc<Task>, StoreError> {
        let reading = self
            .shelf()
            .view(|project, _| document::read(path, &file.bytes, &file.times, project.settings()));
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
