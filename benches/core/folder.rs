//! A folder of tasks as people write them: of many words, some of them rare.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// How many files there are.
pub(crate) const TASKS: usize = 10_000;
/// How long each is, about.
pub(crate) const FILE_BYTES: usize = 1 << 10;
/// The project that they are of.
pub(crate) const PROJECT: &str = "harbour";

const WORDS: [&str; 24] = [
    "the", "of", "station", "tide", "table", "high", "water", "is", "and", "an", "hour", "late",
    "since", "clocks", "were", "changed", "we", "compute", "each", "day", "once", "per", "request",
    "cache",
];

/// The name of the n-th file.
pub(crate) fn file_name(n: usize) -> String {
    format!("TASK-{n}.md")
}

/// What the n-th file holds.
pub(crate) fn text(n: usize) -> String {
    let status = ["open", "in_progress", "done"][n % 3];
    let priority = ["low", "medium", "high"][n / 3 % 3];
    let mut text = format!(
        "---\ntitle: Task {n}\nstatus: {status}\npriority: {priority}\ntags: [bench, t{}]\ndepends_on: [TASK-{}]\ncreated: \
         2026-01-15\n---\n\n# Task {n}\n\n",
        n % 10,
        n / 2,
    );
    let mut random = n as u64;
    while text.len() < FILE_BYTES {
        // Knuth's linear congruence: the same words each time.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let draw = usize::try_from(random >> 48).unwrap_or(0);
        match draw % 100 {
            0 => text += &format!("harbour{} ", draw % 500),
            1 if draw % 7 == 0 => text += "harbour ",
            draw => {
                text += WORDS[draw % WORDS.len()];
                text.push(if draw % 13 == 0 { '\n' } else { ' ' });
            }
        }
    }
    text.push('\n');
    text
}

/// Writes them all below a root.
pub(crate) fn fill(root: &Path) -> io::Result<()> {
    let directory = root.join(PROJECT);
    fs::create_dir(&directory)?;
    (0..TASKS).try_for_each(|n| {
        let mut file = File::create(directory.join(file_name(n)))?;
        file.write_all(text(n).as_bytes())
    })
}
