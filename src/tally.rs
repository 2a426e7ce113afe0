//! What is counted while the server runs, for whoever asks. Counting costs next to nothing, and orders nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Tally(AtomicU64);

impl Tally {
    /// Counts one more.
    pub fn add_one(&self) {
        self.add(1);
    }

    /// Counts so many more.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// How many there have been.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The upper ends of the classes into which times are sorted, in seconds: from what memory takes to what people notice.
pub const CLASSES: [f64; 14] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 2.5, 10.0,
];

/// How long something has taken, each time.
#[derive(Debug, Default)]
pub struct Times {
    /// By class; the last one has no upper end.
    counts: [Tally; CLASSES.len() + 1],
    sum_ns: Tally,
}

impl Times {
    /// Notes how long it was from then until now.
    pub fn note_since(&self, started: Instant) {
        self.note(started.elapsed());
    }

    /// Notes one.
    pub fn note(&self, time: Duration) {
        let seconds = time.as_secs_f64();
        let class = CLASSES.partition_point(|end| *end < seconds);
        self.counts[class].add_one();
        self.sum_ns
            .add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// How many there have been in each class, those below it not counted; one more class than there are ends.
    #[must_use]
    pub fn counts(&self) -> [u64; CLASSES.len() + 1] {
        std::array::from_fn(|class| self.counts[class].get())
    }

    /// How long they were together.
    #[must_use]
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_ns.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_sorted_into_classes() {
        let times = Times::default();
        for micros in [0, 100, 101, 250, 20_000_000] {
            times.note(Duration::from_micros(micros));
        }
        let counts = times.counts();
        assert_eq!((counts[0], counts[1], counts[14]), (2, 2, 1));
        assert_eq!(counts.iter().sum::<u64>(), 5);
        assert_eq!(times.sum(), Duration::from_micros(20_000_451));
    }
}
