//! A server in a process of its own, and what that takes of the machine.

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

/// A running server. It is ended when dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// `taskmd serve` over a root, as it was built for release.
    pub(crate) fn start(root: &Path, arguments: &[&str]) -> io::Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taskmd"));
        command.arg("serve").arg(root);
        command.args(["--listen", "127.0.0.1:0"]).args(arguments);
        Self::started_by(command.env("TASKMD_LOG", "error"))
    }

    /// Any that says where it listens.
    pub(crate) fn started_by(command: &mut Command) -> io::Result<Self> {
        let mut process = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.and_then(|address| address.parse().ok());
        let address = address.ok_or_else(|| io::Error::other("the server did not start"))?;
        Ok(Self { process, address })
    }

    /// Where it reads from, if that is piped.
    pub(crate) fn input(&mut self) -> Option<ChildStdin> {
        self.process.stdin.take()
    }

    /// The request that makes a socket follow a project.
    pub(crate) fn request(&self, project: &str) -> String {
        format!(
            "GET /api/v1/projects/{project}/ws HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            self.address
        )
    }

    /// The time that its threads have had of a processor: the first figure of each one's schedstat, in nanoseconds.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        let mut sum = 0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let first = text
                .split(' ')
                .next()
                .and_then(|word| word.parse::<u64>().ok());
            sum += first.unwrap_or(0);
        }
        Ok(Duration::from_nanos(sum))
    }

    /// Its memory that is in use, in bytes.
    pub(crate) fn rss(&self) -> io::Result<usize> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
        Ok(kib.unwrap_or(0) << 10)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.kill().is_ok() {
            drop(self.process.wait());
        }
    }
}
