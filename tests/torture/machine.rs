//! Where a seed lives: a small disk of its own where that can be had, and a folder where not.

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
pub fn signal(pid: u32, signal: rustix::process::Signal) {
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
