//! A client that vanishes without a word, as a laptop does that is closed.

use crate::needs::are_missing;
use crate::support::{Server, eventually, taskmd};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A client in the server's own network. It is ended when dropped.
struct Guest(Child);

impl Drop for Guest {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            drop(self.0.wait());
        }
    }
}

#[test]
fn a_client_that_vanishes_is_noticed() {
    if are_missing(
        "a client that vanishes",
        &["curl", "ip", "nsenter", "unshare"],
    ) {
        return;
    }
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("p")).unwrap();
    let mut command = Command::new("unshare");
    command
        .args(["--net", "sh", "-ec", "ip link set lo up; exec \"$@\"", "sh"])
        .arg(taskmd().get_program())
        .arg("serve")
        .arg(folder.path())
        .args(["--listen", "127.0.0.1:0", "--ping-interval", "200ms"]);
    let server = Server::started_by(&mut command, folder.path());
    let pid = server.pid().to_string();
    let inside = |program: &str| {
        let mut command = Command::new("nsenter");
        command.args(["--target", &pid, "--net", program]);
        command
    };
    let n_sockets = || {
        let links = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
        let links = links.filter_map(|link| std::fs::read_link(link.unwrap().path()).ok());
        links
            .filter(|link| link.to_string_lossy().starts_with("socket:"))
            .count()
    };
    let n_before = n_sockets();
    let url = format!("http://{}/api/v1/projects/p/events", server.address());
    let _client = Guest(
        inside("curl")
            .args(["--silent", "--no-buffer", &url])
            .stdout(Stdio::null())
            .spawn()
            .unwrap(),
    );
    eventually("it follows", || (n_sockets() == n_before + 1).then_some(()));
    let down = inside("ip").args(["link", "set", "lo", "down"]).status();
    assert!(down.unwrap().success());
    eventually("it is noticed", || (n_sockets() == n_before).then_some(()));
}
