//! What a test needs of its machine: programs, to be root, and to be allowed what root is. Without that it skips aloud, or
//! fails where it must run.

use crate::support::say;
use std::process::Command;

/// Is one of these programs missing, or of no use, or are we not root?
pub fn are_missing(name: &str, tools: &[&str]) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let is_installed = |tool: &str| std::env::split_paths(&paths).any(|p| p.join(tool).is_file());
    let missing = if let Some(tool) = tools.iter().find(|tool| !is_installed(tool)) {
        format!("no {tool}")
    } else if !rustix::process::geteuid().is_root() {
        "not root".to_owned()
    } else if let Some(tool) = tools.iter().find(|tool| !is_allowed(tool)) {
        format!("{tool} is not allowed")
    } else {
        return false;
    };
    let must_run = std::env::var_os("TASKMD_TESTS_MUST_RUN").is_some_and(|value| value == "1");
    assert!(!must_run, "{name}: {missing}");
    say(&format!("skipped: {name}: {missing}"));
    true
}

/// Root in a container is not always allowed to look at other processes, or to mount.
fn is_allowed(tool: &str) -> bool {
    let trial: &[&str] = match tool {
        "strace" => &["strace", "-o", "/dev/null", "true"],
        "mount" => &["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"],
        "xfs_io" => &["test", "-c", "/dev/loop-control"],
        _ => return true,
    };
    let output = Command::new(trial[0]).args(&trial[1..]).output();
    output.is_ok_and(|output| output.status.success())
}
