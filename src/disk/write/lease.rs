//! A read lease on a file: the kernel's word that nobody has it open for writing.
//!
//! It is given only while no descriptor or mapping can write to the file. Whoever opens it for writing from then on
//! waits in `open` until the lease is given up, and we can ask whether somebody does. That is what tells a file at
//! rest from one that an editor is writing in place: comparing its bytes cannot (fcntl(2), "Leases").
//!
//! The only unsafe code of taskmd: no crate offers these three commands.

#![expect(unsafe_code, reason = "no crate offers F_SETLEASE")]

use crate::disk::is_on;
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::Errno;

/// Somebody has the file open for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InUse;

/// Which signal tells of a lease that is being broken (linux/fcntl.h; libc does not have it).
const F_SETSIG: libc::c_int = 10;
/// File systems whose leases depend on their servers, and who say "in use" for "no": NFS, SMB and CIFS (statfs(2)).
const LEASES_ELSEWHERE: [u32; 3] = [0x6969, 0xFE53_4D42, 0xFF53_4D42];

/// By which signal we are told that somebody waits for us. SIGIO, which it is by default, would end the process; SIGURG
/// is ignored unless somebody asks for it.
pub const LEASE_SIGNAL: libc::c_int = libc::SIGURG;

/// Takes a read lease, which ends with the descriptor. False where the system gives none: on some file systems, and
/// to one who neither owns the file nor is root.
///
/// # Errors
/// [`InUse`].
pub(super) fn take(file: BorrowedFd<'_>) -> Result<bool, InUse> {
    if fcntl(file, F_SETSIG, LEASE_SIGNAL).is_err() {
        return Ok(false);
    }
    match fcntl(file, libc::F_SETLEASE, libc::F_RDLCK) {
        Ok(_) => Ok(true),
        Err(Errno::AGAIN) if !is_on(file, &LEASES_ELSEWHERE) => Err(InUse),
        Err(_) => Ok(false),
    }
}

/// Gives it up: whoever waits to write may.
pub(super) fn give_up(file: BorrowedFd<'_>) {
    if let Err(error) = fcntl(file, libc::F_SETLEASE, libc::F_UNLCK) {
        tracing::debug!(%error, "a lease was gone already");
    }
}

/// Is the lease still whole: has nobody asked to write since it was taken?
pub(super) fn is_whole(file: BorrowedFd<'_>) -> bool {
    fcntl(file, libc::F_GETLEASE, 0) == Ok(libc::F_RDLCK)
}

fn fcntl(
    file: BorrowedFd<'_>,
    command: libc::c_int,
    argument: libc::c_int,
) -> Result<libc::c_int, Errno> {
    // SAFETY: the descriptor is open as long as it is borrowed; these commands take a number and touch no memory of ours.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), command, argument) };
    if result >= 0 {
        return Ok(result);
    }
    let error = std::io::Error::last_os_error();
    Err(Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fd::AsFd;
    use std::fs::OpenOptions;
    use tempfile::NamedTempFile;

    #[test]
    fn a_writer_refuses_and_breaks_it() {
        let file = NamedTempFile::new().unwrap();
        let reader = OpenOptions::new().read(true).open(file.path()).unwrap();
        // The temporary file is open for writing.
        assert_eq!(take(reader.as_fd()), Err(InUse));
        let path = file.into_temp_path();
        if take(reader.as_fd()) == Ok(false) {
            return; // This file system gives none.
        }
        assert!(is_whole(reader.as_fd()));
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| OpenOptions::new().append(true).open(&path).unwrap());
            while is_whole(reader.as_fd()) {
                std::thread::yield_now();
            }
            assert!(!writer.is_finished());
            drop(reader);
            drop(writer.join().unwrap());
        });
    }
}
