//! A burst: how many clients that read as fast as they can are let go.

use crate::audience::{Audience, Probe};
use crate::hub::Hub;
use crate::served::Server;
use crate::{ARGUMENTS, CLIENTS, CROWD, make};
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

/// Events of the burst: more than ten times what waits for a socket at most.
const EVENTS: usize = 3_000;

pub(crate) fn measure(folder: &Path, out: &mut impl Write) -> io::Result<()> {
    let root = folder.join("burst");
    std::fs::create_dir_all(root.join(CROWD))?;
    let server = Server::start(&root, &ARGUMENTS)?;
    let request = server.request(CROWD);
    let mut crowd = Audience::connect(server.address, CLIENTS, &request)?;
    let mut probe = Probe::connect(server.address, &request)?;
    let counting = std::thread::spawn(move || probe.take(EVENTS));
    let started = Instant::now();
    make(&root, CROWD, 0, EVENTS)?;
    let lost = crowd.outlast(|| counting.is_finished())?;
    let n_bytes = counting
        .join()
        .map_err(|_| io::Error::other("the probe"))??;
    let n_whole = lost.n_bytes.iter().filter(|n| **n == n_bytes).count();
    writeln!(
        out,
        "{EVENTS} events at once: of {CLIENTS} clients the server let {} go; {n_whole} had all, in {:.1} s   target 0{}",
        lost.n_gone,
        started.elapsed().as_secs_f64(),
        crate::verdict(lost.n_gone == 0 && n_whole == CLIENTS)
    )?;
    let Ok(mut hub) = Hub::start(folder) else {
        return Ok(());
    };
    let mut crowd = Audience::connect(hub.server.address, CLIENTS, &hub.request())?;
    let sending = std::thread::spawn(move || hub.send(EVENTS, n_bytes / EVENTS).map(|()| hub));
    let lost = crowd.outlast(|| sending.is_finished())?;
    writeln!(out, "  the hub let {} go", lost.n_gone)
}
