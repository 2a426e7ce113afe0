//! The log of a project's events: what happened, in order, encoded once for everybody.
//!
//! Owns the sequence, the epoch and a bounded ring of the newest events. A reader holds nothing but the number of
//! the last event that it has had; one that the ring overtakes is told so, and never skips over a hole in silence.
//! Only the store appends, under the project's lock, so the order of events is the order of history.

use crate::config::Limits;
use crate::event::{Epoch, Event, Position};
use crate::fault::{self, Fault};
use crate::wire;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// One event as it goes to the clients: its JSON, shared by all of them.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The event's number.
    pub seq: u64,
    /// The message.
    pub text: Utf8Bytes,
}

/// The events after a reader's position are gone from the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overtaken;

/// The log of one project.
#[derive(Debug)]
pub struct Log {
    epoch: Epoch,
    entries_max: usize,
    bytes_max: usize,
    /// Orders appends against reads; held for memory only, never across an await or a disk.
    ring: Mutex<Ring>,
    head: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Ring {
    entries: VecDeque<Entry>,
    bytes: usize,
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
            head: watch::Sender::new(0),
        }
    }

    /// Where the log stands: the number of its last event.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            epoch: self.epoch,
            seq: *self.head.borrow(),
        }
    }

    /// Appends the event that `make` makes of its position, and wakes the readers. The caller holds the project's
    /// lock, so that positions are handed out one after the other.
    pub fn append(&self, make: impl FnOnce(Position) -> Event) {
        let seq = *self.head.borrow() + 1;
        let event = make(Position {
            epoch: self.epoch,
            seq,
        });
        let text = Utf8Bytes::from(wire::event(&event));
        {
            let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
            if fault::is(Fault::LostEvent) && text.len() % 16 == 0 {
                return;
            }
            ring.bytes += text.len();
            ring.entries.push_back(Entry { seq, text });
            // The newest event is kept however large it is: nobody could follow otherwise.
            while ring.entries.len() > 1
                && (ring.entries.len() > self.entries_max || ring.bytes > self.bytes_max)
            {
                let gone = ring.entries.pop_front().map_or(0, |entry| entry.text.len());
                ring.bytes -= gone;
            }
        }
        self.head.send_replace(seq);
    }

    /// Returns up to `n_max` events after number `after`, oldest first; none when the reader is up to date.
    ///
    /// # Errors
    /// [`Overtaken`] when the next one is no longer there.
    pub fn read(&self, after: u64, n_max: usize) -> Result<Vec<Entry>, Overtaken> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = ring.entries.front().map(|entry| entry.seq) else {
            return Ok(Vec::new());
        };
        let skip = (after + 1).checked_sub(first).ok_or(Overtaken)?;
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let from = skip.min(ring.entries.len());
        let to = from.saturating_add(n_max).min(ring.entries.len());
        Ok(ring.entries.range(from..to).cloned().collect())
    }

    /// Wakes its holder at every append.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Source;
    use crate::name::{ProjectId, TaskId, TaskPath};
    use crate::project::Change;
    use crate::task::document::{self, FileTimes};
    use std::sync::Arc;

    fn log(n_max: usize, bytes_max: usize) -> Log {
        let limits = Limits {
            replay_events: n_max,
            replay_bytes: bytes_max,
            ..Limits::default()
        };
        Log::new(Epoch::new(7), &limits)
    }

    fn append(log: &Log) {
        let path = TaskPath::parse("a.md").unwrap();
        let times = FileTimes {
            created: String::new(),
            modified: String::new(),
        };
        let reading = document::read(
            &path,
            b"x",
            &times,
            &crate::project::settings::Settings::default(),
        );
        let before = Arc::new(reading.task.unwrap());
        assert_eq!(before.id, TaskId::parse("a").unwrap());
        log.append(|position| Event {
            project_id: ProjectId::parse("p").unwrap(),
            position,
            time: jiff::Timestamp::UNIX_EPOCH,
            source: Source::File,
            change: Change::Deleted { before },
        });
    }

    fn numbers(log: &Log, after: u64, n_max: usize) -> Result<Vec<u64>, Overtaken> {
        log.read(after, n_max)
            .map(|entries| entries.iter().map(|e| e.seq).collect())
    }

    #[test]
    fn a_reader_goes_on_where_it_was() {
        let log = log(10, usize::MAX);
        assert_eq!(numbers(&log, 0, 9), Ok(vec![]));
        (0..5).for_each(|_| append(&log));
        assert_eq!(log.position().seq, 5);
        assert_eq!(numbers(&log, 0, 3), Ok(vec![1, 2, 3]));
        assert_eq!(numbers(&log, 3, 9), Ok(vec![4, 5]));
        assert_eq!(numbers(&log, 5, 9), Ok(vec![]));
    }

    #[test]
    fn an_overtaken_reader_is_told() {
        let log = log(3, usize::MAX);
        (0..5).for_each(|_| append(&log));
        assert_eq!(numbers(&log, 1, 9), Err(Overtaken));
        assert_eq!(numbers(&log, 2, 9), Ok(vec![3, 4, 5]));
    }

    #[test]
    fn the_ring_is_bounded_in_bytes_and_keeps_the_newest() {
        let log = log(100, 1);
        (0..5).for_each(|_| append(&log));
        assert_eq!(numbers(&log, 4, 9), Ok(vec![5]));
        assert_eq!(numbers(&log, 3, 9), Err(Overtaken));
    }
}
