//! One project on its shelf: folder, index and log, and the order in which they move.

use super::line::Line;
use super::problems::Findings;
use super::turn::Turn;
use crate::config::Limits;
use crate::disk::Folder;
use crate::disk::walk::WalkLimits;
use crate::disk::write::Durability;
use crate::event::{Epoch, Position};
use crate::frame::TextFrame;
use crate::log::Log;
use crate::name::{ProjectId, TaskId, TaskPath};
use crate::project::Project;
use crate::project::ignore::Ignore;
use crate::query::Index;
use crate::task::Task;
use crate::wire;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

/// One project.
#[derive(Debug)]
pub struct Shelf {
    id: ProjectId,
    path: PathBuf,
    pub(super) limits: Limits,
    durability: Durability,
    /// Orders everything that touches the disk, and may be held while the disk works: taken on blocking threads
    /// only. What is read under it is still so when it is reconciled, which is why the watcher's echo of a write
    /// of ours is nothing.
    line: Line,
    /// The index. Written under the turn only, and never while a disk works, so readers never wait for one.
    pub(super) state: RwLock<State>,
    log: Arc<Log>,
    n_clients: AtomicUsize,
    /// The last snapshot, while somebody is being sent it: after a restart all clients ask for the same.
    snapshot: Mutex<(u64, Weak<TextFrame>)>,
    /// What is wrong between the tasks, as it was found last.
    pub(super) findings: Mutex<Option<Findings>>,
    /// Held by who makes the index.
    pub(super) indexing: Mutex<()>,
}

/// How a project stood.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// After the event of this number.
    pub seq: u64,
    /// The message that says so.
    pub frame: TextFrame,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) project: Project,
    /// The words of the tasks, once somebody has searched for some.
    pub(super) index: Option<Index>,
    pub(super) ignore: Arc<Ignore>,
    /// Have the settings changed, and not all files been read by them since? The directory may go in between.
    pub(super) is_stale: bool,
    /// `None` while the directory is gone: the index then says what was there last.
    folder: Option<Arc<Folder>>,
}

impl Shelf {
    pub(super) fn new(
        id: ProjectId,
        path: PathBuf,
        epoch: Epoch,
        limits: &Limits,
        durability: Durability,
    ) -> Self {
        let state = State {
            project: Project::new(id.clone()),
            index: None,
            ignore: Arc::default(),
            is_stale: false,
            folder: None,
        };
        Self {
            id,
            path,
            limits: limits.clone(),
            durability,
            line: Line::default(),
            state: RwLock::new(state),
            log: Arc::new(Log::new(epoch, limits)),
            snapshot: Mutex::default(),
            findings: Mutex::default(),
            indexing: Mutex::default(),
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
    pub fn log(&self) -> &Arc<Log> {
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

    /// How the project stands now, for a client that cannot read on from where it was.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        // Held while it is made: who asks meanwhile gets the same.
        let mut last = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
        let (tasks, position) =
            self.view(|project, position| (project.tasks().cloned().collect::<Vec<_>>(), position));
        let seq = position.seq;
        let known = Some(&last.1)
            .filter(|_| last.0 == seq)
            .and_then(Weak::upgrade);
        let frame = known.unwrap_or_else(|| {
            let write = |text: &mut Vec<u8>| wire::snapshot(&self.id, &tasks, position, text);
            let frame = Arc::new(TextFrame::of(write));
            *last = (seq, Arc::downgrade(&frame));
            frame
        });
        Snapshot {
            seq,
            frame: frame.shared(),
        }
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

    pub(super) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the whole project for the first time. Nobody listens yet, so nothing is logged. What a crash has left of
    /// writes is cleared up first, when that is ours to do.
    ///
    /// # Errors
    /// The system's, when the directory cannot be read.
    pub(super) fn load(&self, clears_up: bool, enter: &mut dyn FnMut(&str)) -> io::Result<()> {
        let turn = self.arrive()?;
        turn.read_settings()?;
        let scan = turn.scan_first(clears_up, enter)?;
        let mut state = self.state_mut();
        drop(state.project.reconcile(scan.batch));
        state.is_stale = false;
        Ok(())
    }

    /// Compares the whole project with the disk by stamps alone, and returns the files that may have changed, for
    /// the caller to absorb when they are whole.
    ///
    /// # Errors
    /// The system's, when the directory cannot be read.
    pub(super) fn survey(&self, enter: &mut dyn FnMut(&str)) -> io::Result<Vec<TaskPath>> {
        let turn = self.arrive()?;
        turn.folder.let_go();
        turn.survey(enter)
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

    /// Its directory, while that is there.
    pub(super) fn folder(&self) -> Option<Arc<Folder>> {
        self.state().folder.clone()
    }

    /// Takes the turn. `None` while the project's directory is not there.
    pub(super) fn turn(&self) -> Option<Turn<'_>> {
        let turn = self.line.wait();
        let folder = self.state().folder.clone()?;
        Some(Turn::new(self, folder, turn))
    }

    /// Takes the turn, on the directory that the project's path leads to now.
    fn arrive(&self) -> io::Result<Turn<'_>> {
        let turn = self.line.wait();
        let held = self
            .state()
            .folder
            .clone()
            .filter(|folder| folder.is_in_place());
        let folder = match held {
            Some(folder) => folder,
            None => match Folder::open(&self.path) {
                Ok(folder) => Arc::new(folder.with(self.durability)),
                Err(errno) => {
                    self.forget_folder();
                    return Err(errno.into());
                }
            },
        };
        let mut state = self.state_mut();
        if state.folder.is_none() && state.project.n_files() > 0 {
            tracing::info!(project = %self.id, "the project's directory is back");
        }
        state.folder = Some(folder.clone());
        drop(state);
        Ok(Turn::new(self, folder, turn))
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

    /// The project has been removed: nothing comes any more.
    pub(super) fn end(&self) {
        self.state_mut().folder = None;
        self.log.end();
    }

    fn forget_folder(&self) {
        let mut state = self.state_mut();
        if state.folder.take().is_some() {
            tracing::warn!(project = %self.id, "the project's directory is gone; its tasks are kept as they were");
        }
    }

    pub(super) fn walk_limits(&self) -> WalkLimits {
        WalkLimits {
            n_files: self.limits.project_files,
            n_directories: self.limits.project_directories,
        }
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
