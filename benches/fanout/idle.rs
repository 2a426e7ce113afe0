//! What a client takes of memory that does nothing.

use crate::audience::Audience;
use crate::hub::Hub;
use crate::judged;
use crate::machine::{raise_descriptors, settle};
use crate::served::Server;
use crate::stage::{ALONE, Stage};
use std::io::{self, Write};

const CLIENTS: usize = 10_000;
/// Descriptors that no client takes, in any of the processes, and places beside theirs.
const OTHERS: usize = 200;
/// The target, in KiB.
const KIB_MAX: f64 = 2.0;

/// Measures the server and the hub.
pub(crate) fn measure(out: &mut dyn Write) -> io::Result<()> {
    let n_clients = CLIENTS.min(raise_descriptors()?.saturating_sub(OTHERS));
    writeln!(out, "{n_clients} idle clients; KiB of memory for each")?;
    if n_clients < CLIENTS {
        writeln!(
            out,
            "  not {CLIENTS}: the system allows no more descriptors"
        )?;
    }
    let connections = (n_clients + OTHERS).to_string();
    let stage = Stage::set(&["--connections", &connections])?;
    let audience = || stage.audience(ALONE, n_clients);
    let kib = weigh(&stage.server, n_clients, audience)?;
    let judged = judged(kib, KIB_MAX);
    writeln!(out, "  {:<24} {kib:>6.2}  ({judged})", "server")?;
    drop(stage);
    let Some(hub) = Hub::start(out)? else {
        return Ok(());
    };
    let audience = || hub.audience(n_clients);
    let kib = weigh(&hub.server, n_clients, audience)?;
    writeln!(out, "  {:<24} {kib:>6.2}", "hub")
}

/// The memory that the clients take of a process, in KiB for each.
fn weigh(
    server: &Server,
    n_clients: usize,
    connect: impl FnOnce() -> io::Result<Audience>,
) -> io::Result<f64> {
    let before = server.rss()?;
    let audience = connect()?;
    settle();
    let taken = server.rss()?.saturating_sub(before);
    drop(audience);
    Ok(taken as f64 / n_clients as f64 / 1024.0)
}
