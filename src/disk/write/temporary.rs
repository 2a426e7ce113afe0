//! A temporary file beside the one that it is to become.

use super::{WriteError, holds, temporary_name};
use crate::disk::state;
use rustix::fd::OwnedFd;
use rustix::fs::{self, AtFlags, Gid, Mode, OFlags, RenameFlags, Statx, Uid};
use rustix::io::Errno;

/// A temporary file, which is removed when it is dropped with `name` still set.
pub(super) struct Temporary<'a> {
    pub(super) directory: &'a OwnedFd,
    pub(super) name: Option<String>,
    pub(super) file: OwnedFd,
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if let Some(name) = self.name.take()
            && let Err(error) = fs::unlinkat(self.directory, &name, AtFlags::empty())
            && error != Errno::NOENT
        {
            tracing::warn!(%name, %error, "a temporary file could not be removed");
        }
    }
}

impl<'a> Temporary<'a> {
    /// Writes and syncs a temporary file with the mode and owner of `target`.
    pub(super) fn write(
        directory: &'a OwnedFd,
        bytes: &[u8],
        target: Option<&Statx>,
    ) -> Result<Self, WriteError> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let name = temporary_name();
        // Closed to others until it has its bytes. A file that replaces none gets what the umask leaves.
        let mode = if target.is_some() { 0o600 } else { 0o666 };
        let file = fs::openat(directory, &name, flags, Mode::from_raw_mode(mode))?;
        let temporary = Self {
            directory,
            name: Some(name),
            file,
        };
        let mut rest = bytes;
        while !rest.is_empty() {
            let n_written = rustix::io::retry_on_intr(|| rustix::io::write(&temporary.file, rest))?;
            rest = &rest[n_written..];
        }
        if let Some(target) = target {
            // Only root may give a file away; for anybody else the owner is the same or the mode must do.
            let (uid, gid) = (Uid::from_raw(target.stx_uid), Gid::from_raw(target.stx_gid));
            match fs::fchown(&temporary.file, Some(uid), Some(gid)) {
                Ok(()) | Err(Errno::PERM) => {}
                Err(errno) => return Err(errno.into()),
            }
            fs::fchmod(
                &temporary.file,
                Mode::from_raw_mode(u32::from(target.stx_mode) & 0o7777),
            )?;
        }
        fs::fsync(&temporary.file)?;
        Ok(temporary)
    }

    /// Gives the file its name, which must be free.
    pub(super) fn rename_to(&mut self, name: &str) -> Result<(), WriteError> {
        let Some(temporary) = &self.name else {
            return Ok(());
        };
        let named = fs::renameat_with(
            self.directory,
            temporary,
            self.directory,
            name,
            RenameFlags::NOREPLACE,
        );
        match named {
            Err(Errno::INVAL | Errno::NOSYS) => {
                // Without NOREPLACE: a hard link fails where the name is taken, and the temporary name is left to drop.
                fs::linkat(
                    self.directory,
                    temporary,
                    self.directory,
                    name,
                    AtFlags::empty(),
                )?;
            }
            Err(errno) => return Err(errno.into()),
            Ok(()) => self.name = None,
        }
        Ok(())
    }

    /// Exchanges this file with the one of that name, and makes sure that it held `base`.
    pub(super) fn exchange_with(&mut self, name: &str, base: &[u8]) -> Result<(), WriteError> {
        let Some(temporary) = &self.name else {
            return Ok(());
        };
        match self.exchange(temporary, name) {
            Err(Errno::NOENT) => return Err(WriteError::Lost),
            done => done?,
        }
        if holds(self.directory, temporary, base) {
            return Ok(());
        }
        let given_back = self.give_back(temporary, name);
        if given_back != WriteError::Lost {
            // The temporary name may hold somebody's only copy now: it stays, and whoever reads the log finds it.
            tracing::error!(file = name, kept = %temporary, error = %given_back, "a save could not be put back");
            self.name = None;
        }
        Err(given_back)
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
                    Err(Errno::NOENT) => {
                        return fs::renameat_with(
                            directory,
                            temporary,
                            directory,
                            name,
                            RenameFlags::NOREPLACE,
                        );
                    }
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
