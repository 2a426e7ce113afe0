//! The watcher: hints from the system, turned into looks at files.
//!
//! notify is believed in nothing but that something may have happened: it loses files in new directories, drops what
//! its queue cannot hold and sees no root that is replaced. So a hint only says which file to read and when (the
//! rules are in [`agenda`]), a directory that appears is walked, too many hints or an error become a walk that
//! compares, and every minute one is made in any case. Each directory is watched on its own, before it is listed:
//! what is there then is found, what comes later is told, and nothing falls in between.
//!
//! One follower owns all of it, and two threads lend it their time, one at a time: its own, and notify's ([`seat`]). What
//! it refuses to know: what a task is, and who listens.

mod agenda;
mod barrier;
mod follower;
mod hint;
mod seat;

use crate::fault::{self, Fault};
use crate::name::ProjectId;
use crate::store::Store;
use crate::tally::{Tally, Times};
use barrier::Request;
use follower::Follower;
use hint::Seen;
use seat::Seat;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// Hints that may wait: as many as the kernel's own queue holds. One more makes a walk of all of them.
const HINTS_MAX: usize = 16_384;
/// Hints that are taken in before the files that are due are looked at.
const HINTS_AT_ONCE: usize = 4_096;
/// Who finds no room for a question asks again after this long.
const INBOX_FULL_PAUSE: Duration = Duration::from_millis(1);
/// How often everything is compared although nothing was told.
const WALK_EVERY: Duration = Duration::from_secs(60);
/// How often everything is compared where the system tells nothing.
const POLL_EVERY: Duration = Duration::from_secs(2);
/// After the limit of watches was reached, it is tried this much later whether there is room again.
const LISTEN_AGAIN_AFTER: Duration = Duration::from_secs(600);
/// How long one may wait to hear that everything has been seen: a file that is written on and on is waited for 5 s.
const SYNC_TIME: Duration = Duration::from_secs(10);
/// After a look that failed, everything is compared this much later.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The running watcher. It stops when it is told to.
#[derive(Debug)]
pub struct Watch {
    messages: SyncSender<Message>,
    thread: JoinHandle<()>,
    status: Arc<Status>,
}

/// Told when every project is open.
pub type Opening = oneshot::Receiver<std::io::Result<()>>;

/// How the files are watched, for whoever asks.
#[derive(Debug, Default)]
pub struct Status {
    is_polling: AtomicBool,
    is_stopping: AtomicBool,
    /// How long it took to look at the files that were due and to tell what had changed.
    pub looks: Times,
    /// How long it took to compare everything.
    pub walks: Times,
    /// How often hints were lost.
    pub n_losses: Tally,
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
    Sync(Request),
    /// Something is to be done sooner than was thought.
    Wake,
    Stop,
    /// A defect.
    #[cfg(test)]
    Fail,
    /// The system's word does not come through any more.
    #[cfg(test)]
    Deafen,
}

/// By which one asks the watcher whether it has seen everything.
#[derive(Clone, Debug)]
pub struct Probe {
    messages: SyncSender<Message>,
}

/// Not everything was seen in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late;

impl Probe {
    /// Waits until every change of a file that was made before now, in this project or in any, has been seen and is
    /// in the index. A deletion or half a save is held back as always.
    ///
    /// # Errors
    /// [`Late`], when that takes longer than 10 s.
    pub async fn sync(&self, project: Option<ProjectId>) -> Result<(), Late> {
        if fault::is(Fault::NoSync) {
            return Ok(());
        }
        let (done, is_done) = oneshot::channel();
        let ask = async move {
            let mut message = Message::Sync(Request { project, done });
            // A full inbox is being emptied as fast as can be.
            while let Err(TrySendError::Full(back)) = self.messages.try_send(message) {
                message = back;
                tokio::time::sleep(INBOX_FULL_PAUSE).await;
            }
            is_done.await.map_err(|_| Late)
        };
        tokio::time::timeout(SYNC_TIME, ask)
            .await
            .map_err(|_| Late)?
    }
}

impl Watch {
    /// Begins to open every project of the store, and follows them from then on. The receiver is told when all are open,
    /// or the system's error, when the root cannot be read.
    ///
    /// # Errors
    /// The system's, when no thread can be had. A system that cannot tell of changes is no error: the files are looked at
    /// every 2 seconds then.
    pub fn start(store: Arc<Store>, poll: bool) -> std::io::Result<(Self, Opening)> {
        let (messages, inbox) = sync_channel(HINTS_MAX);
        let status = Arc::new(Status::default());
        let seat = Seat::new(messages.clone(), !poll);
        let start = {
            let (seat, status) = (seat.clone(), status.clone());
            move || Follower::new(store.clone(), seat.clone(), status.clone())
        };
        let (opened, opening) = oneshot::channel();
        let keep = move || {
            let mut follower = start();
            let result = follower.walk_all();
            let is_open = result.is_ok();
            // Who has given up waiting is about to stop us.
            drop(opened.send(result));
            if is_open {
                seat.put(follower);
                seat.keep(start, &inbox);
            }
        };
        let thread = std::thread::Builder::new().name("watch".to_owned());
        let watch = Self {
            messages,
            thread: thread.spawn(keep)?,
            status,
        };
        Ok((watch, opening))
    }

    /// How the files are watched.
    #[must_use]
    pub fn status(&self) -> Arc<Status> {
        self.status.clone()
    }

    /// By which one asks whether everything has been seen.
    #[must_use]
    pub fn probe(&self) -> Probe {
        Probe {
            messages: self.messages.clone(),
        }
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

#[cfg(test)]
mod tests;
