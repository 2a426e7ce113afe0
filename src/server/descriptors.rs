//! Descriptors: as many as the system allows, and some that no connection takes.

use crate::config::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs;

/// Takes as many descriptors as the system allows, and returns how many connections that makes: one stays for each project,
/// and a few for the files of writes, so that whoever is connected can go on.
pub(super) fn connections_max(limits: &Limits, n_projects: usize) -> usize {
    let n_allowed = raise();
    let n_open = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let n_free = n_allowed.saturating_sub(n_open + n_projects + limits.reserved_descriptors);
    if n_free >= limits.connections {
        return limits.connections;
    }
    let n_connections = n_free.max(1);
    tracing::warn!(
        n_connections,
        n_allowed,
        "the system allows fewer descriptors than connections were asked for; raise it with ulimit -n"
    );
    n_connections
}

/// Raises what is allowed to what may be, and returns that.
fn raise() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: maximum,
        maximum,
    };
    let now = match setrlimit(Resource::Nofile, most) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of descriptors stays as it is");
            current
        }
    };
    now.map_or(usize::MAX, |now| usize::try_from(now).unwrap_or(usize::MAX))
}
