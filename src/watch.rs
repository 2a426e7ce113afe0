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
mod follower;
mod hint;

use crate::store::Store;
use follower::Follower;
use hint::Seen;
use notify::RecommendedWatcher;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

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
    is_stopping: AtomicBool,
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
        let mut follower = Follower::new(store, notifier, missed, status.clone());
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
        self.status.is_stopping.store(true, Ordering::Relaxed);
        // Only to wake it: a full inbox does that as well, and must not hold us up.
        match self.messages.try_send(Message::Stop) {
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
        if self.thread.join().is_err() {
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
