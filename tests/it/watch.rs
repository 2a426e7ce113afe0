//! `taskmd watch`: what a person sees in a terminal, of a directory and of a server that comes and goes.

use crate::support::{Server, eventually, put, taskmd};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// A running `taskmd watch`.
struct Watcher {
    process: Child,
    out: Arc<Mutex<Vec<String>>>,
    aside: Arc<Mutex<Vec<String>>>,
}

impl Watcher {
    fn start(arguments: &[&str]) -> Self {
        let mut process = taskmd()
            .arg("watch")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = lines(process.stdout.take().unwrap());
        let aside = lines(process.stderr.take().unwrap());
        Self {
            process,
            out,
            aside,
        }
    }

    /// Waits until this was said beside the events.
    fn says(&self, words: &str) {
        eventually(words, || {
            let lines = self.aside.lock().unwrap();
            lines.iter().any(|line| line.contains(words)).then_some(())
        });
    }

    /// The next lines, without their time.
    fn lines(&self, n_lines: usize) -> Vec<String> {
        eventually("the lines are there", || {
            let mut lines = self.out.lock().unwrap();
            let is_whole = lines.len() >= n_lines;
            is_whole.then(|| lines.drain(..n_lines).collect::<Vec<_>>())
        })
    }

    /// The same, as JSON.
    fn events(&self, n_events: usize) -> Vec<Value> {
        let lines = self.lines(n_events);
        lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn end(mut self, signal: &str) -> Option<i32> {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        eventually("it ends", || self.process.try_wait().unwrap()).code()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        if self.process.kill().is_ok() {
            drop(self.process.wait());
        }
    }
}

/// The lines of a pipe, as they come.
fn lines(pipe: impl std::io::Read + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let to = lines.clone();
    drop(std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines() {
            to.lock().unwrap().push(line.unwrap());
        }
    }));
    lines
}

fn without_time(line: &str) -> &str {
    line.split_once("  ").unwrap().1
}

/// Three changes of a task, and what is seen of them.
fn change(watcher: &Watcher, root: &Path) {
    put(
        &root.join("p/A.md"),
        b"---\ntitle: One\nstatus: open\n---\n",
    );
    assert_eq!(
        without_time(&watcher.lines(1)[0]),
        "p  A  created  One (open)"
    );
    put(
        &root.join("p/A.md"),
        b"---\ntitle: One\nstatus: done\n---\nText\n",
    );
    let updated = "p  A  updated  status: open → done, body";
    assert_eq!(without_time(&watcher.lines(1)[0]), updated);
    let remove = Command::new("rm").arg(root.join("p/A.md")).status();
    assert!(remove.unwrap().success());
    let deleted = "p  A  deleted  One (done)";
    assert_eq!(without_time(&watcher.lines(1)[0]), deleted);
}

#[test]
fn a_directory_is_watched_without_a_server() {
    let root = tempfile::TempDir::new().unwrap();
    std::fs::create_dir(root.path().join("p")).unwrap();
    let watcher = Watcher::start(&[root.path().to_str().unwrap()]);
    watcher.says("p: 0 tasks");
    change(&watcher, root.path());
    // A project that is new is watched as well.
    std::fs::create_dir(root.path().join("q")).unwrap();
    watcher.says("q: 0 tasks");
    put(&root.path().join("q/B.md"), b"x");
    assert_eq!(
        without_time(&watcher.lines(1)[0]),
        "q  B  created  B (open)"
    );
    assert_eq!(watcher.end("-INT"), Some(0));
}

#[test]
fn a_server_is_watched() {
    let server = Server::start();
    let url = format!("http://{}", server.address());
    let watcher = Watcher::start(&["--server", &url]);
    watcher.says("p: 0 tasks");
    change(&watcher, &server.path("."));
    let aside = watcher.aside.clone();
    assert_eq!(watcher.end("-INT"), Some(0));
    let epoch = server.json("/api/v1/projects/p/tasks")["epoch"].clone();
    let words = format!(
        "taskmd: to go on: --project p --since {}:3",
        epoch.as_str().unwrap()
    );
    eventually("it says how to go on", || {
        aside.lock().unwrap().contains(&words).then_some(())
    });
    // Which is what one can do.
    server.write("p/B.md", "x");
    let since = format!("{}:2", epoch.as_str().unwrap());
    let watcher = Watcher::start(&["--server", &url, "-p", "p", "--json", "--since", &since]);
    let seen = watcher.events(2);
    let types: Vec<_> = seen.iter().map(|event| event["type"].clone()).collect();
    assert_eq!(types, ["task.deleted", "task.created"]);
    assert_eq!(seen[1]["seq"], 4);
}

#[test]
fn a_watcher_goes_on_where_it_was_when_the_server_is_back() {
    let root = tempfile::TempDir::new().unwrap();
    std::fs::create_dir(root.path().join("p")).unwrap();
    put(&root.path().join("p/A.md"), b"---\ntitle: One\n---\n");
    put(&root.path().join("p/B.md"), b"---\ntitle: Two\n---\n");
    let mut server = Server::over(root.path(), &[]);
    let address = server.address().to_string();
    let url = format!("http://{address}");
    let watcher = Watcher::start(&["--server", &url, "--project", "p"]);
    watcher.says("p: 2 tasks");
    server.kill();
    watcher.says("the connection is lost");
    put(&root.path().join("p/A.md"), b"---\ntitle: Another\n---\n");
    put(&root.path().join("p/C.md"), b"---\ntitle: Three\n---\n");
    let remove = Command::new("rm").arg(root.path().join("p/B.md")).status();
    assert!(remove.unwrap().success());
    // A port is its own again, because it was no client's.
    let mut command = taskmd();
    command
        .arg("serve")
        .arg(root.path())
        .args(["--listen", &address]);
    let server = Server::started_by(&mut command, root.path());
    watcher.says("connected again");
    let lines = watcher.lines(3);
    let lines: Vec<_> = lines.iter().map(|line| without_time(line)).collect();
    let expected = [
        "p  B  deleted  Two (open)",
        "p  A  updated  Another (open)",
        "p  C  created  Three (open)",
    ];
    assert_eq!(lines, expected);
    let made = server.request(
        "POST",
        "/api/v1/projects/p/tasks",
        Some(json!({"title": "New"})),
    );
    assert_eq!(made.status, 201);
    assert_eq!(
        without_time(&watcher.lines(1)[0]),
        "p  TASK-001  created  New (open)"
    );
}

#[test]
fn what_cannot_be_watched_is_told_and_exits_2() {
    let server = Server::start();
    let url = format!("http://{}", server.address());
    let nobody = "http://127.0.0.1:9";
    for (arguments, words) in [
        (vec!["/nowhere/at/all"], "cannot read"),
        (vec!["--server", nobody], "cannot reach http://127.0.0.1:9"),
        (vec!["--server", "localhost"], "an address looks like"),
        (
            vec!["--server", &url, "-p", "no"],
            "there is no project of this id",
        ),
        (
            vec![server.path(".").to_str().unwrap(), "-p", "no"],
            "there is no project `no`",
        ),
        (
            vec!["--server", &url, "--since", "x"],
            "a position looks like",
        ),
        (
            vec!["--server", &url, "--since", "a:1"],
            "name it with --project",
        ),
        (vec!["x", "--server", &url], "cannot be used with"),
    ] {
        let output = taskmd().arg("watch").args(&arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}
