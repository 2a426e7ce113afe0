//! What a crash can leave behind, and how it is cleared up.
//!
//! A temporary file is called `.taskmd-RANDOM.new` while it is being written; it is nobody's. Just before it is exchanged
//! with a file, and while a file is being removed, it is called `.taskmd-RANDOM-NEW-OLD-NAME.tmp`, by the marks of the
//! bytes that go in and that are to come out. So whoever finds it later can tell what it holds: the new bytes (the
//! exchange did not happen) or the old ones (it did) may go, for nothing was acknowledged that needs them; anything
//! else is somebody's save that came out instead, and goes back under its name.

use super::removal::remove_removed;
use super::temporary::rename;
use super::{TEMPORARY_PREFIX, WriteError, lease, random};
use crate::disk::{Folder, Found, read_stable};
use crate::name::TaskPath;
use crate::task::Revision;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{self, AtFlags, Mode, OFlags, RenameFlags};

/// Bytes of a file's name (NAME_MAX on every file system in use).
const NAME_BYTES_MAX: usize = 255;
/// Stands for the new bytes where a file is removed.
const NOTHING: &str = "0000000000000000";
/// Ends a name that was too long to be kept whole.
const CUT: char = '~';

/// What the name of a temporary file says of it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::disk) enum Leftover<'a> {
    /// It was being written.
    Unfinished,
    /// It is the directory of a project that was removed.
    Removed,
    /// It was about to take the place of another, or was taken out of it.
    Taken {
        new: &'a str,
        old: &'a str,
        name: &'a str,
    },
}

impl<'a> Leftover<'a> {
    /// A name for a file that is being written.
    pub(in crate::disk) fn unfinished() -> String {
        format!("{TEMPORARY_PREFIX}{:016x}.new", random())
    }

    /// A name for a project's directory that is removed.
    pub(in crate::disk) fn removed() -> String {
        format!("{TEMPORARY_PREFIX}{:016x}.gone", random())
    }

    /// A name for a file that takes the place of the one called `name`, or, without new bytes, for that one itself.
    pub(in crate::disk) fn taken(name: &str, new: Option<&[u8]>, old: &[u8]) -> String {
        let new = new.map_or_else(|| NOTHING.to_owned(), mark);
        let front = format!("{TEMPORARY_PREFIX}{:016x}-{new}-{}-", random(), mark(old));
        let room = NAME_BYTES_MAX - front.len() - ".tmp".len();
        if name.len() <= room {
            return format!("{front}{name}.tmp");
        }
        let end = name.floor_char_boundary(room - CUT.len_utf8());
        format!("{front}{}{CUT}.tmp", &name[..end])
    }

    fn parse(file_name: &'a str) -> Option<Self> {
        let rest = file_name.strip_prefix(TEMPORARY_PREFIX)?;
        if rest.ends_with(".new") {
            return Some(Self::Unfinished);
        }
        if rest.ends_with(".gone") {
            return Some(Self::Removed);
        }
        let mut parts = rest.strip_suffix(".tmp")?.splitn(4, '-');
        let (_random, new, old) = (parts.next()?, parts.next()?, parts.next()?);
        let name = parts.next().filter(|name| !name.is_empty())?;
        Some(Self::Taken { new, old, name })
    }
}

/// Is a file of this name one of the server's temporaries?
#[must_use]
pub fn is_temporary(file_name: &str) -> bool {
    Leftover::parse(file_name).is_some()
}

/// Tells one content from another.
fn mark(bytes: &[u8]) -> String {
    let revision = Revision::of(bytes).to_string();
    revision.trim_start_matches("b3-")[..NOTHING.len()].to_owned()
}

/// A name beside `name` for a save that has no other place. It comes after `name` in every order, so that of the two files
/// with one id, the one under the task's own name is the task.
pub(super) fn beside(name: &str) -> String {
    let end = name.floor_char_boundary(NAME_BYTES_MAX - 40);
    format!("{}.conflict-{:016x}.md", &name[..end], random())
}

impl Folder {
    /// Clears up a temporary file that a crash has left. One that holds somebody's save is put back under its name, or
    /// beside it when that is taken.
    ///
    /// # Errors
    /// The system's; the file is left as it is then.
    pub fn clear_up(&self, leftover: &TaskPath) -> Result<(), WriteError> {
        let directory = self.directory_of(leftover)?;
        let temporary = leftover.file_name();
        let (new, old, name) = match Leftover::parse(temporary) {
            None | Some(Leftover::Removed) => return Ok(()),
            Some(Leftover::Unfinished) => {
                return Ok(fs::unlinkat(&directory, temporary, AtFlags::empty())?);
            }
            Some(Leftover::Taken { new, old, name }) => (new, old, name),
        };
        let content = content(&directory, temporary);
        if content.as_deref() == Some(new) || content.as_deref() == Some(old) {
            return Ok(fs::unlinkat(&directory, temporary, AtFlags::empty())?);
        }
        let name = match name.strip_suffix(CUT) {
            Some(cut) => format!("{cut}.md"),
            None => name.to_owned(),
        };
        tracing::warn!(file = %name, "a save that a crash had interrupted is put back");
        put_back(&directory, temporary, &name, new)?;
        Ok(self.durability.sync_directory(&directory)?)
    }
}

/// Puts somebody's save back under its name, where our unacknowledged bytes or nothing stand, and else beside it.
fn put_back(directory: &OwnedFd, temporary: &str, name: &str, new: &str) -> Result<(), WriteError> {
    let exchange =
        || fs::renameat_with(directory, temporary, directory, name, RenameFlags::EXCHANGE);
    if content(directory, name).as_deref() == Some(new) {
        exchange()?;
        if content(directory, temporary).as_deref() == Some(new) {
            return Ok(fs::unlinkat(directory, temporary, AtFlags::empty())?);
        }
        // They saved again just now: that stays, and this goes beside it.
        exchange()?;
    }
    if rename(directory, temporary, name).is_err() {
        rename(directory, temporary, &beside(name))?;
    }
    Ok(())
}

/// The mark of what a file holds. None when there is no such file, or somebody is writing it.
fn content(directory: &OwnedFd, name: &str) -> Option<String> {
    /// More than a task may hold, so that a larger file is nobody's but its user's.
    const BYTES_MAX: u64 = 64 << 20;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = fs::openat(directory, name, flags, Mode::empty()).ok()?;
    lease::take(file.as_fd()).ok()?;
    match read_stable(&file, BYTES_MAX) {
        Ok(Found::File(found)) => Some(mark(&found.bytes)),
        Ok(Found::Absent | Found::Refused(_) | Found::Changing) | Err(_) => None,
    }
}

/// Clears up the directories of projects, of new ones and of removed ones, that a crash has left in the root.
///
/// # Errors
/// The system's.
pub fn clear_up_projects(root: &Folder) -> Result<(), WriteError> {
    for entry in fs::Dir::read_from(&root.directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else {
            continue;
        };
        if entry.file_type() != fs::FileType::Directory {
            continue;
        }
        match Leftover::parse(name) {
            Some(Leftover::Unfinished) => remove_unfinished_project(root, name)?,
            Some(Leftover::Removed) => remove_removed(root, name),
            Some(Leftover::Taken { .. }) | None => {}
        }
    }
    Ok(())
}

/// Removes the directory of a project that never got its name, with what the server had put into it.
pub(super) fn remove_unfinished_project(root: &Folder, name: &str) -> Result<(), WriteError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let directory = root.open_below(name, flags)?;
    for entry in fs::Dir::read_from(&directory)? {
        let entry = entry?;
        let Ok(inner) = entry.file_name().to_str() else {
            continue;
        };
        if is_temporary(inner) || inner == crate::project::settings::FILE_NAME {
            fs::unlinkat(&directory, inner, AtFlags::empty())?;
        }
    }
    Ok(fs::unlinkat(&root.directory, name, AtFlags::REMOVEDIR)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_it_is_and_fits() {
        let unfinished = Leftover::unfinished();
        assert_eq!(Leftover::parse(&unfinished), Some(Leftover::Unfinished));
        let taken = Leftover::taken("my-task-1.md", Some(b"new"), b"old");
        let (new, old) = (mark(b"new"), mark(b"old"));
        let expected = Leftover::Taken {
            new: &new,
            old: &old,
            name: "my-task-1.md",
        };
        assert_eq!(Leftover::parse(&taken), Some(expected));
        let long = Leftover::taken(&"ü".repeat(126), None, b"old");
        assert!(long.len() <= NAME_BYTES_MAX, "{long}");
        assert!(long.ends_with("~.tmp"), "{long}");
        assert!(beside(&"ü".repeat(126)).len() <= NAME_BYTES_MAX);
        for other in [
            ".taskmdignore",
            ".taskmd-notes.md",
            "a.md",
            ".taskmd-1-2-3-.tmp",
        ] {
            assert_eq!(Leftover::parse(other), None, "{other}");
        }
    }
}
