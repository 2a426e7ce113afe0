//! Whoever has changed a file and asks with `?sync=1` is answered with that change: on a quiet server, in a storm, after
//! a queue that ran over, and where the system tells nothing.
//!
//! `TASKMD_SYNCS` is how many changes are asked for.

mod hand;

use crate::dice::{asked_for, spread};
use crate::line::Line;
use crate::support::{QUIET, Server, put};
use hand::{Claim, Deed, Hand};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const TASKS: &str = "/api/v1/projects/p/tasks";

/// Asks what must be so now. Says how long the answer took, or what was answered instead.
fn ask(line: &mut Line, claim: &Claim) -> Result<Duration, String> {
    let asked = Instant::now();
    let answer = line.get(&format!("{}?sync=1{}", claim.path, limit(&claim.path)));
    let time = asked.elapsed();
    if !matches!(answer.status, 400 | 503) && (claim.holds)(&answer) {
        return Ok(time);
    }
    let text: String = answer.text().chars().take(300).collect();
    let (deed, path, status) = (claim.deed, &claim.path, answer.status);
    Err(format!("after {deed:?}, {path} is {status}: {text}\n"))
}

/// Changes something and asks at once, so many times. Says how long the answers took.
fn change_and_ask(server: &Server, seed: u64, n_syncs: usize) {
    let mut hand = Hand::new(server, seed);
    let mut line = Line::to(server);
    let mut times: BTreeMap<Deed, Vec<Duration>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for _ in 0..n_syncs {
        let claim = hand.act();
        match ask(&mut line, &claim) {
            Ok(time) => times.entry(claim.deed).or_default().push(time),
            Err(why) => wrong.push(why),
        }
    }
    let mut all: Vec<_> = times.values().flatten().copied().collect();
    for (deed, times) in &mut times {
        eprint!("{}", spread(&format!("{deed:?}"), times));
    }
    eprint!("{}", spread("all", &mut all));
    let n_wrong = wrong.len();
    wrong.truncate(8);
    assert!(n_wrong == 0, "{n_wrong} of {n_syncs}:\n{}", wrong.concat());
}

/// The whole list, where a list is asked for.
fn limit(path: &str) -> &'static str {
    if path == TASKS { "&limit=10000" } else { "" }
}

fn n_syncs() -> usize {
    asked_for("TASKMD_SYNCS", 300)
}

#[test]
fn a_change_is_answered_on_a_quiet_server() {
    change_and_ask(&Server::start(), 1, n_syncs());
}

/// Ends the storm, also where a test fails in it.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_change_is_answered_in_a_storm() {
    let server = Server::start_with(&[("p/storm", None)], &[]);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let started = Instant::now();
            let mut n_written = 0;
            while !is_over.load(Ordering::Relaxed) {
                let path = server.path(&format!("p/storm/s{}.md", n_written % 3_000));
                put(&path, format!("number {n_written}\n").as_bytes());
                n_written += 1;
            }
            eprintln!("a storm of {n_written} files in {:?}", started.elapsed());
        });
        let _end = End(&is_over);
        change_and_ask(&server, 2, n_syncs() / 3);
    });
}

#[test]
fn a_change_is_answered_after_a_queue_that_ran_over() {
    /// Each makes four hints, and the kernel's queue holds 16,384.
    const N_FILES: usize = 6_000;
    let server = Server::start_with(&[("p/many", None)], &[]);
    let mut hand = Hand::new(&server, 4);
    let mut line = Line::to(&server);
    let mut times = Vec::new();
    for round in 0..n_syncs().div_ceil(100) {
        let body = format!("round {round}");
        signal(&server, "-STOP");
        for n in 0..N_FILES {
            put(&server.path(&format!("p/many/n{n}.md")), body.as_bytes());
        }
        let claim = hand.act();
        signal(&server, "-CONT");
        times.push(ask(&mut line, &claim).unwrap_or_else(|why| panic!("round {round}: {why}")));
        // What was asked for may be of another project, whose changes alone it waits for.
        let answer = line.get(&format!("{TASKS}?sync=1&limit=10000")).json();
        let tasks = answer["tasks"].as_array().unwrap().iter();
        let n_new = tasks.filter(|task| task["markdown_body"] == *body).count();
        assert_eq!(n_new, N_FILES, "round {round}");
    }
    eprint!("{}", spread("after a queue that ran over", &mut times));
}

#[test]
fn a_change_is_answered_where_the_system_tells_nothing() {
    let server = Server::start_with(&[("p", None)], &["--poll"]);
    change_and_ask(&server, 3, n_syncs() / 10);
}

#[test]
fn the_parameter_is_zero_or_one_and_given_once() {
    let server = Server::start_with(&[("p/a.md", Some("A note.\n"))], &[]);
    let paths = [
        "/api/v1/projects",
        "/api/v1/projects/p",
        "/api/v1/projects/p/problems",
        "/api/v1/projects/p/tasks",
        "/api/v1/projects/p/tasks/a",
        "/api/v1/ws/stats",
    ];
    for path in paths {
        for (value, status) in [
            ("sync=0", 200),
            ("sync=1", 200),
            ("sync=2", 400),
            ("sync=true", 400),
            ("sync=", 400),
            ("sync", 400),
            ("sync=1&sync=1", 400),
        ] {
            let answer = server.get(&format!("{path}?{value}"));
            assert_eq!(answer.status, status, "{path}?{value}: {}", answer.text());
            if status == 400 {
                assert_eq!(answer.outcome(), (400, "invalid_query".into()));
            }
        }
    }
    assert_eq!(
        server.get("/api/v1/projects/none/tasks?sync=1").outcome(),
        (404, "project_not_found".into())
    );
}

/// Asking makes no event, and no file.
#[test]
fn to_ask_changes_nothing() {
    let server = Server::start_with(&[("p/a.md", Some("A note.\n"))], &[]);
    let mut client = server.connect("p");
    let before: Value = server.json(TASKS);
    for _ in 0..100 {
        assert_eq!(server.json(&format!("{TASKS}?sync=1")), before);
    }
    assert!(client.event_within(QUIET).is_none());
    let entries = |path: &str| std::fs::read_dir(server.path(path)).unwrap().count();
    assert_eq!(json!([entries(""), entries("p")]), json!([1, 1]));
}

fn signal(server: &Server, signal: &str) {
    let status = Command::new("kill")
        .args([signal, &server.pid().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn half_a_save_is_waited_for_beside_settings_that_change() {
    let good = "---\ntitle: good\n---\n";
    let files = [("p/a.md", Some(good)), ("p/.taskmdignore", Some("z/\n"))];
    let server = Server::start_with(&files, &[]);
    // The settings are told of last and taken in first: 50 ms after they went, when the save is still waited for.
    server.shell("printf -- '---\\nid: [broken\\n---\\n' > p/a.md; rm p/.taskmdignore");
    let problems = server.json("/api/v1/projects/p/problems?sync=1");
    assert_eq!(problems["problems"][0]["code"], "yaml_syntax", "{problems}");
}
