//! What is to be looked at, and when: pure, so that every rule of the watcher can be tested without a file.

use crate::name::{ProjectId, TaskPath};
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// A deletion waits this long for the re-creation that makes it an atomic save.
pub(super) const HOLD: Duration = Duration::from_millis(50);
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
    /// Since when it has looked half-saved.
    half_saved_since: Option<Instant>,
}

/// The files that are to be looked at.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: HashMap<Place, Entry>,
    order: BTreeSet<(Instant, Place)>,
}

/// A file whose time has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) place: Place,
    /// Since when it has looked half-saved.
    pub(super) half_saved_since: Option<Instant>,
    /// Is it taken as it is, however half-saved it looks?
    pub(super) is_final: bool,
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
            Hint::Gone => now + HOLD,
        };
        self.put(
            place,
            Entry {
                due,
                first,
                half_saved_since: None,
            },
        );
    }

    /// Notes that a look at a file found it half-saved, as it has been since `since`.
    pub(super) fn wait(&mut self, place: Place, since: Instant, now: Instant) {
        // A hint that came meanwhile knows better.
        if !self.entries.contains_key(&place) {
            let due = (now + AGAIN).min(since + PATIENCE);
            self.put(
                place,
                Entry {
                    due,
                    first: since,
                    half_saved_since: Some(since),
                },
            );
        }
    }

    fn put(&mut self, place: Place, entry: Entry) {
        if let Some(old) = self.entries.insert(place.clone(), entry) {
            self.order.remove(&(old.due, place.clone()));
        }
        self.order.insert((entry.due, place));
    }

    /// When the next file's time comes.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.order.first().map(|(due, _)| *due)
    }

    /// Is this file to be looked at?
    pub(super) fn contains(&self, place: &Place) -> bool {
        self.entries.contains_key(place)
    }

    /// Takes the files whose time has come.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Due> {
        let mut taken = Vec::new();
        while self.order.first().is_some_and(|(due, _)| *due <= now) {
            let Some((_, place)) = self.order.pop_first() else {
                break;
            };
            let half_saved_since = self
                .entries
                .remove(&place)
                .and_then(|entry| entry.half_saved_since);
            let is_final = half_saved_since.is_some_and(|since| now >= since + PATIENCE);
            taken.push(Due {
                place,
                half_saved_since,
                is_final,
            });
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str) -> Place {
        Place {
            project: ProjectId::parse("p").unwrap(),
            path: TaskPath::parse(path).unwrap(),
        }
    }

    /// When a file is due after these hints, each `(milliseconds, hint)`, in milliseconds.
    fn due_after(hints: &[(u64, Hint)]) -> u128 {
        let start = Instant::now();
        let mut agenda = Agenda::default();
        for (at, hint) in hints {
            agenda.note(place("a.md"), *hint, start + Duration::from_millis(*at));
        }
        (agenda.next_due().unwrap() - start).as_millis()
    }

    #[test]
    fn when_a_file_is_looked_at() {
        use Hint::{Created, Gone, Touched, Whole};
        assert_eq!(due_after(&[(7, Whole)]), 7);
        // In place: truncated, written, closed.
        assert_eq!(due_after(&[(0, Touched), (1, Touched), (2, Whole)]), 2);
        // vim: moved aside, created, written, closed.
        assert_eq!(due_after(&[(0, Gone), (1, Created), (2, Touched)]), 302);
        assert_eq!(
            due_after(&[(0, Gone), (1, Created), (2, Touched), (3, Whole)]),
            3
        );
        assert_eq!(due_after(&[(0, Gone)]), 50);
        assert_eq!(due_after(&[(0, Created)]), 100);
        // Written to again after it was closed: the next close is near.
        assert_eq!(due_after(&[(0, Whole), (1, Touched)]), 301);
        // A log that is never closed is looked at all the same.
        let endless: Vec<_> = (0..100).map(|n| (n * 100, Touched)).collect();
        assert_eq!(due_after(&endless), 5_000);
    }

    #[test]
    fn a_half_saved_file_is_believed_in_the_end() {
        let start = Instant::now();
        let mut agenda = Agenda::default();
        agenda.note(place("a.md"), Hint::Whole, start);
        let mut now = start;
        let mut n_looks = 0;
        loop {
            let due = agenda.take_due(now).pop().unwrap();
            n_looks += 1;
            if due.is_final {
                break;
            }
            agenda.wait(due.place, due.half_saved_since.unwrap_or(now), now);
            now = agenda.next_due().unwrap();
        }
        assert!(n_looks > 5, "{n_looks}");
        assert_eq!(now - start, PATIENCE);
    }
}
