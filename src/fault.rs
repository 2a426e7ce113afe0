//! Faults that are put in on purpose: the tests of the tests.
//!
//! Each is a way in which taskmd could break a promise, and some test must notice. Without the feature `faults`, which
//! nothing but `.ci/faults` turns on, all of this is the constant `false`.

/// A promise to break. `TASKMD_FAULT` names it in a build with the feature `faults`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A new file is not synced before it gets its name.
    NoFileSync,
    /// A directory is not synced before a write is acknowledged.
    NoDirectorySync,
    /// What an exchange brings out is not compared with what the change was based on.
    NoVerify,
    /// Nobody asks whether a file is being written in place.
    NoLease,
    /// What a crash leaves behind is not cleared up.
    NoSweep,
    /// A precondition is checked against the index, not the disk.
    StaleBase,
    /// A queue that ran over is not followed by a look at all files.
    NoRescan,
    /// A new directory is watched and not listed.
    NoListing,
    /// A deletion is told at once.
    NoHold,
    /// Half a save is told like a whole one.
    HalfSaved,
    /// A project's directory that goes deletes its tasks.
    MassDeletion,
    /// One event in sixteen is lost, and the next has its number.
    LostEvent,
    /// `?sync=1` answers at once.
    NoSync,
    /// The index of words is not kept up.
    StaleWords,
    /// What comes under a key a second time is done a second time.
    DoneAgain,
}

impl Fault {
    #[cfg(feature = "faults")]
    fn name(self) -> &'static str {
        match self {
            Self::NoFileSync => "no-file-sync",
            Self::NoDirectorySync => "no-directory-sync",
            Self::NoVerify => "no-verify",
            Self::NoLease => "no-lease",
            Self::NoSweep => "no-sweep",
            Self::StaleBase => "stale-base",
            Self::NoRescan => "no-rescan",
            Self::NoListing => "no-listing",
            Self::NoHold => "no-hold",
            Self::HalfSaved => "half-saved",
            Self::MassDeletion => "mass-deletion",
            Self::LostEvent => "lost-event",
            Self::NoSync => "no-sync",
            Self::StaleWords => "stale-words",
            Self::DoneAgain => "done-again",
        }
    }
}

/// Is this promise to be broken?
#[cfg(feature = "faults")]
#[must_use]
#[expect(clippy::disallowed_methods, reason = "no setting of the product")]
pub fn is(fault: Fault) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| std::env::var("TASKMD_FAULT").ok());
    chosen.as_deref() == Some(fault.name())
}

/// Is this promise to be broken? Never, in what is shipped.
#[cfg(not(feature = "faults"))]
#[must_use]
pub const fn is(_fault: Fault) -> bool {
    false
}
