//! The ledger, by example and against one that looks at every row each time.

use super::*;
use proptest::prelude::*;

const BOUNDS: Bounds = Bounds {
    n_keys_max: 3,
    n_bytes_max: 100,
    time: Duration::from_secs(24 * 60 * 60),
};

fn hash(n: u8) -> Hash {
    blake3::hash(&[n])
}

/// Claims, and answers with so many bytes if that is to be done. Was it?
fn is_first(ledger: &mut Ledger<u32>, key: u8, n_bytes: usize, now: Instant) -> bool {
    let is_first = ledger.claim(hash(key), hash(key), now) == Claim::First;
    if is_first {
        ledger.settle(hash(key), key.into(), n_bytes, now);
    }
    is_first
}

#[test]
fn a_key_is_one_requests() {
    let (mut ledger, now) = (Ledger::new(BOUNDS), Instant::now());
    assert_eq!(ledger.claim(hash(1), hash(1), now), Claim::First);
    assert_eq!(ledger.claim(hash(1), hash(1), now), Claim::UnderWay);
    assert_eq!(ledger.claim(hash(1), hash(2), now), Claim::OfAnother);
    ledger.settle(hash(1), "made", 10, now);
    assert_eq!(ledger.claim(hash(1), hash(1), now), Claim::Answered("made"));
    assert_eq!(ledger.claim(hash(1), hash(2), now), Claim::OfAnother);
    // Another key is another matter, and one that was given back is anybody's.
    assert_eq!(ledger.claim(hash(2), hash(1), now), Claim::First);
    ledger.release(&hash(2));
    assert_eq!(ledger.claim(hash(2), hash(3), now), Claim::First);
}

#[test]
fn an_answer_is_kept_for_a_day() {
    let (mut ledger, now) = (Ledger::new(BOUNDS), Instant::now());
    assert!(is_first(&mut ledger, 1, 10, now));
    let day = BOUNDS.time;
    let later = now + day - Duration::from_millis(1);
    assert!(!is_first(&mut ledger, 1, 10, later));
    // To ask for it does not keep it longer.
    assert!(is_first(&mut ledger, 1, 10, now + day));
    assert_eq!(ledger.n_bytes, 10);
}

#[test]
fn the_oldest_answer_makes_room_and_what_is_under_way_does_not() {
    let (mut ledger, now) = (Ledger::new(BOUNDS), Instant::now());
    assert_eq!(ledger.claim(hash(0), hash(0), now), Claim::First);
    for key in [1, 2, 3] {
        assert!(is_first(&mut ledger, key, 10, now), "{key}");
    }
    assert!(!is_first(&mut ledger, 2, 10, now) && !is_first(&mut ledger, 3, 10, now));
    // No room for the bytes of three.
    assert!(is_first(&mut ledger, 1, 95, now));
    assert_eq!((ledger.entries.len(), ledger.n_bytes), (2, 95));
    // One that is larger than all room drives out no other.
    assert!(is_first(&mut ledger, 4, 101, now));
    assert!(is_first(&mut ledger, 4, 101, now));
    assert!(!is_first(&mut ledger, 1, 95, now));
    for key in [5, 6] {
        assert_eq!(ledger.claim(hash(key), hash(key), now), Claim::First);
    }
    assert_eq!(ledger.claim(hash(7), hash(7), now), Claim::Full);
    assert_eq!(ledger.claim(hash(0), hash(0), now), Claim::UnderWay);
    ledger.release(&hash(0));
    assert!(is_first(&mut ledger, 7, 10, now));
}

/// The same, by looking at every row.
#[derive(Default)]
struct Naive {
    /// In the order in which they were settled, or else claimed.
    rows: Vec<Row>,
}

struct Row {
    key: u8,
    request: u8,
    /// With its bytes and when it came.
    answer: Option<(u32, usize, Instant)>,
}

impl Naive {
    fn n_bytes(&self) -> usize {
        let answers = self.rows.iter().filter_map(|row| row.answer);
        answers.map(|(_, n_bytes, _)| n_bytes).sum()
    }

    fn forget_oldest(&mut self) -> bool {
        let oldest = self.rows.iter().position(|row| row.answer.is_some());
        oldest.map(|at| self.rows.remove(at)).is_some()
    }

    fn claim(&mut self, key: u8, request: u8, now: Instant) -> Claim<u32> {
        let is_old = |(_, _, at)| at + BOUNDS.time <= now;
        self.rows.retain(|row| !row.answer.is_some_and(is_old));
        if let Some(row) = self.rows.iter().find(|row| row.key == key) {
            return match row.answer {
                _ if row.request != request => Claim::OfAnother,
                Some((answer, ..)) => Claim::Answered(answer),
                None => Claim::UnderWay,
            };
        }
        if self.rows.len() == BOUNDS.n_keys_max && !self.forget_oldest() {
            return Claim::Full;
        }
        let answer = None;
        self.rows.push(Row {
            key,
            request,
            answer,
        });
        Claim::First
    }

    fn settle(&mut self, key: u8, answer: u32, n_bytes: usize, now: Instant) {
        let mut row = self.release(key);
        if n_bytes > BOUNDS.n_bytes_max {
            return;
        }
        row.answer = Some((answer, n_bytes, now));
        self.rows.push(row);
        while self.n_bytes() > BOUNDS.n_bytes_max {
            self.forget_oldest();
        }
    }

    fn release(&mut self, key: u8) -> Row {
        let at = self.rows.iter().position(|row| row.key == key);
        self.rows.remove(at.unwrap())
    }
}

#[derive(Clone, Debug)]
enum Step {
    Claim { key: u8, request: u8 },
    Settle { nth: usize, n_bytes: usize },
    Release { nth: usize },
    Wait { hours: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..6_u8, 0..2_u8).prop_map(|(key, request)| Step::Claim { key, request }),
        3 => (0..4_usize, 0..120_usize).prop_map(|(nth, n_bytes)| Step::Settle { nth, n_bytes }),
        1 => (0..4_usize).prop_map(|nth| Step::Release { nth }),
        1 => (1..30_u64).prop_map(|hours| Step::Wait { hours }),
    ]
}

proptest! {
    #[test]
    fn it_is_what_one_would_see_who_looks_at_every_row(steps in prop::collection::vec(step(), 1..60)) {
        let (mut ledger, mut naive) = (Ledger::new(BOUNDS), Naive::default());
        let (mut now, mut under_way) = (Instant::now(), Vec::new());
        for (n, step) in (0..).zip(steps) {
            match step {
                Step::Claim { key, request } => {
                    let claim = ledger.claim(hash(key), hash(request), now);
                    if claim == Claim::First {
                        under_way.push(key);
                    }
                    prop_assert_eq!(claim, naive.claim(key, request, now));
                }
                Step::Settle { nth, n_bytes } if nth < under_way.len() => {
                    let key = under_way.remove(nth);
                    ledger.settle(hash(key), n, n_bytes, now);
                    naive.settle(key, n, n_bytes, now);
                }
                Step::Release { nth } if nth < under_way.len() => {
                    let key = under_way.remove(nth);
                    ledger.release(&hash(key));
                    naive.release(key);
                }
                Step::Wait { hours } => now += Duration::from_secs(hours * 60 * 60),
                Step::Settle { .. } | Step::Release { .. } => {}
            }
            prop_assert_eq!(ledger.entries.len(), naive.rows.len());
            prop_assert_eq!(ledger.n_bytes, naive.n_bytes());
            prop_assert_eq!(ledger.answered.len() + under_way.len(), ledger.entries.len());
            prop_assert!(ledger.entries.len() <= BOUNDS.n_keys_max);
            prop_assert!(ledger.n_bytes <= BOUNDS.n_bytes_max);
            for key in &under_way {
                let entry = ledger.entries.get(&hash(*key));
                prop_assert!(entry.is_some_and(|entry| entry.answer.is_none()));
            }
        }
    }
}
