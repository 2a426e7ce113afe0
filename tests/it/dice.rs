//! Chance that can be had again, and how much of it a run is asked for.

use std::time::Duration;

/// xorshift64*: small, seeded, and good enough to choose with.
pub struct Dice(u64);

impl Dice {
    /// The dice of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }

    /// An index of something that has so many.
    pub fn index(&mut self, n_all: usize) -> usize {
        usize::try_from(self.roll(n_all as u64)).unwrap()
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.index(of.len())]
    }

    /// A time up to this one, to the microsecond.
    pub fn up_to(&mut self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_micros()).unwrap();
        Duration::from_micros(self.roll(most + 1))
    }
}

/// How often a test does what it does: as often as this variable of the environment asks, else `default` times.
#[expect(clippy::disallowed_methods, reason = "a test may be asked for more")]
pub fn asked_for(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

/// Many times of one kind, as a line for whoever reads the output.
pub fn spread(what: &str, times: &mut [Duration]) -> String {
    times.sort_unstable();
    let n_times = times.len();
    let at = |percent: usize| {
        let time = times.get((n_times * percent / 100).min(n_times.saturating_sub(1)));
        time.map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    let (p50, p99, most) = (at(50), at(99), at(100));
    format!("{what}: {n_times} times, p50 {p50:.1} ms, p99 {p99:.1} ms, most {most:.1} ms\n")
}
