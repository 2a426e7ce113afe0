//! What it costs to tell many clients: `cargo bench --bench fanout`.
//!
//! The real server over loopback sockets, and beside it a floor, which is a bare epoll loop with the bytes ready, and a hub in
//! Go, which is what many servers are made of. They take turns, a slice each, so that the machine's noise is the same for
//! all; the figure to trust is the ratio within a turn, and its median over the turns. What is measured is a server's time
//! on a processor for a delivery: of ours that of a slice with clients, less that of the same saves in a project that nobody
//! follows. Then: a burst, clients that do not read, and clients that do nothing.

mod audience;
mod burst;
mod floor;
mod hub;
#[path = "../support/served.rs"]
mod served;
mod slow;

use audience::{Audience, Probe};
use floor::Floor;
use hub::Hub;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use served::Server;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

const CLIENTS: usize = 1_000;
/// Clients that do nothing, for what one of them takes in memory: with the others, 10,000.
const IDLE_CLIENTS: usize = 9_000;
/// Bytes of a task's body, which make an event of 1 KiB.
const BODY_BYTES: usize = 560;
const TURNS: usize = 15;
/// Rounds of a slice.
const ROUNDS: usize = 16;
/// Events that are there at once.
const BACKLOG: usize = 32;

/// The targets, as ratios to the floor and to the hub: with one event a write, and with a backlog.
const ONE_MAX: [f64; 2] = [1.15, 0.4];
const BACKLOG_MAX: [f64; 2] = [1.5, 0.1];

/// More connections than there are by default, and no pings between the events that are counted.
const ARGUMENTS: [&str; 4] = ["--connections", "20000", "--ping-interval", "1h"];

/// The projects: one with clients, and one with a single one. Their names are as long.
const CROWD: &str = "crowd";
const ALONE: &str = "alone";

fn main() -> io::Result<()> {
    // `cargo test --all-targets` runs this too, and wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let current = maximum;
    setrlimit(Resource::Nofile, Rlimit { current, maximum })?;
    let folder = tempfile::tempdir()?;
    let mut out = io::stdout();
    let mut stage = Stage::set(folder.path(), &mut out)?;
    writeln!(
        out,
        "{CLIENTS} clients; CPU seconds for a million deliveries, and ratios within a turn (least median most of {TURNS})"
    )?;
    stage.measure(&mut out, 1, ONE_MAX)?;
    stage.measure(&mut out, BACKLOG, BACKLOG_MAX)?;
    slow::measure(&mut stage, &mut out)?;
    stage.weigh(&mut out)?;
    drop(stage);
    burst::measure(folder.path(), &mut out)
}

/// A server, a floor, a hub if there is one, and clients of all.
struct Stage {
    root: PathBuf,
    server: Server,
    floor: Floor,
    hub: Option<(Hub, Audience)>,
    crowd: Audience,
    floor_crowd: Audience,
    crowd_probe: Probe,
    alone_probe: Probe,
    n_made: usize,
}

impl Stage {
    fn set(folder: &Path, out: &mut impl Write) -> io::Result<Self> {
        let root = folder.join("root");
        for project in [CROWD, ALONE] {
            std::fs::create_dir_all(root.join(project))?;
        }
        let server = Server::start(&root, &ARGUMENTS)?;
        let floor = Floor::start(CLIENTS)?;
        let floor_crowd = Audience::connect(floor.address, CLIENTS, "")?;
        floor.settle(CLIENTS);
        let hub = match Hub::start(folder) {
            Ok(hub) => {
                let crowd = Audience::connect(hub.server.address, CLIENTS, &hub.request())?;
                Some((hub, crowd))
            }
            Err(reason) => {
                writeln!(out, "without the hub in Go: {reason}")?;
                None
            }
        };
        let (address, request) = (server.address, server.request(CROWD));
        Ok(Self {
            crowd: Audience::connect(address, CLIENTS, &request)?,
            crowd_probe: Probe::connect(address, &request)?,
            alone_probe: Probe::connect(address, &server.request(ALONE))?,
            root,
            server,
            floor,
            hub,
            floor_crowd,
            n_made: 0,
        })
    }

    /// Makes so many new tasks in a project at once.
    fn make(&mut self, project: &str, n_tasks: usize) -> io::Result<()> {
        self.n_made += 1;
        make(&self.root, project, self.n_made, n_tasks)
    }

    /// One turn: the time of each of the three on a processor, and the bytes of an event.
    fn turn(&mut self, n_events: usize) -> io::Result<([Duration; 3], usize)> {
        let mut n_bytes = 0;
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
        let mut hub = Duration::ZERO;
        if let Some((go, crowd)) = &mut self.hub {
            let start = go.server.cpu()?;
            for _ in 0..ROUNDS {
                go.send(n_events, n_bytes / n_events)?;
                crowd.take(n_bytes / n_events * n_events)?;
            }
            hub = go.server.cpu()?.saturating_sub(start);
        }
        Ok((
            [crowd.saturating_sub(alone), floor, hub],
            n_bytes / n_events,
        ))
    }

    fn measure(
        &mut self,
        out: &mut impl Write,
        n_events: usize,
        targets: [f64; 2],
    ) -> io::Result<()> {
        // The first turn is for everything to get warm.
        self.turn(n_events)?;
        let (mut turns, mut n_bytes) = (Vec::new(), 0);
        for _ in 0..TURNS {
            let (times, bytes) = self.turn(n_events)?;
            (n_bytes, turns) = (bytes, [turns, vec![times]].concat());
        }
        let n_deliveries = (ROUNDS * n_events * CLIENTS) as f64;
        let cost = |side: usize| {
            let costs = turns
                .iter()
                .map(|turn| turn[side].as_secs_f64() * 1e6 / n_deliveries);
            median(costs.collect())
        };
        writeln!(
            out,
            "{n_events} of {n_bytes} bytes at once: server {:.2}",
            cost(0)
        )?;
        let others = [("floor", 1, targets[0]), ("hub", 2, targets[1])];
        for (name, side, target) in &others[..1 + usize::from(self.hub.is_some())] {
            let ratios = turns
                .iter()
                .map(|turn| turn[0].as_secs_f64() / turn[*side].as_secs_f64());
            let ratios = sorted(ratios.collect());
            let verdict = verdict(ratios[TURNS / 2] <= *target);
            writeln!(
                out,
                "  {name:<5} {:>6.2}   ratio {:.2} {:.2} {:.2}   target {target}{verdict}",
                cost(*side),
                ratios[0],
                ratios[TURNS / 2],
                ratios[TURNS - 1],
            )?;
        }
        Ok(())
    }

    /// What a client that does nothing takes in memory.
    fn weigh(&mut self, out: &mut impl Write) -> io::Result<()> {
        const KIB_MAX: f64 = 2.0;
        let before = self.server.rss()?;
        let request = self.server.request(ALONE);
        let idle = Audience::connect(self.server.address, IDLE_CLIENTS, &request)?;
        let taken = self.server.rss()?.saturating_sub(before);
        drop(idle);
        let each = taken as f64 / IDLE_CLIENTS as f64 / 1024.0;
        let n_clients = IDLE_CLIENTS + CLIENTS;
        writeln!(
            out,
            "{n_clients} clients: {each:.2} KiB of memory for an idle one   target {KIB_MAX}{}",
            verdict(each <= KIB_MAX)
        )
    }
}

/// Makes so many new tasks in a project at once: a directory of them is moved in.
#[expect(clippy::disallowed_methods, reason = "the bench is the editor")]
fn make(root: &Path, project: &str, n_made: usize, n_tasks: usize) -> io::Result<()> {
    let aside = root.with_file_name(format!("{n_made:05}"));
    std::fs::create_dir(&aside)?;
    for n in 0..n_tasks {
        let body = "x".repeat(BODY_BYTES);
        let text = format!("---\ntitle: a task\nstatus: open\n---\n{body}");
        std::fs::write(aside.join(format!("t{n_made:05}-{n:04}.md")), text)?;
    }
    std::fs::rename(aside, root.join(project).join(format!("{n_made:05}")))
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "" } else { "  missed" }
}

fn median(figures: Vec<f64>) -> f64 {
    let middle = figures.len() / 2;
    sorted(figures)[middle]
}

fn sorted(mut figures: Vec<f64>) -> Vec<f64> {
    figures.sort_by(f64::total_cmp);
    figures
}
