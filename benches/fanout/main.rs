//! What it costs to tell many clients: `cargo bench --bench fanout`.
//!
//! The real server over loopback sockets, and beside it a floor: a bare epoll loop with the bytes ready. They take turns, a
//! slice each, so that the machine's noise is the same for both; the figure to trust is the ratio within a turn, and its
//! median over the turns. What is measured is the server's time on a processor for a delivery: that of a slice with
//! clients, less that of the same saves in a project that nobody follows.

mod audience;
mod floor;
mod served;

use audience::{Audience, Probe};
use floor::Floor;
use served::Server;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

const CLIENTS: usize = 1_000;
/// Clients that do nothing, for what one of them takes in memory.
const IDLE_CLIENTS: usize = 8_500;
/// Bytes of a task's body, which make an event of 1 KiB.
const BODY_BYTES: usize = 560;
const TURNS: usize = 15;
/// Rounds of a slice.
const ROUNDS: usize = 16;
/// Events that are there at once.
const BACKLOG: usize = 32;

/// The targets, as ratios to the floor.
const ONE_MAX: f64 = 1.15;
const BACKLOG_MAX: f64 = 1.5;

/// The projects: one with clients, and one with a single one. Their names are as long.
const CROWD: &str = "crowd";
const ALONE: &str = "alone";

fn main() -> io::Result<()> {
    // `cargo test --all-targets` runs this too, and wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let mut stage = Stage::set(folder.path())?;
    let mut out = io::stdout();
    writeln!(
        out,
        "{CLIENTS} clients; CPU seconds for a million deliveries; ratios of {TURNS} turns"
    )?;
    writeln!(
        out,
        "events at once  bytes each  server  floor  ratio: least  median  most"
    )?;
    stage.measure(&mut out, 1, ONE_MAX)?;
    stage.measure(&mut out, BACKLOG, BACKLOG_MAX)?;
    stage.weigh(&mut out)
}

/// A server, a floor, and clients of both.
struct Stage {
    root: PathBuf,
    server: Server,
    floor: Floor,
    crowd: Audience,
    floor_crowd: Audience,
    crowd_probe: Probe,
    alone_probe: Probe,
    n_made: usize,
}

impl Stage {
    fn set(folder: &Path) -> io::Result<Self> {
        let root = folder.join("root");
        for project in [CROWD, ALONE] {
            std::fs::create_dir_all(root.join(project))?;
        }
        let server = Server::start(&root)?;
        let floor = Floor::start(CLIENTS)?;
        let floor_crowd = Audience::connect(floor.address, CLIENTS, "")?;
        floor.settle(CLIENTS);
        let (address, request) = (server.address, server.request(CROWD));
        Ok(Self {
            crowd: Audience::connect(address, CLIENTS, &request)?,
            crowd_probe: Probe::connect(address, &request)?,
            alone_probe: Probe::connect(address, &server.request(ALONE))?,
            root,
            server,
            floor,
            floor_crowd,
            n_made: 0,
        })
    }

    /// Makes so many new tasks in a project at once: a directory of them is moved in.
    #[expect(clippy::disallowed_methods, reason = "the bench is the editor")]
    fn make(&mut self, project: &str, n_tasks: usize) -> io::Result<()> {
        self.n_made += 1;
        let n_made = self.n_made;
        let aside = self.root.with_file_name(format!("{n_made:05}"));
        std::fs::create_dir(&aside)?;
        for n in 0..n_tasks {
            let body = "x".repeat(BODY_BYTES);
            let text = format!("---\ntitle: a task\nstatus: open\n---\n{body}");
            std::fs::write(aside.join(format!("t{n_made:05}-{n:02}.md")), text)?;
        }
        std::fs::rename(aside, self.root.join(project).join(format!("{n_made:05}")))
    }

    fn measure(&mut self, out: &mut impl Write, n_events: usize, target: f64) -> io::Result<()> {
        let mut turns = Vec::new();
        let mut n_bytes = 0;
        for turn in 0..=TURNS {
            let start = self.server.cpu()?;
            for _ in 0..ROUNDS {
                self.make(CROWD, n_events)?;
                n_bytes = self.crowd_probe.take(n_events)?;
                self.crowd.take(n_bytes)?;
            }
            let crowd = self.server.cpu()?.saturating_sub(start);
            let start = self.server.cpu()?;
            for _ in 0..ROUNDS {
                self.make(ALONE, n_events)?;
                self.alone_probe.take(n_events)?;
            }
            let alone = self.server.cpu()?.saturating_sub(start);
            let start = self.floor.cpu();
            for _ in 0..ROUNDS {
                self.floor.send(vec![0; n_bytes])?;
                self.floor_crowd.take(n_bytes)?;
            }
            let floor = self.floor.cpu().saturating_sub(start);
            // The first turn is for everything to get warm.
            if turn > 0 {
                turns.push([crowd.saturating_sub(alone), floor]);
            }
        }
        let n_deliveries = (ROUNDS * n_events * CLIENTS) as f64;
        let of = |side: usize| {
            let costs = turns
                .iter()
                .map(|turn| per_million(turn[side], n_deliveries));
            sorted(costs.collect())
        };
        let (server, floor) = (of(0), of(1));
        let ratios = turns
            .iter()
            .map(|[server, floor]| server.as_secs_f64() / floor.as_secs_f64());
        let ratios = sorted(ratios.collect());
        let middle = TURNS / 2;
        let verdict = if ratios[middle] <= target {
            ""
        } else {
            "  missed"
        };
        writeln!(
            out,
            "{n_events:>14} {:>11} {:>7.2} {:>6.2} {:>13.2} {:>7.2} {:>5.2}  (target {target}){verdict}",
            n_bytes / n_events,
            server[middle],
            floor[middle],
            ratios[0],
            ratios[middle],
            ratios[TURNS - 1],
        )
    }

    /// What a client that does nothing takes in memory.
    fn weigh(&mut self, out: &mut impl Write) -> io::Result<()> {
        let before = self.server.rss()?;
        let request = self.server.request(ALONE);
        let idle = Audience::connect(self.server.address, IDLE_CLIENTS, &request)?;
        let taken = self.server.rss()?.saturating_sub(before);
        drop(idle);
        let each = taken as f64 / IDLE_CLIENTS as f64 / 1024.0;
        writeln!(
            out,
            "{IDLE_CLIENTS} idle clients: {each:.2} KiB of memory each"
        )
    }
}

fn per_million(cpu: Duration, n_deliveries: f64) -> f64 {
    cpu.as_secs_f64() * 1e6 / n_deliveries
}

fn sorted(mut figures: Vec<f64>) -> Vec<f64> {
    figures.sort_by(f64::total_cmp);
    figures
}
