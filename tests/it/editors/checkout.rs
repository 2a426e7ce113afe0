//! git through ten thousand files, before fifty clients. How soon they have followed is measured by `benches/checkout`, with
//! the server as it is for release; here it is made sure that they do, with one event for a file.

use super::{DESK, shell};
use crate::crowd::listener::{Listener, all_hear};
use crate::line::revision;
use crate::needs::has_no;
use crate::support::{Client, QUIET, Server, put, say};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const LISTENERS: usize = 50;
/// The files of either branch, by number. Those of both are other ones in each.
const BRANCHES: [(&str, Range<usize>); 2] = [("main", 0..10_000), ("other", 100..10_100)];
/// Files that a checkout makes, changes or removes.
const CHANGES: usize = 10_100;
/// In which all are to have followed, and what a busy machine with a server that is built for tests may add.
const FOLLOW_TIME: Duration = Duration::from_secs(3);
const BUSY: u32 = 3;
/// git removes a file before it writes it anew. On a machine that stands still for longer in between than the server waits,
/// that is two events, so it may be asked for once more, this often at most.
const ATTEMPTS_MAX: usize = 4;

/// Where a task is.
fn path(number: usize) -> String {
    format!("p/{:03}/T{number}.md", number / 100)
}

/// A repository with the two branches, on the first. They are told to git as a stream: to have it look at so many files takes
/// longer than all that is tested here.
fn prepare(root: &Path) {
    let mut stream = String::new();
    for (branch, numbers) in BRANCHES {
        stream += &format!("commit refs/heads/{branch}\ncommitter ana <a@b.c> 0 +0000\ndata 0\n");
        for number in numbers {
            let text = format!("---\ntitle: {branch} {number}\n---\n");
            let (path, n_bytes) = (path(number), text.len());
            stream += &format!("M 100644 inline {path}\ndata {n_bytes}\n{text}");
        }
    }
    put(&root.join("stream"), stream.as_bytes());
    shell(
        root,
        "git init -q -b main; git fast-import --quiet < stream; git checkout -q main",
    );
}

/// The revision of each task, of its file as it is now.
fn tree(root: &Path, numbers: Range<usize>) -> BTreeMap<String, String> {
    let read = |number| std::fs::read(root.join(path(number))).unwrap();
    numbers
        .map(|number| (format!("T{number}"), revision(&read(number))))
        .collect()
}

fn revisions(client: &Client) -> BTreeMap<String, String> {
    let tasks = client.replay().iter();
    tasks
        .map(|(id, task)| (id.clone(), task["revision"].as_str().unwrap().to_owned()))
        .collect()
}

/// Checks a branch out, and waits until all have followed. Returns how many events there were.
fn check_out(
    root: &Path,
    (branch, numbers): (&str, Range<usize>),
    client: &mut Client,
    listeners: &[Listener],
) -> usize {
    let n_before = client.history().len();
    let started = Instant::now();
    shell(root, &format!("git checkout -q {branch}"));
    let ended = Instant::now();
    let tree = tree(root, numbers);
    for _ in 0..CHANGES {
        client.next_event();
    }
    while revisions(client) != tree {
        client.next_event();
    }
    let time = all_hear(listeners, client.heard()).saturating_duration_since(ended);
    say(&format!(
        "git took {:.1?} to check {branch} out, and {LISTENERS} clients {time:.1?} more to follow",
        ended - started
    ));
    assert!(time < FOLLOW_TIME * BUSY, "{time:?}");
    client.history().len() - n_before
}

#[test]
fn everybody_follows_git_through_ten_thousand_files() {
    if has_no("git through ten thousand files", &["git"]) {
        return;
    }
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    prepare(root);
    let server = Server::over(root, &[]);
    let mut client = server.connect("p");
    let listeners: Vec<_> = (0..LISTENERS).map(|_| Listener::connect(&server)).collect();
    let [main, other] = BRANCHES;
    for _ in 0..ATTEMPTS_MAX {
        let desk = DESK.lock().unwrap_or_else(PoisonError::into_inner);
        let n_events = [other.clone(), main.clone()]
            .map(|branch| check_out(root, branch, &mut client, &listeners));
        drop(desk);
        assert!(client.event_within(QUIET).is_none(), "one event too many");
        assert_eq!(*client.replay(), server.tasks("p"));
        if n_events == [CHANGES; 2] {
            return;
        }
        say(&format!(
            "once more: {n_events:?} events for {CHANGES} files"
        ));
    }
    panic!("a file was told of twice, each time");
}
