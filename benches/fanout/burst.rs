//! Who is lost in a burst: clients that read as fast as they can, and more events at once than a queue of messages holds.

use crate::audience::Heard;
use crate::hub::Hub;
use crate::stage::{ALONE, CROWD, Stage};
use std::io::{self, Write};
use std::time::Instant;

const CLIENTS: usize = 1_000;
const EVENTS: usize = 3_000;

/// Measures the server and the hub.
pub(crate) fn measure(out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "a burst of {EVENTS} events to {CLIENTS} clients that read what comes:"
    )?;
    let mut stage = Stage::set(&[])?;
    let mut probe = stage.probe(ALONE)?;
    stage.make(ALONE, EVENTS)?;
    let heard = probe.take(EVENTS)?;
    let mut crowd = stage.audience(CROWD, CLIENTS)?;
    let started = stage.make(CROWD, EVENTS)?;
    let n_lost = crowd.try_take(EVENTS, || {})?;
    tell(out, "server", n_lost, started)?;
    drop((stage, crowd));
    measure_hub(out, &heard)
}

fn measure_hub(out: &mut dyn Write, heard: &Heard) -> io::Result<()> {
    let Some(mut hub) = Hub::start(out)? else {
        return Ok(());
    };
    let mut crowd = hub.audience(CLIENTS)?;
    let started = Instant::now();
    let n_lost = std::thread::scope(|scope| {
        // All at once, as the server finds them; the hub takes them one by one.
        let told = scope.spawn(|| hub.tell(heard));
        let n_lost = crowd.try_take(EVENTS, || {})?;
        told.join()
            .map_err(|_| io::Error::other("the feed failed"))??;
        io::Result::Ok(n_lost)
    })?;
    tell(out, "hub", n_lost, started)
}

fn tell(out: &mut dyn Write, name: &str, n_lost: usize, started: Instant) -> io::Result<()> {
    let seconds = started.elapsed().as_secs_f64();
    writeln!(
        out,
        "  {name:<24} lost {n_lost} of them; {seconds:.1} s until the others had all"
    )
}
