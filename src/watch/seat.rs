//! Where the follower sits, and who takes in what was heard.
//!
//! A save that comes alone is looked at by the thread that hears of it, which is notify's: to wake another takes as long as
//! to read the file. What comes in a burst, what has to wait and what needs notify itself, which cannot be asked from
//! its own thread, goes to the inbox, which the follower's thread empties. Whoever has the seat has the follower alone; what is
//! in the inbox came before what is heard now, so nobody takes anything in past it.

use super::follower::Follower;
use super::hint::Seen;
use super::{HINTS_AT_ONCE, Message, RETRY_AFTER};
use notify::RecommendedWatcher;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard};

/// The seat, and the way to the inbox. Clones are the same seat.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    shared: Arc<Shared>,
    messages: SyncSender<Message>,
}

#[derive(Debug)]
struct Shared {
    /// Empty before the start and after the end.
    follower: Mutex<Option<Follower>>,
    /// How many hints are in the inbox, or have been taken out and not taken in.
    n_waiting: AtomicUsize,
    /// Was a hint lost, because the inbox was full?
    missed: AtomicBool,
    /// False when nothing is to be heard.
    is_wanted: bool,
}

impl Seat {
    pub(super) fn new(messages: SyncSender<Message>, is_wanted: bool) -> Self {
        Self {
            shared: Arc::new(Shared {
                follower: Mutex::new(None),
                n_waiting: AtomicUsize::new(0),
                missed: AtomicBool::new(false),
                is_wanted,
            }),
            messages,
        }
    }

    /// Asks the system to tell of changes. `None` when it does not, or is not to.
    pub(super) fn listen(&self) -> Option<RecommendedWatcher> {
        if !self.shared.is_wanted {
            return None;
        }
        let seat = self.clone();
        let handler = move |event: notify::Result<notify::Event>| {
            if let Some(seen) = Seen::of(event) {
                seat.hear(seen);
            }
        };
        notify::recommended_watcher(handler)
            .inspect_err(|error| tracing::warn!(%error, "the system does not tell of changes: looking every 2 s"))
            .ok()
    }

    /// Tells whether a hint was lost since one last asked.
    pub(super) fn has_missed(&self) -> bool {
        self.shared.missed.swap(false, Ordering::Relaxed)
    }

    /// From now on a hint counts as lost.
    pub(super) fn miss(&self) {
        self.shared.missed.store(true, Ordering::Relaxed);
    }

    /// Wakes the follower's thread: it is to see what is to be done now.
    pub(super) fn wake(&self) {
        match self.messages.try_send(Message::Wake) {
            // A full inbox wakes it as well.
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }

    /// Seats a follower, in the place of one that failed.
    pub(super) fn put(&self, follower: Follower) {
        self.shared.follower.clear_poison();
        // The old one must not be dropped while the seat is held: it knows the seat.
        let old = self.take().and_then(|mut seat| seat.replace(follower));
        drop(old);
    }

    /// What notify's thread does with a hint.
    fn hear(&self, seen: Seen) {
        // A defect here must not end notify's thread. It leaves the seat spoilt, which the follower's thread will find.
        let heard = catch_unwind(AssertUnwindSafe(|| self.take_in_now(seen)));
        match heard {
            Ok(None) => {}
            Ok(Some(seen)) => self.leave(seen),
            Err(_) => self.wake(),
        }
    }

    /// Takes a hint in on the spot, or gives it back.
    fn take_in_now(&self, seen: Seen) -> Option<Seen> {
        // Whoever has the seat may be waiting for this very thread, so it does not wait in turn.
        let Ok(mut seat) = self.shared.follower.try_lock() else {
            return Some(seen);
        };
        match seat.as_mut() {
            Some(follower) if self.shared.n_waiting.load(Ordering::Acquire) == 0 => {
                follower.hear(seen)
            }
            Some(_) | None => Some(seen),
        }
    }

    /// Leaves a hint in the inbox.
    fn leave(&self, seen: Seen) {
        self.shared.n_waiting.fetch_add(1, Ordering::AcqRel);
        if let Err(error) = self.messages.try_send(Message::Seen(seen)) {
            self.shared.n_waiting.fetch_sub(1, Ordering::AcqRel);
            if matches!(error, TrySendError::Full(_)) {
                self.miss();
            }
        }
    }

    /// Takes the seat. `None` when a defect has spoilt it.
    fn take(&self) -> Option<MutexGuard<'_, Option<Follower>>> {
        self.shared.follower.lock().ok()
    }

    /// What the follower's thread does. A defect that ends the follower is logged, and another one compares everything and
    /// goes on.
    pub(super) fn keep(&self, start: impl Fn() -> Follower, inbox: &Receiver<Message>) {
        let mut has_failed = false;
        loop {
            let follow = || {
                if has_failed {
                    self.put(start());
                }
                self.follow(inbox)
            };
            if let Ok(Some(Stopped)) = catch_unwind(AssertUnwindSafe(follow)) {
                // The follower knows the seat, and the seat it: one of them must let go.
                let last = self.take().and_then(|mut seat| seat.take());
                drop(last);
                return;
            }
            tracing::error!("the watcher has failed: starting it anew");
            has_failed = true;
            std::thread::sleep(RETRY_AFTER);
        }
    }

    /// Empties the inbox until it is told to stop. `None` when a defect has spoilt the seat.
    fn follow(&self, inbox: &Receiver<Message>) -> Option<Stopped> {
        loop {
            let rest = self.take()?.as_mut()?.rest();
            let first = match inbox.recv_timeout(rest) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Some(Stopped),
            };
            let seat = self.take();
            let messages: Vec<_> = first
                .into_iter()
                .chain(inbox.try_iter().take(HINTS_AT_ONCE))
                .collect();
            let is_seen = |message: &&Message| matches!(message, Message::Seen(_));
            let n_seen = messages.iter().filter(is_seen).count();
            // Nobody can pass them any more: we have the seat.
            self.shared.n_waiting.fetch_sub(n_seen, Ordering::AcqRel);
            if seat?.as_mut()?.follow(messages) {
                return Some(Stopped);
            }
        }
    }
}

/// It was told to stop.
struct Stopped;
