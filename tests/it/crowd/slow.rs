//! Clients that do not read: one that never does, and one that takes a kilobyte a second.

use super::listener::{Listener, all_hear};
use crate::frames::raw::Raw;
use crate::metrics::metrics;
use crate::support::{Server, connect_with_room, eventually};
use std::io::Read;
use std::time::Duration;

/// What a slow client has room for, in bytes: the rest is the server's and its kernel's to hold.
const ROOM_BYTES: usize = 4 << 10;
const LISTENERS: usize = 20;
const FILES: usize = 100;
/// How often all files change …
const ROUNDS: usize = 50;
/// … and after which of those the log is full: it holds five of them.
const FULL: usize = 8;
const BODY_BYTES: usize = 8 << 10;
/// Much less than what the rounds after that make, which is 34 MB, and what a busy machine's allocator may need.
const GROWTH_BYTES_MAX: usize = 12 << 20;

/// The most memory that it has ever had in use, in bytes.
fn peak(server: &Server) -> usize {
    let text = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kib.unwrap().parse::<usize>().unwrap() << 10
}

#[test]
fn who_does_not_read_is_cut_and_costs_the_others_nothing() {
    let server = Server::start_with(&[("p", None)], &["--replay-events", "500"]);
    let mut client = server.connect("p");
    let listeners: Vec<_> = (0..LISTENERS).map(|_| Listener::connect(&server)).collect();
    let slow = || Raw::over(connect_with_room(ROOM_BYTES, server.address()).unwrap());
    let (_silent, Raw(mut sipping)) = (slow(), slow());
    std::thread::spawn(move || {
        // Until it is cut.
        while sipping.read_exact(&mut [0; 1 << 10]).is_ok() {
            std::thread::sleep(Duration::from_secs(1));
        }
    });
    let mut before = 0;
    for round in 0..ROUNDS {
        if round == FULL {
            before = peak(&server);
        }
        for file in 0..FILES {
            let body = "x".repeat(BODY_BYTES);
            server.write(&format!("p/{file}.md"), &format!("{round} {body}"));
        }
        for _ in 0..FILES {
            client.next_event();
        }
        all_hear(&listeners, client.heard());
    }
    let growth = peak(&server) - before;
    assert!(growth < GROWTH_BYTES_MAX, "{growth} bytes more");
    eventually("both slow ones are cut", || {
        (metrics(&server)[r#"taskmd_clients_gone_total{reason="stalled"}"#] == 2.0).then_some(())
    });
    // The others are not.
    server.write("p/last.md", "x");
    assert_eq!(client.next_events(1), ["created last"]);
    all_hear(&listeners, client.heard());
    assert_eq!(*client.replay(), server.tasks("p"));
}
