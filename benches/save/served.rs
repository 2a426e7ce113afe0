//! The server: the release binary over a root, and clients of its streams.

use crate::{Clocked, Reader};
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

/// A running `taskmd serve`. It is ended when dropped.
pub(crate) struct Server {
    process: Child,
    address: SocketAddr,
}

/// A client of a project's stream.
pub(crate) struct Client(WebSocket<Clocked>);

impl Server {
    pub(crate) fn start(root: &Path) -> io::Result<Self> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_taskmd"))
            .arg("serve")
            .arg(root)
            .args(["--listen", "127.0.0.1:0"])
            .env("TASKMD_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.and_then(|address| address.parse().ok());
        let address = address.ok_or_else(|| io::Error::other("the server did not start"))?;
        Ok(Self { process, address })
    }

    /// Follows a project's stream.
    pub(crate) fn follow(&self, project: &str) -> io::Result<Client> {
        let url = format!("ws://{}/api/v1/projects/{project}/ws", self.address);
        let request = url.into_client_request().map_err(io::Error::other)?;
        let stream = Clocked::new(TcpStream::connect(self.address)?)?;
        let (socket, _) = tungstenite::client(request, stream).map_err(io::Error::other)?;
        Ok(Client(socket))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.kill().is_ok() {
            drop(self.process.wait());
        }
    }
}

impl Reader for Client {
    fn wait(&mut self, _file_bytes: usize, line: &str) -> io::Result<Instant> {
        loop {
            let message = self.0.read().map_err(io::Error::other)?;
            if let Message::Text(text) = message
                && text.contains(line)
            {
                return Ok(self.0.get_ref().read_at);
            }
        }
    }
}
