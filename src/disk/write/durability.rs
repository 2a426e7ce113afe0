//! What is waited for before a write is answered: that the disk has it, or nothing.

use crate::fault::{self, Fault};
use rustix::fd::OwnedFd;
use rustix::fs::{self, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

/// When a write is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Once it is on the disk, so a power cut takes nothing that was answered.
    #[default]
    Synced,
    /// Once the kernel has it: a crash of the server takes nothing, but that of the system what it had not yet written, some
    /// 30 seconds.
    Unsynced,
}

impl Durability {
    /// Waits until a file's bytes are where they must be.
    pub(super) fn sync_file(self, file: &OwnedFd) -> Result<(), Errno> {
        if self == Self::Unsynced || fault::is(Fault::NoFileSync) {
            return Ok(());
        }
        retry_on_intr(|| fs::fsync(file))
    }

    /// Waits until a directory's names are where they must be.
    pub(super) fn sync_directory(self, directory: &OwnedFd) -> Result<(), Errno> {
        if self == Self::Unsynced || fault::is(Fault::NoDirectorySync) {
            return Ok(());
        }
        match retry_on_intr(|| fs::fsync(directory)) {
            // A file system that syncs no directories has nothing to wait for.
            Err(Errno::INVAL) => Ok(()),
            Err(errno) => Err(errno),
            // XFS says so as well of a directory whose changes it has just dropped, because an error has shut it down. It
            // opens nothing from then on.
            Ok(()) => {
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
                fs::openat(directory, ".", flags, Mode::empty()).map(drop)
            }
        }
    }
}
