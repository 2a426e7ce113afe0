//! The watcher: hints from the system, turned into looks at files.
//!
//! notify is believed in nothing but that something may have happened: it loses files in new directories, drops what
//! its queue cannot hold and sees no root that is replaced. So a hint only says which file to read and when (the
//! rules are in [`agenda`]), a directory that appears is walked, too many hints or an error become a walk that
//! compares, and every minute one is made in any case. Each directory is watched on its own, before it is listed:
//! what is there then is found, what comes later is told, and nothing falls in between.
//!
//! One thread owns all of it. What it refuses to know: what a task is, and who listens.

mod agenda;
mod hint;

use crate::name::{ProjectId, TaskPath};
use crate::store::Store;
use agenda::{Agenda, Due, Hint, Place};
use hint::{Scope, Seen};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Hints that may wait: as many as the kernel's own queue holds. One more makes a walk of all of them.
const HINTS_MAX: usize = 16_384;
/// Hints that are taken in before the files that are due are looked at.
const HINTS_AT_ONCE: usize = 4_096;
/// How often everything is compared although nothing was told.
const WALK_EVERY: Duration = Duration::from_secs(60);
/// How often everything is compared where the system tells nothing.
const POLL_EVERY: Duration = Duration::from_secs(2);
/// After a look that failed, everything is compared this much later.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The running watcher. It stops when it is told to.
#[derive(Debug)]
pub struct Watch {
    messages: SyncSender<Message>,
    thread: JoinHandle<()>,
    status: Arc<Status>,
}

/// How the files are watched, for whoever asks.
#[derive(Debug, Default)]
pub struct Status {
    is_polling: AtomicBool,
}

impl Status {
    /// Are files looked at every 2 seconds, because the system does not tell of changes?
    #[must_use]
    pub fn is_polling(&self) -> bool {
        self.is_polling.load(Ordering::Relaxed)
    }
}

#[derive(Debug)]
enum Message {
    Seen(Seen),
    Stop,
}

impl Watch {
    /// Opens every project of the store, and follows them from then on.
    ///
    /// # Errors
    /// The system's, when the root cannot be read or no thread be had. A system that cannot tell of changes is no
    /// error: the files are looked at every 2 seconds then.
    pub fn start(store: Arc<Store>, poll: bool) -> std::io::Result<Self> {
        let (messages, inbox) = sync_channel(HINTS_MAX);
        let status = Arc::new(Status::default());
        let missed = Arc::new(AtomicBool::new(false));
        let notifier = if poll {
            None
        } else {
            start_notifier(messages.clone(), missed.clone())
        };
        let mut follower = Follower {
            store,
            notifier,
            watched: HashSet::new(),
            agenda: Agenda::default(),
            moved_from: None,
            missed,
            status: status.clone(),
            next_walk: Instant::now(),
        };
        follower.walk_all()?;
        let thread = std::thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || follower.run(&inbox))?;
        Ok(Self {
            messages,
            thread,
            status,
        })
    }

    /// How the files are watched.
    #[must_use]
    pub fn status(&self) -> Arc<Status> {
        self.status.clone()
    }

    /// Stops, and waits until it has.
    pub fn stop(self) {
        // It fails only when the thread is gone already.
        if self.messages.send(Message::Stop).is_ok() && self.thread.join().is_err() {
            tracing::error!("the watcher had failed");
        }
    }
}

fn start_notifier(
    messages: SyncSender<Message>,
    missed: Arc<AtomicBool>,
) -> Option<RecommendedWatcher> {
    let handler = move |event: notify::Result<notify::Event>| {
        let Some(seen) = Seen::of(event) else { return };
        match messages.try_send(Message::Seen(seen)) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(_)) => missed.store(true, Ordering::Relaxed),
        }
    };
    notify::recommended_watcher(handler)
        .inspect_err(|error| tracing::warn!(%error, "the system does not tell of changes: looking every 2 s"))
        .ok()
}

/// What the thread owns.
struct Follower {
    store: Arc<Store>,
    /// `None` where the system does not tell of changes.
    notifier: Option<RecommendedWatcher>,
    watched: HashSet<PathBuf>,
    agenda: Agenda,
    /// The last thing that was moved away, until the other end of that move is told: its cookie and what it was.
    moved_from: Option<(usize, Vec<Place>)>,
    /// Was a hint lost?
    missed: Arc<AtomicBool>,
    status: Arc<Status>,
    next_walk: Instant,
}

impl Follower {
    fn run(mut self, inbox: &Receiver<Message>) {
        loop {
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
        let counts = crate::store::shelf::is_settings(&path)
            || shelf.ignore().is_task(&path)
            || shelf.knows(&path);
        counts.then_some(Place { project, path })
    }

    /// Something went: a file, or a directory with all that was in it. Returns the files.
    fn went(&mut self, path: &Path) -> Vec<Place> {
        let places = match hint::scope(self.store.root(), path) {
            Some(Scope::Below(project, below)) => self.known_below(&project, &below),
            Some(Scope::Project(project)) => {
                self.unwatch(path);
                if let Some(shelf) = self.store.shelf(&project) {
                    shelf.leave();
                }
                Vec::new()
            }
            Some(Scope::Root) | None => Vec::new(),
        };
        if self.watched.contains(path) {
            self.unwatch(path);
        }
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
        if shelf.knows(path)
            || self.agenda.contains(&place(path.clone()))
            || crate::store::shelf::is_settings(path)
        {
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
                    self.watch(&root.join(directory))
                });
                match found {
                    Ok(paths) => {
                        for path in paths {
                            self.note(
                                Place {
                                    project: project.clone(),
                                    path,
                                },
                                hint,
                            );
                        }
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
        let mut batches: BTreeMap<(ProjectId, bool), Vec<(TaskPath, Instant)>> = BTreeMap::new();
        for Due {
            place,
            half_saved_since,
            is_final,
        } in due
        {
            let batch = batches.entry((place.project, is_final)).or_default();
            batch.push((place.path, half_saved_since.unwrap_or(now)));
        }
        for ((project, is_final), files) in batches {
            let Some(shelf) = self.store.shelf(&project) else {
                continue;
            };
            let since: BTreeMap<_, _> = files.iter().cloned().collect();
            let paths = files.into_iter().map(|(path, _)| path).collect();
            match shelf.absorb(paths, is_final) {
                Ok(half_saved) => {
                    for path in half_saved {
                        let since = since.get(&path).copied().unwrap_or(now);
                        self.agenda.wait(
                            Place {
                                project: project.clone(),
                                path,
                            },
                            since,
                            now,
                        );
                    }
                }
                Err(error) => self.failed(&project, &error),
            }
        }
    }

    fn failed(&mut self, project: &ProjectId, error: &std::io::Error) {
        tracing::warn!(%project, %error, "files could not be read: trying again");
        self.next_walk = self.next_walk.min(Instant::now() + RETRY_AFTER);
    }

    /// Compares every project with the disk, and watches whatever is not watched yet.
    fn walk_all(&mut self) -> std::io::Result<()> {
        let is_polling = self.notifier.is_none();
        self.status.is_polling.store(is_polling, Ordering::Relaxed);
        self.next_walk = Instant::now() + if is_polling { POLL_EVERY } else { WALK_EVERY };
        let root = self.store.root().to_owned();
        self.watch(&root);
        let there = self.store.project_directories()?;
        for shelf in self.store.shelves() {
            if !there.contains(shelf.id()) {
                shelf.leave();
            }
        }
        for project in there {
            self.open(&project);
        }
        Ok(())
    }

    fn open(&mut self, project: &ProjectId) {
        let store = self.store.clone();
        let root = store.root().join(project.as_str());
        if let Err(error) = store.open(project, &mut |directory| self.watch(&root.join(directory)))
        {
            self.failed(project, &error);
        }
    }

    fn watch(&mut self, directory: &Path) {
        // A path that ends in a slash would be another one to notify.
        let directory: PathBuf = directory.components().collect();
        let Some(notifier) = &mut self.notifier else {
            return;
        };
        // notify forgets a watched directory that goes, and so must we: `unwatch` sees to it. Asking twice is cheap.
        match notifier.watch(&directory, RecursiveMode::NonRecursive) {
            Ok(()) => drop(self.watched.insert(directory)),
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

    /// Forgets the watches on a directory that went, and on those below it.
    fn unwatch(&mut self, directory: &Path) {
        let gone: Vec<_> = self
            .watched
            .iter()
            .filter(|path| path.starts_with(directory))
            .cloned()
            .collect();
        for path in gone {
            self.watched.remove(&path);
            // notify has mostly forgotten it already, which is the error that it answers.
            if let Some(notifier) = &mut self.notifier
                && let Err(error) = notifier.unwatch(&path)
            {
                tracing::trace!(%error, "was not watched any more");
            }
        }
    }

    fn give_up_notifying(&mut self) {
        if self.notifier.take().is_some() {
            tracing::warn!(
                "the system's limit of watches is reached: looking at the files every 2 s instead; \
                 to lift it, raise fs.inotify.max_user_watches with sysctl and start again"
            );
            self.watched.clear();
            self.next_walk = Instant::now();
        }
    }
}
