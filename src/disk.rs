//! The disk: the only code that opens, reads, writes, moves or removes a user's file.
//!
//! Everything is resolved beneath a held directory ([`Folder`]), without following a symbolic link on the way, so
//! no name in a project can lead out of it, whatever is swapped meanwhile. Writing never overwrites: see [`mod@write`].
//! What it refuses to know: what a task is.

pub mod walk;
pub mod write;

use crate::name::TaskPath;
use crate::project::Stamp;
use crate::project::problem::ProblemKind;
use crate::task::document::FileTimes;
use jiff::Timestamp;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{
    self, Access, AtFlags, FileType, FlockOperation, Mode, OFlags, ResolveFlags, Statx, StatxFlags,
    StatxTimestamp,
};
use rustix::io::Errno;
use std::path::{Path, PathBuf};
use std::time::Duration;
use write::Durability;
use write::displaced::Displaced;

/// How often a file that changes while it is read is read anew before that is left to the next look.
const READ_TRIES: usize = 3;
/// A state of a file counts as settled when its change time is this far back: coarser than any file system's clock.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

/// File systems that change without this system's doing: NFS, SMB, CIFS, AFS, Ceph, 9p, FUSE, VirtualBox (statfs(2)).
const CHANGES_ELSEWHERE: [u32; 8] = [
    0x6969,
    0xFE53_4D42,
    0xFF53_4D42,
    0x5346_414F,
    0x00C3_6400,
    0x0102_1997,
    0x6573_5546,
    0x786F_4256,
];

/// A directory that is held open: a project's, or the root of all.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    directory: OwnedFd,
    displaced: Displaced,
    durability: Durability,
}

/// What stands at a path.
#[derive(Debug)]
pub enum Found {
    /// Nothing.
    Absent,
    /// A regular file.
    File(FoundFile),
    /// Something that is not read as a task.
    Refused(ProblemKind),
    /// A file that somebody is writing.
    Changing,
}

/// A file's bytes, and what the system says of it.
#[derive(Debug)]
pub struct FoundFile {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Tells this state from another.
    pub stamp: Stamp,
    /// When it was made and last written.
    pub times: FileTimes,
}

impl Folder {
    /// Opens a directory and holds it.
    ///
    /// # Errors
    /// The system's, when it is none or may not be read.
    pub fn open(path: &Path) -> Result<Self, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = fs::open(path, flags, Mode::empty())?;
        Ok(Self {
            path: path.to_owned(),
            directory,
            displaced: Displaced::default(),
            durability: Durability::default(),
        })
    }

    /// This folder, with writes that are answered then.
    #[must_use]
    pub fn with(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    /// Where the directory was when it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes a lock on it that one holds at a time, and that ends with its holder. False when somebody else has it.
    #[must_use]
    pub fn lock(&self) -> bool {
        fs::flock(&self.directory, FlockOperation::NonBlockingLockExclusive).is_ok()
    }

    /// Is it another machine's, or another program's? What changes there is not all told of here.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        is_on(&self.directory, &CHANGES_ELSEWHERE)
    }

    /// Lets go of files that were held because somebody might have been about to write them.
    pub fn let_go(&self) {
        self.displaced.let_go();
    }

    /// Could a file be made in it: is there room, and is it allowed?
    #[must_use]
    pub fn is_writable(&self) -> bool {
        let may = fs::accessat(&self.directory, ".", Access::WRITE_OK, AtFlags::EACCESS).is_ok();
        // File systems that make their inodes as they go say 0 of 0.
        let has_room = |fs: fs::StatVfs| fs.f_bavail > 0 && (fs.f_files == 0 || fs.f_favail > 0);
        may && fs::fstatvfs(&self.directory).is_ok_and(has_room)
    }

    /// Does its path still lead to it? Not when it was moved, removed, or replaced by another; but a disk that fails for
    /// a moment has moved nothing.
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        let identity = |stat: fs::Stat| (stat.st_dev, stat.st_ino);
        let held = fs::fstat(&self.directory).map(identity);
        let there = fs::lstat(&self.path).map(identity);
        match (held, there) {
            (Ok(held), Ok(there)) => held == there,
            // STALE, NOTCONN: another machine's directory, out of reach.
            (Err(errno), _) | (_, Err(errno)) => !matches!(
                errno,
                Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::STALE | Errno::NOTCONN
            ),
        }
    }

    /// Reads the file at a path, up to `bytes_max` bytes.
    ///
    /// # Errors
    /// The system's, for what may pass: no descriptors, no memory, a broken disk.
    pub fn read(&self, path: &TaskPath, bytes_max: u64) -> Result<Found, Errno> {
        self.read_if(path, bytes_max, |_| true)
    }

    /// Reads the file at a path, if that is well once it is open.
    fn read_if(
        &self,
        path: &TaskPath,
        bytes_max: u64,
        is_well: impl FnOnce(BorrowedFd<'_>) -> bool,
    ) -> Result<Found, Errno> {
        // Without NONBLOCK, a pipe would hold the reader for ever.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = match self.open_below(path.as_str(), flags) {
            Ok(file) => file,
            Err(errno) => return not_opened(errno),
        };
        if !is_well(file.as_fd()) {
            return Ok(Found::Changing);
        }
        read_stable(&file, bytes_max)
    }

    /// Looks at a path without opening it. `None` when nothing is there.
    #[must_use]
    pub fn look(&self, path: &TaskPath) -> Option<Stamp> {
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        fs::statx(
            &self.directory,
            path.as_str(),
            flags,
            StatxFlags::BASIC_STATS,
        )
        .ok()
        .map(|stat| stamp(&stat))
    }

    /// The names of all that lies in it. One that is no UTF-8 is shown as well as it can be.
    ///
    /// # Errors
    /// The system's.
    pub fn names(&self) -> Result<Vec<String>, Errno> {
        let entries = fs::Dir::read_from(&self.directory)?;
        let name = |entry: Result<fs::DirEntry, Errno>| {
            entry.map(|entry| entry.file_name().to_string_lossy().into_owned())
        };
        let mut names: Vec<_> = entries.map(name).collect::<Result<_, _>>()?;
        names.retain(|name| name != "." && name != "..");
        Ok(names)
    }

    /// Is there a directory of this path?
    #[must_use]
    pub fn has_directory(&self, path: &str) -> bool {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        self.open_below(path, flags).is_ok()
    }

    /// Opens something below this directory, and nothing outside it.
    fn open_below(&self, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
        let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let path = if path.is_empty() { "." } else { path };
        let resolve =
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        loop {
            match fs::openat2(&self.directory, path, flags, Mode::empty(), resolve) {
                // AGAIN: something was renamed on the way while it was resolved.
                Err(Errno::INTR | Errno::AGAIN) => {}
                // Kernels before 5.6, and some sandboxes, know no openat2.
                Err(Errno::NOSYS | Errno::PERM) => {
                    return open_by_segments(self.directory.as_fd(), path, flags);
                }
                opened => return opened,
            }
        }
    }
}

/// What [`Folder::open_below`] does, one segment at a time: no segment may be a symbolic link.
fn open_by_segments(start: BorrowedFd<'_>, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    let (directories, name) = path.rsplit_once('/').unwrap_or(("", path));
    let step = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut at = fs::openat(start, ".", step, Mode::empty())?;
    for segment in directories.split('/').filter(|segment| !segment.is_empty()) {
        at = fs::openat(&at, segment, step, Mode::empty())?;
    }
    fs::openat(&at, name, flags, Mode::empty())
}

fn not_opened(errno: Errno) -> Result<Found, Errno> {
    match errno {
        Errno::NOENT | Errno::NOTDIR => Ok(Found::Absent),
        // XDEV: the path would have left the project.
        Errno::LOOP | Errno::XDEV => Ok(Found::Refused(ProblemKind::UnsafeLink)),
        // A socket, or a device without a driver.
        Errno::NXIO | Errno::NODEV => Ok(Found::Refused(ProblemKind::NotAFile)),
        Errno::ACCESS | Errno::PERM => {
            Ok(Found::Refused(ProblemKind::Unreadable("permission denied")))
        }
        Errno::NAMETOOLONG => Ok(Found::Refused(ProblemKind::Unreadable(
            "its path is too long",
        ))),
        other => Err(other),
    }
}

/// Reads a file whose state is the same before and after.
fn read_stable(file: &OwnedFd, bytes_max: u64) -> Result<Found, Errno> {
    let mut before = state(file)?;
    if FileType::from_raw_mode(u32::from(before.stx_mode)) != FileType::RegularFile {
        return Ok(Found::Refused(ProblemKind::NotAFile));
    }
    for _ in 0..READ_TRIES {
        if before.stx_size > bytes_max {
            return Ok(Found::Refused(ProblemKind::TooLarge {
                limit_bytes: bytes_max,
            }));
        }
        let bytes = read_all(file, before.stx_size)?;
        let after = state(file)?;
        if stamp(&before) == stamp(&after) && bytes.len() as u64 == after.stx_size {
            let stamp = stamp(&after);
            let times = file_times(&after);
            return Ok(Found::File(FoundFile {
                bytes,
                stamp,
                times,
            }));
        }
        before = after;
    }
    Ok(Found::Changing)
}

/// Reads as many bytes as the file is said to have; whether these are all is for its state to tell, which is asked again.
fn read_all(file: &OwnedFd, size: u64) -> Result<Vec<u8>, Errno> {
    let size = usize::try_from(size).map_err(|_| Errno::FBIG)?;
    let mut bytes = Vec::with_capacity(size);
    while bytes.len() < size {
        let place = bytes.len() as u64;
        match rustix::io::pread(file, rustix::buffer::spare_capacity(&mut bytes), place) {
            Ok(0) => break,
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(bytes)
}

fn state(file: impl AsFd) -> Result<Statx, Errno> {
    fs::statx(
        file,
        "",
        AtFlags::EMPTY_PATH,
        StatxFlags::BASIC_STATS | StatxFlags::BTIME,
    )
}

fn nanoseconds(time: StatxTimestamp) -> i128 {
    i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
}

fn stamp(stat: &Statx) -> Stamp {
    let device = (u64::from(stat.stx_dev_major) << 32) | u64::from(stat.stx_dev_minor);
    let changed = nanoseconds(stat.stx_ctime);
    let age = Timestamp::now().as_nanosecond() - changed;
    Stamp {
        file: (device, stat.stx_ino),
        size: stat.stx_size,
        modified: nanoseconds(stat.stx_mtime),
        changed,
        is_settled: u128::try_from(age).is_ok_and(|age| age > SETTLED_AFTER.as_nanos()),
    }
}

/// Is this on one of these file systems?
fn is_on(file: impl AsFd, kinds: &[u32]) -> bool {
    fs::fstatfs(file).is_ok_and(|stat| {
        u32::try_from(stat.f_type & 0xFFFF_FFFF).is_ok_and(|kind| kinds.contains(&kind))
    })
}

fn file_times(stat: &Statx) -> FileTimes {
    let has_birth = StatxFlags::from_bits_retain(stat.stx_mask).contains(StatxFlags::BTIME);
    let modified = stat.stx_mtime;
    // A copy that keeps its times is older than its own birth.
    let is_older = nanoseconds(modified) < nanoseconds(stat.stx_btime);
    let created = if has_birth && !is_older {
        stat.stx_btime
    } else {
        modified
    };
    FileTimes {
        created: rfc3339(created),
        modified: rfc3339(modified),
    }
}

fn rfc3339(time: StatxTimestamp) -> String {
    let timestamp = Timestamp::from_second(time.tv_sec).unwrap_or(Timestamp::UNIX_EPOCH);
    timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests;
