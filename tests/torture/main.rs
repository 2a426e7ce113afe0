//! `taskmd` under torture: whatever is done to its folders, by hand and over REST, through crashes, full disks and queues
//! that run over, its clients end equal to them, and no edit is lost.
//!
//! ```text
//! cargo test --release --test torture -- --seed 7
//! cargo test --release --test torture -- --seeds 1..201 --ops 300 --jobs 16
//! ```
//!
//! `--server PATH` tortures another build of the server.
//!
//! A seed makes the same operations each time; what they meet differs, for the server and the kernel keep their own
//! time. A seed that fails says what was done, and `--keep` keeps its folder; `--story` says it of every seed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "it says what it does"
)]
#![expect(
    unreachable_pub,
    dead_code,
    unused_imports,
    reason = "the vocabulary is shared"
)]

#[path = "../it/support.rs"]
mod support;

mod check;
mod editor;
mod machine;
mod model;
mod rest;
mod storm;

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use storm::Storm;

/// What is asked for on the command line.
#[derive(Debug)]
struct Options {
    seeds: Range<u64>,
    n_ops: u64,
    n_jobs: usize,
    keeps: bool,
    tells: bool,
}

/// What many seeds add up to.
#[derive(Debug, Default)]
pub struct Tally {
    n_ops: u64,
    n_events: u64,
    n_restarts: u64,
    n_overflows: u64,
    answers: BTreeMap<u16, u64>,
    /// From the last operation until every client was equal to the folder.
    rests: Vec<Duration>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.n_ops += other.n_ops;
        self.n_events += other.n_events;
        self.n_restarts += other.n_restarts;
        self.n_overflows += other.n_overflows;
        for (status, n) in other.answers {
            *self.answers.entry(status).or_default() += n;
        }
        self.rests.extend(other.rests);
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        seeds: 1..9,
        n_ops: 300,
        n_jobs: 8,
        keeps: false,
        tells: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || {
            let value = arguments.next().ok_or(format!("{argument} of what?"))?;
            let (from, to) = value.split_once("..").unwrap_or((&value, ""));
            let parse = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
            let from = parse(from)?;
            let to = if to.is_empty() { from + 1 } else { parse(to)? };
            Ok::<_, String>(from..to)
        };
        match argument.as_str() {
            "--seed" | "--seeds" => options.seeds = number()?,
            "--ops" => options.n_ops = number()?.start,
            "--jobs" => options.n_jobs = usize::try_from(number()?.start).unwrap(),
            "--keep" => options.keeps = true,
            "--story" => options.tells = true,
            "--server" => {
                let path = arguments.next().ok_or("--server of which path?")?;
                support::PROGRAM
                    .set(path)
                    .map_err(|_| "one server is enough")?;
            }
            // What `cargo test` hands to every test binary.
            _ => {}
        }
    }
    Ok(options)
}

/// Is this binary asked for, or another one's tests?
fn is_wanted() -> bool {
    let mut filters = std::env::args().skip(1).filter(|a| !a.starts_with('-'));
    let is_own = std::env::args().any(|a| a.starts_with("--seed") || a == "--ops");
    is_own || filters.all(|filter| "torture".contains(filter.as_str()))
}

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") {
        println!("torture: test");
        return ExitCode::SUCCESS;
    }
    if !is_wanted() {
        return ExitCode::SUCCESS;
    }
    let options = match options() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    // What is answered is checked; what the watcher complains of is worth hearing.
    support::LOG.set("error,taskmd::http=off").unwrap();
    let started = Instant::now();
    let next = AtomicU64::new(options.seeds.start);
    let tally = Mutex::new(Tally::default());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..options.n_jobs {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= options.seeds.end {
                        return;
                    }
                    match run(seed, &options) {
                        Some(one) => tally.lock().unwrap().add(one),
                        None => failed.lock().unwrap().push(seed),
                    }
                }
            });
        }
    });
    let (tally, failed) = (tally.into_inner().unwrap(), failed.into_inner().unwrap());
    report(&options, tally, &failed, started.elapsed())
}

/// Runs one seed. None when it failed, which has been said.
fn run(seed: u64, options: &Options) -> Option<Tally> {
    let mut storm = Storm::start(seed);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        for n in 1..=options.n_ops {
            storm.step();
            if n % 100 == 0 || n == options.n_ops {
                storm.rest();
            }
        }
        storm.end();
    }));
    if options.tells {
        println!("{}", storm.story());
    }
    if outcome.is_ok() {
        return Some(storm.into_tally());
    }
    eprintln!("seed {seed} failed after:\n{}", storm.story());
    if options.keeps {
        eprintln!("its folder: {}", storm.keep().display());
    }
    None
}

fn report(options: &Options, mut tally: Tally, failed: &[u64], time: Duration) -> ExitCode {
    tally.rests.sort();
    let at = |percent: usize| {
        let index = (tally.rests.len() * percent / 100).min(tally.rests.len().saturating_sub(1));
        tally.rests.get(index).copied().unwrap_or_default()
    };
    println!(
        "{} seeds x {} operations: {} events, answers {:?}, {} restarts, {} overflows, at rest after p50 {:?} p99 {:?} max {:?}, in {:.0?}",
        options.seeds.end - options.seeds.start,
        options.n_ops,
        tally.n_events,
        tally.answers,
        tally.n_restarts,
        tally.n_overflows,
        at(50),
        at(99),
        at(100),
        time,
    );
    let (n_passed, n_failed) = (
        usize::try_from(options.seeds.end - options.seeds.start).unwrap() - failed.len(),
        failed.len(),
    );
    println!("{n_passed} passed, {n_failed} failed");
    if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        println!("failed seeds: {failed:?}");
        ExitCode::FAILURE
    }
}
