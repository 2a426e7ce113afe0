//! What is asked of the machine.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::io;
use std::time::Duration;

/// Lets who has just sent come to rest: the system counts a thread's time when it rests, and the last client has its
/// message before that.
pub(crate) fn settle() {
    std::thread::sleep(Duration::from_millis(5));
}

/// Takes as many descriptors as the system allows, for this process and those that it starts. Returns how many.
pub(crate) fn raise_descriptors() -> io::Result<usize> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let most = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, most)?;
    Ok(maximum.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX)))
}

/// A core for who serves, and another for the clients, until this is dropped: then all are anybody's again.
pub(crate) struct Cores {
    all: CpuSet,
    first: CpuSet,
    last: CpuSet,
}

impl Cores {
    /// Leaves this thread, which has the clients, the first core.
    pub(crate) fn split() -> io::Result<Self> {
        let all = sched_getaffinity(None)?;
        let mut allowed = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core));
        let first = allowed.next().unwrap_or_default();
        let last = allowed.next_back().unwrap_or(first);
        let only = |core| {
            let mut cores = CpuSet::new();
            cores.set(core);
            cores
        };
        let (first, last) = (only(first), only(last));
        sched_setaffinity(None, &first)?;
        Ok(Self { all, first, last })
    }

    /// Starts somebody who serves, on the last core.
    pub(crate) fn apart<T>(&self, start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        // Whoever is started inherits it.
        sched_setaffinity(None, &self.last)?;
        let started = start();
        sched_setaffinity(None, &self.first)?;
        started
    }
}

impl Drop for Cores {
    fn drop(&mut self) {
        // They were allowed before.
        sched_setaffinity(None, &self.all).ok();
    }
}
