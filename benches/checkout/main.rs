//! How soon everybody has followed git: `cargo bench --bench checkout`.
//!
//! A project of 10,000 tasks in git, 50 clients, and checkouts back and forth between two branches in which every file is
//! another one. What is measured is the time from git's end until the last client has had everything: one client is
//! replayed and compared with what git was told to make, and the others must have had the same bytes. The server may keep no
//! client waiting, let none go, and tell no file twice.

mod crowd;
mod repository;
#[path = "../support/served.rs"]
#[expect(dead_code, reason = "the other benches use more of it")]
mod served;

use crowd::Crowd;
use repository::Repository;
use served::Server;
use std::io::{self, Write};
use std::time::{Duration, Instant};

const FILES: usize = 10_000;
const CLIENTS: usize = 50;
const CHECKOUTS: usize = 6;
/// The target, from git's end.
const TIME_MAX: Duration = Duration::from_secs(3);

fn main() -> io::Result<()> {
    // `cargo test --all-targets` runs this too, and wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let repository = Repository::make(folder.path(), "p", FILES)?;
    let server = Server::start(folder.path(), &["--ping-interval", "1h"])?;
    let mut crowd = Crowd::follow(&server, "p", CLIENTS)?;
    let mut out = io::stdout();
    writeln!(
        out,
        "{CLIENTS} clients follow git through {FILES} files; seconds"
    )?;
    writeln!(out, "git alone  until all have followed  events")?;
    let mut slowest = Duration::ZERO;
    for n in 0..CHECKOUTS {
        let branch = repository.branches()[(n + 1) % 2];
        let started = Instant::now();
        repository.check_out(branch)?;
        let ended = Instant::now();
        let n_events = crowd.catch_up(&repository.titles(branch))?;
        let time = ended.elapsed();
        slowest = slowest.max(time);
        writeln!(
            out,
            "{:>9.2} {:>24.2} {n_events:>7}",
            (ended - started).as_secs_f64(),
            time.as_secs_f64()
        )?;
        if n_events > FILES {
            return Err(io::Error::other("a file was told twice"));
        }
    }
    let verdict = if slowest <= TIME_MAX { "" } else { "  missed" };
    writeln!(
        out,
        "slowest {:.2}   target {}{verdict}",
        slowest.as_secs_f64(),
        TIME_MAX.as_secs()
    )
}
