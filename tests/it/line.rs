//! A connection that is kept: one request after the other, without a handshake in between; and the names of bytes.

use crate::support::{DEADLINE, Response, Server};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A kept connection to a server. It is made anew after one that was abandoned.
pub struct Line {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Line {
    /// A connection to this server, made with the first request.
    pub fn to(server: &Server) -> Self {
        Self {
            address: server.address(),
            stream: None,
        }
    }

    /// GET.
    pub fn get(&mut self, path: &str) -> Response {
        self.request("GET", path, &[], None)
    }

    /// A request and its answer.
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Response {
        self.say(method, path, headers, body);
        let answer = self.hear();
        if answer.headers.get("connection").map(String::as_str) == Some("close") {
            self.stream = None;
        }
        answer
    }

    /// A request whose answer is not waited for: the connection is closed at once.
    pub fn abandon(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) {
        self.say(method, path, headers, body);
        self.stream = None;
    }

    fn say(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) {
        let body = body.map(Value::to_string);
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &body {
            let n_bytes = body.len();
            text += &format!("content-type: application/json\r\ncontent-length: {n_bytes}\r\n");
        }
        text += "\r\n";
        text += body.as_deref().unwrap_or("");
        let stream = self.stream().get_mut();
        stream.write_all(text.as_bytes()).unwrap();
    }

    fn stream(&mut self) -> &mut BufReader<TcpStream> {
        self.stream.get_or_insert_with(|| {
            let stream = TcpStream::connect(self.address).unwrap();
            stream.set_nodelay(true).unwrap();
            stream.set_read_timeout(Some(DEADLINE)).unwrap();
            BufReader::new(stream)
        })
    }

    fn hear(&mut self) -> Response {
        let stream = self.stream();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let n_read = stream.read_until(b'\n', &mut head).unwrap();
            assert!(n_read > 0, "the server hung up without an answer");
        }
        let mut response = Response::parse(&head);
        let n_bytes = response.headers.get("content-length");
        let n_bytes = n_bytes.map_or(0, |length| length.parse().unwrap());
        response.body = vec![0; n_bytes];
        stream.read_exact(&mut response.body).unwrap();
        response
    }
}

/// The revision that names these bytes.
pub fn revision(bytes: &[u8]) -> String {
    format!("b3-{}", &blake3::hash(bytes).to_hex()[..32])
}
