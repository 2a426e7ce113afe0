//! The disk, on a real one: nothing outside is reached, nothing of anybody's is overwritten.

use super::write::WriteError;
use super::write::leftover::Leftover;
use super::*;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use tempfile::TempDir;

mod racing;

const LIMIT: u64 = 1 << 20;

fn folder() -> (TempDir, Folder) {
    let directory = TempDir::new().unwrap();
    let folder = Folder::open(directory.path()).unwrap();
    (directory, folder)
}

fn path(text: &str) -> TaskPath {
    TaskPath::parse(text).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the tests are the editor")]
fn put(directory: &TempDir, name: &str, text: &str) {
    std::fs::write(directory.path().join(name), text).unwrap();
}

/// What is read at a path, shortly.
fn read(folder: &Folder, at: &str) -> String {
    match folder.read(&path(at), LIMIT).unwrap() {
        Found::Absent => "absent".into(),
        Found::Refused(kind) => kind.code().into(),
        Found::Changing => "changing".into(),
        Found::File(file) => String::from_utf8_lossy(&file.bytes).into_owned(),
    }
}

fn names(directory: &TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(directory.path()).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn nothing_but_a_regular_file_of_the_project_is_read() {
    let (directory, folder) = folder();
    put(&directory, "a.md", "hello");
    let at = |name: &str| directory.path().join(name);
    symlink("/etc/passwd", at("out.md")).unwrap();
    symlink("a.md", at("in.md")).unwrap();
    symlink("/etc", at("etc")).unwrap();
    symlink(".", at("loop")).unwrap();
    std::fs::create_dir(at("dir.md")).unwrap();
    let fifo = std::process::Command::new("mkfifo")
        .arg(at("pipe.md"))
        .status()
        .unwrap();
    assert!(fifo.success());
    let socket = std::os::unix::net::UnixListener::bind(at("socket.md")).unwrap();
    for (name, expected) in [
        ("a.md", "hello"),
        ("none.md", "absent"),
        ("none/a.md", "absent"),
        ("a.md/b.md", "absent"),
        ("out.md", "unsafe_link"),
        ("in.md", "unsafe_link"),
        ("etc/passwd", "unsafe_link"),
        ("loop/a.md", "unsafe_link"),
        ("dir.md", "not_a_file"),
        ("pipe.md", "not_a_file"),
        ("socket.md", "not_a_file"),
    ] {
        assert_eq!(read(&folder, name), expected, "{name}");
    }
    drop(socket);
}

#[test]
fn the_way_without_openat2_refuses_the_same() {
    let (directory, folder) = folder();
    put(&directory, "a.md", "hello");
    symlink("/etc", directory.path().join("etc")).unwrap();
    let open = |name| {
        open_by_segments(
            folder.directory.as_fd(),
            name,
            OFlags::RDONLY | OFlags::NOFOLLOW,
        )
    };
    assert!(open("a.md").is_ok());
    assert!(open("etc/passwd").is_err());
}

#[test]
fn a_large_or_sparse_file_is_refused_unread() {
    let (directory, folder) = folder();
    let file = std::fs::File::create(directory.path().join("big.md")).unwrap();
    file.set_len(1 << 40).unwrap();
    assert_eq!(read(&folder, "big.md"), "too_large");
}

#[test]
fn a_write_keeps_mode_and_owner_and_leaves_nothing_behind() {
    let (directory, folder) = folder();
    put(&directory, "a.md", "one");
    let at = directory.path().join("a.md");
    std::fs::set_permissions(&at, std::fs::Permissions::from_mode(0o640)).unwrap();
    let before = at.metadata().unwrap();
    folder.replace(&path("a.md"), b"one", b"two").unwrap();
    let after = at.metadata().unwrap();
    assert_eq!(
        (before.mode(), before.uid(), before.gid()),
        (after.mode(), after.uid(), after.gid())
    );
    assert_eq!(read(&folder, "a.md"), "two");
    assert_eq!(names(&directory), ["a.md"]);
}

#[test]
fn a_write_on_another_base_is_lost_and_the_file_stays() {
    let (directory, folder) = folder();
    put(&directory, "a.md", "theirs");
    assert_eq!(
        folder.replace(&path("a.md"), b"base", b"ours").unwrap_err(),
        WriteError::Lost
    );
    assert_eq!(folder.remove(&path("a.md"), b"base"), Err(WriteError::Lost));
    assert_eq!(
        folder.create(&path("a.md"), b"ours").unwrap_err(),
        WriteError::Exists
    );
    assert_eq!(
        folder.replace(&path("b.md"), b"base", b"ours").unwrap_err(),
        WriteError::Lost
    );
    assert_eq!(read(&folder, "a.md"), "theirs");
    assert_eq!(names(&directory), ["a.md"]);
    assert_eq!(folder.remove(&path("a.md"), b"theirs"), Ok(()));
    assert_eq!(names(&directory), [""; 0]);
}

#[test]
fn a_write_beside_a_hard_link_leaves_the_other_name_alone() {
    let (directory, folder) = folder();
    put(&directory, "a.md", "one");
    std::fs::hard_link(directory.path().join("a.md"), directory.path().join("b.md")).unwrap();
    folder.replace(&path("a.md"), b"one", b"two").unwrap();
    assert_eq!(
        (read(&folder, "a.md"), read(&folder, "b.md")),
        ("two".into(), "one".into())
    );
}

/// What is left of a file after a crash, and after it was cleared up: its content, or the other names.
fn after_clearing_up(directory: &TempDir, folder: &Folder) -> Vec<(String, String)> {
    for name in names(directory) {
        if write::is_temporary(&name) {
            folder.clear_up(&path(&name)).unwrap();
        }
    }
    let content = |name: String| {
        let text = read(folder, &name);
        (name, text)
    };
    names(directory).into_iter().map(content).collect()
}

#[test]
fn what_a_crash_leaves_is_cleared_up_and_a_save_in_it_put_back() {
    let (new, old): (&[u8], &[u8]) = (b"new", b"old");
    let replacing = || Leftover::taken("a.md", Some(new), old);
    let removing = || Leftover::taken("a.md", None, old);
    let one = |text: &str| vec![("a.md".to_owned(), text.to_owned())];
    for (what, temporary, inside, file, expected) in [
        (
            "while writing",
            Leftover::unfinished(),
            "ne",
            Some("old"),
            one("old"),
        ),
        (
            "before the exchange",
            replacing(),
            "new",
            Some("old"),
            one("old"),
        ),
        ("after it", replacing(), "old", Some("new"), one("new")),
        (
            "with a save in it",
            replacing(),
            "saved",
            Some("new"),
            one("saved"),
        ),
        (
            "with a save, and the file gone",
            replacing(),
            "saved",
            None,
            one("saved"),
        ),
        ("while removing", removing(), "old", None, vec![]),
        (
            "while removing, and made again",
            removing(),
            "old",
            Some("again"),
            one("again"),
        ),
        (
            "while removing a save",
            removing(),
            "saved",
            None,
            one("saved"),
        ),
    ] {
        let (directory, folder) = folder();
        put(&directory, &temporary, inside);
        if let Some(text) = file {
            put(&directory, "a.md", text);
        }
        assert_eq!(after_clearing_up(&directory, &folder), expected, "{what}");
    }
}

#[test]
fn of_two_saves_that_a_crash_has_interrupted_both_stay() {
    let (directory, folder) = folder();
    put(
        &directory,
        &Leftover::taken("a.md", Some(b"new"), b"old"),
        "first",
    );
    put(&directory, "a.md", "second");
    let left = after_clearing_up(&directory, &folder);
    let texts: Vec<_> = left.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["second", "first"], "{left:?}");
    // It comes after the task's own file, which stays the one that is listed.
    assert!(left[1].0.starts_with("a.md.conflict-"), "{left:?}");
}

#[test]
fn who_writes_in_place_is_noticed_before_and_during_a_write() {
    let (directory, folder) = folder();
    put(&directory, "a.md", "base");
    let open = || {
        let mut options = std::fs::OpenOptions::new();
        options
            .write(true)
            .open(directory.path().join("a.md"))
            .unwrap()
    };
    let editor = open();
    let outcome = folder.replace(&path("a.md"), b"base", b"ours");
    assert_eq!(outcome.unwrap_err(), WriteError::Lost);
    assert_eq!(folder.remove(&path("a.md"), b"base"), Err(WriteError::Lost));
    drop(editor);
    assert_eq!(read(&folder, "a.md"), "base");
    folder.replace(&path("a.md"), b"base", b"ours").unwrap();
    assert_eq!(names(&directory), ["a.md"]);
}

#[test]
fn what_users_put_on_a_file_stays_on_it() {
    let (directory, folder) = folder();
    put(&directory, "a.md", "one");
    let at = directory.path().join("a.md");
    let flags = rustix::fs::XattrFlags::empty();
    if rustix::fs::setxattr(&at, "user.colour", b"red", flags).is_err() {
        return; // This file system has no attributes.
    }
    folder.replace(&path("a.md"), b"one", b"two").unwrap();
    let mut value = [0; 8];
    let n_bytes = rustix::fs::getxattr(&at, "user.colour", &mut value[..]).unwrap();
    assert_eq!(&value[..n_bytes], b"red");
}
