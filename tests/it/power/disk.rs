//! A disk of its own, whose power can be cut.

use crate::crash::tree::Tree;
use crate::support::{eventually, put};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Bytes of the image, which is sparse: XFS wants 300 MB.
const DISK_BYTES: u64 = 400 << 20;

/// A file system in a file, mounted. It is unmounted when dropped.
pub struct Disk {
    folder: TempDir,
    is_mounted: bool,
}

impl Disk {
    /// Makes a file system of this kind, as its own tool does it.
    pub fn new(kind: &str) -> Self {
        let disk = Self {
            folder: TempDir::new().unwrap(),
            is_mounted: false,
        };
        let image = std::fs::File::create(disk.image()).unwrap();
        image.set_len(DISK_BYTES).unwrap();
        std::fs::create_dir(disk.path()).unwrap();
        // Nothing is left to be done behind our back.
        let options: &[&str] = match kind {
            "ext4" => &["-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0"],
            _ => &["-q", "-f"],
        };
        run(Command::new(format!("mkfs.{kind}"))
            .args(options)
            .arg(disk.image()));
        disk
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    /// Where it is mounted.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    /// Mounts it. What its journal holds is done then.
    pub fn mount(&mut self) {
        run(Command::new("mount")
            .args(["-o", "loop"])
            .arg(self.image())
            .arg(self.path()));
        self.is_mounted = true;
    }

    /// Cuts the power: what is not on the disk by now never gets there, the journal included.
    pub fn cut(&self) {
        // Without -f, it does not flush the log: XFS_IOC_GOINGDOWN with flag 2, which ext4 knows too.
        run(Command::new("xfs_io")
            .args(["-x", "-c", "shutdown"])
            .arg(self.path()));
    }

    /// Unmounts it; the loop device goes along.
    pub fn unmount(&mut self) {
        eventually("nobody uses the disk", || {
            is_unmounted(&self.path()).then_some(())
        });
        self.is_mounted = false;
    }

    /// Makes sure that what is not synced is lost, or the tests would show nothing.
    pub fn expect_a_real_cut(&mut self) {
        self.mount();
        let path = self.path().join("unsynced");
        put(&path, b"lost");
        self.cut();
        self.unmount();
        self.mount();
        assert!(!std::fs::read(path).is_ok_and(|bytes| bytes == b"lost"));
        self.unmount();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.is_mounted && !is_unmounted(&self.path()) {
            // A test has failed, and somebody is still there: it goes when they do.
            drop(Command::new("umount").arg("-l").arg(self.path()).status());
        }
    }
}

fn is_unmounted(path: &Path) -> bool {
    Command::new("umount")
        .arg(path)
        .output()
        .unwrap()
        .status
        .success()
}

/// Runs a tool that must succeed.
fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
}

/// The part of a tree that the server and its users have put there.
pub fn own(mut tree: Tree) -> Tree {
    tree.retain(|path, _| path.starts_with("p/"));
    tree
}
