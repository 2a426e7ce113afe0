//! What a crash can leave in a directory, laid out by hand, and what is there once the server has started.
//!
//! A temporary file's name says what it is for: see `src/disk/write/leftover.rs`. The table knows that naming, and no other
//! test does.

use super::tree::{self, Tree, revision};
use crate::support::Server;
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

/// What the task's file held, what the server was about to put there, and what an editor saved meanwhile, twice.
const OLD: &str = "---\nid: A\nstatus: open\n---\n\nold\n";
const NEW: &str = "---\nid: A\nstatus: done\n---\n\nnew\n";
const SAVE: &str = "---\nid: A\nstatus: open\n---\n\nsaved by somebody\n";
const SAVE_2: &str = "---\nid: A\nstatus: open\n---\n\nsaved once more\n";
/// A save that was cut short.
const HALF: &str = "---\nid: A\nsta";

/// A temporary file that is being written.
const UNFINISHED: &str = "p/.taskmd-0123456789abcdef.new";
/// One that changes places with `a.md`.
const EXCHANGED: &str = "p/.taskmd-0123456789abcdef-{new}-{old}-a.md.tmp";
/// The file `a.md` while it is being removed.
const REMOVED: &str = "p/.taskmd-0123456789abcdef-0000000000000000-{old}-a.md.tmp";

/// Files as pairs of a path and a text, before the server starts and after.
type Files = &'static [(&'static str, &'static str)];

/// The states, each with what the crash interrupted.
const STATES: &[(&str, Files, Files)] = &[
    (
        "writing the temporary file",
        &[("p/a.md", OLD), (UNFINISHED, "")],
        &[("p/a.md", OLD)],
    ),
    (
        "half of it is written",
        &[("p/a.md", OLD), (UNFINISHED, HALF)],
        &[("p/a.md", OLD)],
    ),
    (
        "before the exchange",
        &[("p/a.md", OLD), (EXCHANGED, NEW)],
        &[("p/a.md", OLD)],
    ),
    (
        "after the exchange",
        &[("p/a.md", NEW), (EXCHANGED, OLD)],
        &[("p/a.md", NEW)],
    ),
    (
        "a save came out instead",
        &[("p/a.md", NEW), (EXCHANGED, SAVE)],
        &[("p/a.md", SAVE)],
    ),
    (
        "half a save came out",
        &[("p/a.md", NEW), (EXCHANGED, HALF)],
        &[("p/a.md", HALF)],
    ),
    (
        "an empty save came out",
        &[("p/a.md", NEW), (EXCHANGED, "")],
        &[("p/a.md", "")],
    ),
    (
        "the save had gone back",
        &[("p/a.md", SAVE), (EXCHANGED, NEW)],
        &[("p/a.md", SAVE)],
    ),
    (
        "saved over the new version",
        &[("p/a.md", SAVE), (EXCHANGED, OLD)],
        &[("p/a.md", SAVE)],
    ),
    (
        "one save came out, and there is another",
        &[("p/a.md", SAVE_2), (EXCHANGED, SAVE)],
        &[("p/a.md", SAVE_2), ("p/a.conflict-*.md", SAVE)],
    ),
    (
        "a save came out, and the file went",
        &[(EXCHANGED, SAVE)],
        &[("p/a.md", SAVE)],
    ),
    (
        "the new version, and the file went",
        &[(EXCHANGED, NEW)],
        &[],
    ),
    ("removing", &[(REMOVED, OLD)], &[]),
    (
        "a save was removed",
        &[(REMOVED, SAVE)],
        &[("p/a.md", SAVE)],
    ),
    (
        "a save was removed, and there is another",
        &[("p/a.md", SAVE_2), (REMOVED, SAVE)],
        &[("p/a.md", SAVE_2), ("p/a.conflict-*.md", SAVE)],
    ),
    (
        "removed, and made anew",
        &[("p/a.md", SAVE), (REMOVED, OLD)],
        &[("p/a.md", SAVE)],
    ),
    (
        "two crashes, the second before anything was cleared up",
        &[
            ("p/a.md", NEW),
            (EXCHANGED, OLD),
            (UNFINISHED, HALF),
            ("p/.taskmd-00000000000000aa-{old}-{new}-a.md.tmp", SAVE),
        ],
        &[("p/a.md", NEW), ("p/a.conflict-*.md", SAVE)],
    ),
    (
        "in a folder below",
        &[
            ("p/sub/b.md", "b\n"),
            ("p/sub/.taskmd-0123456789abcdef-{new}-{old}-c.md.tmp", SAVE),
            ("p/sub/.taskmd-0123456789abcdef.new", "x"),
        ],
        &[("p/sub/b.md", "b\n"), ("p/sub/c.md", SAVE)],
    ),
    (
        "a name with a dash and a suffix of its own",
        &[(
            "p/.taskmd-0123456789abcdef-{new}-{old}-my-a.tmp.md.tmp",
            SAVE,
        )],
        &[("p/my-a.tmp.md", SAVE)],
    ),
    (
        "a new project",
        &[
            ("p/a.md", OLD),
            (".taskmd-0123456789abcdef.new/project.yaml", "name: x\n"),
        ],
        &[("p/a.md", OLD)],
    ),
    (
        "a new project without its settings",
        &[
            ("p/a.md", OLD),
            (
                ".taskmd-0123456789abcdef.new/.taskmd-0123456789abcdee.new",
                "na",
            ),
        ],
        &[("p/a.md", OLD)],
    ),
    (
        "what only looks like it",
        &[
            ("p/a.md", OLD),
            ("p/.taskmd-notes.md", "mine\n"),
            ("p/.taskmd-todo.tmp", "mine\n"),
            ("p/.taskmdignore", "*.draft.md\n"),
            ("p/taskmd-0123456789abcdef.new", "mine\n"),
        ],
        &[
            ("p/a.md", OLD),
            ("p/.taskmd-notes.md", "mine\n"),
            ("p/.taskmd-todo.tmp", "mine\n"),
            ("p/.taskmdignore", "*.draft.md\n"),
            ("p/taskmd-0123456789abcdef.new", "mine\n"),
        ],
    ),
];

fn mark(text: &str) -> String {
    revision(text.as_bytes())["b3-".len()..][..16].to_owned()
}

/// Files whose names have the marks of the old and the new version in them.
fn marked(files: Files) -> Tree {
    let name = |path: &str| {
        path.replace("{new}", &mark(NEW))
            .replace("{old}", &mark(OLD))
    };
    let files = files
        .iter()
        .map(|(path, text)| (name(path), text.as_bytes().to_vec()));
    files.collect()
}

/// The files of a tree, where a random number in a name is a star.
fn files(tree: Tree) -> Tree {
    let star = |path: String| match path.split_once(".conflict-") {
        Some((stem, _)) => format!("{}.conflict-*.md", stem.trim_end_matches(".md")),
        None => path,
    };
    let files = tree.into_iter().filter(|(path, _)| !path.ends_with('/'));
    files.map(|(path, bytes)| (star(path), bytes)).collect()
}

#[test]
fn what_a_crash_leaves_is_cleared_up_and_no_save_is_lost() {
    let mut failed = BTreeMap::new();
    for (name, before, after) in STATES {
        let root = TempDir::new().unwrap();
        std::fs::create_dir(root.path().join("p")).unwrap();
        tree::write(root.path(), &marked(before));
        let server = Server::over(root.path(), &[]);
        let found = tree::read(root.path());
        let mut tasks = found.clone();
        // Half a save is no task; and of two files with one id, the one under the task's own name is listed.
        let is_conflict = |path: &str| path.contains(".conflict-");
        tasks.retain(|path, bytes| bytes != HALF.as_bytes() && !is_conflict(path));
        let (listed, found) = (tree::listed(&server, "p"), files(found));
        if found != marked(after) || listed != tree::tasks(&tasks, "p") {
            failed.insert(*name, format!("{found:?}, listed {:?}", listed.keys()));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// A name that was too long to be kept whole beside the marks.
#[test]
fn a_save_under_a_long_name_is_not_lost() {
    let root = TempDir::new().unwrap();
    let cut = "long-".repeat(30);
    let temporary = format!(
        "p/.taskmd-0123456789abcdef-{}-{}-{cut}~.tmp",
        mark(NEW),
        mark(OLD)
    );
    tree::write(root.path(), &tree::tree(&[(&temporary, SAVE)]));
    let server = Server::over(root.path(), &[]);
    let found = files(tree::read(root.path()));
    assert_eq!(found, tree::tree(&[(&format!("p/{cut}.md"), SAVE)]));
    drop(server);
}

/// Somebody else's link of such a name is neither followed nor removed.
#[test]
fn a_link_that_is_called_like_a_leftover_is_left_alone() {
    let (root, outside) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let victim = [("victim.md", SAVE)];
    tree::write(outside.path(), &tree::tree(&victim));
    tree::write(root.path(), &tree::tree(&[("p/a.md", NEW)]));
    for name in marked(&[(UNFINISHED, ""), (EXCHANGED, ""), (REMOVED, "")]).into_keys() {
        symlink(outside.path().join("victim.md"), root.path().join(name)).unwrap();
    }
    symlink(
        outside.path(),
        root.path().join(".taskmd-0123456789abcdef.new"),
    )
    .unwrap();
    let before = tree::read(root.path());
    let server = Server::over(root.path(), &[]);
    assert_eq!(tree::read(root.path()), before);
    assert_eq!(tree::read(outside.path()), tree::tree(&victim));
    drop(server);
}

/// A second server over the root takes nothing of the first one's for leftovers.
#[test]
fn a_second_server_clears_nothing_up() {
    let first = Server::start_with(&[("p/a.md", Some(OLD))], &[]);
    first.write(UNFINISHED, HALF);
    let second = Server::over(&first.path(""), &[]);
    assert_eq!(second.tasks("p").len(), 1);
    assert_eq!(first.read(UNFINISHED), HALF);
}
