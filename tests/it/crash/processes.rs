//! The server as the system sees it.

use crate::support::eventually;
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;

/// Sends a signal. One who has ended already has no need of it.
pub fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    if let Err(error) = kill_process(pid, signal) {
        assert_eq!(error, rustix::io::Errno::SRCH);
    }
}

/// Waits until a process that is being killed has ended.
pub fn wait_for_end(pid: u32) {
    eventually("the server is dead", || has_ended(pid).then_some(()));
}

/// Has a child of ours ended, though nobody has asked for its exit code yet?
pub fn has_ended(pid: u32) -> bool {
    state(pid).is_none_or(|state| state == 'Z')
}

/// Was it stopped by a signal?
pub fn is_stopped(pid: u32) -> bool {
    state(pid) == Some('T')
}

fn state(pid: u32) -> Option<char> {
    let status = Path::new("/proc").join(pid.to_string()).join("status");
    let text = std::fs::read_to_string(status).ok()?;
    let state = text.lines().find_map(|line| line.strip_prefix("State:"))?;
    state.trim_start().chars().next()
}

/// Does somebody wait to write a file on which it has a lease?
pub fn is_waited_for(pid: u32) -> bool {
    let locks = std::fs::read_to_string("/proc/locks").unwrap();
    let is_its = |line: &str| line.split_whitespace().any(|word| word == pid.to_string());
    locks
        .lines()
        .any(|line| line.contains("BREAKING") && is_its(line))
}
