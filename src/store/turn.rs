//! A turn: one at a time may touch a project's disk and change its index.
//!
//! What is read in a turn is still so when it is reconciled, and the index, the sequence and the log move together.

use super::shelf::Shelf;
use crate::disk::walk::Walk;
use crate::disk::{Folder, Found};
use crate::event::{Event, Source};
use crate::name::TaskPath;
use crate::project::ignore::{self, Ignore};
use crate::project::problem::{Problem, ProblemKind};
use crate::project::settings::{self, Settings};
use crate::project::{Sighting, Stamp};
use crate::task::Revision;
use crate::task::document::{self, Reading};
use jiff::Timestamp;
use rustix::io::Errno;
use std::io;
use std::sync::{Arc, MutexGuard, PoisonError};

/// What is held by one who may touch the project's disk and change its index.
pub(super) struct Turn<'a> {
    shelf: &'a Shelf,
    pub(super) folder: Arc<Folder>,
    _turn: MutexGuard<'a, ()>,
}

/// How much is re-read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// What has another stamp than the index knows.
    Changed,
    /// Everything, because what the files mean has changed.
    Everything,
}

impl<'a> Turn<'a> {
    /// The turn of who holds the project's lock.
    pub(super) fn new(shelf: &'a Shelf, folder: Arc<Folder>, turn: MutexGuard<'a, ()>) -> Self {
        Self {
            shelf,
            folder,
            _turn: turn,
        }
    }

    /// The project whose turn this is.
    pub(super) fn shelf(&self) -> &'a Shelf {
        self.shelf
    }

    /// Keeps the next number from being given out.
    pub(super) fn skip_number(&self) {
        self.shelf
            .state
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .project
            .skip_number();
    }

    /// Updates the index with what was seen, and logs the changes in the same step.
    pub(super) fn reconcile(&self, batch: Vec<(TaskPath, Sighting)>, source: Source) {
        if batch.is_empty() {
            return;
        }
        let time = Timestamp::now();
        let mut state = self
            .shelf
            .state
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        for change in state.project.reconcile(batch) {
            let project_id = self.shelf.id().clone();
            self.shelf.log().append(|position| Event {
                project_id,
                position,
                time,
                source,
                change,
            });
        }
    }

    /// Reads project.yaml and .taskmdignore. True when the files now mean something else.
    pub(super) fn read_settings(&self) -> Result<bool, Errno> {
        let (yaml, mut problems) = self.text_of(settings::FILE_NAME)?;
        let (lines, ignore_problems) = self.text_of(ignore::FILE_NAME)?;
        problems.extend(ignore_problems);
        let (settings, found) = Settings::read(yaml.as_deref().unwrap_or(""));
        problems.extend(found);
        // A broken save of the settings must not turn the tasks over.
        let settings = settings.unwrap_or_else(|| self.shelf.state().project.settings().clone());
        let lines = lines.unwrap_or_default();
        let ignore = Ignore::new(
            settings
                .ignore
                .iter()
                .map(String::as_str)
                .chain(lines.lines()),
        );
        let mut state = self
            .shelf
            .state
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let is_new = *state.project.settings() != settings || *state.ignore != ignore;
        state.project.set_settings(settings, problems);
        state.ignore = Arc::new(ignore);
        Ok(is_new)
    }

    fn text_of(&self, name: &str) -> Result<(Option<String>, Vec<Problem>), Errno> {
        let Some(path) = TaskPath::parse(name) else {
            return Ok((None, Vec::new()));
        };
        let problem = |kind| Ok((None, vec![Problem::of_file(&path, kind)]));
        match self.folder.read(&path, self.shelf.limits.file_bytes)? {
            Found::Absent | Found::Changing => Ok((None, Vec::new())),
            Found::Refused(kind) => problem(kind),
            Found::File(file) => match String::from_utf8(file.bytes) {
                Ok(text) => Ok((Some(text), Vec::new())),
                Err(_) => problem(ProblemKind::NotUtf8),
            },
        }
    }

    /// Looks at every file in a directory and below, and at every one that was there.
    pub(super) fn scan(
        &self,
        directory: &str,
        depth: Depth,
        enter: &mut dyn FnMut(&str),
    ) -> io::Result<Vec<(TaskPath, Sighting)>> {
        let ignore = self.shelf.ignore();
        let Walk { mut files, refused } =
            self.folder
                .walk(directory, &ignore, self.shelf.walk_limits(), enter)?;
        files.sort_unstable();
        let mut batch = self.sight_all(&files, depth)?;
        batch.extend(refused.into_iter().map(|(path, kind)| {
            let sighting = refused_sighting(&path, kind);
            (path, sighting)
        }));
        let mut seen: Vec<_> = batch.iter().map(|(path, _)| path.clone()).collect();
        seen.sort_unstable();
        let gone = self
            .shelf
            .paths_below(directory)
            .into_iter()
            .filter(|path| seen.binary_search(path).is_err());
        batch.extend(gone.map(|path| (path, Sighting::Absent)));
        Ok(batch)
    }

    /// Looks at many files, on all cores when they are many.
    fn sight_all(&self, files: &[TaskPath], depth: Depth) -> io::Result<Vec<(TaskPath, Sighting)>> {
        /// Below this many files, starting a thread costs more than it saves.
        const FILES_A_THREAD_MIN: usize = 256;
        let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
        let chunk = files.len().div_ceil(n_threads).max(FILES_A_THREAD_MIN);
        let sight_chunk = |files: &[TaskPath]| -> Result<Vec<(TaskPath, Sighting)>, Errno> {
            let sight = |path: &TaskPath| {
                let sighting = self.sight(path, depth, false)?.unwrap_or(Sighting::Absent);
                Ok((path.clone(), sighting))
            };
            files.iter().map(sight).collect()
        };
        let mut batch = Vec::with_capacity(files.len());
        std::thread::scope(|scope| {
            let threads: Vec<_> = files
                .chunks(chunk)
                .map(|files| scope.spawn(move || sight_chunk(files)))
                .collect();
            for thread in threads {
                let sightings = thread
                    .join()
                    .map_err(|_| io::Error::other("a reading thread failed"))?;
                batch.extend(sightings?);
            }
            Ok(batch)
        })
    }

    /// Looks at one file. `None` when it looks half-saved and `may_wait` says that there is time.
    pub(super) fn sight(
        &self,
        path: &TaskPath,
        depth: Depth,
        may_wait: bool,
    ) -> Result<Option<Sighting>, Errno> {
        let state = self.shelf.state();
        if !state.ignore.is_task(path) {
            return Ok(Some(Sighting::Absent));
        }
        let known = state.project.seen(path);
        if let (Depth::Changed, Some((known, _))) = (depth, known)
            && self
                .folder
                .look(path)
                .is_some_and(|stamp| stamp.is_same_state(&known))
        {
            return Ok(Some(Sighting::Same(known)));
        }
        let file = match self.folder.read(path, self.shelf.limits.file_bytes)? {
            Found::Absent => return Ok(Some(Sighting::Absent)),
            Found::Refused(kind) => return Ok(Some(refused_sighting(path, kind))),
            Found::Changing if may_wait => return Ok(None),
            // Whoever writes it will close it, and that is told.
            Found::Changing => {
                return Ok(Some(Sighting::Same(
                    known.map_or_else(Stamp::default, |known| known.0),
                )));
            }
            Found::File(file) => file,
        };
        let revision = Revision::of(&file.bytes);
        let is_known = known.is_some_and(|(_, known)| known == Some(revision));
        if is_known && depth == Depth::Changed {
            return Ok(Some(Sighting::Same(file.stamp)));
        }
        if may_wait && file.bytes.is_empty() {
            return Ok(None);
        }
        let reading = document::read(path, &file.bytes, &file.times, state.project.settings());
        if may_wait && reading.task.is_none() && known.is_some() {
            return Ok(None);
        }
        Ok(Some(Sighting::Read {
            stamp: file.stamp,
            revision: Some(revision),
            reading: Box::new(reading),
        }))
    }
}

fn refused_sighting(path: &TaskPath, kind: ProblemKind) -> Sighting {
    let reading = Reading {
        task: None,
        problems: vec![Problem::of_file(path, kind)],
    };
    Sighting::Read {
        stamp: Stamp::default(),
        revision: None,
        reading: Box::new(reading),
    }
}
