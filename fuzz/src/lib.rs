//! What the fuzz targets share: how an input is taken apart, what a file is read as, and how long reading may take.

pub mod wish;

use std::time::Duration;
use taskmd::name::TaskPath;
use taskmd::project::settings::Settings;
use taskmd::task::document::{self, FileTimes, Reading};

/// Longest time that the work on one [`PART_BYTES`] of input may take, in milliseconds of processor time.
const PART_MS_MAX: u64 = 50;
/// The part of an input that [`PART_MS_MAX`] is for, in bytes: the longest front matter.
const PART_BYTES: usize = 64 * 1024;
/// How often work that took too long is measured: a page fault or a cold cache is not the program's.
const TRIES: usize = 3;

/// Never part of UTF-8, so it parts the two halves of an input.
const SEPARATOR: u8 = 0xFF;

/// The two halves of an input; the second is empty where nothing parts them.
#[must_use]
pub fn halves(input: &[u8]) -> (&[u8], &[u8]) {
    match input.iter().position(|byte| *byte == SEPARATOR) {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (input, &[]),
    }
}

/// Does the work and returns what it makes.
///
/// # Panics
/// When it takes longer than an input of this many bytes may.
pub fn quickly<T>(n_bytes: usize, mut work: impl FnMut() -> T) -> T {
    let n_parts = n_bytes.div_ceil(PART_BYTES).max(1) as u64;
    let allowed = Duration::from_millis(PART_MS_MAX * n_parts);
    let mut best = Duration::MAX;
    for _ in 0..TRIES {
        let started = processor_time();
        let made = work();
        best = best.min(processor_time().saturating_sub(started));
        if best <= allowed {
            return made;
        }
    }
    panic!("{n_bytes} bytes took {best:?}, and may take {allowed:?}");
}

/// The time that this thread has had a processor.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}

/// Reads the bytes of a file as the server does.
#[must_use]
pub fn read(bytes: &[u8]) -> Reading {
    let path = TaskPath::parse("T-1.md").expect("the path is clean");
    let times = FileTimes {
        created: "2026-01-01T00:00:00Z".to_owned(),
        modified: "2026-01-02T00:00:00Z".to_owned(),
    };
    document::read(&path, bytes, &times, &Settings::default())
}

/// A text with one kind of line end, to compare what differs in nothing else.
#[must_use]
pub fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// A body as a file with a front matter holds it: blank lines at its start belong to the gap above.
#[must_use]
pub fn below_gap(body: &str) -> &str {
    body.trim_start_matches(['\r', '\n'])
}
