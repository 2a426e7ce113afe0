//! Follows the hints: which file to look at, and when.

mod intake;

use super::agenda::{Agenda, Due, Hint, Place};
use super::barrier::Barrier;
use super::hint::Seen;
use super::seat::Seat;
use super::{LISTEN_AGAIN_AFTER, Message, POLL_EVERY, RETRY_AFTER, Status, WALK_EVERY};
use crate::fault::{self, Fault};
use crate::name::{ProjectId, TaskPath};
use crate::store::Store;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Saves that follow upon another within this time are a burst, and looked at together.
const BURST_TIME: Duration = Duration::from_millis(2);

/// All that is known of what was heard.
#[derive(Debug)]
pub(super) struct Follower {
    store: Arc<Store>,
    seat: Seat,
    /// `None` while the system does not tell of changes.
    notifier: Option<RecommendedWatcher>,
    /// When to ask the system once more to tell.
    listen_again: Option<Instant>,
    barrier: Barrier,
    agenda: Agenda,
    /// The last thing that was moved away, until the other end of that move is told: its cookie and what it was.
    moved_from: Option<(usize, Vec<Place>)>,
    status: Arc<Status>,
    next_walk: Instant,
    /// Until when its thread sleeps, if nothing is heard.
    sleeps_until: Instant,
    /// When a file was last looked at.
    looked_at: Instant,
    /// Is this notify's thread, from which notify cannot be asked for anything?
    is_heard_here: bool,
    /// Did the last walk find a project that could not be read?
    walk_failed: bool,
    /// Could the root itself not be read?
    is_rootless: bool,
}

impl Follower {
    pub(super) fn new(store: Arc<Store>, seat: Seat, status: Arc<Status>) -> Self {
        let now = Instant::now();
        let mut follower = Self {
            store,
            seat,
            notifier: None,
            listen_again: None,
            barrier: Barrier::default(),
            agenda: Agenda::default(),
            moved_from: None,
            status,
            next_walk: now,
            sleeps_until: now,
            looked_at: now,
            is_heard_here: false,
            walk_failed: false,
            is_rootless: false,
        };
        follower.listen();
        follower
    }

    /// Asks the system to tell of changes, from now on.
    fn listen(&mut self) {
        // The old one goes first: there may be no room for two.
        self.notifier = None;
        self.listen_again = None;
        self.notifier = self.seat.listen();
        match &mut self.notifier {
            Some(notifier) => self.barrier.watch(notifier),
            None => self.barrier.unwatch(),
        }
    }

    /// Takes in what was in the inbox, and does what it is time for. True when it is told to stop.
    pub(super) fn follow(&mut self, messages: Vec<Message>) -> bool {
        if self.status.is_stopping.load(Ordering::Relaxed) {
            return true;
        }
        for message in messages {
            match message {
                Message::Stop => return true,
                #[cfg(test)]
                Message::Fail => panic!("a defect"),
                #[cfg(test)]
                Message::Deafen => self.deafen(),
                Message::Wake => {}
                Message::Seen(seen) => self.take_in(seen),
                Message::Sync(request) => {
                    if !self.barrier.ask(request) {
                        self.next_walk = Instant::now();
                    }
                }
            }
        }
        self.look();
        self.check_up();
        self.tell();
        false
    }

    /// Takes in what notify's thread has just heard, and looks at it, or gives it back.
    pub(super) fn hear(&mut self, seen: Seen) -> Option<Seen> {
        let is_burst = self.looked_at.elapsed() < BURST_TIME;
        if is_burst || !self.is_taken_in_anywhere(&seen) {
            return Some(seen);
        }
        self.is_heard_here = true;
        self.take_in(seen);
        self.look();
        self.tell();
        self.is_heard_here = false;
        if self.next_step() < self.sleeps_until {
            self.sleeps_until = Instant::now();
            self.seat.wake();
        }
        None
    }

    /// For how long its thread may sleep.
    pub(super) fn rest(&mut self) -> Duration {
        self.sleeps_until = self.next_step();
        self.sleeps_until.saturating_duration_since(Instant::now())
    }

    fn tell(&mut self) {
        let agenda = &self.agenda;
        self.barrier
            .tell(|project, then| agenda.has_open(project, then));
    }

    fn root_is_gone(&mut self, error: &std::io::Error) {
        if !std::mem::replace(&mut self.is_rootless, true) {
            tracing::error!(%error, "the directory of all projects cannot be read");
        }
        for shelf in self.store.shelves() {
            self.store.leave(shelf.id());
        }
        self.next_walk = Instant::now() + RETRY_AFTER;
    }

    /// When something is to be done though nothing is heard.
    fn next_step(&self) -> Instant {
        let others = [self.agenda.next_due(), self.barrier.overdue_at()];
        let others = others.into_iter().flatten();
        others.fold(self.next_walk, Instant::min)
    }

    /// Compares everything when it is time, or when something was lost; and sees to it that something is heard at all.
    fn check_up(&mut self) {
        let now = Instant::now();
        if self.barrier.overdue_at().is_some_and(|at| now >= at) {
            tracing::error!("the system's word of changes does not come through: asking anew");
            self.listen();
            self.next_walk = now;
        }
        if self.seat.has_missed() && !fault::is(Fault::NoRescan) {
            tracing::info!("hints were lost: comparing all files");
            self.status.n_losses.add_one();
            self.barrier.lost();
            self.next_walk = now;
        }
        if now >= self.next_walk {
            match self.walk_all() {
                Ok(()) => self.is_rootless = false,
                Err(error) => self.root_is_gone(&error),
            }
            self.status.walks.note_since(now);
        }
    }

    /// Looks at the files that are due, a project at a time.
    fn look(&mut self) {
        let now = Instant::now();
        let due = self.agenda.take_due(now);
        if due.is_empty() {
            return;
        }
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
            let times = |due: &Due| (due.place.path.clone(), (due.first, due.waits_since));
            let times: BTreeMap<_, _> = batch.iter().map(times).collect();
            let ignore = shelf.ignore();
            let files = batch
                .into_iter()
                .map(|due| (due.place.path, due.certainty))
                .collect();
            let place = |path| Place {
                project: project.clone(),
                path,
            };
            let absorbed = shelf.absorb(files);
            match absorbed {
                Ok(again) => {
                    for (path, certainty) in again {
                        let (first, since) = times.get(&path).copied().unwrap_or((now, None));
                        let since = since.unwrap_or(now);
                        self.agenda.wait(place(path), first, since, certainty, now);
                    }
                }
                Err(error) => {
                    if self.failed(&project, &error) {
                        for (path, (first, _)) in times {
                            self.agenda.retry(place(path), first, now + RETRY_AFTER);
                        }
                    }
                }
            }
            // Not before they are back on the agenda: when they were first heard of is known there only.
            if *ignore != *shelf.ignore() {
                // A directory that is no longer ignored is not watched yet.
                self.open(&project);
            }
        }
        self.status.looks.note_since(now);
        self.looked_at = Instant::now();
    }

    /// Something could not be read. True when it may be, in a while.
    fn failed(&mut self, project: &ProjectId, error: &std::io::Error) -> bool {
        if error.kind() == std::io::ErrorKind::NotFound {
            // The directory went meanwhile, which is told as well.
            self.store.leave(project);
            return false;
        }
        tracing::warn!(%project, %error, "files could not be read: trying again");
        self.walk_failed = true;
        self.next_walk = self.next_walk.min(Instant::now() + RETRY_AFTER);
        true
    }

    /// Compares every project with the disk, and watches whatever is not watched yet.
    pub(super) fn walk_all(&mut self) -> std::io::Result<()> {
        if self.listen_again.is_some_and(|at| Instant::now() >= at) {
            self.listen();
        }
        self.walk_failed = false;
        let is_polling = self.notifier.is_none() || self.store.changes_elsewhere();
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
        if !self.walk_failed {
            self.barrier.compared(Instant::now());
        }
        // Once in a while it is tried whether anything is heard.
        self.barrier.make_mark();
        Ok(())
    }

    /// Reads a project that is new; compares one that is not, and notes what differs.
    fn open(&mut self, project: &ProjectId) {
        let store = self.store.clone();
        let root = store.root().join(project.as_str());
        // A new one is read before it is watched, and then compared: the system would tell of every file that we open.
        let read = match store.shelf(project) {
            Some(_) => Ok(Vec::new()),
            None => store.open(project, &mut |_| {}),
        };
        let opened = read
            .and_then(|_| store.open(project, &mut |directory| self.watch(&root.join(directory))));
        match opened {
            Ok(differences) => self.note_all(project, differences, Hint::Touched),
            Err(error) => {
                self.failed(project, &error);
            }
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
        if self.is_heard_here {
            // The walk watches whatever is not watched yet, and is made by another thread.
            self.next_walk = Instant::now();
            return;
        }
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

    /// Forgets all watches, as a system does that tells of nothing any more.
    #[cfg(test)]
    fn deafen(&mut self) {
        let root = self.store.root().to_owned();
        let shelves = self.store.shelves();
        let projects = shelves.iter().map(|shelf| root.join(shelf.id().as_str()));
        let mut watched: Vec<_> = self.barrier.paths().chain(projects).collect();
        watched.push(root);
        for path in watched {
            self.notifier.as_mut().unwrap().unwatch(&path).unwrap();
        }
    }

    fn give_up_notifying(&mut self) {
        if self.notifier.take().is_some() {
            tracing::warn!(
                "the system's limit of watches is reached: looking at the files every 2 s instead; \
                 to lift it, raise fs.inotify.max_user_watches with sysctl"
            );
            self.barrier.unwatch();
            self.status.is_polling.store(true, Ordering::Relaxed);
            let now = Instant::now();
            self.listen_again = Some(now + LISTEN_AGAIN_AFTER);
            self.next_walk = now;
        }
    }
}
