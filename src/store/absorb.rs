//! What the watcher has heard of is looked at, and taken in.

use super::shelf::Shelf;
use super::turn::{Depth, Scan, Turn, Wait};
use crate::event::Source;
use crate::fault::{self, Fault};
use crate::name::TaskPath;
use crate::project::{ignore, settings};
use std::io;

/// Files, and how certain it is that they are what they look like.
type Files = Vec<(TaskPath, Certainty)>;

impl Shelf {
    /// Reads the files that may have changed and logs how they differ.
    ///
    /// Returns those that are to be asked for again in a moment, and how certain they are by then: they look half-saved
    /// (empty, being written, not to be understood although they were), or an id would go with them that may be under
    /// way to another name.
    ///
    /// # Errors
    /// The system's, when a file could not be read for a reason that may pass; the index is as it was.
    pub fn absorb(&self, files: Files) -> io::Result<Files> {
        let Some(turn) = self.turn() else {
            return Ok(Vec::new());
        };
        let again = turn.absorb(files, Source::File)?;
        if again.is_none() {
            drop(turn);
            self.leave();
        }
        Ok(again.unwrap_or_default())
    }
}

impl Turn<'_> {
    /// Reads the files that may have changed, and logs how they differ. Those that are to be asked for again; `None` when the
    /// project's directory is gone.
    pub(super) fn absorb(&self, files: Files, source: Source) -> io::Result<Option<Files>> {
        let rereads = files.iter().any(|(path, _)| is_settings(path)) && self.read_settings()?;
        let mut scan = if rereads {
            self.scan(Depth::Everything, Wait::ForWriters, &mut |_| {})?
        } else {
            self.look_at(&files)?
        };
        if fault::is(Fault::MassDeletion) {
            self.reconcile(std::mem::take(&mut scan.batch), source);
            return Ok(Some(Vec::new()));
        }
        // A root that was removed or moved away took its files along: that deletes no task.
        if !self.folder.is_in_place() {
            return Ok(None);
        }
        self.reconcile(std::mem::take(&mut scan.batch), source);
        if rereads {
            self.all_are_read();
        }
        // What was being written may be moved next: only what was not there has been waited for.
        let half_saved = scan.half_saved.into_iter();
        let held_back = scan.held_back.into_iter();
        let again = half_saved
            .map(|path| (path, Certainty::Fresh))
            .chain(held_back.map(|path| (path, Certainty::Held)));
        Ok(Some(again.collect()))
    }

    /// Looks at files, at each as its certainty asks for.
    fn look_at(&self, files: &[(TaskPath, Certainty)]) -> io::Result<Scan> {
        let of = |wanted: fn(Certainty) -> bool| {
            let files = files
                .iter()
                .filter(move |(path, certainty)| !is_settings(path) && wanted(*certainty));
            files.map(|(path, _)| path.clone()).collect::<Vec<_>>()
        };
        let certain = self.sight_all(
            &of(|certainty| certainty == Certainty::Final),
            Depth::Changed,
            Wait::Never,
        )?;
        let quiet = self.sight_all(
            &of(|certainty| certainty == Certainty::Quiet),
            Depth::Changed,
            wait_unless_broken(Wait::ForText),
        )?;
        let mut scan = self.sight_all(
            &of(|certainty| matches!(certainty, Certainty::Fresh | Certainty::Held)),
            Depth::Changed,
            wait_unless_broken(Wait::ForWriters),
        )?;
        scan.batch.extend(quiet.batch);
        scan.half_saved.extend(quiet.half_saved);
        scan.batch.extend(certain.batch);
        self.hold_back(&mut scan, files);
        Ok(scan)
    }
}

/// Half a save is told like a whole one, if that is what is to be tried.
fn wait_unless_broken(wait: Wait) -> Wait {
    match fault::is(Fault::HalfSaved) {
        true => Wait::Never,
        false => wait,
    }
}

/// How certain it is that a file is what it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// It has just been heard of, and nobody should be writing it.
    Fresh,
    /// It was written to, and then left alone for a while; it may be open still.
    Quiet,
    /// It has been waited for, as long as a rename takes.
    Held,
    /// It has been waited for as long as a save may take: it is what it looks like.
    Final,
}

/// Is this one of the files that say what the others mean?
#[must_use]
pub fn is_settings(path: &TaskPath) -> bool {
    matches!(path.as_str(), settings::FILE_NAME | ignore::FILE_NAME)
}
