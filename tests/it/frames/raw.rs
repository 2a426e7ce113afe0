//! A WebSocket of bytes, for what no client would send.

use crate::support::{DEADLINE, Server};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

pub const TEXT: u8 = 0x1;
pub const BINARY: u8 = 0x2;
pub const MORE: u8 = 0x0;
pub const CLOSE: u8 = 0x8;
pub const PING: u8 = 0x9;
pub const PONG: u8 = 0xa;
pub const FINAL: u8 = 0x80;
pub const MASKED: u8 = 0x80;

/// A frame as clients send it, under the mask of four zeros, which leaves a payload as it is.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        n @ 0..126 => frame.push(MASKED | n as u8),
        n @ 126..=0xffff => {
            frame.push(MASKED | 126);
            frame.extend((n as u16).to_be_bytes());
        }
        n => frame.extend(head_of(n as u64)),
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// The length of a frame, in its longest form.
pub fn head_of(n_bytes: u64) -> Vec<u8> {
    [&[MASKED | 127][..], &n_bytes.to_be_bytes()].concat()
}

pub fn close_frame(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(FINAL | CLOSE, &[&code.to_be_bytes()[..], reason].concat())
}

/// A frame as the server sends it: its first byte, and its payload.
pub type Frame = (u8, Vec<u8>);

/// A WebSocket of bytes.
pub struct Raw(pub TcpStream);

impl Raw {
    pub fn connect(server: &Server) -> Self {
        Self::over(TcpStream::connect(server.address()).unwrap())
    }

    /// The same over a connection that is there.
    pub fn over(stream: TcpStream) -> Self {
        Self::shake_hands_over(stream, "", b"").0
    }

    /// Connects with further headers, and with frames right behind them. Also returns the head of the answer.
    pub fn shake_hands(server: &Server, headers: &str, frames: &[u8]) -> (Self, String) {
        let stream = TcpStream::connect(server.address()).unwrap();
        Self::shake_hands_over(stream, headers, frames)
    }

    fn shake_hands_over(mut stream: TcpStream, headers: &str, frames: &[u8]) -> (Self, String) {
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        let head = format!(
            "GET /api/v1/projects/p/ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        );
        stream
            .write_all(&[head.as_bytes(), frames].concat())
            .unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.extend(byte);
        }
        let answer = String::from_utf8(answer).unwrap().to_ascii_lowercase();
        assert!(answer.starts_with("http/1.1 101 "), "{answer}");
        (Self(stream), answer)
    }

    /// Sends bytes, all of them.
    pub fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// The next frame; `None` at the end of the connection.
    pub fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 2];
        match self.0.read_exact(&mut head) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return None,
            read => read.unwrap(),
        }
        let n_bytes = match head[1] {
            126 => {
                let mut length = [0; 2];
                self.0.read_exact(&mut length).unwrap();
                u16::from_be_bytes(length).into()
            }
            short => usize::from(short),
        };
        let mut payload = vec![0; n_bytes];
        self.0.read_exact(&mut payload).unwrap();
        Some((head[0], payload))
    }

    /// The code and reason by which the server ends it, and the frames before that. Behind the close nothing comes: the
    /// connection ends by itself, not by a reset.
    pub fn end(&mut self) -> (Option<u16>, String, Vec<Frame>) {
        let mut before = Vec::new();
        loop {
            let (first, payload) = self.next().expect("a close comes before the end");
            if first != FINAL | CLOSE {
                before.push((first, payload));
                continue;
            }
            assert_eq!(self.next(), None, "nothing comes behind a close");
            let (code, reason) = payload.split_at(payload.len().min(2));
            let code = code.try_into().ok().map(u16::from_be_bytes);
            return (code, String::from_utf8(reason.to_vec()).unwrap(), before);
        }
    }

    pub fn code(&mut self) -> Option<u16> {
        self.end().0
    }
}
