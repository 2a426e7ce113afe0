//! A temporary file beside the one that it is to become.

use super::leftover::Leftover;
use super::original::Original;
use super::{Durability, WriteError, discard};
use crate::disk::state;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{
    self, AtFlags, Gid, Mode, OFlags, RenameFlags, StatxTimestamp, Timespec, Timestamps, Uid,
    XattrFlags,
};
use rustix::io::Errno;

/// Bytes of all names of a file's extended attributes, and of one value: what Linux allows (xattr(7)).
const XATTR_BYTES_MAX: usize = 64 << 10;

/// A temporary file, which is removed when it is dropped with `name` still set.
pub(super) struct Temporary<'a> {
    pub(super) directory: &'a OwnedFd,
    durability: Durability,
    pub(super) name: Option<String>,
    pub(super) file: OwnedFd,
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if let Some(name) = self.name.take() {
            discard(self.directory, &name);
        }
    }
}

impl<'a> Temporary<'a> {
    /// Writes and syncs a temporary file, with the mode, owner and attributes of `original`.
    pub(super) fn write(
        directory: &'a OwnedFd,
        durability: Durability,
        bytes: &[u8],
        original: Option<&Original<'_>>,
    ) -> Result<Self, WriteError> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let name = Leftover::unfinished();
        // Closed to others until it has its bytes. A file that replaces none gets what the umask leaves.
        let mode = if original.is_some() { 0o600 } else { 0o666 };
        let file = fs::openat(directory, &name, flags, Mode::from_raw_mode(mode))?;
        let temporary = Self {
            directory,
            durability,
            name: Some(name),
            file,
        };
        let mut rest = bytes;
        while !rest.is_empty() {
            let n_written = rustix::io::retry_on_intr(|| rustix::io::write(&temporary.file, rest))?;
            rest = &rest[n_written..];
        }
        if let Some(original) = original {
            temporary.take_after(original)?;
            if original.base == bytes {
                temporary.keep_times_of(original);
            }
        }
        durability.sync_file(&temporary.file)?;
        Ok(temporary)
    }

    /// Takes on the mode, owner and attributes of the file that it is to replace.
    fn take_after(&self, original: &Original<'_>) -> Result<(), WriteError> {
        let stat = &original.stat;
        // Only root may give a file away; for anybody else the owner is the same or the mode must do.
        let (uid, gid) = (Uid::from_raw(stat.stx_uid), Gid::from_raw(stat.stx_gid));
        match fs::fchown(&self.file, Some(uid), Some(gid)) {
            Ok(()) | Err(Errno::PERM) => {}
            Err(errno) => return Err(errno.into()),
        }
        let mode = Mode::from_raw_mode(u32::from(stat.stx_mode) & 0o7777);
        fs::fchmod(&self.file, mode)?;
        if let Err(error) = copy_attributes(&original.file, &self.file) {
            tracing::debug!(%error, "not every extended attribute could be kept");
        }
        Ok(())
    }

    /// What is only moved has not been modified.
    fn keep_times_of(&self, original: &Original<'_>) {
        let time = |time: StatxTimestamp| Timespec {
            tv_sec: time.tv_sec,
            tv_nsec: time.tv_nsec.into(),
        };
        let times = Timestamps {
            last_access: time(original.stat.stx_atime),
            last_modification: time(original.stat.stx_mtime),
        };
        if let Err(error) = fs::futimens(&self.file, &times) {
            tracing::debug!(%error, "a file that is moved does not keep its times");
        }
    }

    /// Gives the file its name, which must be free.
    pub(super) fn rename_to(&mut self, name: &str) -> Result<(), WriteError> {
        let Some(temporary) = &self.name else {
            return Ok(());
        };
        match rename(self.directory, temporary, name) {
            Err(Errno::INVAL | Errno::NOSYS) => {
                // Without NOREPLACE: a hard link fails where the name is taken, and the temporary name is left to drop.
                let directory = self.directory;
                fs::linkat(directory, temporary, directory, name, AtFlags::empty())?;
            }
            Err(errno) => return Err(errno.into()),
            Ok(()) => self.name = None,
        }
        Ok(())
    }

    /// Names the file by what is about to happen to it, for whoever finds it after a crash.
    pub(super) fn mark(&mut self, name: &str) -> Result<(), WriteError> {
        if let Some(temporary) = &self.name {
            fs::renameat(self.directory, temporary, self.directory, name)?;
            self.name = Some(name.to_owned());
        }
        Ok(())
    }

    /// Exchanges this file with the one of that name, makes sure that `original` came out and that nobody has
    /// written it or wants to, and syncs the directory. Where anything is not so, all is as it was.
    pub(super) fn exchange_with(
        &mut self,
        name: &str,
        original: &Original<'_>,
    ) -> Result<(), WriteError> {
        let Some(temporary) = &self.name else {
            return Ok(());
        };
        match self.exchange(temporary, name) {
            Err(Errno::NOENT) => return Err(WriteError::Lost),
            done => done?,
        }
        let error = match self.settle(temporary, original) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let given_back = self.give_back(temporary, name);
        if given_back != WriteError::Lost {
            // The temporary name may hold somebody's only copy now: it stays, and the next start finds it.
            tracing::error!(file = name, kept = %temporary, error = %given_back, "a save could not be put back");
            self.name = None;
            return Err(given_back);
        }
        Err(error)
    }

    fn settle(&self, temporary: &str, original: &Original<'_>) -> Result<(), WriteError> {
        if !original.is_at_rest_at(self.directory, temporary) {
            return Err(WriteError::Lost);
        }
        self.durability.sync_directory(self.directory)?;
        // Whoever had found the old file before the exchange and opens it only now is noticed here.
        if original.is_at_rest() {
            Ok(())
        } else {
            Err(WriteError::Lost)
        }
    }

    fn exchange(&self, temporary: &str, name: &str) -> Result<(), Errno> {
        let directory = self.directory;
        fs::renameat_with(directory, temporary, directory, name, RenameFlags::EXCHANGE)
    }

    /// Puts somebody's save, which came out instead of the base, back under its name. If they save again meanwhile,
    /// that newest save comes out instead of what was put in, and goes back in turn; what it replaced may go.
    /// Returns [`WriteError::Lost`] once that is done.
    fn give_back(&self, temporary: &str, name: &str) -> WriteError {
        let directory = self.directory;
        let inode = || {
            let stat = fs::statat(directory, temporary, AtFlags::SYMLINK_NOFOLLOW);
            stat.map(|stat| stat.st_ino)
        };
        let try_it = || -> Result<(), Errno> {
            let mut put_in = state(&self.file)?.stx_ino;
            loop {
                let going_in = inode()?;
                match self.exchange(temporary, name) {
                    // They have removed it: their save is kept all the same.
                    Err(Errno::NOENT) => return rename(directory, temporary, name),
                    done => done?,
                }
                if inode()? == put_in {
                    return Ok(());
                }
                put_in = going_in;
            }
        };
        try_it().map_or_else(WriteError::from, |()| WriteError::Lost)
    }
}

/// Renames a file to a name that must be free.
pub(super) fn rename(directory: &OwnedFd, from: &str, to: &str) -> Result<(), Errno> {
    fs::renameat_with(directory, from, directory, to, RenameFlags::NOREPLACE)
}

/// Copies what users and access lists have put on a file beside its bytes. What the system keeps for itself stays its.
fn copy_attributes(from: &OwnedFd, to: &OwnedFd) -> Result<(), Errno> {
    let mut names = vec![0; XATTR_BYTES_MAX];
    let n_bytes = match fs::flistxattr(from.as_fd(), &mut names[..]) {
        Ok(n_bytes) => n_bytes,
        Err(Errno::OPNOTSUPP) => 0,
        Err(errno) => return Err(errno),
    };
    if n_bytes == 0 {
        return Ok(());
    }
    let mut value = vec![0; XATTR_BYTES_MAX];
    for name in names[..n_bytes]
        .split(|byte| *byte == 0)
        .filter(|name| name.starts_with(b"user.") || *name == b"system.posix_acl_access")
    {
        let n_bytes = fs::fgetxattr(from, name, &mut value[..])?;
        fs::fsetxattr(to, name, &value[..n_bytes], XattrFlags::empty())?;
    }
    Ok(())
}
