//! `?since=`: a client that was away has every event after its position, or the project as it stands and every event after that.

use crate::dice::{Dice, asked_for};
use crate::support::{DEADLINE, Server, eventually, tasks_by_id};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Error, Message, WebSocket};

/// A connection that ends after so many bytes, wherever that is.
struct Cut {
    stream: TcpStream,
    n_left: usize,
}

impl Read for Cut {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = buffer.len().min(self.n_left);
        let n_read = self.stream.read(&mut buffer[..n_bytes])?;
        self.n_left -= n_read;
        Ok(n_read)
    }
}

impl Write for Cut {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A client that remembers where it was.
#[derive(Default)]
struct Follower {
    tasks: BTreeMap<String, Value>,
    /// `EPOCH` and the number of the last event, once it knows.
    place: Option<(String, u64)>,
    n_snapshots: usize,
    n_events: usize,
}

impl Follower {
    fn since(&self) -> String {
        match &self.place {
            Some((epoch, seq)) => format!("{epoch}:{seq}"),
            None => "0".to_owned(),
        }
    }

    fn seq(&self) -> u64 {
        self.place.as_ref().map_or(0, |(_, seq)| *seq)
    }

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

    fn apply(&mut self, message: &Value) {
        let epoch = message["epoch"].as_str().unwrap().to_owned();
        let seq = message["seq"].as_u64().unwrap();
        if message["type"] == "snapshot" {
            assert_eq!(message["project_id"], "p");
            self.n_snapshots += 1;
            let page = serde_json::json!({"tasks": message["data"]});
            self.tasks = tasks_by_id(&page);
        } else {
            let (known, last) = self.place.as_ref().expect("a place comes first");
            assert_eq!(
                (known, last + 1),
                (&epoch, seq),
                "a hole, or one twice: {message}"
            );
            self.n_events += 1;
            let id = message["task_id"].as_str().unwrap().to_owned();
            drop(match message["type"].as_str().unwrap() {
                "task.deleted" => self.tasks.remove(&id),
                _ => self.tasks.insert(id, message["data"].clone()),
            });
        }
        self.place = Some((epoch, seq));
    }

    /// Follows until it has had the event of this number.
    fn follow(&mut self, server: &Server, until: u64) {
        let mut socket = self.connect(server, usize::MAX).unwrap();
        while self.place.is_none() || self.seq() < until {
            assert!(self.take(&mut socket), "the stream broke");
        }
    }
}

fn seq(server: &Server) -> u64 {
    let page = server.json("/api/v1/projects/p/tasks?limit=1");
    page["seq"].as_u64().unwrap()
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
/// Clients that are cut.
const CLIENTS: u64 = 40;
/// How often, all together: `TASKMD_CUTS=10000` is the soak.
const CUTS: usize = 1_000;

#[test]
fn cut_at_any_byte_a_client_misses_nothing() {
    let n_cuts = asked_for("TASKMD_CUTS", CUTS);
    let server = Server::start();
    let (n_connects, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let followers = std::thread::scope(|scope| {
        let follow = |seed| {
            let (server, n_connects, is_over) = (&server, &n_connects, &is_over);
            move || {
                let mut dice = Dice::new(seed);
                let mut follower = Follower::default();
                while !is_over.load(Ordering::Relaxed) {
                    n_connects.fetch_add(1, Ordering::Relaxed);
                    let n_bytes = usize::try_from(200 + dice.roll(3_000)).unwrap();
                    let Some(mut socket) = follower.connect(server, n_bytes) else {
                        continue;
                    };
                    socket
                        .get_ref()
                        .stream
                        .set_read_timeout(Some(PATIENCE))
                        .unwrap();
                    while take_or_rest(&mut follower, &mut socket) {}
                }
                follower
            }
        };
        let threads: Vec<_> = (0..CLIENTS).map(|seed| scope.spawn(follow(seed))).collect();
        let mut dice = Dice::new(CLIENTS);
        while n_connects.load(Ordering::Relaxed) < n_cuts {
            let path = format!("p/t{}.md", dice.roll(50));
            if dice.roll(10) == 0 {
                server.shell(&format!("rm -f {path}"));
            } else {
                server.write(&path, &format!("{}", dice.roll(1_000_000)));
            }
        }
        is_over.store(true, Ordering::Relaxed);
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>()
    });
    let _settled = server.json("/api/v1/projects/p/tasks?sync=1&limit=1");
    let (tasks, last) = (server.tasks("p"), seq(&server));
    for mut follower in followers {
        follower.follow(&server, last);
        assert_eq!(follower.tasks, tasks);
        assert_eq!(follower.n_snapshots, 1);
    }
    let n_connects = n_connects.into_inner();
    println!("{n_connects} connections, {last} events, none missing, none twice");
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
