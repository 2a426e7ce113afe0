//! What is to be looked at, and when: pure, so that every rule of the watcher can be tested without a file.

use crate::fault::{self, Fault};
use crate::name::{ProjectId, TaskPath};
use crate::store::shelf::Certainty;
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
                waits_since: None,
            },
        );
    }

    /// Notes that a file, first heard of at `first`, is to be asked for again, as it has been since `since`.
    pub(super) fn wait(&mut self, place: Place, first: Instant, since: Instant, now: Instant) {
        let due = (now + AGAIN).min(since + PATIENCE);
        self.put_again(place, first, since, due);
    }

    /// Notes that a file, first heard of at `first`, could not be looked at, and is to be when `due`.
    pub(super) fn retry(&mut self, place: Place, first: Instant, due: Instant) {
        self.put_again(place, first, due, due);
    }

    fn put_again(&mut self, place: Place, first: Instant, since: Instant, due: Instant) {
        // A hint that came meanwhile knows better.
        if !self.entries.contains_key(&place) {
            self.put(
                place,
                Entry {
                    due,
                    first,
                    hint: None,
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
            let certainty = match (is_final, entry.hint) {
                (true, _) => Certainty::Final,
                (false, None | Some(Hint::Gone)) => Certainty::Held,
                (false, Some(Hint::Touched)) => Certainty::Quiet,
                (false, Some(Hint::Whole | Hint::Created)) => Certainty::Fresh,
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
    fn what_was_held_is_certain_and_brings_along_what_waits() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut agenda = Agenda::default();
        agenda.note(place("gone.md"), Hint::Gone, at(0));
        agenda.note(place("whole.md"), Hint::Whole, at(0));
        let certainties = |due: Vec<Due>| -> Vec<_> {
            due.into_iter()
                .map(|due| (due.place.path.to_string(), due.certainty))
                .collect()
        };
        assert_eq!(
            certainties(agenda.take_due(at(0))),
            [("whole.md".to_owned(), Certainty::Fresh)]
        );
        agenda.wait(place("whole.md"), at(0), at(0), at(30));
        let due = certainties(agenda.take_due(at(50)));
        assert_eq!(
            due,
            [
                ("gone.md".to_owned(), Certainty::Held),
                ("whole.md".to_owned(), Certainty::Fresh)
            ]
        );
        agenda.wait(place("whole.md"), at(0), at(0), at(50));
        assert_eq!(
            certainties(agenda.take_due(at(100))),
            [("whole.md".to_owned(), Certainty::Held)]
        );
        assert_eq!(agenda.next_due(), None);
    }

    #[test]
    fn a_file_that_went_waits_for_one_that_came() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut agenda = Agenda::default();
        agenda.note(place("gone.md"), Hint::Gone, at(0));
        agenda.note(place("came.md"), Hint::Created, at(10));
        assert_eq!(agenda.take_due(at(50)), []);
        assert_eq!(agenda.take_due(at(110)).len(), 2);
        // A folder that is filled without end does not keep what went for ever.
        agenda.note(place("gone.md"), Hint::Gone, at(200));
        for ms in 200..800 {
            agenda.note(place("came.md"), Hint::Created, at(ms));
            if !agenda.take_due(at(ms)).is_empty() {
                assert_eq!(ms, 700);
                return;
            }
        }
        panic!("it waits for ever");
    }

    #[test]
    fn many_that_go_wait_for_the_last_of_them() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut agenda = Agenda::default();
        for n in 0..400 {
            agenda.note(place(&format!("{n}.md")), Hint::Gone, at(n));
            assert_eq!(agenda.take_due(at(n)), []);
        }
        assert_eq!(agenda.take_due(at(448)), []);
        assert_eq!(agenda.take_due(at(449)).len(), 400);
        // Few, or one now and then, do not wait for each other.
        agenda.note(place("a.md"), Hint::Gone, at(500));
        agenda.note(place("b.md"), Hint::Gone, at(540));
        assert_eq!(agenda.take_due(at(550)).len(), 1);
        assert_eq!(agenda.take_due(at(590)).len(), 1);
        // A project that is emptied without end is told of in the end.
        for n in 0..600 {
            agenda.note(place(&format!("{n}.md")), Hint::Gone, at(1_000 + n * 10));
        }
        assert_eq!(agenda.take_due(at(5_999)), []);
        assert!(!agenda.take_due(at(6_000)).is_empty());
    }

    #[test]
    fn what_was_heard_before_is_open_until_it_is_settled() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut agenda = Agenda::default();
        agenda.note(place("a.md"), Hint::Whole, at(1));
        assert!(!agenda.has_open(None, at(0)));
        assert!(agenda.has_open(Some(&place("a.md").project), at(1)));
        assert!(!agenda.has_open(ProjectId::parse("q").ok().as_ref(), at(1)));
        let due = agenda.take_due(at(1)).pop().unwrap();
        assert!(!agenda.has_open(None, at(1)));
        agenda.wait(due.place, due.first, at(2), at(2));
        assert!(agenda.has_open(None, at(1)));
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
            if due.certainty == Certainty::Final {
                break;
            }
            agenda.wait(due.place, due.first, due.waits_since.unwrap_or(now), now);
            now = agenda.next_due().unwrap();
        }
        assert!(n_looks > 5, "{n_looks}");
        assert_eq!(now - start, PATIENCE);
    }
}
