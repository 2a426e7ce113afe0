//! The disk, on a real one: nothing outside is reached, nothing of anybody's is overwritten.

use super::write::WriteError;
use super::*;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

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

/// An editor saves by rename as fast as it can while we write: each version of the editor's is the file's last, or
/// was what one of our writes was based on. Nothing of theirs vanishes unseen.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test is the editor")]
fn an_editors_save_is_never_overwritten() {
    let (directory, folder) = folder();
    put(&directory, "a.md", "editor 0");
    let at = directory.path().to_owned();
    let is_over = AtomicBool::new(false);
    let mut bases: Vec<String> = Vec::new();
    let last = std::thread::scope(|scope| {
        let editor = scope.spawn(|| {
            let mut n_saves = 0;
            while !is_over.load(Ordering::Relaxed) {
                n_saves += 1;
                std::fs::write(at.join("editor.tmp"), format!("editor {n_saves}")).unwrap();
                std::fs::rename(at.join("editor.tmp"), at.join("a.md")).unwrap();
                // About as long as one of our writes takes without its sync.
                std::thread::sleep(Duration::from_micros(50));
            }
            n_saves
        });
        let mut n_won = 0;
        for n in 0..1_000 {
            let base = read(&folder, "a.md");
            match folder.replace(
                &path("a.md"),
                base.as_bytes(),
                format!("server {n}").as_bytes(),
            ) {
                Ok(_) => {
                    bases.push(base);
                    n_won += 1;
                }
                Err(error) => assert_eq!(error, WriteError::Lost),
            }
            if n_won == 50 {
                break;
            }
        }
        is_over.store(true, Ordering::Relaxed);
        editor.join().unwrap()
    });
    // The editor's last save is there, or was seen by the write that followed it.
    let newest = format!("editor {last}");
    let is_seen = read(&folder, "a.md") == newest || bases.contains(&newest);
    assert!(
        is_seen,
        "{newest} vanished; the file holds {}",
        read(&folder, "a.md")
    );
    // No base is used twice: a second write on it would have undone what came between.
    let n_bases = bases.len();
    bases.sort();
    bases.dedup();
    assert_eq!(bases.len(), n_bases);
    assert_eq!(names(&directory), ["a.md"]);
}
