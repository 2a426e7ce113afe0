//! What a test needs of its machine: programs, to be root, and to be allowed what root is. Without that it skips aloud, or
//! fails where every test must run.

use crate::support::say;
use std::process::Command;

/// Must the test stop here, because this is missing?
pub fn is_skipped(name: &str, missing: &str) -> bool {
    let must_run = std::env::var_os("TASKMD_TESTS_MUST_RUN").is_some_and(|value| value == "1");
    assert!(!must_run, "{name}: {missing}");
    say(&format!("skipped: {name}: {missing}"));
    true
}

/// Is one of these programs missing?
pub fn has_no(name: &str, tools: &[&str]) -> bool {
    uninstalled(tools).is_some_and(|missing| is_skipped(name, &missing))
}

fn uninstalled(tools: &[&str]) -> Option<String> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let is_installed = |tool: &str| std::env::split_paths(&paths).any(|p| p.join(tool).is_file());
    let missing = tools.iter().find(|tool| !is_installed(tool))?;
    Some(format!("no {missing}"))
}

/// Is one of these programs missing, or of no use, or are we not root?
pub fn are_missing(name: &str, tools: &[&str]) -> bool {
    let missing = if let Some(missing) = uninstalled(tools) {
        missing
    } else if !rustix::process::geteuid().is_root() {
        "not root".to_owned()
    } else if let Some(tool) = tools.iter().find(|tool| !is_allowed(tool)) {
        format!("{tool} is not allowed")
    } else {
        return false;
    };
    is_skipped(name, &missing)
}

/// Root in a container is not always allowed to look at other processes, or to mount.
fn is_allowed(tool: &str) -> bool {
    let trial: &[&str] = match tool {
        "strace" => &["strace", "-o", "/dev/null", "true"],
        "mount" => &["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"],
        "ip" => &["unshare", "--net", "ip", "link", "set", "lo", "up"],
        "xfs_io" => &["test", "-c", "/dev/loop-control"],
        _ => return true,
    };
    let output = Command::new(trial[0]).args(&trial[1..]).output();
    output.is_ok_and(|output| output.status.success())
}
