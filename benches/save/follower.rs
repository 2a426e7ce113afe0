//! A client of the server's stream.

use crate::served::Server;
use crate::{Clocked, Reader};
use std::io;
use std::net::TcpStream;
use std::time::Instant;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

/// A client of a project's stream.
pub(crate) struct Client(WebSocket<Clocked>);

/// Follows a project's stream.
pub(crate) fn follow(server: &Server, project: &str) -> io::Result<Client> {
    let url = format!("ws://{}/api/v1/projects/{project}/ws", server.address);
    let request = url.into_client_request().map_err(io::Error::other)?;
    let stream = Clocked::new(TcpStream::connect(server.address)?)?;
    let (socket, _) = tungstenite::client(request, stream).map_err(io::Error::other)?;
    Ok(Client(socket))
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
