//! The file that is to be replaced or removed, held open, so that it can be recognised when it has come out.

use super::displaced::Held;
use super::{WriteError, lease};
use crate::disk::{Found, read_stable, state};
use crate::fault::{self, Fault};
use crate::name::TaskPath;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Statx};
use rustix::io::Errno;

/// A file, and what it must hold.
pub(super) struct Original<'a> {
    pub(super) file: OwnedFd,
    pub(super) stat: Statx,
    pub(super) base: &'a [u8],
    is_leased: bool,
}

impl<'a> Original<'a> {
    /// Opens the file of that name, which must hold `base` for the write to go on.
    pub(super) fn open(
        directory: &OwnedFd,
        name: &str,
        base: &'a [u8],
    ) -> Result<Self, WriteError> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file =
            fs::openat(directory, name, flags, Mode::empty()).map_err(|errno| match errno {
                // Gone, or something else by now than the file that the change is for.
                Errno::NOENT | Errno::LOOP | Errno::NXIO => WriteError::Lost,
                other => other.into(),
            })?;
        let stat = state(&file)?;
        if FileType::from_raw_mode(u32::from(stat.stx_mode)) != FileType::RegularFile {
            return Err(WriteError::Lost);
        }
        Ok(Self {
            file,
            stat,
            base,
            is_leased: false,
        })
    }

    /// Makes sure that it holds what it must and that nobody is writing it; from here on, nobody can without our
    /// noticing. Where the system gives no lease, only its bytes can be compared.
    pub(super) fn hold(&mut self) -> Result<(), WriteError> {
        self.is_leased = !fault::is(Fault::NoLease)
            && lease::take(self.file.as_fd()).map_err(|lease::InUse| WriteError::Lost)?;
        if self.holds_base() {
            Ok(())
        } else {
            Err(WriteError::Lost)
        }
    }

    /// Is it what has come out under this name, and did nobody write it, or ask to?
    pub(super) fn is_at_rest_at(&self, directory: &OwnedFd, name: &str) -> bool {
        if fault::is(Fault::NoVerify) {
            return true;
        }
        let inode = fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| stat.st_ino);
        inode == Ok(self.stat.stx_ino) && self.is_at_rest()
    }

    /// Did nobody write it since it was held, or ask to?
    pub(super) fn is_at_rest(&self) -> bool {
        match self.is_leased {
            true => lease::is_whole(self.file.as_fd()),
            false => fault::is(Fault::NoVerify) || self.holds_base(),
        }
    }

    /// What is held of it once it has lost its name, where there is a lease to hold.
    pub(super) fn into_held(self, path: &TaskPath, ours: Option<&[u8]>) -> Option<Held> {
        self.is_leased
            .then(|| Held::new(self.file, path, self.base, ours))
    }

    fn holds_base(&self) -> bool {
        let found = read_stable(&self.file, self.base.len() as u64);
        matches!(found, Ok(Found::File(found)) if found.bytes == self.base)
    }
}
