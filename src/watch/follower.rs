//! The thread that follows the hints: which file to look at, and when.

use super::agenda::{Agenda, Due, Hint, Place};
use super::hint::{self, Scope, Seen};
use super::{HINTS_AT_ONCE, Message, POLL_EVERY, RETRY_AFTER, Status, WALK_EVERY};
use crate::name::{ProjectId, TaskPath};
use crate::store::Store;
use crate::store::shelf::is_settings;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

/// What the thread owns.
pub(super) struct Follower {
    store: Arc<Store>,
    /// `None` where the system does not tell of changes.
    notifier: Option<RecommendedWatcher>,
    agenda: Agenda,
    /// The last thing that was moved away, until the other end of that move is told: its cookie and what it was.
    moved_from: Option<(usize, Vec<Place>)>,
    /// Was a hint lost?
    missed: Arc<AtomicBool>,
    status: Arc<Status>,
    next_walk: Instant,
}

impl Follower {
    pub(super) fn new(
        store: Arc<Store>,
        notifier: Option<RecommendedWatcher>,
        missed: Arc<AtomicBool>,
        status: Arc<Status>,
    ) -> Self {
        Self {
            store,
            notifier,
            agenda: Agenda::default(),
            moved_from: None,
            missed,
            status,
            next_walk: Instant::now(),
        }
    }

    /// Follows the hints until it is told to stop.
    pub(super) fn run(mut self, inbox: &Receiver<Message>) {
        while !self.status.is_stopping.load(Ordering::Relaxed) {
            let now = Instant::now();
            let next = self
                .agenda
                .next_due()
                .map_or(self.next_walk, |due| due.min(self.next_walk));
            match inbox.recv_timeout(next.saturating_duration_since(now)) {
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Message::Seen(seen)) => self.take_in(seen),
                Err(RecvTimeoutError::Timeout) => {}
            }
            for message in inbox.try_iter().take(HINTS_AT_ONCE) {
                match message {
                    Message::Stop => return,
                    Message::Seen(seen) => self.take_in(seen),
                }
            }
            let due = self.agenda.take_due(Instant::now());
            self.look(due);
            if self.missed.swap(false, Ordering::Relaxed) {
                tracing::info!("hints were lost: comparing all files");
                self.next_walk = Instant::now();
            }
            if Instant::now() >= self.next_walk
                && let Err(error) = self.walk_all()
            {
                tracing::error!(%error, "the root cannot be read");
            }
        }
    }

    fn take_in(&mut self, seen: Seen) {
        match seen {
            Seen::Lost => self.missed.store(true, Ordering::Relaxed),
            Seen::NoMoreWatches => self.give_up_notifying(),
            Seen::File { path, hint } => {
                if let Some(place) = self.place(&path) {
                    self.note(place, hint);
                }
            }
            Seen::DirectoryCreated(path) => {
                self.directory_came(&path, Hint::Created);
            }
            Seen::MovedFrom { path, cookie } => {
                let places = self.went(&path);
                self.moved_from = cookie.map(|cookie| (cookie, places));
            }
            Seen::Gone(path) => drop(self.went(&path)),
            Seen::MovedTo { path, cookie } => self.arrived(&path, cookie),
        }
    }

    fn note(&mut self, place: Place, hint: Hint) {
        self.agenda.note(place, hint, Instant::now());
    }

    /// The file of a project that a path is, if it may be one that counts.
    fn place(&self, path: &Path) -> Option<Place> {
        let Scope::Below(project, path) = hint::scope(self.store.root(), path)? else {
            return None;
        };
        let shelf = self.store.shelf(&project)?;
        let counts = is_settings(&path) || shelf.ignore().is_task(&path) || shelf.knows(&path);
        counts.then_some(Place { project, path })
    }

    /// Something went: a file, or a directory with all that was in it. Returns the files.
    fn went(&mut self, path: &Path) -> Vec<Place> {
        let places = match hint::scope(self.store.root(), path) {
            Some(Scope::Below(project, below)) => self.known_below(&project, &below),
            Some(Scope::Project(project)) => {
                self.store.leave(&project);
                Vec::new()
            }
            Some(Scope::Root) | None => Vec::new(),
        };
        for place in &places {
            self.note(place.clone(), Hint::Gone);
        }
        places
    }

    /// The known files that are this path or below it, and the path itself when it is waited for.
    fn known_below(&self, project: &ProjectId, path: &TaskPath) -> Vec<Place> {
        let Some(shelf) = self.store.shelf(project) else {
            return Vec::new();
        };
        let place = |path| Place {
            project: project.clone(),
            path,
        };
        // A file is the common case, and needs no search.
        if shelf.knows(path) || self.agenda.contains(&place(path.clone())) || is_settings(path) {
            return vec![place(path.clone())];
        }
        shelf
            .paths_below(path.as_str())
            .into_iter()
            .map(place)
            .collect()
    }

    /// Something was moved here. Where the other end of the move is known, both are looked at together, so that a
    /// rename is one change.
    fn arrived(&mut self, path: &Path, cookie: Option<usize>) {
        let came = match self.place(path) {
            Some(place) => {
                self.note(place, Hint::Whole);
                true
            }
            None => self.directory_came(path, Hint::Whole),
        };
        if let Some((from, places)) = self.moved_from.take()
            && Some(from) == cookie
            && came
        {
            for place in places {
                self.note(place, Hint::Whole);
            }
        }
    }

    /// A directory came, empty or not. Its files are noted with `hint`. False when it is none of a project's.
    fn directory_came(&mut self, path: &Path, hint: Hint) -> bool {
        match hint::scope(self.store.root(), path) {
            Some(Scope::Project(project)) => {
                self.open(&project);
                true
            }
            Some(Scope::Below(project, below)) => {
                let Some(shelf) = self.store.shelf(&project) else {
                    return false;
                };
                if !path.is_dir() || path.is_symlink() || !shelf.ignore().is_entered(below.as_str())
                {
                    return false;
                }
                let root = self.store.root().join(project.as_str());
                let found = shelf.find(below.as_str(), &mut |directory| {
                    self.watch(&root.join(directory));
                });
                match found {
                    Ok(mut paths) => {
                        // A directory with a task's name is told as a problem; its files are tasks all the same.
                        paths.extend(Some(below).filter(|below| shelf.ignore().is_task(below)));
                        self.note_all(&project, paths, hint);
                    }
                    Err(error) => self.failed(&project, &error),
                }
                true
            }
            Some(Scope::Root) | None => false,
        }
    }

    /// Looks at the files that are due, a project at a time.
    fn look(&mut self, due: Vec<Due>) {
        let now = Instant::now();
        let mut batches: BTreeMap<ProjectId, Vec<Due>> = BTreeMap::new();
        for due in due {
            batches
                .entry(due.place.project.clone())
                .or_default()
                .push(due);
        }
        for (project, batch) in batches {
            let Some(shelf) = self.store.shelf(&project) else {
                continue;
            };
            let waits = |due: &Due| Some((due.place.path.clone(), due.waits_since?));
            let waits_since: BTreeMap<_, _> = batch.iter().filter_map(waits).collect();
            let files = batch
                .into_iter()
                .map(|due| (due.place.path, due.certainty))
                .collect();
            match shelf.absorb(files) {
                Ok(again) => {
                    for path in again {
                        let since = waits_since.get(&path).copied().unwrap_or(now);
                        let project = project.clone();
                        self.agenda.wait(Place { project, path }, since, now);
                    }
                }
                Err(error) => self.failed(&project, &error),
            }
        }
    }

    fn failed(&mut self, project: &ProjectId, error: &std::io::Error) {
        if error.kind() == std::io::ErrorKind::NotFound {
            // The directory went meanwhile, which is told as well.
            self.store.leave(project);
            return;
        }
        tracing::warn!(%project, %error, "files could not be read: trying again");
        self.next_walk = self.next_walk.min(Instant::now() + RETRY_AFTER);
    }

    /// Compares every project with the disk, and watches whatever is not watched yet.
    pub(super) fn walk_all(&mut self) -> std::io::Result<()> {
        let is_polling = self.notifier.is_none();
        self.status.is_polling.store(is_polling, Ordering::Relaxed);
        self.next_walk = Instant::now() + if is_polling { POLL_EVERY } else { WALK_EVERY };
        let root = self.store.root().to_owned();
        self.watch(&root);
        let there = self.store.project_directories()?;
        for shelf in self.store.shelves() {
            if !there.contains(shelf.id()) {
                self.store.leave(shelf.id());
            }
        }
        for project in there {
            self.open(&project);
        }
        Ok(())
    }

    /// Reads a project that is new; compares one that is not, and notes what differs.
    fn open(&mut self, project: &ProjectId) {
        let store = self.store.clone();
        let root = store.root().join(project.as_str());
        let opened = store.open(project, &mut |directory| self.watch(&root.join(directory)));
        match opened {
            Ok(differences) => self.note_all(project, differences, Hint::Touched),
            Err(error) => self.failed(project, &error),
        }
    }

    /// Notes files at one moment, so that they are looked at together and a rename among them is one change.
    fn note_all(&mut self, project: &ProjectId, paths: Vec<TaskPath>, hint: Hint) {
        let now = Instant::now();
        for path in paths {
            let project = project.clone();
            self.agenda.note(Place { project, path }, hint, now);
        }
    }

    fn watch(&mut self, directory: &Path) {
        // A path that ends in a slash would be another one to notify.
        let directory: PathBuf = directory.components().collect();
        let Some(notifier) = &mut self.notifier else {
            return;
        };
        // notify forgets a directory that goes by itself, because its parent is watched too. Asking twice is cheap.
        match notifier.watch(&directory, RecursiveMode::NonRecursive) {
            Ok(()) => {}
            Err(error) => match error.kind {
                notify::ErrorKind::MaxFilesWatch => self.give_up_notifying(),
                // It went meanwhile; that is told, or found by the next walk.
                notify::ErrorKind::PathNotFound => {}
                notify::ErrorKind::Generic(_)
                | notify::ErrorKind::Io(_)
                | notify::ErrorKind::WatchNotFound
                | notify::ErrorKind::InvalidConfig(_) => {
                    tracing::warn!(%error, "a directory cannot be watched: it is looked at every minute");
                }
            },
        }
    }

    fn give_up_notifying(&mut self) {
        if self.notifier.take().is_some() {
            tracing::warn!(
                "the system's limit of watches is reached: looking at the files every 2 s instead; \
                 to lift it, raise fs.inotify.max_user_watches with sysctl and start again"
            );
            self.next_walk = Instant::now();
        }
    }
}
