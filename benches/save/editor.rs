//! An editor that saves one file again and again, in the ways that editors have.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How a file is saved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Truncated, written, closed: nano, `echo >`.
    InPlace,
    /// Written beside and renamed over: most editors.
    Rename,
    /// A line more: `echo >>`.
    Append,
}

impl Manner {
    pub(crate) const ALL: [Self; 3] = [Self::InPlace, Self::Rename, Self::Append];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InPlace => "in place",
            Self::Rename => "rename",
            Self::Append => "append",
        }
    }
}

/// Writes so many tasks into a new directory.
pub(crate) fn fill(directory: &Path, n_tasks: usize) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    for n in 1..=n_tasks {
        let mut file = File::create(directory.join(format!("TASK-{n}.md")))?;
        file.write_all(text(512, &format!("task {n}")).as_bytes())?;
    }
    Ok(())
}

/// A task of about so many bytes that ends with a line.
fn text(n_bytes: usize, line: &str) -> String {
    const LINE: &str = "A line of a note, neither short nor long, as people write them.\n";
    let mut text = format!("---\ntitle: {line}\nstatus: open\ntags: [one, two]\n---\n\n");
    let room = n_bytes.saturating_sub(text.len() + line.len() + 1);
    text += &LINE.repeat(room.div_ceil(LINE.len()))[..room];
    text += &format!("\n{line}");
    text
}

/// One file that is saved again and again.
pub(crate) struct Editor {
    path: PathBuf,
    /// What the file is written with when it is written anew.
    n_bytes: usize,
    file_bytes: usize,
    n_saves: usize,
}

impl Editor {
    pub(crate) fn new(directory: &Path, n_bytes: usize) -> Self {
        Self {
            path: directory.join(format!("SAVED-{n_bytes}.md")),
            n_bytes,
            file_bytes: 0,
            n_saves: 0,
        }
    }

    /// How large the file is.
    pub(crate) fn file_bytes(&self) -> usize {
        self.file_bytes
    }

    /// What the file ends with since the last save, and did not before.
    pub(crate) fn last_line(&self) -> String {
        format!("save {:07}.", self.n_saves)
    }

    /// Saves the file with a new last line, and returns when the last call of that was made.
    pub(crate) fn save(&mut self, manner: Manner) -> io::Result<Instant> {
        self.n_saves += 1;
        let whole = text(self.n_bytes, &self.last_line());
        match manner {
            Manner::InPlace => {
                let mut file = File::create(&self.path)?;
                file.write_all(whole.as_bytes())?;
                self.file_bytes = whole.len();
                Ok(close(file))
            }
            Manner::Append => {
                let line = format!("\n{}", self.last_line());
                let mut file = OpenOptions::new().append(true).open(&self.path)?;
                file.write_all(line.as_bytes())?;
                self.file_bytes += line.len();
                Ok(close(file))
            }
            Manner::Rename => {
                let beside = self.path.with_extension("md.tmp");
                let mut file = File::create(&beside)?;
                file.write_all(whole.as_bytes())?;
                drop(file);
                self.file_bytes = whole.len();
                rename(&beside, &self.path)
            }
        }
    }
}

fn close(file: File) -> Instant {
    let at = Instant::now();
    drop(file);
    at
}

#[expect(clippy::disallowed_methods, reason = "this is the editor")]
fn rename(from: &Path, to: &Path) -> io::Result<Instant> {
    let at = Instant::now();
    std::fs::rename(from, to)?;
    Ok(at)
}
