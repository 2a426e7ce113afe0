//! One project on its shelf: folder, index and log, and the order in which they move.

use crate::config::Limits;
use crate::disk::walk::{Walk, WalkLimits};
use crate::disk::{Folder, Found};
use crate::event::{Epoch, Event, Position, Source};
use crate::log::Log;
use crate::name::{ProjectId, TaskId, TaskPath};
use crate::project::ignore::{self, Ignore};
use crate::project::problem::{Problem, ProblemKind};
use crate::project::settings::{self, Settings};
use crate::project::{Project, Sighting, Stamp};
use crate::task::document::{self, Reading};
use crate::task::{Revision, Task};
use jiff::Timestamp;
use rustix::io::Errno;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

/// One project.
#[derive(Debug)]
pub struct Shelf {
    id: ProjectId,
    path: PathBuf,
    pub(super) limits: Limits,
    /// Orders everything that touches the disk, and may be held while the disk works: taken on blocking threads
    /// only. What is read under it is still so when it is reconciled, which is why the watcher's echo of a write
    /// of ours is nothing.
    turn: Mutex<()>,
    /// The index. Written under the turn only, and never while a disk works, so readers never wait for one.
    state: RwLock<State>,
    log: Log,
    n_clients: AtomicUsize,
}

#[derive(Debug)]
struct State {
    project: Project,
    ignore: Arc<Ignore>,
    /// `None` while the directory is gone: the index then says what was there last.
    folder: Option<Arc<Folder>>,
}

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

impl Shelf {
    pub(super) fn new(id: ProjectId, path: PathBuf, epoch: Epoch, limits: &Limits) -> Self {
        let state = State {
            project: Project::new(id.clone()),
            ignore: Arc::default(),
            folder: None,
        };
        Self {
            id,
            path,
            limits: limits.clone(),
            turn: Mutex::default(),
            state: RwLock::new(state),
            log: Log::new(epoch, limits),
            n_clients: AtomicUsize::new(0),
        }
    }

    /// The project's id.
    #[must_use]
    pub fn id(&self) -> &ProjectId {
        &self.id
    }

    /// Its events.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Is its directory there?
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.state().folder.is_some()
    }

    /// Reads the index, at one position of the log.
    pub fn view<T>(&self, read: impl FnOnce(&Project, Position) -> T) -> T {
        let state = self.state();
        // Events are appended under the write lock, so the two belong together.
        read(&state.project, self.log.position())
    }

    /// The task of this id.
    #[must_use]
    pub fn task(&self, id: &TaskId) -> Option<Arc<Task>> {
        self.state().project.task(id).cloned()
    }

    /// How many clients are connected.
    #[must_use]
    pub fn n_clients(&self) -> usize {
        self.n_clients.load(Ordering::Relaxed)
    }

    /// Counts a client as long as the result lives.
    #[must_use]
    pub fn count_client(self: &Arc<Self>) -> Client {
        self.n_clients.fetch_add(1, Ordering::Relaxed);
        Client(self.clone())
    }

    /// Which files are tasks.
    #[must_use]
    pub fn ignore(&self) -> Arc<Ignore> {
        self.state().ignore.clone()
    }

    /// Is this file known, as a task or as a problem?
    #[must_use]
    pub fn knows(&self, path: &TaskPath) -> bool {
        self.state().project.knows(path)
    }

    /// The known files in a directory and below.
    #[must_use]
    pub fn paths_below(&self, directory: &str) -> Vec<TaskPath> {
        self.state().project.paths_below(directory)
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the whole project for the first time. Nobody listens yet, so nothing is logged.
    ///
    /// # Errors
    /// The system's, when the directory cannot be read.
    pub(super) fn load(&self, enter: &mut dyn FnMut(&str)) -> io::Result<()> {
        let turn = self.arrive()?;
        turn.read_settings()?;
        let batch = turn.scan("", Depth::Changed, enter)?;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        drop(state.project.reconcile(batch));
        Ok(())
    }

    /// Compares the whole project with the disk; every difference is an event.
    ///
    /// # Errors
    /// The system's, when the directory cannot be read.
    pub fn rescan(&self, enter: &mut dyn FnMut(&str)) -> io::Result<()> {
        let turn = self.arrive()?;
        let depth = if turn.read_settings()? {
            Depth::Everything
        } else {
            Depth::Changed
        };
        let batch = turn.scan("", depth, enter)?;
        turn.reconcile(batch, Source::File);
        Ok(())
    }

    /// Finds the files with a task's name in a directory and below.
    ///
    /// # Errors
    /// The system's, when the directory cannot be read.
    pub fn find(&self, directory: &str, enter: &mut dyn FnMut(&str)) -> io::Result<Vec<TaskPath>> {
        let Some(folder) = self.state().folder.clone() else {
            return Ok(Vec::new());
        };
        let walk = folder.walk(directory, &self.ignore(), self.walk_limits(), enter)?;
        Ok(walk
            .files
            .into_iter()
            .chain(walk.refused.into_iter().map(|(path, _)| path))
            .collect())
    }

    /// Reads the files that may have changed and logs how they differ.
    ///
    /// Returns those that look half-saved (empty, being written, not to be understood although they were): the
    /// caller asks again in a moment. With `is_final` they are taken as they are.
    ///
    /// # Errors
    /// The system's, when a file could not be read for a reason that may pass; the index is as it was.
    pub fn absorb(&self, paths: Vec<TaskPath>, is_final: bool) -> io::Result<Vec<TaskPath>> {
        let Some(turn) = self.turn() else {
            return Ok(Vec::new());
        };
        if paths.iter().any(|path| is_settings(path)) && turn.read_settings()? {
            let batch = turn.scan("", Depth::Everything, &mut |_| {})?;
            turn.reconcile(batch, Source::File);
            return Ok(Vec::new());
        }
        let mut half_saved = Vec::new();
        let mut batch = Vec::with_capacity(paths.len());
        for path in paths.into_iter().filter(|path| !is_settings(path)) {
            match turn.sight(&path, Depth::Changed, !is_final)? {
                Some(sighting) => batch.push((path, sighting)),
                None => half_saved.push(path),
            }
        }
        // A root that was removed or moved away took its files along: that deletes no task.
        if !turn.folder.is_in_place() {
            drop(turn);
            self.leave();
            return Ok(Vec::new());
        }
        turn.reconcile(batch, Source::File);
        Ok(half_saved)
    }

    /// Takes the turn. `None` while the project's directory is not there.
    pub(super) fn turn(&self) -> Option<Turn<'_>> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = self.state().folder.clone()?;
        Some(Turn {
            shelf: self,
            folder,
            _turn: turn,
        })
    }

    /// Takes the turn, on the directory that the project's path leads to now.
    fn arrive(&self) -> io::Result<Turn<'_>> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let held = self
            .state()
            .folder
            .clone()
            .filter(|folder| folder.is_in_place());
        let folder = match held {
            Some(folder) => folder,
            None => match Folder::open(&self.path) {
                Ok(folder) => Arc::new(folder),
                Err(errno) => {
                    self.forget_folder();
                    return Err(errno.into());
                }
            },
        };
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.folder.is_none() && state.project.n_files() > 0 {
            tracing::info!(project = %self.id, "the project's directory is back");
        }
        state.folder = Some(folder.clone());
        drop(state);
        Ok(Turn {
            shelf: self,
            folder,
            _turn: turn,
        })
    }

    /// Notices that the project's directory is gone. Its tasks stay as they were.
    pub fn leave(&self) {
        let is_gone = self
            .state()
            .folder
            .as_ref()
            .is_some_and(|folder| !folder.is_in_place());
        if is_gone {
            self.forget_folder();
        }
    }

    fn forget_folder(&self) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.folder.take().is_some() {
            tracing::warn!(project = %self.id, "the project's directory is gone; its tasks are kept as they were");
        }
    }

    fn walk_limits(&self) -> WalkLimits {
        WalkLimits {
            n_files: self.limits.project_files,
            n_directories: self.limits.project_directories,
        }
    }
}

/// Is this one of the files that say what the others mean?
#[must_use]
pub fn is_settings(path: &TaskPath) -> bool {
    matches!(path.as_str(), settings::FILE_NAME | ignore::FILE_NAME)
}

impl<'a> Turn<'a> {
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
            let project_id = self.shelf.id.clone();
            self.shelf.log.append(|position| Event {
                project_id,
                position,
                time,
                source,
                change,
            });
        }
    }

    /// Reads project.yaml and .taskmdignore. True when the files now mean something else.
    fn read_settings(&self) -> Result<bool, Errno> {
        let (yaml, mut problems) = self.text_of(settings::FILE_NAME)?;
        let (lines, ignore_problems) = self.text_of(ignore::FILE_NAME)?;
        problems.extend(ignore_problems);
        let (settings, found) = Settings::read(yaml.as_deref().unwrap_or(""));
        problems.extend(found);
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
    fn scan(
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
            reading,
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
        reading,
    }
}

/// A connected client, counted as long as it lives.
#[derive(Debug)]
pub struct Client(Arc<Shelf>);

impl Drop for Client {
    fn drop(&mut self) {
        self.0.n_clients.fetch_sub(1, Ordering::Relaxed);
    }
}
