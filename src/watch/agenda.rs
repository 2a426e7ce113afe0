//! What is to be looked at, and when: pure, so that every rule of the watcher can be tested without a file.

use crate::fault::{self, Fault};
use crate::name::{ProjectId, TaskPath};
use crate::store::absorb::Certainty;
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// A deletion waits this long for the re-creation that makes it an atomic save.
pub(super) const HOLD: Duration = Duration::from_millis(50);
/// From so many deletions on that wait in one project, they wait for the last of them: the project's directory itself
/// may be about to go, and takes no task along …
const BURST: usize = 16;
/// … but no longer than this. `rm -r` removes 100,000 files in less.
const BURST_MAX: Duration = Duration::from_secs(5);
/// A created file is given this long to be written and closed, which is told; one that was linked never is.
pub(super) const CREATED: Duration = Duration::from_millis(100);
/// A file that is written to and stays open is looked at after this long without another write …
pub(super) const QUIET: Duration = Duration::from_millis(300);
/// … and after this long in any case.
pub(super) const QUIET_MAX: Duration = Duration::from_secs(5);
/// A file that looks half-saved is looked at again after this long …
pub(super) const AGAIN: Duration = Duration::from_millis(50);
/// … and taken as it is after this long.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);

/// A file of a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) project: ProjectId,
    pub(super) path: TaskPath,
}

/// What was heard of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// Its writer closed it, or it was moved here: it is whole.
    Whole,
    /// It was written to, or its attributes changed, and nothing says that it is whole.
    Touched,
    /// It came to be.
    Created,
    /// It went.
    Gone,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    due: Instant,
    first: Instant,
    /// What was heard of it; nothing new where it is asked for again.
    hint: Option<Hint>,
    /// How certain it is when it is due, unless it has waited long enough to be final.
    certainty: Certainty,
    /// Since when it has been asked for again and again.
    waits_since: Option<Instant>,
}

/// The files that are to be looked at.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: HashMap<Place, Entry>,
    order: BTreeSet<(Instant, Place)>,
    /// Those that have been asked for and are asked for again.
    waiting: BTreeSet<Place>,
    /// Those that came to be and may be the other end of a rename.
    created: BTreeSet<(Instant, Place)>,
    /// Those that went.
    gone: BTreeSet<(Instant, Place)>,
}

/// A file whose time has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) place: Place,
    /// When it was first heard of.
    pub(super) first: Instant,
    /// Since when it has been asked for again and again.
    pub(super) waits_since: Option<Instant>,
    /// How certain it is that it is what it looks like.
    pub(super) certainty: Certainty,
}

impl Agenda {
    /// Notes a hint.
    pub(super) fn note(&mut self, place: Place, hint: Hint, now: Instant) {
        let known = self.entries.get(&place).copied();
        let first = known.map_or(now, |entry| entry.first);
        let due = match hint {
            Hint::Whole => now,
            Hint::Touched => (now + QUIET).min(first + QUIET_MAX),
            Hint::Created => now + CREATED,
            Hint::Gone if fault::is(Fault::NoHold) => now,
            Hint::Gone => now + HOLD,
        };
        let hint = Some(hint);
        self.put(
            place,
            Entry {
                due,
                first,
                hint,
                certainty: match hint {
                    Some(Hint::Gone) => Certainty::Held,
                    Some(Hint::Touched) => Certainty::Quiet,
                    Some(Hint::Whole | Hint::Created) | None => Certainty::Fresh,
                },
                waits_since: None,
            },
        );
    }

    /// Notes that a file, first heard of at `first`, is to be asked for again, as it has been since `since`.
    /// By then, and unless another hint comes, it is of this certainty.
    pub(super) fn wait(
        &mut self,
        place: Place,
        first: Instant,
        since: Instant,
        certainty: Certainty,
        now: Instant,
    ) {
        let due = (now + AGAIN).min(since + PATIENCE);
        self.put_again(place, first, since, certainty, due);
    }

    /// Notes that a file, first heard of at `first`, could not be looked at, and is to be when `due`.
    pub(super) fn retry(&mut self, place: Place, first: Instant, due: Instant) {
        self.put_again(place, first, due, Certainty::Fresh, due);
    }

    fn put_again(
        &mut self,
        place: Place,
        first: Instant,
        since: Instant,
        certainty: Certainty,
        due: Instant,
    ) {
        // A hint that came meanwhile knows better.
        if !self.entries.contains_key(&place) {
            self.put(
                place,
                Entry {
                    due,
                    first,
                    hint: None,
                    certainty,
                    waits_since: Some(since),
                },
            );
        }
    }

    fn put(&mut self, place: Place, entry: Entry) {
        self.take(&place);
        match entry.hint {
            None => drop(self.waiting.insert(place.clone())),
            Some(Hint::Created) => drop(self.created.insert((entry.due, place.clone()))),
            Some(Hint::Gone) => drop(self.gone.insert((entry.due, place.clone()))),
            Some(Hint::Whole | Hint::Touched) => {}
        }
        self.order.insert((entry.due, place.clone()));
        self.entries.insert(place, entry);
    }

    fn take(&mut self, place: &Place) -> Option<Entry> {
        let entry = self.entries.remove(place)?;
        self.order.remove(&(entry.due, place.clone()));
        self.created.remove(&(entry.due, place.clone()));
        self.gone.remove(&(entry.due, place.clone()));
        self.waiting.remove(place);
        Some(entry)
    }

    /// When the next file's time comes.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.order.first().map(|(due, _)| *due)
    }

    /// Is there a file, of this project or of any, that was heard of by `then` and has not been settled?
    pub(super) fn has_open(&self, project: Option<&ProjectId>, then: Instant) -> bool {
        let is_open = |(place, entry): (&Place, &Entry)| {
            entry.first <= then && project.is_none_or(|project| place.project == *project)
        };
        self.entries.iter().any(is_open)
    }

    /// Is this file to be looked at?
    pub(super) fn contains(&self, place: &Place) -> bool {
        self.entries.contains_key(place)
    }

    /// Takes the files whose time has come. With one that was held come all that wait, for they may be the two ends
    /// of a rename.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Due> {
        let mut taken = Vec::new();
        while let Some((due, place)) = self.order.first().cloned()
            && due <= now
        {
            let Some(entry) = self.take(&place) else {
                break;
            };
            if let Some(due) = self.put_off(&place, &entry, now) {
                self.put(place, Entry { due, ..entry });
                continue;
            }
            let is_final = entry
                .waits_since
                .is_some_and(|since| now >= since + PATIENCE);
            let certainty = if is_final {
                Certainty::Final
            } else {
                entry.certainty
            };
            taken.push(Due {
                place,
                first: entry.first,
                waits_since: entry.waits_since,
                certainty,
            });
        }
        let is_held = |due: &Due| matches!(due.certainty, Certainty::Held | Certainty::Final);
        if taken.iter().any(is_held) {
            for place in self.waiting.clone() {
                let Some(entry) = self.take(&place) else {
                    continue;
                };
                taken.push(Due {
                    place,
                    first: entry.first,
                    waits_since: entry.waits_since,
                    certainty: Certainty::Fresh,
                });
            }
        }
        taken
    }

    /// A file that went waits for those that came to be, for it may have been moved there, and for those that go
    /// with it. Until when, if so.
    fn put_off(&self, place: &Place, entry: &Entry, now: Instant) -> Option<Instant> {
        if entry.hint != Some(Hint::Gone) {
            return None;
        }
        let is_near = |(_, other): &&(Instant, Place)| other.project == place.project;
        let created = self.created.iter().rev().find(is_near);
        let of_created = created.map(|(due, _)| (*due).min(entry.first + PATIENCE));
        let mut gone = self.gone.iter().rev().filter(is_near);
        let last_gone = gone.next().map(|(due, _)| *due);
        let is_burst = gone.take(BURST - 1).count() == BURST - 1;
        let of_gone = last_gone.filter(|_| is_burst);
        let of_gone = of_gone.map(|due| due.min(entry.first + BURST_MAX));
        of_created.max(of_gone).filter(|until| *until > now)
    }
}

#[cfg(test)]
mod tests;
