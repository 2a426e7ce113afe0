//! Programs that are not to be had in a test, by the system calls that they are known to make.

use super::{Scenario, run_all};
use crate::support::{Server, put};
use rustix::fs::{self, AtFlags, CWD, Mode, OFlags, RenameFlags};
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;

const NEW: &str = "---\nid: A\nstatus: done\n---\n\nfirst\n";

fn open(path: &Path, flags: OFlags) -> std::fs::File {
    let mode = Mode::from_raw_mode(0o644);
    fs::open(path, flags | OFlags::CLOEXEC, mode)
        .unwrap()
        .into()
}

fn write_new(path: &Path) {
    let mut file = open(path, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL);
    file.write_all(NEW.as_bytes()).unwrap();
    file.sync_all().unwrap();
}

/// VS Code: truncates, writes, syncs, closes.
fn vs_code(root: &Path) {
    let mut file = open(&root.join("p/a.md"), OFlags::WRONLY | OFlags::TRUNC);
    file.write_all(NEW.as_bytes()).unwrap();
    file.sync_data().unwrap();
}

/// VS Code with `files.experimental.atomicWrite`.
fn vs_code_atomic(root: &Path) {
    let temporary = root.join("p/a.md.vsctmp");
    write_new(&temporary);
    fs::rename(temporary, root.join("p/a.md")).unwrap();
}

/// IntelliJ and its family, with safe write: the old file steps aside until the new one is in place.
fn jetbrains(root: &Path) {
    let path = |name: &str| root.join("p").join(name);
    write_new(&path("a.md___jb_tmp___"));
    fs::rename(path("a.md"), path("a.md___jb_old___")).unwrap();
    fs::rename(path("a.md___jb_tmp___"), path("a.md")).unwrap();
    fs::unlink(path("a.md___jb_old___")).unwrap();
}

/// IntelliJ without safe write: opens for writing, and cuts off what is left over.
fn jetbrains_in_place(root: &Path) {
    let mut file = open(&root.join("p/a.md"), OFlags::WRONLY);
    file.write_all(NEW.as_bytes()).unwrap();
    file.set_len(NEW.len() as u64).unwrap();
}

/// gedit, GNOME Text Editor and whatever else saves through GLib; here with the backup that it can make.
fn glib(root: &Path) {
    let path = |name: &str| root.join("p").join(name);
    write_new(&path(".goutputstream-X4R2T2"));
    fs::link(path("a.md"), path("a.md~")).unwrap();
    fs::rename(path(".goutputstream-X4R2T2"), path("a.md")).unwrap();
}

/// Kate and whatever else saves through Qt's QSaveFile: a file without a name, which gets one beside, then the name.
fn qt(root: &Path) {
    let temporary = root.join("p/a.md.kXqZbW");
    publish(root, &temporary, NEW);
    fs::rename(temporary, root.join("p/a.md")).unwrap();
}

/// Helix: the old file is the backup until the new one is written.
fn helix(root: &Path) {
    let path = |name: &str| root.join("p").join(name);
    fs::rename(path("a.md"), path(".a.mdTzVq3x.bck")).unwrap();
    write_new(&path("a.md"));
    fs::unlink(path(".a.mdTzVq3x.bck")).unwrap();
}

/// A file without a name is written, and then linked to one.
fn publish(root: &Path, path: &Path, text: &str) {
    let mut file = open(&root.join("p"), OFlags::WRONLY | OFlags::TMPFILE);
    file.write_all(text.as_bytes()).unwrap();
    let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
    fs::linkat(CWD, unnamed, CWD, path, AtFlags::SYMLINK_FOLLOW).unwrap();
}

fn publish_new(root: &Path) {
    publish(root, &root.join("p/new.md"), "hello\n");
}

/// Two names change places in one step.
fn exchange(root: &Path) {
    let (a, b) = (root.join("p/a.md"), root.join("p/sub/c.md"));
    fs::renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE).unwrap();
}

/// A new version changes places with the old one, as taskmd itself does it.
fn exchange_with_temporary(root: &Path) {
    let (new, old) = (root.join("p/.new"), root.join("p/a.md"));
    put(&new, NEW.as_bytes());
    fs::renameat_with(CWD, &new, CWD, old, RenameFlags::EXCHANGE).unwrap();
    fs::unlink(new).unwrap();
}

/// The kernel copies, as `cp --reflink` and file managers have it.
fn copy_in_the_kernel(root: &Path) {
    let from = open(&root.join("p/a.md"), OFlags::RDONLY);
    let into = open(&root.join("p/.copy"), OFlags::WRONLY | OFlags::CREATE);
    fs::copy_file_range(from.as_fd(), None, into.as_fd(), None, 4096).unwrap();
    fs::rename(root.join("p/.copy"), root.join("p/sub/c.md")).unwrap();
    fs::unlink(root.join("p/a.md")).unwrap();
}

/// Writes byte by byte and closes once.
fn byte_by_byte(root: &Path) {
    let mut file = open(&root.join("p/a.md"), OFlags::WRONLY | OFlags::TRUNC);
    for byte in NEW.as_bytes() {
        file.write_all(&[*byte]).unwrap();
    }
}

#[test]
fn programs_by_their_system_calls() {
    run_all(&[
        Scenario::calls("VS Code", vs_code, "updated A"),
        Scenario::calls("VS Code, atomic", vs_code_atomic, "updated A"),
        Scenario::calls("JetBrains, safe write", jetbrains, "updated A"),
        Scenario::calls("JetBrains, in place", jetbrains_in_place, "updated A"),
        Scenario::calls("gedit", glib, "updated A"),
        Scenario::calls("Kate", qt, "updated A"),
        Scenario::calls("Helix", helix, "updated A"),
        Scenario::calls("O_TMPFILE and linkat", publish_new, "created new"),
        Scenario::calls("exchange of two", exchange, "updated A, updated C"),
        Scenario::calls(
            "exchange with a temporary",
            exchange_with_temporary,
            "updated A",
        ),
        Scenario::calls(
            "copy_file_range over another",
            copy_in_the_kernel,
            "deleted C, updated A",
        ),
        Scenario::calls("byte by byte", byte_by_byte, "updated A"),
    ]);
}

/// A client that has shaken hands misses nothing, not even what is saved in that very moment.
#[test]
fn a_save_right_after_the_handshake() {
    let server = Server::start_with(&[("p/a.md", Some("hi\n"))], &[]);
    for number in 0..150 {
        let mut client = server.connect("p");
        server.write("p/a.md", &format!("{number}\n"));
        assert_eq!(client.next_events(1), ["updated a"]);
    }
}
