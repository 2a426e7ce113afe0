//! Files that a write has put out of their places, kept in sight for a moment.
//!
//! An editor that opens a file to write it in place finds it by name first and opens it then. Between the two we may
//! exchange it and let it go; what the editor writes would go with it. So the last few files are held, with their leases,
//! for as long as anybody could be between these two steps: who opens one waits for us, the kernel tells us by
//! a signal, and what they have written is put back under its name. Without this, one save in place in 300,000 was
//! lost in a race on a busy machine.

use super::leftover::beside;
use super::{WriteError, lease};
use crate::disk::{Folder, Found, read_stable};
use crate::name::TaskPath;
use crate::task::Revision;
use rustix::fd::{AsFd, OwnedFd};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// For how long a file is held: longer than any scheduler lets a thread wait between two steps.
const HELD_FOR: Duration = Duration::from_secs(1);
/// How many files are held at most, in all projects: each costs a descriptor.
const HELD_MAX: usize = 256;
static N_HELD: AtomicUsize = AtomicUsize::new(0);
/// For how long a writer is waited for.
const WRITER_TIME: Duration = Duration::from_secs(5);
/// How often it is asked whether it has finished.
const WRITER_PAUSE: Duration = Duration::from_millis(1);
/// How often a save is tried to be put in its place, before it goes beside it.
const PLACE_TRIES: usize = 100;
/// Bytes of a save that is put back: what no file of a task exceeds by far.
const SAVE_BYTES_MAX: u64 = 64 << 20;

/// The files that are held.
#[derive(Debug, Default)]
pub(in crate::disk) struct Displaced(Mutex<VecDeque<Arc<Held>>>);

/// A file without a name, under a lease.
#[derive(Debug)]
pub(super) struct Held {
    file: OwnedFd,
    /// Where it was.
    path: TaskPath,
    /// What it holds.
    base: Revision,
    /// What we have put into its place, as far as nobody else has since.
    ours: Mutex<Option<Revision>>,
    /// Since when it is held.
    since: Instant,
    /// Is somebody seeing to its writer?
    is_seen_to: AtomicBool,
}

impl Displaced {
    fn all(&self) -> MutexGuard<'_, VecDeque<Arc<Held>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds one more, and lets go of those that nobody can want any more.
    fn hold(&self, held: Arc<Held>) {
        self.let_go();
        let mut all = self.all();
        // What was put in before has been written over by ourselves since.
        for before in all.iter().filter(|before| before.path == held.path) {
            let mut ours = before.ours();
            if *ours == Some(held.base) {
                *ours = *held.ours();
            }
        }
        // The oldest makes room, unless another project has it all.
        if N_HELD.load(Ordering::Relaxed) >= HELD_MAX && all.pop_front().is_none() {
            return;
        }
        all.push_back(held);
    }

    /// Lets go of those that nobody can want any more. They are in the order of their age.
    pub(in crate::disk) fn let_go(&self) {
        let mut all = self.all();
        while all
            .front()
            .is_some_and(|held| held.since.elapsed() >= HELD_FOR && !held.is_wanted())
        {
            all.pop_front();
        }
    }

    /// Lets go of all that nobody wants at this moment. True when there were any.
    pub(super) fn let_all_go(&self) -> bool {
        let mut all = self.all();
        let n_before = all.len();
        all.retain(|held| held.is_wanted());
        all.len() < n_before
    }

    /// Those that somebody wants to write, to be seen to by the caller.
    fn take_wanted(&self) -> Vec<Arc<Held>> {
        let all = self.all();
        let wanted =
            |held: &&Arc<Held>| held.is_wanted() && !held.is_seen_to.swap(true, Ordering::Relaxed);
        all.iter().filter(wanted).cloned().collect()
    }

    fn forget(&self, held: &Arc<Held>) {
        self.all().retain(|other| !Arc::ptr_eq(other, held));
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        N_HELD.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Held {
    /// A file that holds `base` and has lost its name to one that holds `ours`, or to none.
    pub(super) fn new(file: OwnedFd, path: &TaskPath, base: &[u8], ours: Option<&[u8]>) -> Self {
        N_HELD.fetch_add(1, Ordering::Relaxed);
        Self {
            file,
            path: path.clone(),
            base: Revision::of(base),
            ours: Mutex::new(ours.map(Revision::of)),
            since: Instant::now(),
            is_seen_to: AtomicBool::new(false),
        }
    }

    fn ours(&self) -> MutexGuard<'_, Option<Revision>> {
        self.ours.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does somebody wait to write it?
    fn is_wanted(&self) -> bool {
        !lease::is_whole(self.file.as_fd())
    }

    /// Lets the writer in, waits until it has finished, and returns what it has written. None when that is nothing.
    fn written(&self) -> Option<Vec<u8>> {
        lease::give_up(self.file.as_fd());
        let started = Instant::now();
        while lease::take(self.file.as_fd()).is_err() && started.elapsed() < WRITER_TIME {
            std::thread::sleep(WRITER_PAUSE);
        }
        match read_stable(&self.file, SAVE_BYTES_MAX) {
            Ok(Found::File(found)) if Revision::of(&found.bytes) != self.base => Some(found.bytes),
            Ok(_) => None,
            Err(error) => {
                tracing::error!(file = %self.path, %error, "a save that came late cannot be read");
                None
            }
        }
    }
}

impl Folder {
    /// Keeps a file in sight that a write has just put out of its place. Should somebody have found it before, and want
    /// to write it already, that is seen to at once.
    pub(super) fn keep_in_sight(&self, held: Held) {
        let held = Arc::new(held);
        self.displaced.hold(held.clone());
        // The kernel's signal may have come before it was held. For the others it is still to come.
        if held.is_wanted() {
            self.rescue();
        }
    }

    /// Puts back what has been written into files that a write had put out of their places. To be called when SIGURG
    /// comes.
    pub fn rescue(&self) {
        for held in self.displaced.take_wanted() {
            if let Some(bytes) = held.written() {
                match self.put_late_save(&held, &bytes) {
                    Ok(()) => {
                        tracing::info!(file = %held.path, "a save that came late is put in its place");
                    }
                    Err(error) => {
                        tracing::error!(file = %held.path, %error, "a save that came late cannot be put in its place");
                    }
                }
            }
            self.displaced.forget(&held);
        }
    }

    /// Puts somebody's save where it belongs: in the place of what we have written, or beside what has been since.
    fn put_late_save(&self, held: &Held, bytes: &[u8]) -> Result<(), WriteError> {
        let path = &held.path;
        for _ in 0..PLACE_TRIES {
            let found = self.read(path, SAVE_BYTES_MAX)?;
            let ours = *held.ours();
            let placed = match (found, ours) {
                (Found::Absent, _) => self.create(path, bytes),
                (Found::File(file), Some(ours)) if Revision::of(&file.bytes) == ours => {
                    self.replace(path, &file.bytes, bytes)
                }
                (Found::File(_) | Found::Refused(_) | Found::Changing, _) => Err(WriteError::Lost),
            };
            match placed {
                // We are writing it at this moment, or they are.
                Err(WriteError::Lost | WriteError::Exists) => std::thread::sleep(WRITER_PAUSE),
                done => return done.map(drop),
            }
        }
        let directory = path.directory();
        let beside = beside(path.file_name());
        let beside = match directory {
            "" => beside,
            directory => format!("{directory}/{beside}"),
        };
        let beside = TaskPath::parse(&beside).ok_or(WriteError::Lost)?;
        self.create(&beside, bytes).map(drop)
    }
}
