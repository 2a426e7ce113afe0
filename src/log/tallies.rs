//! What a log counts.

use crate::event::Source;
use crate::project::change::Kind;
use crate::tally::Tally;

/// What has been appended so far.
#[derive(Debug, Default)]
pub struct Tallies {
    /// Events by kind, and of each kind by source.
    events: [[Tally; Source::ALL.len()]; Kind::ALL.len()],
    /// Bytes of messages.
    pub bytes: Tally,
}

impl Tallies {
    /// How many events of this kind there were, from this source.
    #[must_use]
    pub fn events(&self, kind: Kind, source: Source) -> &Tally {
        &self.events[kind as usize][source as usize]
    }
}
