//! Real editors and tools at the folder of a running server. One change is exactly one event, whatever its hand does
//! with temporary files, backups and renames; no change is none; and what the events add up to is what is listed.
//!
//! A scenario is a row of a table, here and in the modules below; a table is one test, and its rows wait together. A
//! tool that is not installed is skipped aloud, unless `TASKMD_TESTS_MUST_RUN=1` says that it must be there.

mod calls;
mod checkout;
mod emacs;
mod git;
mod moves;
mod nothing;
mod others;
mod terminal;
mod tools;
mod trees;
mod vim;

use crate::needs::has_no;
use crate::support::{Client, DEADLINE, QUIET, Server, put, say, shorten};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use terminal::Step;

/// What is there before the server starts: three tasks with an id of their own, and one that is named by its stem.
const TASKS: [(&str, &str); 4] = [
    ("p/a.md", "---\nid: A\nstatus: open\n---\n\nfirst\n"),
    ("p/b.md", "---\nid: B\nstatus: open\n---\n\nsecond\n"),
    ("p/sub/c.md", "---\nid: C\nstatus: open\n---\n\nthird\n"),
    ("p/sub/d.md", "---\nstatus: open\n---\n\nfourth\n"),
];

/// What every script starts with: a home of its own, and a git that asks nobody who is at the keyboard.
const PRELUDE: &str = "export HOME=\"$PWD/.home\" LC_ALL=C GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 \
                       GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=gc.auto GIT_CONFIG_VALUE_0=0 \
                       GIT_CONFIG_KEY_1=core.fsync GIT_CONFIG_VALUE_1=none GIT_AUTHOR_NAME=ana GIT_AUTHOR_EMAIL=a@b.c GIT_COMMITTER_NAME=ana GIT_COMMITTER_EMAIL=a@b.c\n";

/// How long the watcher holds a deletion back for the file that comes in its place. A hand that takes longer over all
/// that it does may have done two things, so what it was heard to do is not judged, but asked for once more …
const HOLD: Duration = Duration::from_millis(50);
/// … and this often at most.
const ATTEMPTS_MAX: usize = 4;

/// One at a time changes files, as on a desk with one person: a machine that is busy with another editor would let
/// the middle of a save last longer than any editor does. What comes then is waited for by all at once.
static DESK: Mutex<()> = Mutex::new(());
/// One at a time is prepared meanwhile.
static WORKSHOP: Mutex<()> = Mutex::new(());

/// One way of changing files, and what a client hears of it.
struct Scenario {
    name: &'static str,
    /// The programs that must be installed.
    tools: &'static [&'static str],
    /// A script that runs before the server starts.
    before: &'static str,
    act: Act,
    /// `updated A`, sorted.
    expected: Vec<String>,
    /// Must `p/a.md` be another file in the end, or the same one?
    is_new_inode: Option<bool>,
}

/// Who changes the files.
#[derive(Clone, Copy)]
enum Act {
    /// A script, run at the root.
    Script(&'static str),
    /// A person at a terminal: the command line, and what is typed.
    Typed(&'static str, &'static [Step]),
    /// System calls, as a program that is not to be had here makes them. It is given the root.
    Calls(fn(&Path)),
}

impl Scenario {
    /// A script that needs these tools. Events are separated by commas.
    fn script(
        name: &'static str,
        tools: &'static [&'static str],
        script: &'static str,
        expected: &str,
    ) -> Self {
        let expected = expected.split(", ").filter(|event| !event.is_empty());
        Self {
            name,
            tools,
            before: "",
            act: Act::Script(script),
            expected: expected.map(str::to_owned).collect(),
            is_new_inode: None,
        }
    }

    /// A person at a terminal.
    fn typed(
        name: &'static str,
        tools: &'static [&'static str],
        command: &'static str,
        steps: &'static [Step],
        expected: &str,
    ) -> Self {
        Self {
            act: Act::Typed(command, steps),
            ..Self::script(name, tools, "", expected)
        }
    }

    /// System calls.
    fn calls(name: &'static str, calls: fn(&Path), expected: &str) -> Self {
        Self {
            act: Act::Calls(calls),
            ..Self::script(name, &[], "", expected)
        }
    }

    /// Runs a script before the server starts.
    fn after(self, before: &'static str) -> Self {
        Self { before, ..self }
    }

    /// In the end, `p/a.md` is another file than before: so the editor did what it is here for.
    fn replaces_a(self) -> Self {
        Self {
            is_new_inode: Some(true),
            ..self
        }
    }

    /// In the end, `p/a.md` is the same file as before, with other bytes.
    fn keeps_a(self) -> Self {
        Self {
            is_new_inode: Some(false),
            ..self
        }
    }

    /// Expects so many events as well: `kind` and `prefix` with each number.
    fn and_many(mut self, kind: &str, prefix: &str, numbers: std::ops::Range<u32>) -> Self {
        let events = numbers.map(|number| format!("{kind} {prefix}{number}"));
        self.expected.extend(events);
        self.expected.sort();
        self
    }

    fn tools(&self) -> Vec<&'static str> {
        let terminal: &[_] = match self.act {
            Act::Typed(..) => &["tmux"],
            Act::Script(_) | Act::Calls(_) => &[],
        };
        [self.tools, terminal].concat()
    }

    fn run(&self) {
        if has_no(self.name, &self.tools()) {
            return;
        }
        for _ in 0..ATTEMPTS_MAX {
            let (events, time) = self.attempt();
            if events == self.expected {
                return;
            }
            // Nobody can tell a machine that stood still from a hand that did two things.
            assert!(time > HOLD, "{events:?} instead of {:?}", self.expected);
            say(&format!("once more: {}: {events:?} in {time:?}", self.name));
        }
        panic!("{:?} never came", self.expected);
    }

    /// Plays it once. Returns the events, sorted, and how long it took to change the files.
    fn attempt(&self) -> (Vec<String>, Duration) {
        // Dropped in the end, after the server.
        let folder = TempDir::new().unwrap();
        let (server, mut client) = self.prepare(folder.path());
        let time = self.act(folder.path());
        let mut events = Vec::new();
        let wait = |n_events| {
            if n_events < self.expected.len() {
                DEADLINE
            } else {
                QUIET
            }
        };
        while let Some(event) = client.event_within(wait(events.len())) {
            events.push(shorten(&event));
        }
        events.sort();
        assert_eq!(*client.replay(), server.tasks("p"), "{events:?}");
        let problems = server.problems("p");
        assert!(problems.is_empty(), "{problems:?}");
        (events, time)
    }

    fn prepare(&self, root: &Path) -> (Server, Client) {
        let _workshop = WORKSHOP.lock().unwrap_or_else(PoisonError::into_inner);
        std::fs::create_dir_all(root.join(".home")).unwrap();
        std::fs::create_dir_all(root.join("p/sub")).unwrap();
        for (path, text) in TASKS {
            put(&root.join(path), text.as_bytes());
        }
        shell(root, self.before);
        let server = Server::over(root, &[]);
        let client = server.connect("p");
        (server, client)
    }

    fn act(&self, root: &Path) -> Duration {
        let _desk = DESK.lock().unwrap_or_else(PoisonError::into_inner);
        let inode = || Some(std::fs::metadata(root.join("p/a.md")).ok()?.ino());
        let before = inode();
        let started = Instant::now();
        match self.act {
            Act::Script(script) => shell(root, script),
            Act::Typed(command, steps) => terminal::type_in(root, command, steps),
            Act::Calls(calls) => calls(root),
        }
        let time = started.elapsed();
        if let Some(is_new) = self.is_new_inode {
            assert_eq!(before != inode(), is_new, "it saves in another way");
        }
        time
    }
}

/// Runs a script at the root. What it prints is nobody's; what it complains of is.
fn shell(root: &Path, script: &str) {
    let output = Command::new("sh")
        .args(["-ec", &[PRELUDE, script].concat()])
        .current_dir(root)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {complaint}");
}

/// Runs a table of scenarios, and names all that fail.
fn run_all(scenarios: &[Scenario]) {
    let failed: Vec<_> = std::thread::scope(|scope| {
        let start = |scenario: &'static str, run| {
            let thread = std::thread::Builder::new().name(scenario.to_owned());
            (scenario, thread.spawn_scoped(scope, run).unwrap())
        };
        let threads: Vec<_> = scenarios
            .iter()
            .map(|scenario| start(scenario.name, || scenario.run()))
            .collect();
        let failed = threads
            .into_iter()
            .filter_map(|(name, thread)| thread.join().is_err().then_some(name));
        failed.collect()
    });
    assert!(
        failed.is_empty(),
        "{failed:?} failed, for the reasons above"
    );
}
