//! What is to happen to which client, and when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// What may be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// The next ping.
    Ping,
    /// The answer to it.
    Pong,
    /// The socket takes something again.
    Progress,
    /// The rest of a message.
    Message,
    /// The answer to a close.
    Farewell,
    /// What allowed the client ends.
    Expiry,
}

/// Deadlines, soonest first. None is ever taken back: whoever meets one looks whether it still holds.
#[derive(Debug, Default)]
pub(super) struct Deadlines(BinaryHeap<Reverse<(Instant, Due, u64)>>);

impl Deadlines {
    /// Notes one for the client of this number.
    pub(super) fn set(&mut self, at: Instant, due: Due, client: u64) {
        self.0.push(Reverse((at, due, client)));
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((at, ..))| *at)
    }

    /// Takes one that is due.
    pub(super) fn take(&mut self, now: Instant) -> Option<(Due, u64)> {
        if self.next()? > now {
            return None;
        }
        let Reverse((_, due, client)) = self.0.pop()?;
        Some((due, client))
    }
}
