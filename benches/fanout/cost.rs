//! What a delivery costs: the time on a processor of who serves, for a million of them.
//!
//! Of the server, that of a slice with clients, less that of the same saves in a project with a single one: to hear of a
//! file and to read it is no delivery. The floor and the hub are given what the server's clients were sent, the floor as
//! bytes and the hub as messages, which costs them nothing to speak of.

use crate::audience::{Audience, Heard, Probe};
use crate::floor::Floor;
use crate::hub::Hub;
use crate::judged;
use crate::machine::{Cores, settle};
use crate::served::Server;
use crate::stage::{ALONE, CROWD, Stage};
use std::io::{self, Write};
use std::time::Duration;

const CLIENTS: usize = 1_000;
const TURNS: usize = 11;

/// What is measured, and the targets: ratios to the floor and to the hub.
struct Kind {
    /// Events that are there at once.
    n_events: usize,
    /// How often that is in a slice.
    n_rounds: usize,
    floor_max: f64,
    hub_max: f64,
}

const ONE: Kind = Kind {
    n_events: 1,
    n_rounds: 25,
    floor_max: 1.15,
    hub_max: 0.4,
};

/// It is there at once for each of the three: the server finds a directory of tasks and logs their events in one step, the
/// floor is given the bytes in one piece, and the hub the messages in one write. What each makes of it is its own: server and
/// floor send a client all of it in one system call, the hub sends each message by itself, for its clients parse each as JSON.
const BACKLOG: Kind = Kind {
    n_events: 32,
    n_rounds: 4,
    floor_max: 1.5,
    hub_max: 0.1,
};

/// Measures both kinds.
pub(crate) fn measure(out: &mut dyn Write) -> io::Result<()> {
    let mut sides = Sides::set(out)?;
    writeln!(
        out,
        "{CLIENTS} clients; CPU seconds for a million deliveries; medians of {TURNS} turns"
    )?;
    for kind in [ONE, BACKLOG] {
        // One more, for everything to get warm.
        let _warm = sides.turn(&kind)?;
        let turns: io::Result<Vec<_>> = (0..TURNS).map(|_| sides.turn(&kind)).collect();
        let n_bytes = sides.heard.bytes.len() / kind.n_events;
        write!(out, "{} at once, of {n_bytes} bytes:", kind.n_events)?;
        kind.tell(out, &turns?)?;
    }
    Ok(())
}

impl Kind {
    fn tell(&self, out: &mut dyn Write, turns: &[Costs]) -> io::Result<()> {
        let n_millions = (self.n_rounds * self.n_events * CLIENTS) as f64 / 1e6;
        let of = |cost: fn(&Costs) -> Option<Duration>| {
            let costs = turns.iter().filter_map(cost);
            Spread::of(costs.map(|cost| cost.as_secs_f64() / n_millions))
        };
        for (name, costs) in [
            ("server", of(|costs| Some(costs.server))),
            ("floor", of(|costs| Some(costs.floor))),
            ("hub", of(|costs| costs.hub)),
        ] {
            if let Some(Spread { median, .. }) = costs {
                write!(out, "  {name} {median:.2}")?;
            }
        }
        writeln!(out)?;
        let ratio = |costs: &Costs, other: Duration| costs.server.div_duration_f64(other);
        let to_floor = turns.iter().map(|costs| ratio(costs, costs.floor));
        let to_hub = |costs| Some(ratio(costs, costs.hub?));
        let to_hub = turns.iter().filter_map(to_hub);
        for (name, ratios, target) in [
            ("server / floor", Spread::of(to_floor), self.floor_max),
            ("server / hub", Spread::of(to_hub), self.hub_max),
        ] {
            if let Some(ratios) = ratios {
                ratios.tell(out, name, target)?;
            }
        }
        Ok(())
    }
}

/// The middle one of some figures, with the least and the most.
struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

impl Spread {
    /// Of no figures there is none.
    fn of(figures: impl Iterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<_> = figures.collect();
        figures.sort_by(f64::total_cmp);
        Some(Self {
            least: *figures.first()?,
            median: *figures.get(figures.len() / 2)?,
            most: *figures.last()?,
        })
    }

    /// Tells the figures, and whether the middle one is within the target.
    fn tell(&self, out: &mut dyn Write, name: &str, target: f64) -> io::Result<()> {
        let Self {
            least,
            median,
            most,
        } = self;
        let judged = judged(*median, target);
        writeln!(
            out,
            "  {name:<24} {median:>6.2}  ({least:.2} to {most:.2}, {judged})"
        )
    }
}

/// What a turn has cost each.
struct Costs {
    server: Duration,
    floor: Duration,
    hub: Option<Duration>,
}

/// The three, with the clients of each.
struct Sides {
    stage: Stage,
    crowd: Audience,
    crowd_probe: Probe,
    alone_probe: Probe,
    /// What the clients of the server were sent last.
    heard: Heard,
    floor: Floor,
    floor_crowd: Audience,
    hub: Option<(Hub, Audience)>,
    _cores: Cores,
}

impl Sides {
    fn set(out: &mut dyn Write) -> io::Result<Self> {
        let cores = Cores::split()?;
        let stage = cores.apart(|| Stage::set(&[]))?;
        let floor = cores.apart(|| Floor::start(CLIENTS))?;
        let floor_crowd = Audience::connect(floor.address, CLIENTS, "")?;
        floor.settle(CLIENTS);
        let hub = match cores.apart(|| Hub::start(out))? {
            Some(hub) => {
                let audience = hub.audience(CLIENTS)?;
                Some((hub, audience))
            }
            None => None,
        };
        Ok(Self {
            crowd: stage.audience(CROWD, CLIENTS)?,
            crowd_probe: stage.probe(CROWD)?,
            alone_probe: stage.probe(ALONE)?,
            stage,
            heard: Heard::default(),
            floor,
            floor_crowd,
            hub,
            _cores: cores,
        })
    }

    fn turn(&mut self, kind: &Kind) -> io::Result<Costs> {
        let (n_events, n_rounds) = (kind.n_events, kind.n_rounds);
        let crowd = self.crowd_slice(n_events, n_rounds)?;
        let alone = self.alone_slice(n_events, n_rounds)?;
        Ok(Costs {
            server: crowd.saturating_sub(alone),
            floor: self.floor_slice(n_rounds)?,
            hub: self.hub_slice(n_rounds)?,
        })
    }

    fn crowd_slice(&mut self, n_events: usize, n_rounds: usize) -> io::Result<Duration> {
        let start = cpu(&self.stage.server)?;
        for _ in 0..n_rounds {
            self.stage.make(CROWD, n_events)?;
            self.heard = self.crowd_probe.take(n_events)?;
            self.crowd.take(n_events)?;
        }
        Ok(cpu(&self.stage.server)?.saturating_sub(start))
    }

    fn alone_slice(&mut self, n_events: usize, n_rounds: usize) -> io::Result<Duration> {
        let start = cpu(&self.stage.server)?;
        for _ in 0..n_rounds {
            self.stage.make(ALONE, n_events)?;
            drop(self.alone_probe.take(n_events)?);
        }
        Ok(cpu(&self.stage.server)?.saturating_sub(start))
    }

    fn floor_slice(&mut self, n_rounds: usize) -> io::Result<Duration> {
        let start = self.floor.cpu();
        for _ in 0..n_rounds {
            self.floor.send(self.heard.bytes.clone())?;
            self.floor_crowd.take(self.heard.messages.len())?;
        }
        Ok(self.floor.cpu().saturating_sub(start))
    }

    fn hub_slice(&mut self, n_rounds: usize) -> io::Result<Option<Duration>> {
        let Some((hub, crowd)) = &mut self.hub else {
            return Ok(None);
        };
        let start = cpu(&hub.server)?;
        for _ in 0..n_rounds {
            hub.tell(&self.heard)?;
            crowd.take(self.heard.messages.len())?;
        }
        Ok(Some(cpu(&hub.server)?.saturating_sub(start)))
    }
}

/// The time that a server has had of a processor, now that it rests.
fn cpu(server: &Server) -> io::Result<Duration> {
    settle();
    server.cpu()
}
