//! The savers: each knows nothing of taskmd, and saves as editors and scripts do, by system calls.

use super::spin_until;
use rustix::fs::{self, Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The name that the task's file has, and the one that it may be moved to.
pub const NAMES: [&str; 2] = ["A.md", "B.md"];

/// A way of saving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saver {
    /// A temporary file, then a rename over the old one.
    Rename,
    /// Truncates the file, and writes it anew in some chunks.
    InPlace,
    /// Writes over what is there, and cuts off what is left.
    Overwrite,
    /// Adds a line.
    Append,
    /// Gives the file another name.
    Move,
    /// Removes the file, and makes it again.
    Recreate,
}

/// One save.
#[derive(Debug)]
pub struct Save {
    pub saver: Saver,
    /// All of the new text, or the line that is added.
    pub text: String,
    /// How many writes it takes, where that is the saver's choice.
    pub n_chunks: usize,
    /// How long it thinks between two calls.
    pub pause: Duration,
}

/// When a save happened, as the saver knows it.
#[derive(Debug)]
pub struct Saved {
    pub start: Instant,
    pub end: Instant,
    /// How long the file had no name.
    pub gap: Duration,
}

impl Save {
    /// Saves in this directory.
    pub fn run(&self, directory: &Path) -> Saved {
        let file = directory.join(NAMES[0]);
        let start = Instant::now();
        let mut gap = Duration::ZERO;
        match self.saver {
            Saver::Rename => {
                let temporary = directory.join(".A.md.swx");
                self.write(open(&temporary, OFlags::CREATE | OFlags::TRUNC));
                fs::rename(temporary, file).unwrap();
            }
            Saver::InPlace => self.write(open(&file, OFlags::CREATE | OFlags::TRUNC)),
            Saver::Overwrite => self.write(open(&file, OFlags::CREATE)),
            Saver::Append => {
                // A file that is gone is the saver's to know: it has not saved then.
                if let Ok(appended) = try_open(&file, OFlags::APPEND) {
                    self.think();
                    (&appended).write_all(self.text.as_bytes()).unwrap();
                }
            }
            // What is gone cannot be moved or removed, and the saver knows it.
            Saver::Move => skip_missing(fs::rename(file, directory.join(NAMES[1]))),
            Saver::Recreate => {
                let gone = Instant::now();
                skip_missing(fs::unlink(&file));
                self.think();
                let created = open(&file, OFlags::CREATE | OFlags::TRUNC);
                self.write(created);
                gap = gone.elapsed();
            }
        }
        let end = Instant::now();
        Saved { start, end, gap }
    }

    fn write(&self, file: File) {
        let bytes = self.text.as_bytes();
        let chunks = bytes.chunks(bytes.len().div_ceil(self.n_chunks));
        for chunk in chunks {
            self.think();
            (&file).write_all(chunk).unwrap();
        }
        if self.saver == Saver::Overwrite {
            self.think();
            file.set_len(bytes.len() as u64).unwrap();
        }
    }

    fn think(&self) {
        spin_until(Instant::now() + self.pause);
    }
}

fn skip_missing(done: rustix::io::Result<()>) {
    assert!(matches!(done, Ok(()) | Err(Errno::NOENT)), "{done:?}");
}

fn open(path: &PathBuf, flags: OFlags) -> File {
    try_open(path, flags).unwrap()
}

fn try_open(path: &PathBuf, flags: OFlags) -> rustix::io::Result<File> {
    let flags = flags | OFlags::WRONLY | OFlags::CLOEXEC;
    Ok(fs::open(path, flags, Mode::from_raw_mode(0o644))?.into())
}
