//! An event: a change with its project, its number, its time and who made it.

use crate::name::ProjectId;
use crate::project::Change;
use jiff::Timestamp;
use std::fmt;

/// Names the life of a project's log: positions of one epoch mean nothing in another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// The life of the log.
    pub epoch: Epoch,
    /// The number of the last event.
    pub seq: u64,
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
