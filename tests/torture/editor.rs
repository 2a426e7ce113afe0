//! The ways in which editors save a file, by the calls that they make.

use crate::support::put;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

/// A way of saving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Truncated and written at once: `echo > file`, nano, VS Code.
    InPlace,
    /// Truncated and written in pieces, with time between.
    InPieces,
    /// Written over, and cut at the end.
    Over,
    /// A temporary file, renamed over it: GNOME, JetBrains, sed -i.
    ByRename,
    /// Moved to `file~`, and written anew: vim, emacs.
    Backup,
    /// Removed, and written anew.
    Anew,
    /// As [`Manner::InPlace`], and kept open for a while.
    KeptOpen,
}

/// All of them.
pub const MANNERS: [Manner; 7] = [
    Manner::InPlace,
    Manner::InPieces,
    Manner::Over,
    Manner::ByRename,
    Manner::Backup,
    Manner::Anew,
    Manner::KeptOpen,
];

/// Saves a text. Where it fails (a full disk), the file may be half-written, as an editor would leave it.
#[expect(clippy::disallowed_methods, reason = "the test is the editor")]
pub fn save(file: &Path, text: &str, manner: Manner) -> io::Result<()> {
    match manner {
        Manner::InPlace => fs::write(file, text),
        Manner::InPieces => {
            let mut open = fs::File::create(file)?;
            for piece in text.as_bytes().chunks(text.len() / 5 + 1) {
                open.write_all(piece)?;
                std::thread::sleep(Duration::from_micros(300));
            }
            Ok(())
        }
        Manner::Over => {
            let mut options = OpenOptions::new();
            let mut open = options
                .write(true)
                .create(true)
                .truncate(false)
                .open(file)?;
            open.write_all(text.as_bytes())?;
            open.set_len(text.len() as u64)
        }
        Manner::ByRename => {
            let temporary = file.with_extension("tmp");
            fs::write(&temporary, text)
                .and_then(|()| fs::rename(&temporary, file))
                .inspect_err(|_| {
                    drop(fs::remove_file(&temporary));
                })
        }
        Manner::Backup => {
            let backup = file.with_extension("md~");
            // What is not there yet needs no backup.
            drop(fs::rename(file, &backup));
            fs::write(file, text)?;
            drop(fs::remove_file(&backup));
            Ok(())
        }
        Manner::Anew => {
            drop(fs::remove_file(file));
            fs::write(file, text)
        }
        Manner::KeptOpen => {
            let mut open = fs::File::create(file)?;
            open.write_all(text.as_bytes())?;
            std::thread::sleep(Duration::from_millis(3));
            Ok(())
        }
    }
}

/// Writes a text at the end of a file.
pub fn append(file: &Path, text: &str) -> io::Result<()> {
    let mut open = OpenOptions::new().append(true).open(file)?;
    open.write_all(text.as_bytes())
}

/// Makes so many hints, all of one file, that the kernel's queue of 16,384 runs over.
pub fn flood(file: &Path) {
    for n in 0..6_000 {
        put(file, format!("# flood {n}\n").as_bytes());
    }
}
