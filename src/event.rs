//! An event: a change with its project, its number, its time and who made it.

use crate::name::ProjectId;
use crate::project::Change;
use jiff::Timestamp;
use std::fmt;

/// Names the life of a project's log: positions of one epoch mean nothing in another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Epoch(u64);

impl Epoch {
    /// The epoch of this random number.
    #[must_use]
    pub fn new(random: u64) -> Self {
        Self(random)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A place in a project's history: after the event of this number. 0 is before the first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Position {
    /// The life of the log.
    pub epoch: Epoch,
    /// The number of the last event.
    pub seq: u64,
}

impl Position {
    /// Reads a position as it is written: an epoch of up to 16 hexadecimal digits, a colon, a number of up to 20 digits.
    /// A number that no log reaches is none that anybody was given, and so is not told from the largest.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (epoch, seq) = text.split_once(':')?;
        let is_hex = (1..=16).contains(&epoch.len())
            && epoch
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_number = (1..=20).contains(&seq.len()) && seq.bytes().all(|b| b.is_ascii_digit());
        if !is_hex || !is_number {
            return None;
        }
        let epoch = Epoch(u64::from_str_radix(epoch, 16).ok()?);
        let seq = seq.parse().unwrap_or(u64::MAX);
        Some(Self { epoch, seq })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.epoch, self.seq)
    }
}

/// Who made a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// Someone with an editor, a script, git: the change was found on disk.
    File,
    /// A call of the REST API.
    Api,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::File, Self::Api];

    /// As it is told.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Api => "api",
        }
    }
}

/// What is told to the clients of a project.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The project.
    pub project_id: ProjectId,
    /// Where this event stands: the first one has `seq` 1, each next one 1 more.
    pub position: Position,
    /// When the server saw it.
    pub time: Timestamp,
    /// Who made it.
    pub source: Source,
    /// What happened.
    pub change: Change,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_is_written() {
        let epoch = Epoch::new(0x0123_4567_89ab_cdef);
        let position = Position { epoch, seq: 42 };
        assert_eq!(position.to_string(), "0123456789abcdef:42");
        assert_eq!(Position::parse("0123456789abcdef:42"), Some(position));
        let far = Position::parse("0123456789abcdef:99999999999999999999");
        assert_eq!(far.map(|position| position.seq), Some(u64::MAX));
        for nonsense in [
            "",
            "0",
            ":",
            "a:",
            ":1",
            "a:-1",
            "a:1:2",
            "A:1",
            "g:1",
            "a:1.5",
            "a:+1",
            "a: 1",
            "a:NaN",
            "00123456789abcdef:1",
            "a:123456789012345678901",
        ] {
            assert_eq!(Position::parse(nonsense), None, "{nonsense}");
        }
    }
}
