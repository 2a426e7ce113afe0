//! strace at a running server: what it calls, and what is done to it at one of those calls.

use super::processes::signal;
use crate::support::Server;
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};
use tempfile::TempDir;

/// All calls that name a file or hold a descriptor.
pub const FILES: &str = "%file,%desc";

/// A strace that looks on until it is told to let go.
pub struct Strace {
    process: Child,
    folder: TempDir,
    _said: BufReader<ChildStderr>,
}

/// One system call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The thread's number, where there are many.
    thread: String,
    pub name: String,
    /// Its line, with a path or a kind for every descriptor, and what came of it.
    pub text: String,
    /// Which of the calls of this name it is, counted from 1 as strace counts them.
    pub number: usize,
    /// The first and the last line of the log that are about it: another's lines may lie between.
    pub lines: (usize, usize),
}

impl Call {
    /// Is it about files, and not about waking another thread?
    pub fn is_of_files(&self) -> bool {
        !self.text.contains("<anon_inode:")
    }

    /// What strace is to do at this call.
    pub fn inject(&self, what: &str) -> String {
        format!("inject={}:{what}:when={}", self.name, self.number)
    }

    /// What strace is to do at this call and at all of its name that follow.
    pub fn inject_from(&self, what: &str) -> String {
        self.inject(what) + "+"
    }
}

/// What was seen.
pub struct Log {
    pub calls: Vec<Call>,
    /// Was an answer given in the system's place, as asked for?
    pub is_injected: bool,
}

impl Strace {
    /// Looks on at all threads.
    pub fn of_all(server: &Server, arguments: &[&str]) -> Self {
        Self::attach(&["-f", "-p", &server.pid().to_string()], arguments)
    }

    /// Looks on at the one thread in which the next request works on files: there, the number of a call is certain. Now and
    /// then a server has two such threads, and it is the other one's turn: then nothing is seen.
    pub fn of_worker(server: &Server, arguments: &[&str]) -> Self {
        Self::attach(&["-p", &worker(server)], arguments)
    }

    fn attach(whom: &[&str], arguments: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let mut process = Command::new("strace")
            .args(["-y", "-s", "64", "-o"])
            .arg(folder.path().join("log"))
            .args(whom)
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        // It is kept, because strace has more to say when there is a new thread.
        let mut said = BufReader::new(process.stderr.take().unwrap());
        said.read_line(&mut line).unwrap();
        assert!(line.contains("attached"), "strace: {line}");
        Self {
            process,
            folder,
            _said: said,
        }
    }

    /// Ends it, unless its thread has ended already, and reads what it saw.
    pub fn detach(mut self) -> Log {
        signal(self.process.id(), Signal::TERM);
        self.process.wait().unwrap();
        let text = std::fs::read(self.folder.path().join("log")).unwrap();
        let text = String::from_utf8_lossy(&text);
        Log {
            calls: calls(&text),
            is_injected: text.contains("(INJECTED)"),
        }
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        // A test that fails must not leave its server stopped.
        if self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            signal(self.process.id(), Signal::TERM);
            drop(self.process.wait());
        }
    }
}

/// A thread of a server in which requests work on files. It is seen at a request that reads one and changes none, for it asks
/// for what is there, and then rests for some seconds until there is more to do.
fn worker(server: &Server) -> String {
    let strace = Strace::of_all(server, &["-e", "trace=%file"]);
    let path = "/api/v1/projects/p/tasks/B";
    let as_it_is = serde_json::json!({"status": "open"});
    assert_eq!(server.request("PATCH", path, Some(as_it_is)).status, 200);
    let calls = strace.detach().calls;
    let reads = |call: &&Call| call.name.starts_with("open") && call.text.contains("\"b.md\"");
    let read = calls.iter().find(reads);
    read.expect("the request reads the file").thread.clone()
}

/// Reads a log. With many threads, each line starts with its thread's number, and a call may take two lines.
fn calls(log: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    let mut numbers: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (at, line) in log.lines().enumerate() {
        let end = line.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        let (thread, line) = (&line[..end], line[end..].trim_start());
        if let Some(rest) = line.strip_prefix("<... ") {
            if let Some(index) = open.remove(thread) {
                let rest = rest.split_once("resumed>").map_or("", |(_, rest)| rest);
                calls[index].text += rest;
                calls[index].lines.1 = at;
            }
            continue;
        }
        let Some((name, _)) = line.split_once('(') else {
            continue;
        };
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let number = numbers.entry((thread, name)).or_default();
        *number += 1;
        if line.ends_with("<unfinished ...>") {
            open.insert(thread, calls.len());
        }
        calls.push(Call {
            thread: thread.to_owned(),
            name: name.to_owned(),
            text: line.trim_end_matches(" <unfinished ...>").to_owned(),
            number: *number,
            lines: (at, at),
        });
    }
    calls
}
