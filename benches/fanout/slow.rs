//! Clients that do not read, and what the others feel of them: the time from a save to its event at each of the others,
//! in turns with the slow ones and without.

use crate::audience::Slow;
use crate::{CLIENTS, CROWD, Stage, median, verdict};
use std::io::{self, Write};
use std::time::{Duration, Instant};

const TURNS: usize = 9;
/// Events of a slice: of each, every client's time is taken.
const EVENTS: usize = 60;
/// The target: by how much the others' p99 may grow.
const RATIO_MAX: f64 = 1.1;

pub(crate) fn measure(stage: &mut Stage, out: &mut impl Write) -> io::Result<()> {
    let mut figures = Vec::new();
    for turn in 0..=TURNS {
        let without = slice(stage)?;
        // One never reads, one takes a kilobyte a second, and both have more before them than their sockets hold.
        let slow = Slow::connect(stage.server.address, &stage.server.request(CROWD))?;
        for _ in 0..20 {
            stage.make(CROWD, 30)?;
            let n_bytes = stage.crowd_probe.take(30)?;
            stage.crowd.take(n_bytes)?;
        }
        let with = slice(stage)?;
        drop(slow);
        if turn > 0 {
            figures.push([without, with]);
        }
    }
    let of = |side: usize| median(figures.iter().map(|pair| ms(pair[side])).collect());
    let ratio = median(figures.iter().map(|[a, b]| ms(*b) / ms(*a)).collect());
    writeln!(
        out,
        "p99 of {CLIENTS} clients from a save: {:.2} ms, {:.2} ms beside two that do not read; ratio {ratio:.2}   target {RATIO_MAX}{}",
        of(0),
        of(1),
        verdict(ratio <= RATIO_MAX)
    )
}

/// The p99 over all clients of all events of a slice.
fn slice(stage: &mut Stage) -> io::Result<Duration> {
    let mut times = Vec::with_capacity(EVENTS * CLIENTS);
    for _ in 0..EVENTS {
        let started = Instant::now();
        stage.make(CROWD, 1)?;
        let n_bytes = stage.crowd_probe.take(1)?;
        stage.crowd.time(n_bytes, started, &mut times)?;
    }
    times.sort_unstable();
    Ok(times[times.len() * 99 / 100])
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
