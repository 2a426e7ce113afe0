//! A turn: one at a time may touch a project's disk and change its index.
//!
//! What is read in a turn is still so when it is reconciled, and the index, the sequence and the log move together.

use super::absorb::Certainty;
use super::shelf::Shelf;
use crate::cores::on_all_cores;
use crate::disk::walk::Walk;
use crate::disk::{Folder, Found};
use crate::event::{Event, Source};
use crate::fault::{self, Fault};
use crate::name::{TaskId, TaskPath};
use crate::project::ignore::{self, Ignore};
use crate::project::problem::{Problem, ProblemKind};
use crate::project::settings::{self, Settings};
use crate::project::{Sighting, Stamp};
use crate::task::Revision;
use crate::task::document::{self, Reading};
use jiff::Timestamp;
use rustix::io::Errno;
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, MutexGuard, PoisonError};

/// A look at a file takes 2 to 20 microseconds.
const FILES_A_THREAD_MIN: usize = 256;

/// What is held by one who may touch the project's disk and change its index.
pub(super) struct Turn<'a> {
    shelf: &'a Shelf,
    pub(super) folder: Arc<Folder>,
    _turn: MutexGuard<'a, ()>,
}

/// What a look at many files found.
#[derive(Default)]
pub(super) struct Scan {
    /// What was seen.
    pub(super) batch: Vec<(TaskPath, Sighting)>,
    /// The files that look half-saved.
    pub(super) half_saved: Vec<TaskPath>,
    /// The files with which an id would go that may be under way to another name.
    pub(super) held_back: Vec<TaskPath>,
}

/// How much is re-read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// What has another stamp than the index knows.
    Changed,
    /// Everything, because what the files mean has changed.
    Everything,
}

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// Nothing: a file is what it looks like.
    Never,
    /// A text that can be understood.
    ForText,
    /// That, and whoever has the file open for writing.
    ForWriters,
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
        let mut state = self.shelf.state_mut();
        let changes = state.project.reconcile(batch);
        if changes.is_empty() {
            return;
        }
        if let Some(index) = &mut state.index
            && !fault::is(Fault::StaleWords)
        {
            changes.iter().for_each(|change| index.apply(change));
        }
        for change in changes {
            let project_id = self.shelf.id().clone();
            self.shelf.log().append(|position| Event {
                project_id,
                position,
                time,
                source,
                change,
            });
        }
        drop(state);
        self.shelf.log().publish();
    }

    /// Reads project.yaml and .taskmdignore. True when the files now mean something else, or did before and have not
    /// [all been read](Self::all_are_read) since.
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
        let mut state = self.shelf.state_mut();
        state.is_stale |= *state.project.settings() != settings || *state.ignore != ignore;
        state.project.set_settings(settings, problems);
        state.ignore = Arc::new(ignore);
        Ok(state.is_stale)
    }

    /// All files have been read by the settings as they are.
    pub(super) fn all_are_read(&self) {
        let mut state = self.shelf.state_mut();
        state.is_stale = false;
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

    /// Looks at every file for the first time. Before that, what a crash has left of writes is cleared up, if that is
    /// ours to do.
    pub(super) fn scan_first(
        &self,
        clears_up: bool,
        enter: &mut dyn FnMut(&str),
    ) -> io::Result<Scan> {
        let mut walk = self.walk(enter)?;
        if clears_up && !walk.leftovers.is_empty() && !fault::is(Fault::NoSweep) {
            self.clear_up(&walk.leftovers);
            walk = self.walk(enter)?;
        }
        self.sight_walk(walk, Depth::Changed, Wait::Never)
    }

    fn clear_up(&self, leftovers: &[TaskPath]) {
        for leftover in leftovers {
            if let Err(error) = self.folder.clear_up(leftover) {
                tracing::warn!(project = %self.shelf.id(), %leftover, %error, "what a crash has left cannot be cleared up");
            }
        }
    }

    /// Looks at every file, and at every one that was there.
    pub(super) fn scan(
        &self,
        depth: Depth,
        wait: Wait,
        enter: &mut dyn FnMut(&str),
    ) -> io::Result<Scan> {
        let walk = self.walk(enter)?;
        self.sight_walk(walk, depth, wait)
    }

    fn sight_walk(&self, walk: Walk, depth: Depth, wait: Wait) -> io::Result<Scan> {
        let Walk { files, refused, .. } = walk;
        let gone = self.gone(&files, &refused);
        let mut scan = self.sight_all(&files, depth, wait)?;
        scan.batch.extend(refused.into_iter().map(refused_sighting));
        scan.batch
            .extend(gone.into_iter().map(|path| (path, Sighting::Absent)));
        Ok(scan)
    }

    /// Finds what may have changed without reading a file. What is refused by its name or kind is certain already, and
    /// is taken in at once.
    pub(super) fn survey(&self, enter: &mut dyn FnMut(&str)) -> io::Result<Vec<TaskPath>> {
        let Walk { files, refused, .. } = self.walk(enter)?;
        let settings = [settings::FILE_NAME, ignore::FILE_NAME];
        let mut differences: Vec<_> = settings.into_iter().filter_map(TaskPath::parse).collect();
        differences.extend(self.gone(&files, &refused));
        let is_changed = |path: &&TaskPath| self.as_known(path).is_none();
        let changed =
            |files: &[TaskPath]| -> Vec<_> { files.iter().filter(is_changed).cloned().collect() };
        differences.extend(
            on_all_cores(&files, FILES_A_THREAD_MIN, changed)
                .into_iter()
                .flatten(),
        );
        self.reconcile(
            refused.into_iter().map(refused_sighting).collect(),
            Source::File,
        );
        Ok(differences)
    }

    fn walk(&self, enter: &mut dyn FnMut(&str)) -> io::Result<Walk> {
        let limits = self.shelf.walk_limits();
        Ok(self.folder.walk("", &self.shelf.ignore(), limits, enter)?)
    }

    /// The known files that a walk has not found.
    fn gone(&self, files: &[TaskPath], refused: &[(TaskPath, ProblemKind)]) -> Vec<TaskPath> {
        let refused = refused.iter().map(|(path, _)| path);
        let found: HashSet<_> = files.iter().chain(refused).collect();
        let mut known = self.shelf.paths_below("");
        known.retain(|path| !found.contains(path));
        known
    }

    /// The stamp of a file that holds for certain what the index knows.
    fn as_known(&self, path: &TaskPath) -> Option<Stamp> {
        let (known, _) = self.shelf.state().project.seen(path)?;
        let is_same = self.folder.look(path)?.is_same_state(&known);
        is_same.then_some(known)
    }

    /// Moves files with which an id would go from what was seen to what is asked for again: the fresh ones, and, unless
    /// they are final, those whose id one of the fresh ones brings.
    pub(super) fn hold_back(&self, scan: &mut Scan, files: &[(TaskPath, Certainty)]) {
        let certainty: HashMap<_, _> = files
            .iter()
            .map(|(path, certainty)| (path, *certainty))
            .collect();
        let state = self.shelf.state();
        let mut promised: HashSet<TaskId> = HashSet::new();
        // One that is held back takes along what it would have kept, so this goes on until nothing changes.
        loop {
            let mut lost = state.project.would_lose(&scan.batch);
            lost.retain(|path, id| match certainty.get(path) {
                Some(Certainty::Fresh | Certainty::Quiet) => true,
                Some(Certainty::Held) => promised.contains(id),
                Some(Certainty::Final) | None => false,
            });
            if lost.is_empty() {
                return;
            }
            let (held, batch) = std::mem::take(&mut scan.batch)
                .into_iter()
                .partition::<Vec<_>, _>(|(path, _)| lost.contains_key(path));
            promised.extend(
                held.iter()
                    .filter_map(|(path, seen)| state.project.id_after(path, seen).cloned()),
            );
            scan.held_back
                .extend(held.into_iter().map(|(path, _)| path));
            scan.batch = batch;
        }
    }

    /// Looks at many files, on all cores when they are many.
    pub(super) fn sight_all(
        &self,
        files: &[TaskPath],
        depth: Depth,
        wait: Wait,
    ) -> io::Result<Scan> {
        let sight_chunk = |files: &[TaskPath]| -> Result<Scan, Errno> {
            let mut scan = Scan::default();
            for path in files {
                match self.sight(path, depth, wait)? {
                    Some(sighting) => scan.batch.push((path.clone(), sighting)),
                    None => scan.half_saved.push(path.clone()),
                }
            }
            Ok(scan)
        };
        let mut scan = Scan::default();
        for seen in on_all_cores(files, FILES_A_THREAD_MIN, sight_chunk) {
            let Scan {
                batch, half_saved, ..
            } = seen?;
            scan.batch.extend(batch);
            scan.half_saved.extend(half_saved);
        }
        Ok(scan)
    }

    /// Looks at one file. `None` when it is to be waited for.
    pub(super) fn sight(
        &self,
        path: &TaskPath,
        depth: Depth,
        wait: Wait,
    ) -> Result<Option<Sighting>, Errno> {
        if !self.shelf.ignore().is_task(path) {
            return Ok(Some(Sighting::Absent));
        }
        if depth == Depth::Changed
            && let Some(stamp) = self.as_known(path)
        {
            return Ok(Some(Sighting::Same(stamp)));
        }
        let may_wait = wait != Wait::Never;
        let bytes_max = self.shelf.limits.file_bytes;
        let found = match wait {
            Wait::ForWriters => self.folder.read_at_rest(path, bytes_max)?,
            Wait::Never | Wait::ForText => self.folder.read(path, bytes_max)?,
        };
        // Nobody else writes the index during our turn; the lock is not held while the disk works.
        let state = self.shelf.state();
        let known = state.project.seen(path);
        let file = match found {
            Found::Absent => return Ok(Some(Sighting::Absent)),
            Found::Refused(kind) => return Ok(Some(refused_sighting((path.clone(), kind)).1)),
            Found::Changing if may_wait => return Ok(None),
            // Whoever writes it will close it, and that is told.
            Found::Changing => {
                let stamp = known.map_or_else(Stamp::default, |known| known.0);
                return Ok(Some(Sighting::Same(stamp)));
            }
            Found::File(file) => file,
        };
        let revision = Revision::of(&file.bytes);
        let is_known = known.is_some_and(|(_, known)| known == Some(revision));
        if is_known && depth == Depth::Changed {
            return Ok(Some(Sighting::Same(file.stamp)));
        }
        // What the index has taken in before is no half of anything, but may mean something else now.
        let may_wait = may_wait && !is_known;
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

/// What a refused file is to the index: there, and no task.
fn refused_sighting((path, kind): (TaskPath, ProblemKind)) -> (TaskPath, Sighting) {
    let problems = vec![Problem::of_file(&path, kind)];
    let reading = Box::new(Reading {
        task: None,
        problems,
    });
    let stamp = Stamp::default();
    (
        path,
        Sighting::Read {
            stamp,
            revision: None,
            reading,
        },
    )
}
