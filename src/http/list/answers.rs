//! Answers to lists, encoded once and shared until something changes.
//!
//! After an event all clients of a project ask for the same list. The first one's request makes the answer, and the others
//! wait for it. An answer holds for one [`Cut`], on which all of it depends: that is also its entity tag. What is asked for
//! once, as the words are that somebody types, is not kept.

use crate::config::Limits;
use crate::name::ProjectId;
use crate::query::{Cut, Query};
use bytes::Bytes;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OnceCell;

/// An encoded list.
#[derive(Debug)]
pub(super) struct Answer {
    /// As of when it is.
    pub(super) cut: Cut,
    /// Names its bytes.
    pub(super) tag: String,
    pub(super) body: Bytes,
}

/// Where an answer is, or will be.
pub(super) type Place = Arc<OnceCell<Answer>>;

/// Names the bytes of the answer to a query at a cut, for nothing else has a say in them.
pub(super) fn tag(cut: Cut, query: &Query) -> String {
    let mut hasher = DefaultHasher::new();
    query.hash(&mut hasher);
    format!("{cut}.{:016x}", hasher.finish())
}

/// The answers that were asked for last, as many as there is room for.
#[derive(Debug)]
pub(super) struct Answers {
    n_answers_max: usize,
    n_bytes_max: usize,
    /// The one asked for last comes last.
    slots: Mutex<Vec<Slot>>,
}

#[derive(Debug)]
struct Slot {
    project_id: ProjectId,
    query: Query,
    cut: Cut,
    place: Place,
    is_asked_again: bool,
}

impl Slot {
    fn n_bytes(&self) -> usize {
        self.place.get().map_or(0, |answer| answer.body.len())
    }
}

impl Answers {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            n_answers_max: limits.kept_answers,
            n_bytes_max: limits.kept_answer_bytes,
            slots: Mutex::default(),
        }
    }

    fn slots(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the answer of this cut is. One of another cut is forgotten: nobody will be told it again.
    pub(super) fn place(&self, project_id: &ProjectId, query: &Query, cut: Cut) -> Place {
        let mut slots = self.slots();
        let is_it = |slot: &Slot| slot.project_id == *project_id && slot.query == *query;
        let known = slots.iter().position(is_it).map(|at| slots.remove(at));
        let mut slot = Slot {
            project_id: project_id.clone(),
            query: query.clone(),
            cut,
            place: Place::default(),
            is_asked_again: known.is_some(),
        };
        if let Some(known) = known.filter(|known| known.cut == cut) {
            slot.place = known.place;
        }
        let place = slot.place.clone();
        slots.push(slot);
        if slots.len() > self.n_answers_max {
            slots.remove(0);
        }
        place
    }

    /// Notes that an answer is there, or that there is none, and forgets others where there is no room for all.
    pub(super) fn settle(&self, place: &Place) {
        let mut slots = self.slots();
        let is_it = |slot: &&mut Slot| Arc::ptr_eq(&slot.place, place);
        let Some(slot) = slots.iter_mut().find(is_it) else {
            return;
        };
        if let Some(answer) = place.get() {
            // Something may have changed between the question and its answer.
            slot.cut = answer.cut;
        }
        if !slot.is_asked_again || slot.n_bytes() > self.n_bytes_max {
            slot.place = Place::default();
        }
        let mut n_bytes: usize = slots.iter().map(Slot::n_bytes).sum();
        for slot in slots.iter_mut() {
            if n_bytes <= self.n_bytes_max {
                break;
            }
            if slot.place.initialized() {
                n_bytes -= slot.n_bytes();
                slot.place = Place::default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Epoch, Position};

    fn cut(seq: u64) -> Cut {
        let epoch = Epoch::new(1);
        Cut::new(Position { epoch, seq }, &[])
    }

    fn ask(answers: &Answers, limit: usize, seq: u64) -> Place {
        let id = ProjectId::parse("p").unwrap();
        let pairs = [("limit".to_owned(), limit.to_string())];
        answers.place(&id, &Query::parse(pairs, 1000).unwrap(), cut(seq))
    }

    /// Asks, and answers with so many bytes if there is no answer. Was there one?
    fn answered(answers: &Answers, limit: usize, seq: u64, n_bytes: usize) -> bool {
        let place = ask(answers, limit, seq);
        let is_there = place.initialized();
        if !is_there {
            let body = vec![b' '; n_bytes].into();
            let (cut, tag) = (cut(seq), String::new());
            place.set(Answer { cut, tag, body }).unwrap();
        }
        answers.settle(&place);
        is_there
    }

    fn answers() -> Answers {
        Answers::new(&Limits {
            kept_answers: 3,
            kept_answer_bytes: 100,
            ..Limits::default()
        })
    }

    #[test]
    fn what_is_asked_for_again_is_kept_until_something_changes() {
        let answers = answers();
        let asked = [(1, false), (1, false), (1, true), (2, false), (2, true)];
        for (n, (seq, is_kept)) in asked.into_iter().enumerate() {
            assert_eq!(answered(&answers, 10, seq, 10), is_kept, "{n}");
        }
    }

    #[test]
    fn who_asks_at_the_same_time_waits_for_the_same() {
        let answers = answers();
        let (one, other) = (ask(&answers, 10, 1), ask(&answers, 10, 1));
        assert!(Arc::ptr_eq(&one, &other));
        assert!(!Arc::ptr_eq(&one, &ask(&answers, 10, 2)));
        // No answer, as for a cursor that has expired, is nothing to be kept.
        answers.settle(&one);
        assert!(!ask(&answers, 10, 1).initialized());
    }

    #[test]
    fn the_answers_asked_for_last_are_kept() {
        let answers = answers();
        let twice = |limit, n_bytes| {
            assert!(!answered(&answers, limit, 1, n_bytes), "{limit}");
            assert!(!answered(&answers, limit, 1, n_bytes), "{limit}");
        };
        twice(10, 50);
        twice(11, 50);
        assert!(answered(&answers, 10, 1, 50));
        // No room for the bytes of a third one.
        twice(12, 50);
        assert!(answered(&answers, 10, 1, 50));
        assert!(!answered(&answers, 11, 1, 50));
        // None for a fourth at all, nor for one that is larger than everything.
        twice(13, 50);
        assert_eq!(answers.slots().len(), 3);
        // One that is larger than all room drives out no other.
        twice(14, 101);
        assert!(!answered(&answers, 14, 1, 101));
        assert!(answered(&answers, 13, 1, 50));
    }
}
