//! Where a seed lives: a small disk of its own where that can be had, and a folder where not.

use crate::support::eventually;
use rustix::process::Signal;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder, perhaps a disk.
pub struct Ground {
    folder: TempDir,
    is_disk: bool,
}

impl Ground {
    /// A disk of 32 MB in memory, or a folder.
    pub fn new(wants_disk: bool) -> Self {
        let folder = TempDir::new().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=32m", "taskmd-torture"]);
        mount.arg(folder.path()).stderr(std::process::Stdio::null());
        let is_disk = wants_disk && mount.status().is_ok_and(|status| status.success());
        Self { folder, is_disk }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Can it be filled up?
    pub fn is_disk(&self) -> bool {
        self.is_disk
    }

    /// Copies what is there to a place that stays.
    pub fn keep(&self) -> PathBuf {
        let kept = TempDir::new().unwrap().keep();
        let mut copy = Command::new("cp");
        let copied = copy.arg("-a").arg(self.path()).arg(&kept).status();
        assert!(copied.unwrap().success());
        kept
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if self.is_disk {
            let mut umount = Command::new("umount");
            // Lazily: a process that is just ending may hold it.
            drop(umount.arg("-l").arg(self.folder.path()).status());
        }
    }
}

/// Sends a signal to a process.
pub fn signal(pid: u32, signal: Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

/// Runs git in a folder; what it cannot do is left undone.
pub fn git(folder: &Path, arguments: &[&str]) -> bool {
    let mut git = Command::new("git");
    git.args([
        "-c",
        "user.name=ana",
        "-c",
        "user.email=a@b.c",
        "-c",
        "gc.auto=0",
    ])
    .args(["-c", "core.fsync=none", "-c", "advice.detachedHead=false"])
    .args(arguments)
    .current_dir(folder)
    .env("GIT_CONFIG_GLOBAL", "/dev/null")
    .env("GIT_CONFIG_NOSYSTEM", "1")
    .stdout(std::process::Stdio::null())
    .stderr(std::process::Stdio::null());
    git.status().is_ok_and(|status| status.success())
}

fn is_stopped(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // Behind the name, which may hold anything (proc_pid_stat(5)).
    stat.rsplit(')').next().unwrap().trim().starts_with('T')
}

/// The inodes of the files that a process has open and that have names.
fn named_inodes(pid: u32) -> BTreeSet<u64> {
    let links = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let open = links.filter_map(|link| fs::read_link(link.ok()?.path()).ok());
    // What has no name any more leads nowhere: `a.md (deleted)`.
    open.filter_map(|path| Some(fs::metadata(path).ok()?.ino()))
        .collect()
}

/// The inodes of the files of which a process has leases.
fn leased_inodes(pid: u32) -> BTreeSet<u64> {
    let owner = pid.to_string();
    let locks = fs::read_to_string("/proc/locks").unwrap();
    let words = locks
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let its = words.filter(|words| words.contains(&"LEASE") && words.contains(&owner.as_str()));
    // Device and inode, as in `fd:00:1234` (proc_locks(5)).
    its.filter_map(|words| {
        let place = words.iter().find(|word| word.split(':').count() == 3)?;
        place.rsplit(':').next()?.parse().ok()
    })
    .collect()
}

/// Stops a process at a moment at which it has no lease of a file with a name: whoever opened that would have to wait, up
/// to 45 s (/proc/sys/fs/lease-break-time).
pub fn stop(pid: u32) {
    eventually("it stops between two writes", || {
        signal(pid, Signal::STOP);
        eventually("it stands still", || is_stopped(pid).then_some(()));
        let delays_nobody = named_inodes(pid).is_disjoint(&leased_inodes(pid));
        if !delays_nobody {
            signal(pid, Signal::CONT);
        }
        delays_nobody.then_some(())
    });
}
