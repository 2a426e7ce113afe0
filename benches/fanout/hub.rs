//! The hub: gorilla's chat example in Go (`hub/main.go`), built here from Debian's packages `golang-go` and
//! `golang-github-gorilla-websocket-dev`.

use crate::audience::{Audience, Heard};
use crate::served::Server;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;

/// Where Debian has the sources of Go's packages.
const PACKAGES: &str = "/usr/share/gocode";

/// The hub, once that has been tried, and if it can be built here.
static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();

/// A running hub. It is ended when dropped.
pub(crate) struct Hub {
    pub(crate) server: Server,
    feed: ChildStdin,
}

impl Hub {
    /// Starts a hub. Where none can be built, that is said once, and there is none.
    pub(crate) fn start(out: &mut dyn Write) -> io::Result<Option<Self>> {
        let program = PROGRAM.get_or_init(|| {
            let complain = |error| writeln!(out, "without a hub in Go: {error}");
            build().map_err(complain).ok()
        });
        let Some(program) = program else {
            return Ok(None);
        };
        let mut server = Server::started_by(Command::new(program).stdin(Stdio::piped()))?;
        let feed = server.input();
        let feed = feed.ok_or_else(|| io::Error::other("the hub listens to nobody"))?;
        Ok(Some(Self { server, feed }))
    }

    /// So many clients of it.
    pub(crate) fn audience(&self, n_clients: usize) -> io::Result<Audience> {
        Audience::connect(self.server.address, n_clients, &self.server.request("any"))
    }

    /// Has it tell all what one client heard, in as many messages. They are given to it at once.
    pub(crate) fn tell(&mut self, heard: &Heard) -> io::Result<()> {
        let mut told = Vec::with_capacity(heard.bytes.len());
        for message in &heard.messages {
            let n_bytes = u32::try_from(message.len()).map_err(io::Error::other)?;
            told.extend_from_slice(&n_bytes.to_be_bytes());
            told.extend_from_slice(message);
        }
        self.feed.write_all(&told)
    }
}

fn build() -> io::Result<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let program = target.join("fanout-hub");
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/fanout/hub"))
        .env("GO111MODULE", "off")
        .env("GOFLAGS", "")
        .env("GOPATH", PACKAGES)
        .env("GOCACHE", target.join("go"))
        .output()?;
    if built.status.success() {
        return Ok(program);
    }
    let complaint = String::from_utf8_lossy(&built.stderr);
    Err(io::Error::other(
        complaint.lines().next().unwrap_or_default().to_owned(),
    ))
}
