//! Why clients go, and what a writer has done so far.

use super::Terms;
use super::deadline::Deadlines;

/// Why a client has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// It wanted to, or was suddenly away.
    Left,
    /// The log has gone on without it.
    Overtaken,
    /// It took nothing of what it was sent.
    Stalled,
    /// It did not answer a ping.
    Unanswered,
    /// It said what it must not, or too much.
    Offence,
    /// What allowed it has ended.
    Expired,
    /// The project has been removed.
    Gone,
    /// The server stops.
    Stopped,
}

impl Parting {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Left,
        Self::Overtaken,
        Self::Stalled,
        Self::Unanswered,
        Self::Offence,
        Self::Expired,
        Self::Gone,
        Self::Stopped,
    ];

    /// As it is told.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Overtaken => "overtaken",
            Self::Stalled => "stalled",
            Self::Unanswered => "unanswered",
            Self::Offence => "offence",
            Self::Expired => "expired",
            Self::Gone => "gone",
            Self::Stopped => "stopped",
        }
    }
}

/// What a writer has done so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// Bytes that sockets have taken.
    pub bytes: u64,
    /// Clients that have gone, by why.
    partings: [u64; Parting::ALL.len()],
}

impl Done {
    /// How many clients have gone, for this reason.
    #[must_use]
    pub fn partings(&self, parting: Parting) -> u64 {
        self.partings[parting as usize]
    }

    /// Notes that a client has gone.
    pub(super) fn part(&mut self, parting: Parting) {
        self.partings[parting as usize] += 1;
    }

    /// What this and another have done together.
    #[must_use]
    pub(super) fn and(self, other: &Self) -> Self {
        let partings = std::array::from_fn(|n| self.partings[n] + other.partings[n]);
        let bytes = self.bytes + other.bytes;
        Self { bytes, partings }
    }
}

/// What all clients of a writer have in common.
pub(super) struct Desk {
    pub(super) terms: Terms,
    pub(super) deadlines: Deadlines,
    pub(super) done: Done,
}
