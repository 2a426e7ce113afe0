//! A server that is killed at any system call of a request: no file is torn, nothing that was acknowledged is lost,
//! nothing else is touched, and once it runs again nothing of it lies about.
//!
//! What is called is recorded in an undisturbed run, and then the server is killed as it enters each of those calls in
//! turn; so the tests know neither their names nor their number.

mod leftovers;
mod order;
pub mod processes;
mod saves;
pub mod strace;
pub mod tree;

use crate::needs::are_missing;
use crate::support::{Response, Server, say};
use rustix::process::Signal;
use serde_json::{Value, json};
use strace::{Call, FILES, Strace};
use tempfile::TempDir;
use tree::Tree;

/// More calls than one request makes.
const POINTS_MAX: usize = 150;
/// So often it is tried to look at the thread that works on files, when it is not the one that is seen.
pub const TRIES_MAX: usize = 32;

/// What is there before each request: tasks, and what is none of the server's business.
pub const FILES_BEFORE: [(&str, &str); 7] = [
    ("p/project.yaml", "name: Tides\n"),
    ("p/.taskmd-notes.md", "my own notes\n"),
    (
        "p/a.md",
        "---\nid: A\nstatus: open # as ever\n---\n\nfirst\n",
    ),
    ("p/b.md", "---\nid: B\nstatus: open\n---\n\nsecond\n"),
    ("p/sub/c.md", "---\nid: C\nstatus: open\n---\n\nthird\n"),
    ("p/sub/d.md", "no front matter\n"),
    ("r/sub/e.md", "---\nid: E\nstatus: open\n---\n\nfourth\n"),
];

/// A request, and the file that it is about.
pub struct Operation {
    pub method: &'static str,
    pub path: &'static str,
    pub body: Option<Value>,
    pub file: &'static str,
}

impl Operation {
    /// The request as it is sent, with these headers besides.
    pub fn request(&self, host: &str, headers: &str) -> String {
        let body = self.body.as_ref().map(ToString::to_string);
        let body = body.unwrap_or_default();
        format!(
            "{} {} HTTP/1.1\r\nhost: {host}\r\n{headers}content-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.method,
            self.path,
            body.len(),
        )
    }

    pub fn patch() -> Self {
        Self {
            method: "PATCH",
            path: "/api/v1/projects/p/tasks/A",
            body: Some(json!({"status": "done", "markdown_body": "changed\n"})),
            file: "p/a.md",
        }
    }

    pub fn post() -> Self {
        Self {
            method: "POST",
            path: "/api/v1/projects/p/tasks",
            body: Some(json!({"id": "NEW", "title": "New", "markdown_body": "made\n"})),
            file: "p/NEW.md",
        }
    }

    pub fn put() -> Self {
        Self {
            method: "PUT",
            path: "/api/v1/projects/p/tasks/C",
            body: Some(json!({"title": "Put", "status": "done", "markdown_body": "put\n"})),
            file: "p/sub/c.md",
        }
    }

    pub fn delete() -> Self {
        Self {
            method: "DELETE",
            path: "/api/v1/projects/p/tasks/A",
            body: None,
            file: "p/a.md",
        }
    }

    /// A task goes to another project.
    pub fn transfer() -> Self {
        Self {
            method: "POST",
            path: "/api/v1/projects/p/tasks/C/move",
            body: Some(json!({"project_id": "r", "status": "done"})),
            file: "p/sub/c.md",
        }
    }

    /// A project says something else of itself.
    pub fn configure() -> Self {
        Self {
            method: "PATCH",
            path: "/api/v1/projects/p",
            body: Some(json!({"name": "Ebbs", "description": "and flows"})),
            file: "p/project.yaml",
        }
    }

    /// A project goes.
    pub fn removal() -> Self {
        Self {
            method: "DELETE",
            path: "/api/v1/projects/r?force=true",
            body: None,
            file: "r",
        }
    }

    /// A new project.
    pub fn project() -> Self {
        Self {
            method: "POST",
            path: "/api/v1/projects",
            body: Some(json!({"id": "q", "name": "New"})),
            file: "q/project.yaml",
        }
    }

    /// No change at all.
    pub fn look() -> Self {
        Self {
            method: "GET",
            path: "/healthz",
            body: None,
            file: "",
        }
    }

    /// The list, once every change of a file has been seen.
    pub fn list() -> Self {
        Self {
            path: "/api/v1/projects/p/tasks?sync=1",
            ..Self::look()
        }
    }

    pub fn send(&self, server: &Server) -> Response {
        server.request(self.method, self.path, self.body.clone())
    }

    /// What lies there when nothing disturbs it.
    pub fn result(&self) -> Tree {
        let folder = ground();
        let server = Server::over(folder.path(), &[]);
        let response = self.send(&server);
        assert!(is_done(&response), "{}", response.text());
        without_times(tree::read(folder.path()))
    }

    /// Every call about files that it makes, in the thread that works on them. Where the watcher is faster to see something it
    /// makes others, which cannot be met again at will: the shortest way is the usual one.
    pub fn calls(&self) -> Vec<Call> {
        let ways = (0..3).map(|_| self.calls_once());
        ways.min_by_key(Vec::len).unwrap()
    }

    fn calls_once(&self) -> Vec<Call> {
        for _ in 0..TRIES_MAX {
            let folder = ground();
            let server = Server::over(folder.path(), &[]);
            let strace = Strace::of_worker(&server, &["-e", &format!("trace={FILES}")]);
            assert!(is_done(&self.send(&server)));
            let mut calls = strace.detach().calls;
            calls.retain(Call::is_of_files);
            if !calls.is_empty() {
                assert!(calls.len() < POINTS_MAX, "{}: {}", self.method, calls.len());
                return calls;
            }
        }
        panic!("{}: it works in a thread that is not seen", self.method);
    }

    /// Kills a server at one of those calls. Was the request acknowledged all the same? None when it was another thread's.
    fn kill_at(&self, call: &Call, server: &Server) -> Option<bool> {
        let strace = Strace::of_worker(server, &["-e", &call.inject("signal=KILL")]);
        let is_acknowledged = is_done(&self.send(server));
        if is_acknowledged {
            strace.detach();
        }
        if is_acknowledged && !processes::has_ended(server.pid()) {
            return None;
        }
        processes::wait_for_end(server.pid());
        Some(is_acknowledged)
    }
}

/// A root with the files that are there before.
pub fn ground() -> TempDir {
    let folder = TempDir::new().unwrap();
    tree::write(folder.path(), &tree::tree(&FILES_BEFORE));
    folder
}

/// Is it a whole answer that says "done"?
pub fn is_done(response: &Response) -> bool {
    let length = response.headers.get("content-length");
    let is_whole = length.is_none_or(|length| *length == response.body.len().to_string());
    (200..300).contains(&response.status) && is_whole
}

/// A tree in which a new file is always made at the same time.
pub fn without_times(mut tree: Tree) -> Tree {
    if let Some(bytes) = tree.get_mut("p/NEW.md") {
        let text = String::from_utf8(std::mem::take(bytes)).unwrap();
        let (front, rest) = text
            .split_once("created_at: ")
            .expect("a new file says when");
        let (_time, rest) = rest.split_once('\n').unwrap();
        *bytes = format!("{front}created_at: now\n{rest}").into_bytes();
    }
    tree
}

/// Starts a server again where one was killed, and compares all that lies there with what may.
fn expect_old_or_new(root: &TempDir, new: &Tree, is_acknowledged: bool, at: &str) {
    let server = Server::over(root.path(), &[]);
    let found = tree::read(root.path());
    let leftovers = tree::temporaries(&found);
    assert!(leftovers.is_empty(), "{at}: {leftovers:?}");
    tree::expect_served(&server, "p", &found);
    let found = without_times(found);
    let old = with_directories(tree::tree(&FILES_BEFORE));
    // What goes from one project to another may be in both, until that is acknowledged, and never in none.
    let mut both = old.clone();
    both.extend(new.clone());
    let is_old = (found == old || found == both) && !is_acknowledged;
    assert!(is_old || found == *new, "{at}: {found:#?}");
    assert_eq!(server.problems("p").len(), 0);
}

/// A tree with the directories that its files lie in.
pub fn with_directories(mut tree: Tree) -> Tree {
    tree.extend([
        ("p/".to_owned(), Vec::new()),
        ("p/sub/".to_owned(), Vec::new()),
        ("r/".to_owned(), Vec::new()),
        ("r/sub/".to_owned(), Vec::new()),
    ]);
    tree
}

/// Kills a server at every call of a request in turn, and once more right after the answer.
fn kill_everywhere(operation: &Operation) {
    let name = format!("{} {}", operation.method, operation.path);
    if are_missing(&format!("kill at every call of {name}"), &["strace"]) {
        return;
    }
    let new = operation.result();
    let calls = operation.calls();
    for call in &calls {
        let at = format!("{name}, killed at {} ({})", call.text, call.number);
        let killed = (0..TRIES_MAX).find_map(|_| {
            let root = ground();
            let is_acknowledged = operation.kill_at(call, &Server::over(root.path(), &[]))?;
            Some((root, is_acknowledged))
        });
        let (root, is_acknowledged) = killed.unwrap_or_else(|| panic!("{at}: it was not"));
        expect_old_or_new(&root, &new, is_acknowledged, &at);
    }
    let root = ground();
    let server = Server::over(root.path(), &[]);
    assert!(is_done(&operation.send(&server)));
    processes::signal(server.pid(), Signal::KILL);
    processes::wait_for_end(server.pid());
    drop(server);
    expect_old_or_new(&root, &new, true, "killed after the answer");
    say(&format!("{name}: killed at {} calls", calls.len() + 1));
}

#[test]
fn a_patch_survives_a_kill_at_every_call() {
    kill_everywhere(&Operation::patch());
}

#[test]
fn a_post_survives_a_kill_at_every_call() {
    kill_everywhere(&Operation::post());
}

#[test]
fn a_new_project_survives_a_kill_at_every_call() {
    kill_everywhere(&Operation::project());
}

#[test]
fn a_put_survives_a_kill_at_every_call() {
    kill_everywhere(&Operation::put());
}

#[test]
fn a_delete_survives_a_kill_at_every_call() {
    kill_everywhere(&Operation::delete());
}

#[test]
fn a_move_to_another_project_survives_a_kill_at_every_call() {
    kill_everywhere(&Operation::transfer());
}

#[test]
fn a_change_of_a_project_survives_a_kill_at_every_call() {
    kill_everywhere(&Operation::configure());
}

#[test]
fn a_removal_of_a_project_survives_a_kill_at_every_call() {
    kill_everywhere(&Operation::removal());
}
