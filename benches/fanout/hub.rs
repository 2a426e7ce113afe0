//! The hub: the Go program beside this, built from Debian's packages where they are.

use crate::served::Server;
use std::io::{self, Write};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};

/// Where Debian puts the sources of Go packages.
const GOPATH: &str = "/usr/share/gocode";

/// A running hub.
pub(crate) struct Hub {
    pub(crate) server: Server,
    input: ChildStdin,
}

impl Hub {
    /// Builds and starts one, or says in a word why there is none.
    pub(crate) fn start(folder: &Path) -> Result<Self, String> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/fanout/hub/main.go");
        let program = folder.join("hub");
        let built = Command::new("go")
            .args(["build", "-o"])
            .args([&program, &source])
            .env("GO111MODULE", "off")
            .env("GOPATH", GOPATH)
            .env("GOCACHE", folder.join("cache"))
            .output()
            .map_err(|error| format!("go: {error}"))?;
        if !built.status.success() {
            let said = String::from_utf8_lossy(&built.stderr);
            return Err(said.lines().last().unwrap_or("it cannot be built").into());
        }
        let mut server = Server::started_by(Command::new(program).stdin(Stdio::piped()))
            .map_err(|error| error.to_string())?;
        let input = server.input().ok_or("it does not listen")?;
        Ok(Self { server, input })
    }

    /// The request that makes a socket follow it.
    pub(crate) fn request(&self) -> String {
        self.server.request("any")
    }

    /// Has so many messages sent to all, of so many bytes each with their heads.
    pub(crate) fn send(&mut self, n_messages: usize, n_bytes_each: usize) -> io::Result<()> {
        /// Of a message of 126 to 65,535 bytes.
        const HEAD_BYTES: usize = 4;
        let text = vec![b'x'; n_bytes_each - HEAD_BYTES];
        let length = u32::try_from(text.len()).map_err(io::Error::other)?;
        let message = [&length.to_be_bytes()[..], &text].concat();
        self.input.write_all(&message.repeat(n_messages))?;
        self.input.flush()
    }
}
