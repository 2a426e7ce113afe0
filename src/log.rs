//! The log of a project's events: what happened, in order, encoded once for everybody.
//!
//! Owns the sequence, the epoch and a bounded ring of the newest events. A reader holds nothing but the number of
//! the last event that it has had; one that the ring overtakes is told so, and never skips over a hole in silence.
//! Only the store appends, under the project's lock, so the order of events is the order of history, and publishes once
//! that lock is free again.

mod tallies;

pub use tallies::Tallies;

use crate::config::Limits;
use crate::event::{Epoch, Event, Position};
use crate::fault::{self, Fault};
use crate::frame::TextFrame;
use crate::wire;
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Runs that are kept joined, for many readers stand at the same place.
const RUNS_KEPT: usize = 4;

/// One event as it goes to the clients, shared by all of them.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The event's number.
    pub seq: u64,
    /// The message.
    pub frame: TextFrame,
}

/// Events that follow upon one another, in one piece.
#[derive(Clone, Debug)]
pub struct Run {
    /// Their frames.
    pub bytes: Bytes,
    /// The number of the last of them.
    pub last: u64,
}

/// How much a run holds at most; one event in any case.
#[derive(Clone, Copy, Debug)]
pub struct RunMax {
    /// Events.
    pub events: usize,
    /// Bytes.
    pub bytes: usize,
}

/// The events after a reader's position are gone from the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overtaken;

/// Someone who is to be told when there is something new.
pub trait Listener: Send + Sync {
    /// There are new events. Called in the thread that made them, which has better things to do.
    fn published(&self);
}

/// The log of one project.
pub struct Log {
    epoch: Epoch,
    entries_max: usize,
    bytes_max: usize,
    /// Orders appends against reads; held for memory only, never across an await or a disk.
    ring: Mutex<Ring>,
    head: AtomicU64,
    has_ended: AtomicBool,
    listeners: Mutex<Vec<Arc<dyn Listener>>>,
    tallies: Tallies,
    published: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Ring {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// Each with the number of the event before it; the newest last.
    runs: VecDeque<(u64, Run)>,
}

impl Log {
    /// An empty log with a life of its own.
    #[must_use]
    pub fn new(epoch: Epoch, limits: &Limits) -> Self {
        Self {
            epoch,
            entries_max: limits.replay_events,
            bytes_max: limits.replay_bytes,
            ring: Mutex::default(),
            head: AtomicU64::new(0),
            has_ended: AtomicBool::new(false),
            listeners: Mutex::default(),
            tallies: Tallies::default(),
            published: watch::Sender::new(0),
        }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the last event.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.head.load(Ordering::Acquire)
    }

    /// Where the log stands.
    #[must_use]
    pub fn position(&self) -> Position {
        self.at(self.head())
    }

    /// The position after the event of this number.
    #[must_use]
    pub fn at(&self, seq: u64) -> Position {
        let epoch = self.epoch;
        Position { epoch, seq }
    }

    /// Can one read on from this position? Not from another life, from the future, or from before the ring.
    #[must_use]
    pub fn reaches(&self, position: Position) -> bool {
        let is_past = position.epoch == self.epoch && position.seq <= self.head();
        is_past && self.ring().skip(position.seq).is_ok()
    }

    /// Appends the event that `make` makes of its position. The caller holds the project's lock, so that positions are
    /// handed out one after the other, and publishes afterwards.
    pub fn append(&self, make: impl FnOnce(Position) -> Event) {
        let event = make(self.at(self.head() + 1));
        let (kind, source) = (event.change.kind(), event.source);
        self.tallies.events(kind, source).add_one();
        self.append_frame(TextFrame::of(|text| wire::event(&event, text)));
    }

    /// Appends a message, as [`append`](Self::append) does.
    pub(crate) fn append_frame(&self, frame: TextFrame) {
        let (seq, n_bytes) = (self.head() + 1, frame.bytes().len());
        self.tallies.bytes.add(n_bytes as u64);
        let mut ring = self.ring();
        if fault::is(Fault::LostEvent) && n_bytes.is_multiple_of(16) {
            return;
        }
        ring.bytes += n_bytes;
        ring.entries.push_back(Entry { seq, frame });
        // The newest event is kept however large it is: nobody could follow otherwise.
        while ring.entries.len() > 1
            && (ring.entries.len() > self.entries_max || ring.bytes > self.bytes_max)
        {
            let gone = ring.entries.pop_front();
            ring.bytes -= gone.map_or(0, |entry| entry.frame.bytes().len());
        }
        self.head.store(seq, Ordering::Release);
    }

    /// What has been appended so far.
    #[must_use]
    pub fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// Tells all who listen that there is something new.
    pub fn publish(&self) {
        let listeners = self.listeners();
        for listener in &*listeners {
            listener.published();
        }
        self.published.send_replace(self.head());
    }

    /// Nothing comes any more: the project is gone for good. All who listen are told.
    pub fn end(&self) {
        self.has_ended.store(true, Ordering::Release);
        self.publish();
    }

    /// Is that so?
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }

    /// From now on this one is told as well.
    pub fn listen(&self, listener: Arc<dyn Listener>) {
        self.listeners().push(listener);
    }

    /// From now on this one is not told any more.
    pub fn forget(&self, listener: &Arc<dyn Listener>) {
        self.listeners()
            .retain(|other| !Arc::ptr_eq(other, listener));
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<Arc<dyn Listener>>> {
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes its holder when there is something new.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.published.subscribe()
    }

    /// Returns the events after number `after`, oldest first, as many as a run holds; none when the reader is up to date.
    ///
    /// # Errors
    /// [`Overtaken`] when the next one is no longer there.
    pub fn read(&self, after: u64, max: RunMax) -> Result<Vec<Entry>, Overtaken> {
        let ring = self.ring();
        let rest = ring.entries.range(ring.skip(after)?..);
        let mut n_bytes = 0;
        let fits = |entry: &&Entry| {
            let is_first = n_bytes == 0;
            n_bytes += entry.frame.bytes().len();
            is_first || n_bytes <= max.bytes
        };
        Ok(rest.take(max.events).take_while(fits).cloned().collect())
    }

    /// Returns the events after number `after` in one piece; none when the reader is up to date.
    ///
    /// # Errors
    /// [`Overtaken`] when the next one is no longer there.
    pub fn run(&self, after: u64, max: RunMax) -> Result<Option<Run>, Overtaken> {
        let mut ring = self.ring();
        let from = ring.skip(after)?;
        let mut rest = ring.entries.range(from..);
        let Some(first) = rest.next() else {
            return Ok(None);
        };
        if from + 1 == ring.entries.len() {
            let (bytes, last) = (first.frame.bytes().clone(), first.seq);
            return Ok(Some(Run { bytes, last }));
        }
        if let Some((_, run)) = ring.runs.iter().find(|(start, _)| *start == after) {
            return Ok(Some(run.clone()));
        }
        let run = join(first, rest.take(max.events - 1), max.bytes);
        if ring.runs.len() == RUNS_KEPT {
            ring.runs.pop_front();
        }
        ring.runs.push_back((after, run.clone()));
        Ok(Some(run))
    }
}

/// Joins entries to a run of at most so many bytes, or of the first.
fn join<'a>(first: &Entry, rest: impl Iterator<Item = &'a Entry>, bytes_max: usize) -> Run {
    let mut bytes = BytesMut::from(&first.frame.bytes()[..]);
    let mut last = first.seq;
    for entry in rest {
        let frame = entry.frame.bytes();
        if bytes.len() + frame.len() > bytes_max {
            break;
        }
        bytes.extend_from_slice(frame);
        last = entry.seq;
    }
    let bytes = bytes.freeze();
    Run { bytes, last }
}

impl Ring {
    /// How many entries come before the one after this number; all of them when there is none yet.
    fn skip(&self, after: u64) -> Result<usize, Overtaken> {
        let Some(first) = self.entries.front().map(|entry| entry.seq) else {
            return Ok(0);
        };
        let skip = (after + 1).checked_sub(first).ok_or(Overtaken)?;
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        Ok(skip.min(self.entries.len()))
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Log({})", self.position())
    }
}

#[cfg(test)]
pub(crate) mod tests;
