//! Clients of a project: one that replays what it is sent, and others that count.

use crate::served::Server;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What takes longer was lost.
const DEADLINE: Duration = Duration::from_secs(60);
/// How often it is looked whether all have had everything.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// A client that counts what it is sent.
#[derive(Default)]
struct Count {
    n_bytes: AtomicUsize,
    /// A sum over all bytes and their places: two streams that differ have different ones.
    sum: AtomicU64,
}

/// All clients.
pub(crate) struct Crowd {
    replaying: BufReader<TcpStream>,
    n_replayed: usize,
    sum: u64,
    titles: BTreeMap<String, String>,
    counts: Vec<Arc<Count>>,
}

impl Crowd {
    /// Follows a project with so many clients, from how it stands.
    pub(crate) fn follow(server: &Server, project: &str, n_clients: usize) -> io::Result<Self> {
        let request = server.request(project);
        let mut counts = Vec::new();
        for _ in 1..n_clients {
            let mut stream = connect(server, &request)?;
            let count = Arc::new(Count::default());
            let counted = count.clone();
            std::thread::spawn(move || {
                let mut buffer = vec![0; 256 << 10];
                while let Ok(n @ 1..) = stream.read(&mut buffer) {
                    let start = counted.n_bytes.load(Ordering::Relaxed);
                    let sum = counted.sum.load(Ordering::Relaxed);
                    let sum = sum.wrapping_add(sum_of(&buffer[..n], start));
                    counted.sum.store(sum, Ordering::Relaxed);
                    counted.n_bytes.store(start + n, Ordering::Release);
                }
            });
            counts.push(count);
        }
        Ok(Self {
            replaying: BufReader::with_capacity(256 << 10, connect(server, &request)?),
            n_replayed: 0,
            sum: 0,
            titles: BTreeMap::new(),
            counts,
        })
    }

    /// Waits until all have had what makes these the titles. Returns how many events that took.
    pub(crate) fn catch_up(&mut self, titles: &BTreeMap<String, String>) -> io::Result<usize> {
        let (until, mut n_events) = (Instant::now() + DEADLINE, 0);
        // Every file is another one, so as many events as files are to come, and then it must be so.
        while n_events < titles.len() || self.titles != *titles {
            self.replay()?;
            n_events += 1;
        }
        let is_behind =
            |count: &Arc<Count>| count.n_bytes.load(Ordering::Acquire) < self.n_replayed;
        while self.counts.iter().any(is_behind) {
            if Instant::now() > until {
                return Err(io::Error::other("a client has not had everything"));
            }
            std::thread::sleep(LOOK_EVERY);
        }
        let same = |count: &Arc<Count>| {
            let n_bytes = count.n_bytes.load(Ordering::Acquire);
            n_bytes == self.n_replayed && count.sum.load(Ordering::Relaxed) == self.sum
        };
        if self.counts.iter().all(same) {
            return Ok(n_events);
        }
        Err(io::Error::other("the clients were not told the same"))
    }

    /// Takes one event in.
    fn replay(&mut self) -> io::Result<()> {
        let mut head = [0; 2];
        self.replaying.read_exact(&mut head)?;
        let mut length = [0; 8];
        let (n_more, short) = match head[1] {
            126 => (2, 0),
            127 => (8, 0),
            short => (0, usize::from(short)),
        };
        self.replaying.read_exact(&mut length[8 - n_more..])?;
        let long = usize::try_from(u64::from_be_bytes(length)).map_err(io::Error::other)?;
        let mut text = vec![0; short + long];
        self.replaying.read_exact(&mut text)?;
        for bytes in [&head[..], &length[8 - n_more..], &text] {
            self.sum = self.sum.wrapping_add(sum_of(bytes, self.n_replayed));
            self.n_replayed += bytes.len();
        }
        let event: serde_json::Value = serde_json::from_slice(&text).map_err(io::Error::other)?;
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let id = text(&event["task_id"]);
        match event["data"].get("title") {
            Some(title) => self.titles.insert(id, text(title)),
            None => self.titles.remove(&id),
        };
        Ok(())
    }
}

fn sum_of(bytes: &[u8], start: usize) -> u64 {
    let weighed = |(n, byte): (usize, &u8)| (start + n) as u64 * u64::from(*byte);
    bytes
        .iter()
        .enumerate()
        .map(weighed)
        .fold(0, u64::wrapping_add)
}

fn connect(server: &Server, request: &str) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(server.address)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.write_all(request.as_bytes())?;
    // A byte at a time: what comes behind the head is the stream's.
    let mut head = BufReader::with_capacity(1, &stream);
    let mut line = String::new();
    head.read_line(&mut line)?;
    if !line.starts_with("HTTP/1.1 101 ") {
        return Err(io::Error::other(line));
    }
    while line != "\r\n" {
        line.clear();
        head.read_line(&mut line)?;
    }
    drop(head);
    Ok(stream)
}
