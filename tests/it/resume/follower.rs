//! A client that remembers where it was, and a connection that ends anywhere; whatever the transport.

use crate::dice::Dice;
use crate::support::{Server, tasks_by_id};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A connection that ends after so many bytes, wherever that is.
pub struct Cut {
    pub stream: TcpStream,
    pub n_left: usize,
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
pub struct Follower {
    pub tasks: BTreeMap<String, Value>,
    /// `EPOCH` and the number of the last event, once it knows.
    pub place: Option<(String, u64)>,
    /// What its EventSource says when it comes again, if it has one.
    pub last_event_id: String,
    pub n_snapshots: usize,
    pub n_events: usize,
}

impl Follower {
    /// Where it was.
    pub fn since(&self) -> String {
        match &self.place {
            Some((epoch, seq)) => format!("{epoch}:{seq}"),
            None => "0".to_owned(),
        }
    }

    /// The number of the last event that it has had.
    pub fn seq(&self) -> u64 {
        self.place.as_ref().map_or(0, |(_, seq)| *seq)
    }

    /// Takes in a message, which follows upon the one before.
    pub fn apply(&mut self, message: &Value) {
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
}

/// The number of the last event of `p`.
pub fn seq(server: &Server) -> u64 {
    let page = server.json("/api/v1/projects/p/tasks?limit=1");
    page["seq"].as_u64().unwrap()
}

/// Clients that are cut.
const CLIENTS: u64 = 40;

/// Followers of `p` that are cut so often, all together, while files are written and removed. `connect` follows once, for so many
/// bytes. When they come back, all that was written has been seen.
pub fn cut_anywhere(
    server: &Server,
    n_cuts: usize,
    connect: impl Fn(&mut Follower, usize) + Sync,
) -> Vec<Follower> {
    let (n_connects, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let followers = std::thread::scope(|scope| {
        let follow = |seed| {
            let (connect, n_connects, is_over) = (&connect, &n_connects, &is_over);
            move || {
                let mut dice = Dice::new(seed);
                let mut follower = Follower::default();
                while !is_over.load(Ordering::Relaxed) {
                    n_connects.fetch_add(1, Ordering::Relaxed);
                    connect(&mut follower, 200 + dice.index(3_000));
                }
                follower
            }
        };
        let threads: Vec<_> = (0..CLIENTS).map(|seed| scope.spawn(follow(seed))).collect();
        let mut dice = Dice::new(CLIENTS);
        // One that is finished has failed.
        let all_follow = || !threads.iter().any(|thread| thread.is_finished());
        while n_connects.load(Ordering::Relaxed) < n_cuts && all_follow() {
            let path = format!("p/t{}.md", dice.roll(50));
            if dice.roll(10) == 0 {
                server.shell(&format!("rm -f {path}"));
            } else {
                server.write(&path, &format!("{}", dice.roll(1_000_000)));
            }
        }
        is_over.store(true, Ordering::Relaxed);
        let followers = threads.into_iter().map(|thread| thread.join().unwrap());
        followers.collect()
    });
    let _settled = server.json("/api/v1/projects/p/tasks?sync=1&limit=1");
    let (n_connects, last) = (n_connects.into_inner(), seq(server));
    eprintln!("{n_connects} connections, {last} events");
    followers
}
