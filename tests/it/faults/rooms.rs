//! Real file systems that are full, or read-only, and then are not any more.

use super::{Scene, are_missing};
use crate::crash::tree;
use crate::crash::{FILES_BEFORE, Operation};
use crate::support::put;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A file system in memory, with the files that are there before. It is unmounted when dropped.
pub struct Room(TempDir);

impl Room {
    fn new(options: &str) -> Self {
        let room = Self(TempDir::new().unwrap());
        mount(&["-t", "tmpfs", "-o", options, "taskmd-test"], room.path());
        tree::write(room.path(), &tree::tree(&FILES_BEFORE));
        room
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Fills it to the last byte but so many.
    fn fill(&self, bytes_left: u64) {
        let mut filler = std::fs::File::create(self.filler()).unwrap();
        while filler.write_all(&[b'x'; 512]).is_ok() {}
        let n_bytes = filler.metadata().unwrap().len();
        filler.set_len(n_bytes - bytes_left).unwrap();
    }

    /// Takes all inodes.
    fn crowd(&self) {
        std::fs::create_dir(self.filler()).unwrap();
        let mut names = (0..).map(|number| self.filler().join(format!("{number}")));
        while std::fs::File::create(names.next().unwrap()).is_ok() {}
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // With -l, because the server of a test that has failed may still be there.
        drop(Command::new("umount").arg("-l").arg(self.path()).status());
    }
}

fn mount(arguments: &[&str], at: &Path) {
    let status = Command::new("mount")
        .args(arguments)
        .arg(at)
        .status()
        .unwrap();
    assert!(status.success(), "mount {arguments:?}");
}

#[test]
fn a_full_disk() {
    if are_missing("a full disk", &["mount", "umount"]) {
        return;
    }
    let room = Room::new("size=256k");
    let mut scene = Scene::over(room.path());
    room.fill(20_000);
    // Half of it could be written.
    for operation in [Operation::patch(), Operation::post()] {
        scene.refuses(&operation.of_bytes(40_000), (507, "storage_full"));
    }
    put(&room.filler(), b"");
    scene.accepts(&Operation::patch().of_bytes(40_000));
    scene.accepts(&Operation::post().of_bytes(40_000));
    room.fill(0);
    // What earlier writes have put out of place is held for a moment, and is let go of for this.
    let patch = Operation::patch().of_bytes(120_000);
    scene.refuses(&patch, (507, "storage_full"));
    room.fill(0);
    for operation in [Operation::patch().of_bytes(60), Operation::put()] {
        scene.refuses(&operation, (507, "storage_full"));
    }
    // What takes no room is done.
    scene.accepts(&Operation::delete());
    put(&room.filler(), b"");
    scene.end();
}

#[test]
fn no_more_inodes() {
    if are_missing("no more inodes", &["mount", "umount"]) {
        return;
    }
    let room = Room::new("size=1m,nr_inodes=64");
    let mut scene = Scene::over(room.path());
    room.crowd();
    for operation in [Operation::patch(), Operation::post()] {
        scene.refuses(&operation, (507, "storage_full"));
    }
    std::fs::remove_dir_all(room.filler()).unwrap();
    scene.accepts(&Operation::patch());
    scene.accepts(&Operation::post());
    scene.end();
}

#[test]
fn a_disk_that_is_read_only_for_a_while() {
    if are_missing("a read-only disk", &["mount", "umount"]) {
        return;
    }
    let room = Room::new("size=1m");
    let mut scene = Scene::over(room.path());
    mount(&["-o", "remount,ro"], room.path());
    for operation in [Operation::patch(), Operation::post(), Operation::delete()] {
        scene.refuses(&operation, (503, "read_only"));
    }
    mount(&["-o", "remount,rw"], room.path());
    scene.accepts(&Operation::patch());
    scene.accepts(&Operation::post());
    scene.accepts(&Operation::delete());
    scene.end();
}
