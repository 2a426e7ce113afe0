//! Whoever writes over REST at the same time writes one after the other: eight clients at five tasks, and one order
//! that explains all that they were answered.
//!
//! `TASKMD_HISTORIES` is how many histories are made, each of `TASKMD_HISTORY_MS`.

mod check;
mod history;

use crate::dice::asked_for;
use crate::line::{Line, revision};
use crate::support::Server;
use history::{Actor, Answer, Op};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

const N_CLIENTS: usize = 8;

fn make_history(server: &Server, seed: u64, time: Duration) -> Vec<Op> {
    let titles = AtomicU64::new(0);
    let over = Instant::now() + time;
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..N_CLIENTS)
            .map(|n| {
                let actor = Actor::new(Line::to(server), seed, n, &titles);
                scope.spawn(move || act(actor, over))
            })
            .collect();
        let ops = clients.into_iter().map(|client| client.join().unwrap());
        ops.flatten().collect()
    })
}

fn act(mut actor: Actor<'_>, over: Instant) -> Vec<Op> {
    let mut ops = Vec::new();
    while Instant::now() < over {
        ops.push(actor.step());
    }
    ops
}

/// How often each method was answered what: a history in which all fail proves nothing.
fn count(ops: &[Op], counts: &mut BTreeMap<String, usize>) {
    for op in ops {
        let answer = match &op.answer {
            Answer::Unknown => "not waited for".to_owned(),
            Answer::Wrote(status, _)
            | Answer::Saw(status, _)
            | Answer::SawOne(status)
            | Answer::Strange(status, _) => status.to_string(),
        };
        let condition = if op.only_if.is_some() { " if" } else { "" };
        *counts
            .entry(format!("{:?}{condition}: {answer}", op.method))
            .or_default() += 1;
    }
}

#[test]
fn every_history_of_many_clients_has_an_order() {
    let n_histories = asked_for("TASKMD_HISTORIES", 4) as u64;
    let time = Duration::from_millis(asked_for("TASKMD_HISTORY_MS", 300) as u64);
    let mut counts = BTreeMap::new();
    let mut wrong = Vec::new();
    for seed in 0..n_histories {
        let server = Server::start();
        let mut client = server.connect("p");
        let ops = make_history(&server, seed, time);
        // An operation that nobody waited for may go on until here.
        while client.event_within(Duration::from_millis(100)).is_some() {}
        let tasks = server.tasks("p");
        assert_eq!(*client.replay(), tasks, "history {seed}");
        for task in tasks.values() {
            let path = format!("p/{}", task["path"].as_str().unwrap());
            assert_eq!(task["revision"], revision(server.read(&path).as_bytes()));
        }
        count(&ops, &mut counts);
        for op in &ops {
            if matches!(op.answer, Answer::Strange(..)) {
                wrong.push(format!("history {seed}: {op:?}\n"));
            }
        }
        if let Err(why) = check::check(&ops, client.history()) {
            wrong.push(format!("history {seed}: {why}\n"));
        }
    }
    let counts: String = counts
        .iter()
        .map(|(what, n)| format!("{what}: {n}\n"))
        .collect();
    eprintln!("{counts}");
    let n_wrong = wrong.len();
    wrong.truncate(8);
    assert!(n_wrong == 0, "{n_wrong}:\n{}", wrong.concat());
}
