//! Many clients of one project: what reaches them, and what some of them cannot do to the others.

pub mod listener;
mod slow;

use crate::needs::has_no;
use crate::support::{Response, Server, connect_from, eventually, say};
use listener::{Listener, all_hear};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// More than ten times what waits for a socket.
const BURST_EVENTS: usize = 3_000;
const CLIENTS: usize = 50;

#[test]
fn a_burst_evicts_nobody_who_reads() {
    let server = Server::start();
    let mut client = server.connect("p");
    let listeners: Vec<_> = (0..CLIENTS).map(|_| Listener::connect(&server)).collect();
    server.shell(&format!(
        "mkdir aside && cd aside && seq {BURST_EVENTS} | split -l 1 -a 4 --additional-suffix=.md && mv ../aside ../p/"
    ));
    let mut all_have = |n_events| {
        (0..n_events).for_each(|_| drop(client.next_event()));
        all_hear(&listeners, client.heard());
    };
    all_have(BURST_EVENTS);
    // Who was let go does not hear of this one.
    server.write("p/last.md", "x");
    all_have(1);
}

/// Asks for a path from an address of this machine.
fn ask(server: &Server, from: Ipv4Addr, path: &str) -> Response {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let stream = connect_from(from, server.address()).unwrap();
    server.raw_over(stream, request.as_bytes())
}

/// An attack by `slowhttptest`, which is ended when dropped.
struct Attack(Child);

impl Attack {
    fn start(server: &Server, path: &str, arguments: &[&str]) -> Self {
        let url = format!("http://{}/api/v1/projects/p/{path}", server.address());
        let mut command = Command::new("slowhttptest");
        command
            .args(arguments)
            .args(["-r", "1000", "-l", "60", "-u", &url]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Attack {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// How many connections there are now, without the one that asks.
fn n_connections(server: &Server) -> usize {
    let text = ask(server, PROBER, "/metrics").text();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("taskmd_connections "));
    line.unwrap().parse::<usize>().unwrap() - 1
}

const PROBER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// The time for the head of a request, and for taking something of an answer.
const LIMIT: Duration = Duration::from_secs(10);
/// The time for a body that comes bit by bit.
const BODY_LIMIT: Duration = Duration::from_secs(30);
/// What it takes to let them in and to cut them, and what a busy machine adds.
const GRACE: Duration = Duration::from_secs(5);

/// Connections that may be no part of an attack: those of the prober that are ending, and `slowhttptest`'s own looks.
const OTHERS: usize = 4;

/// Many slow connections of one kind, while somebody else asks ten times a second whether the server is well.
fn attack(name: &str, limit: Duration, path: &str, arguments: &[&str]) {
    if has_no(name, &["slowhttptest"]) {
        return;
    }
    // Half of the attack gets in; whoever comes from another address finds a place.
    let limits = ["--connections-per-address", "1000"];
    let server = Server::start_with(&[("p", None)], &limits);
    // An answer that fills what a slow reader takes.
    for n in 0..20 {
        server.write(&format!("p/{n}.md"), &"x".repeat(100_000));
    }
    // An answer that is small would be swallowed, and its connection rest.
    assert_eq!(server.get("/api/v1/projects?sync=1").status, 200);
    let attack = Attack::start(&server, path, arguments);
    let (started, mut times, mut most) = (Instant::now(), Vec::<Duration>::new(), 0);
    let mut last = Duration::ZERO;
    let mut count = || {
        let n_slow = n_connections(&server);
        if n_slow > OTHERS {
            last = started.elapsed();
        }
        n_slow
    };
    // All that were let in, at the latest a second or two after the start, are cut after their limit.
    while started.elapsed() < LIMIT + GRACE {
        let asked = Instant::now();
        let answer = ask(&server, PROBER, "/healthz");
        assert_eq!(answer.status, 200, "{}", answer.text());
        times.push(asked.elapsed());
        most = most.max(count());
        std::thread::park_timeout(Duration::from_millis(100).saturating_sub(asked.elapsed()));
    }
    eventually("the slow ones are gone", || (count() == 0).then_some(()));
    drop(attack);
    times.sort_unstable();
    let p99 = times[times.len() * 99 / 100];
    say(&format!(
        "{name}: {most} connections at most, the last gone after {last:.1?}; /healthz asked {} times, p99 {p99:?}",
        times.len()
    ));
    assert!(last < limit + 2 * GRACE, "they were not cut in time");
    assert!(most > 200, "{most} connections are no attack");
}

#[test]
fn heads_that_dribble_in_disturb_nobody() {
    attack(
        "slow heads",
        LIMIT,
        "tasks",
        &["-H", "-c", "2000", "-i", "2"],
    );
}

#[test]
fn bodies_that_dribble_in_disturb_nobody() {
    attack(
        "slow bodies",
        BODY_LIMIT,
        "tasks",
        &[
            "-B",
            "-c",
            "2000",
            "-i",
            "2",
            "-s",
            "8192",
            "-t",
            "POST",
            "-f",
            "application/json",
        ],
    );
}

#[test]
fn answers_that_are_taken_slowly_disturb_nobody() {
    attack(
        "slow readers",
        LIMIT,
        // How the project stands: 2 MB, which all are sent from one place.
        "events?since=0&wait=0",
        &[
            "-X", "-c", "2000", "-w", "1", "-y", "2", "-n", "5", "-z", "1", "-k", "1",
        ],
    );
}
