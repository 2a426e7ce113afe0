//! A task goes to another project: its file is written there, and then removed here.
//!
//! Both projects' turns are held all the while, so nobody sees the task twice or not at all, and a file that cannot be
//! removed here is taken away there before anybody has heard of it.

use super::arrange::{Place, Progress, patch};
use super::base::Base;
use super::write::Manner;
use super::{Precondition, try_again};
use crate::disk::FoundFile;
use crate::disk::write::{self, WriteError};
use crate::event::Source;
use crate::name::{TaskId, TaskPath};
use crate::project::Sighting;
use crate::project::column::Destination;
use crate::store::turn::Turn;
use crate::store::{Shelf, StoreError};
use crate::task::Task;
use crate::task::document::FileTimes;
use std::sync::Arc;

/// Names that are tried for the file where its own is taken.
const NAMES_TRIED: usize = 9;

impl Shelf {
    /// Brings a task to another project. Its file keeps its bytes, but for what the destination asks for, and its name, if
    /// that is free there; its id it keeps in any case.
    ///
    /// # Errors
    /// [`StoreError`]; the task is where it was then.
    pub fn transfer(
        &self,
        id: &TaskId,
        target: &Self,
        to: &Destination,
        precondition: &Precondition,
    ) -> Result<Arc<Task>, StoreError> {
        self.until_there(|| {
            try_again(&self.limits, || {
                let (here, there) = self.both_turns(target)?;
                let done = here
                    .base(id, precondition)
                    .and_then(|base| here.transfer(&base, &there, to));
                done.map_err(|error| here.explain(there.explain(error)))
            })
        })
    }

    /// The turns of two who write, always in the same order: two who want the same two do not wait for each other.
    fn both_turns<'a>(&'a self, other: &'a Self) -> Result<(Turn<'a>, Turn<'a>), StoreError> {
        if self.id() < other.id() {
            let turn = self.turn_to_write()?;
            Ok((turn, other.turn_to_write()?))
        } else {
            let turn = other.turn_to_write()?;
            Ok((self.turn_to_write()?, turn))
        }
    }
}

impl Turn<'_> {
    fn transfer(
        &self,
        base: &Base,
        there: &Turn<'_>,
        to: &Destination,
    ) -> Result<Progress, StoreError> {
        let id = &base.task.id;
        if there
            .shelf()
            .view(|project, _| project.has_id_like(id.as_str()))
        {
            return Err(StoreError::TaskExists);
        }
        // What its file does not say, it has from the project that it is in.
        let reading = there.reading(&base.path, &base.bytes, &FileTimes::default());
        let current = reading.task.unwrap_or_else(|| base.task.clone());
        let status = to.status.as_ref().unwrap_or(&current.status);
        let position = match there.find_place(&base.task, status, to)? {
            Place::AsItIs => None,
            Place::At(position) => Some(position),
            Place::NoRoomYet => return Ok(Progress::MadeRoom),
        };
        let bytes = base.edited(&current, &patch(to, position), Manner::Merge)?;
        let (path, file) = self.transfer_file(base, there, &bytes)?;
        let task = there.take_in(&path, id, file)?;
        self.reconcile(vec![(base.path.clone(), Sighting::Absent)], Source::Api);
        Ok(Progress::There(task))
    }

    fn transfer_file(
        &self,
        base: &Base,
        there: &Turn<'_>,
        bytes: &[u8],
    ) -> Result<(TaskPath, FoundFile), StoreError> {
        let from = write::Place {
            folder: &self.folder,
            path: &base.path,
        };
        for n in 1..=NAMES_TRIED {
            let path = there.path_for(&base.path, n)?;
            match there.check(&path, &base.task.id, bytes) {
                // Under another name it would have another id, for that is all that says it.
                Err(_) if n > 1 => break,
                checked => checked?,
            }
            let to = write::Place {
                folder: &there.folder,
                path: &path,
            };
            match write::transfer(from, &base.bytes, to, bytes) {
                Err(WriteError::Exists) => {}
                done => return Ok((path.clone(), done?)),
            }
        }
        Err(StoreError::TaskExists)
    }

    /// The n-th best path for a file that comes from another project: its own, where there is such a folder, or else at the
    /// top.
    fn path_for(&self, path: &TaskPath, n: usize) -> Result<TaskPath, StoreError> {
        let is_at_home =
            self.folder.has_directory(path.directory()) && self.shelf().ignore().is_task(path);
        let directory = match path.directory() {
            "" => String::new(),
            directory if is_at_home => format!("{directory}/"),
            _ => String::new(),
        };
        let name = match n {
            1 => path.file_name().to_owned(),
            n => format!("{}-{n}.md", path.stem()),
        };
        TaskPath::parse(&(directory + &name)).ok_or(StoreError::TaskExists)
    }
}
