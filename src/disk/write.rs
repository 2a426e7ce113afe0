//! Writing that cannot overwrite.
//!
//! A new version is written to a temporary file beside the old one, synced, and *exchanged* with it in one step of
//! the kernel. What came out is then compared with the file that the change was based on: if somebody saved in
//! between, the exchange is undone and the write is lost, not the save. Checking before a rename leaves a gap in
//! which a fifth of racing saves vanished; this leaves none. A *read lease* on the old file, held from before the
//! exchange until the old file is gone, says whether somebody writes it in place or waits to ([`lease`]). Nothing is
//! acknowledged before the file and its directory are on the disk, and what a crash leaves is told by its name
//! ([`leftover`]).

pub(super) mod displaced;
mod durability;
mod lease;
pub(super) mod leftover;
mod original;
mod removal;
mod temporary;
mod transfer;

pub use self::durability::Durability;
pub use self::lease::LEASE_SIGNAL;
pub use self::leftover::{clear_up_projects, is_temporary};
pub use self::removal::remove_directory;
pub use self::transfer::{Place, transfer};

use self::leftover::{Leftover, beside, remove_unfinished_project};
use self::original::Original;
use self::temporary::{Temporary, rename};
use super::{Folder, FoundFile, file_times, stamp, state};
use crate::disk::Found;
use crate::fault::{self, Fault};
use crate::name::TaskPath;
use crate::project::settings::FILE_NAME;
use rustix::fd::OwnedFd;
use rustix::fs::{self, AtFlags, Mode, OFlags, Statx};
use rustix::io::Errno;
use std::path::Path;

/// What the names of temporary files start with. The dot keeps them out of every listing.
pub const TEMPORARY_PREFIX: &str = ".taskmd-";

/// How often it is tried to remove a temporary file.
const DISCARD_TRIES: usize = 2;

/// Why nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Somebody else changed, moved or removed the file meanwhile; their version stands.
    #[error("somebody else saved the file meanwhile")]
    Lost,
    /// There is a file of that name.
    #[error("the file exists")]
    Exists,
    /// No room, or none left of a quota.
    #[error("no space is left")]
    Full,
    /// The file system is read-only.
    #[error("the file system is read-only")]
    ReadOnly,
    /// The server may not write here.
    #[error("permission denied")]
    Denied,
    /// The system has no descriptors or no memory left for it now.
    #[error("no descriptors or no memory")]
    Exhausted,
    /// Anything else of the system's.
    #[error("input/output: {0}")]
    Io(Errno),
}

impl From<Errno> for WriteError {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NOSPC | Errno::DQUOT | Errno::FBIG => Self::Full,
            Errno::ROFS => Self::ReadOnly,
            Errno::ACCESS | Errno::PERM => Self::Denied,
            Errno::EXIST => Self::Exists,
            Errno::MFILE | Errno::NFILE | Errno::NOMEM => Self::Exhausted,
            other => Self::Io(other),
        }
    }
}

impl Folder {
    /// Writes a temporary file. Where there is no room, the files that are held only in case go first.
    fn temporary<'a>(
        &self,
        directory: &'a OwnedFd,
        bytes: &[u8],
        original: Option<&Original<'_>>,
    ) -> Result<Temporary<'a>, WriteError> {
        let write = || Temporary::write(directory, self.durability, bytes, original);
        match write() {
            Err(WriteError::Full) if self.displaced.let_all_go() => write(),
            done => done,
        }
    }

    /// Writes a new file.
    ///
    /// # Errors
    /// [`WriteError::Exists`] when there is one of that name; the others as they say. Nothing is left behind.
    pub fn create(&self, path: &TaskPath, bytes: &[u8]) -> Result<FoundFile, WriteError> {
        self.create_like(path, bytes, None)
    }

    /// Writes a new file, with the mode, owner and attributes of another.
    fn create_like(
        &self,
        path: &TaskPath,
        bytes: &[u8],
        original: Option<&Original<'_>>,
    ) -> Result<FoundFile, WriteError> {
        let directory = self.directory_of(path)?;
        let mut temporary = self.temporary(&directory, bytes, original)?;
        let before = state(&temporary.file)?;
        temporary.rename_to(path.file_name())?;
        // It is there now; not knowing when it changed costs one more look at it.
        let after = state(&temporary.file).unwrap_or(before);
        drop(temporary);
        if let Err(errno) = self.durability.sync_directory(&directory) {
            // It may not be on the disk, so it must not be there either.
            if let Err(error) = self.take_away(path, bytes, |_| Ok(())) {
                tracing::warn!(%error, "a file that could not be synced stays");
            }
            return Err(errno.into());
        }
        Ok(found(bytes, &after))
    }

    /// Writes `bytes` over a file that holds `base`.
    ///
    /// # Errors
    /// [`WriteError::Lost`] when the file holds something else by then, or somebody is writing it; the others as they
    /// say. The file holds what it held, and nothing is left behind.
    pub fn replace(
        &self,
        path: &TaskPath,
        base: &[u8],
        bytes: &[u8],
    ) -> Result<FoundFile, WriteError> {
        let (directory, name) = (self.directory_of(path)?, path.file_name());
        let mut original = Original::open(&directory, name, base)?;
        let mut temporary = self.temporary(&directory, bytes, Some(&original))?;
        original.hold()?;
        temporary.mark(&Leftover::taken(name, Some(bytes), base))?;
        let before = state(&temporary.file)?;
        match temporary.exchange_with(name, &original) {
            Err(WriteError::Io(Errno::INVAL | Errno::NOSYS)) => {
                self.replace_unexchanged(path, base, temporary, bytes)
            }
            Err(error) => Err(error),
            Ok(()) => {
                let after = state(&temporary.file).unwrap_or(before);
                drop(temporary);
                if let Some(held) = original.into_held(path, Some(bytes)) {
                    self.keep_in_sight(held);
                }
                Ok(found(bytes, &after))
            }
        }
    }

    /// For file systems that cannot exchange two names (FAT, some network ones): compare, then rename.
    fn replace_unexchanged(
        &self,
        path: &TaskPath,
        base: &[u8],
        mut temporary: Temporary<'_>,
        bytes: &[u8],
    ) -> Result<FoundFile, WriteError> {
        match self.read(path, base.len() as u64)? {
            Found::File(file) if file.bytes == base => {}
            Found::File(_) | Found::Absent | Found::Refused(_) | Found::Changing => {
                return Err(WriteError::Lost);
            }
        }
        if let Some(name) = temporary.name.take() {
            fs::renameat(
                temporary.directory,
                &name,
                temporary.directory,
                path.file_name(),
            )?;
        }
        self.durability.sync_directory(temporary.directory)?;
        Ok(found(bytes, &state(&temporary.file)?))
    }

    /// Removes a file that holds `base`.
    ///
    /// # Errors
    /// [`WriteError::Lost`] when it holds something else by then, or is gone, or somebody is writing it; the others as
    /// they say. The file is there then.
    pub fn remove(&self, path: &TaskPath, base: &[u8]) -> Result<(), WriteError> {
        self.take_away(path, base, |directory| {
            self.durability.sync_directory(directory)
        })
    }

    fn take_away(
        &self,
        path: &TaskPath,
        base: &[u8],
        sync: impl FnOnce(&OwnedFd) -> Result<(), Errno>,
    ) -> Result<(), WriteError> {
        let directory = self.directory_of(path)?;
        let mut original = Original::open(&directory, path.file_name(), base)?;
        original.hold()?;
        self.take_away_held(path, &directory, original, sync)
    }

    fn take_away_held(
        &self,
        path: &TaskPath,
        directory: &OwnedFd,
        original: Original<'_>,
        sync: impl FnOnce(&OwnedFd) -> Result<(), Errno>,
    ) -> Result<(), WriteError> {
        let name = path.file_name();
        let aside = Leftover::taken(name, None, original.base);
        match rename(directory, name, &aside) {
            Err(Errno::NOENT) => return Err(WriteError::Lost),
            done => done?,
        }
        let removed = if original.is_at_rest_at(directory, &aside) {
            sync(directory).map_err(WriteError::from)
        } else {
            Err(WriteError::Lost)
        };
        let error = match removed {
            Ok(()) if original.is_at_rest() => {
                discard(directory, &aside);
                if let Some(held) = original.into_held(path, None) {
                    self.keep_in_sight(held);
                }
                return Ok(());
            }
            Ok(()) => WriteError::Lost,
            Err(error) => error,
        };
        // Somebody saved just before: their file goes back, or beside the one that they have made since.
        if rename(directory, &aside, name).is_err() {
            rename(directory, &aside, &beside(name))?;
        }
        Err(error)
    }

    /// Reads a file that nobody is writing, and keeps whoever is about to waiting until it is read. One that is being
    /// written is [`Found::Changing`], where the system can tell.
    ///
    /// # Errors
    /// As [`Folder::read`].
    pub fn read_at_rest(&self, path: &TaskPath, bytes_max: u64) -> Result<Found, Errno> {
        self.read_if(path, bytes_max, |file| {
            fault::is(Fault::NoLease) || lease::take(file).is_ok()
        })
    }

    fn directory_of(&self, path: &TaskPath) -> Result<OwnedFd, WriteError> {
        let opened = self.open_below(path.directory(), OFlags::RDONLY | OFlags::DIRECTORY);
        opened.map_err(|errno| match errno {
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP => WriteError::Lost,
            other => other.into(),
        })
    }
}

fn found(bytes: &[u8], stat: &Statx) -> FoundFile {
    FoundFile {
        bytes: bytes.to_vec(),
        stamp: stamp(stat),
        times: file_times(stat),
    }
}

/// Removes a temporary file that nobody needs. One that the disk will not let go of stays for the next start to find.
fn discard(directory: &OwnedFd, name: &str) {
    // An interrupted call, or a passing error, is no reason to leave it.
    for _ in 0..DISCARD_TRIES {
        match fs::unlinkat(directory, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => return,
            Err(error) => tracing::warn!(%name, %error, "a temporary file could not be removed"),
        }
    }
}

/// A random number, for names that nobody else picks.
#[must_use]
pub fn random() -> u64 {
    // Without the system's randomness there is no safe name: the clock and the process are what is left.
    getrandom::u64().unwrap_or_else(|_| {
        let nanoseconds = jiff::Timestamp::now().as_nanosecond();
        u64::try_from(nanoseconds & i128::from(u64::MAX)).unwrap_or(0)
            ^ u64::from(std::process::id())
    })
}

/// Makes a directory with a project.yaml of this text in it. It gets its name when it is whole.
///
/// # Errors
/// [`WriteError::Exists`] when the name is taken; the others as they say. Nothing is left behind.
pub fn create_directory(
    root: &Path,
    name: &str,
    settings: &str,
    durability: Durability,
) -> Result<(), WriteError> {
    let parent = Folder::open(root)?.with(durability);
    let aside = Leftover::unfinished();
    fs::mkdirat(&parent.directory, &aside, Mode::from_raw_mode(0o777))?;
    let settings_path = TaskPath::parse(FILE_NAME).ok_or(WriteError::Exists)?;
    let written = Folder::open(&root.join(&aside))
        .map(|folder| folder.with(durability))
        .map_err(WriteError::from)
        .and_then(|folder| {
            folder.create(&settings_path, settings.as_bytes())?;
            rename(&parent.directory, &aside, name)?;
            durability
                .sync_directory(&parent.directory)
                .map_err(|errno| {
                    // It may not be on the disk, so it must not be there either.
                    rename(&parent.directory, name, &aside)
                        .err()
                        .unwrap_or(errno)
                        .into()
                })
        });
    match written {
        Ok(()) => Ok(()),
        Err(error) => {
            if let Err(error) = remove_unfinished_project(&parent, &aside) {
                tracing::warn!(%error, "the temporary directory of a new project could not be removed");
            }
            Err(error)
        }
    }
}
