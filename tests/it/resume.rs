//! `?since=`: a client that was away has every event after its position, or the project as it stands and every event after that.

pub mod follower;

use crate::dice::asked_for;
use crate::support::{DEADLINE, Server, eventually};
use follower::{Cut, Follower, cut_anywhere, seq};
use std::io;
use std::net::TcpStream;
use std::time::Duration;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Error, Message, WebSocket};

impl Follower {
    fn connect(&mut self, server: &Server, n_bytes: usize) -> Option<WebSocket<Cut>> {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let stream = Cut {
            stream,
            n_left: n_bytes,
        };
        let (address, since) = (server.address(), self.since());
        let url = format!("ws://{address}/api/v1/projects/p/ws?since={since}");
        let client = tungstenite::client(url.into_client_request().unwrap(), stream);
        client.ok().map(|(socket, _)| socket)
    }

    /// Takes in one message. False when the connection is at its end.
    fn take(&mut self, socket: &mut WebSocket<Cut>) -> bool {
        match socket.read() {
            Ok(Message::Text(text)) => self.apply(&serde_json::from_str(&text).unwrap()),
            Ok(_) => {}
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                panic!("nothing came for {DEADLINE:?}, at {}", self.since())
            }
            Err(_) => return false,
        }
        true
    }

    /// Follows until it has had the event of this number.
    fn follow(&mut self, server: &Server, until: u64) {
        let mut socket = self.connect(server, usize::MAX).unwrap();
        while self.place.is_none() || self.seq() < until {
            assert!(self.take(&mut socket), "the stream broke");
        }
    }
}

#[test]
fn the_first_message_of_since_0_is_how_the_project_stands() {
    let server = Server::start_with(&[("p/a.md", Some("a")), ("p/b.md", Some("b"))], &[]);
    let mut follower = Follower::default();
    follower.follow(&server, 0);
    assert_eq!(follower.n_snapshots, 1);
    assert_eq!(follower.tasks, server.tasks("p"));
    server.write("p/a.md", "changed");
    follower.follow(&server, 1);
    assert_eq!((follower.n_snapshots, follower.n_events), (1, 1));
    assert_eq!(follower.tasks, server.tasks("p"));
}

#[test]
fn who_was_away_gets_what_it_missed_and_nothing_twice() {
    let server = Server::start();
    let mut follower = Follower::default();
    follower.follow(&server, 0);
    for n in 1..=20 {
        server.write(&format!("p/t{n}.md"), "x");
        eventually("it is told", || (seq(&server) == n).then_some(()));
    }
    follower.follow(&server, 20);
    assert_eq!((follower.n_snapshots, follower.n_events), (1, 20));
    assert_eq!(follower.tasks, server.tasks("p"));
}

#[test]
fn where_the_log_does_not_reach_the_project_is_told_as_it_stands() {
    let arguments = ["--replay-events", "5"];
    let server = Server::start_with(&[("p", None)], &arguments);
    let mut follower = Follower::default();
    follower.follow(&server, 0);
    let (epoch, _) = follower.place.clone().unwrap();
    for n in 1..=10 {
        server.write(&format!("p/t{n}.md"), "x");
        eventually("it is told", || (seq(&server) == n).then_some(()));
    }
    for (place, n_snapshots) in [
        ((epoch.clone(), 0), 1),
        ((epoch.clone(), 4), 1),
        ((epoch.clone(), 5), 0),
        ((epoch.clone(), 10), 0),
        ((epoch.clone(), 11), 1),
        ((epoch, u64::MAX), 1),
        (("0123456789abcdef".to_owned(), 7), 1),
    ] {
        let mut follower = Follower {
            place: Some(place.clone()),
            ..Follower::default()
        };
        let mut socket = follower.connect(&server, usize::MAX).unwrap();
        for _ in 0..(n_snapshots + if n_snapshots == 0 { 10 - place.1 } else { 0 }) {
            assert!(follower.take(&mut socket));
        }
        let counts = (follower.n_snapshots as u64, follower.seq());
        assert_eq!(counts, (n_snapshots, 10), "{place:?}");
    }
}

#[test]
fn what_is_no_position_is_refused() {
    let server = Server::start();
    for since in ["", "1", "x", "a:-1", "a:1:2", "NaN", "a:1.5", "-1"] {
        let path = format!("/api/v1/projects/p/ws?since={since}");
        let outcome = server.get(&path).outcome();
        assert_eq!(outcome, (400, "invalid_query".to_owned()), "{since}");
    }
}

/// A client that nothing comes to lets go as well.
const PATIENCE: Duration = Duration::from_millis(50);
/// How often clients are cut: `TASKMD_CUTS=10000` is the soak.
const CUTS: usize = 1_000;

#[test]
fn cut_at_any_byte_a_client_misses_nothing() {
    let server = Server::start();
    let n_cuts = asked_for("TASKMD_CUTS", CUTS);
    let followers = cut_anywhere(&server, n_cuts, |follower, n_bytes| {
        if let Some(mut socket) = follower.connect(&server, n_bytes) {
            let stream = &socket.get_ref().stream;
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            while take_or_rest(follower, &mut socket) {}
        }
    });
    let (tasks, last) = (server.tasks("p"), seq(&server));
    for mut follower in followers {
        follower.follow(&server, last);
        assert_eq!(follower.tasks, tasks);
        assert_eq!(follower.n_snapshots, 1);
    }
}

fn take_or_rest(follower: &mut Follower, socket: &mut WebSocket<Cut>) -> bool {
    match socket.read() {
        Ok(Message::Text(text)) => {
            follower.apply(&serde_json::from_str(&text).unwrap());
            true
        }
        Ok(_) => true,
        Err(_) => false,
    }
}
