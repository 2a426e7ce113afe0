//! What it costs to tell many clients, what that takes of memory, and whether anybody is lost or delayed:
//! `cargo bench --bench fanout`, or with the names of parts of it: `cargo bench --bench fanout -- cost burst`.
//!
//! Beside the real server over loopback sockets run a floor, which is a bare epoll loop with the bytes ready, and a hub, which
//! is the usual server of this kind: gorilla's chat example in Go. They take turns, a slice each, so that the machine's noise is
//! the same for all; the figure to trust is the ratio within a turn, and its median over the turns.

mod audience;
mod burst;
#[path = "../../tests/it/support/connection.rs"]
mod connection;
mod cost;
mod floor;
#[path = "../../tests/it/support/frames.rs"]
mod frames;
mod hub;
mod idle;
mod machine;
#[path = "../support/served.rs"]
mod served;
mod slow;
mod stage;

use std::io::{self, Write};

/// A part of the bench, which writes what it finds.
type Part = fn(&mut dyn Write) -> io::Result<()>;

const PARTS: [(&str, Part); 4] = [
    ("cost", cost::measure),
    ("burst", burst::measure),
    ("slow", slow::measure),
    ("idle", idle::measure),
];

fn main() -> io::Result<()> {
    // `cargo test --all-targets` runs this too, and wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    machine::raise_descriptors()?;
    let asked: Vec<_> = std::env::args().skip(1).collect();
    let asked: Vec<_> = asked.iter().filter(|name| !name.starts_with('-')).collect();
    let is_part = |name: &&String| PARTS.iter().any(|(part, _)| part == name);
    if let Some(unknown) = asked.iter().find(|name| !is_part(name)) {
        return Err(io::Error::other(format!("there is no part `{unknown}`")));
    }
    let mut out = io::stdout();
    for (part, measure) in PARTS {
        if asked.is_empty() || asked.iter().any(|name| *name == part) {
            measure(&mut out)?;
        }
    }
    Ok(())
}

/// A target, and whether it is met.
fn judged(figure: f64, target: f64) -> String {
    let verdict = if figure <= target { "" } else { ": missed" };
    format!("target {target}{verdict}")
}
