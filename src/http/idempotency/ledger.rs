//! Which requests came under which keys, and what they were answered: within bounds, and for a time.

use blake3::Hash;
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// What is to be done with a request that comes under a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Claim<A> {
    /// It is the first, and is noted as under way: to be settled or released.
    First,
    /// It was answered so.
    Answered(A),
    /// It is under way.
    UnderWay,
    /// The key is another request's.
    OfAnother,
    /// Everything that there is room for is under way.
    Full,
}

/// The keys, each with its request and, once there is one, the answer.
///
/// Of what is answered the oldest leaves where there is no room. What is under way stays: whoever asked again would do it
/// a second time.
#[derive(Debug)]
pub(super) struct Ledger<A> {
    bounds: Bounds,
    entries: HashMap<Hash, Entry<A>>,
    /// The keys that have an answer, and until when. The oldest comes first.
    answered: VecDeque<(Hash, Instant)>,
    /// Bytes of all answers.
    n_bytes: usize,
}

/// How much is kept, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) n_keys_max: usize,
    pub(super) n_bytes_max: usize,
    pub(super) time: Duration,
}

#[derive(Debug)]
struct Entry<A> {
    request: Hash,
    /// With its bytes.
    answer: Option<(A, usize)>,
}

impl<A: Clone> Ledger<A> {
    /// No key yet.
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            entries: HashMap::new(),
            answered: VecDeque::new(),
            n_bytes: 0,
        }
    }

    /// A request comes under a key.
    pub(super) fn claim(&mut self, key: Hash, request: Hash, now: Instant) -> Claim<A> {
        self.forget_old(now);
        match self.entries.get(&key) {
            Some(entry) if entry.request != request => return Claim::OfAnother,
            Some(Entry { answer: None, .. }) => return Claim::UnderWay,
            Some(Entry {
                answer: Some((answer, _)),
                ..
            }) => return Claim::Answered(answer.clone()),
            None => {}
        }
        if self.entries.len() >= self.bounds.n_keys_max && !self.forget_oldest() {
            return Claim::Full;
        }
        let answer = None;
        self.entries.insert(key, Entry { request, answer });
        Claim::First
    }

    /// What was under way has been answered. An answer that is larger than all room is not kept, and drives out no other.
    pub(super) fn settle(&mut self, key: Hash, answer: A, n_bytes: usize, now: Instant) {
        if n_bytes > self.bounds.n_bytes_max {
            self.release(&key);
            return;
        }
        let Some(entry) = self.entries.get_mut(&key) else {
            return;
        };
        entry.answer = Some((answer, n_bytes));
        self.answered.push_back((key, now + self.bounds.time));
        self.n_bytes += n_bytes;
        while self.n_bytes > self.bounds.n_bytes_max && self.forget_oldest() {}
    }

    /// What was under way has come to nothing: the key is free.
    pub(super) fn release(&mut self, key: &Hash) {
        self.entries.remove(key);
    }

    fn forget_old(&mut self, now: Instant) {
        while self
            .answered
            .front()
            .is_some_and(|(_, until)| *until <= now)
        {
            self.forget_oldest();
        }
    }

    /// Forgets the oldest answer. False where there is none.
    fn forget_oldest(&mut self) -> bool {
        let Some((key, _)) = self.answered.pop_front() else {
            return false;
        };
        let entry = self.entries.remove(&key);
        let n_bytes = entry.and_then(|entry| entry.answer).map_or(0, |(_, n)| n);
        self.n_bytes -= n_bytes;
        true
    }
}

#[cfg(test)]
mod tests;
