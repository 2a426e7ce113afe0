//! Many clients in one thread, which count what they are sent.

use crate::connection::connect_from;
use crate::frames::{Kind, PONG, Piece, Place};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

/// What takes longer was lost.
pub(crate) const DEADLINE: Duration = Duration::from_secs(40);
/// Clients that have nothing look again after this time. They could sleep until something comes, but then it is the sender
/// who wakes them, which takes about as long as to send: a slow sender would be charged for being slow.
const NAP: Duration = Duration::from_micros(200);
/// Clients from one address: a server may have a limit for those, and has one for the ports of an address.
const PER_ADDRESS: usize = 200;

/// Clients of one server.
pub(crate) struct Audience {
    poll: Poll,
    events: Events,
    members: Vec<Member>,
    buffer: Vec<u8>,
}

/// One client.
struct Member {
    socket: TcpStream,
    place: Place,
    /// The messages that it waits for.
    n_left: usize,
    is_gone: bool,
}

impl Audience {
    /// Connects so many. To a server that speaks HTTP each sends `request`, and reads the answer's head.
    pub(crate) fn connect(
        address: SocketAddr,
        n_clients: usize,
        request: &str,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut members = Vec::with_capacity(n_clients);
        for n in 0..n_clients {
            let mut stream = connect_from(source(n), address)?;
            follow(&mut stream, request)?;
            stream.set_nonblocking(true)?;
            let mut socket = TcpStream::from_std(stream);
            poll.registry()
                .register(&mut socket, Token(n), Interest::READABLE)?;
            members.push(Member {
                socket,
                place: Place::default(),
                n_left: 0,
                is_gone: false,
            });
        }
        Ok(Self {
            poll,
            events: Events::with_capacity(1024),
            members,
            buffer: vec![0; 64 << 10],
        })
    }

    /// Reads until each has had so many messages more.
    pub(crate) fn take(&mut self, n_messages: usize) -> io::Result<()> {
        match self.try_take(n_messages, || {})? {
            0 => Ok(()),
            n_lost => Err(io::Error::other(format!("{n_lost} clients were let go"))),
        }
    }

    /// Reads until each has had so many messages more or has been let go, and says of each when it has had all. Returns how
    /// many were let go.
    pub(crate) fn try_take(
        &mut self,
        n_messages: usize,
        mut has_all: impl FnMut(),
    ) -> io::Result<usize> {
        let until = Instant::now() + DEADLINE;
        for member in &mut self.members {
            member.n_left = n_messages;
        }
        let is_waiting = |member: &&Member| !member.is_gone;
        let mut n_waiting = self.members.iter().filter(is_waiting).count();
        let mut n_lost = 0;
        while n_waiting > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let text = format!("{n_waiting} clients had not all in {DEADLINE:?}");
                return Err(io::Error::other(text));
            }
            self.poll.poll(&mut self.events, Some(Duration::ZERO))?;
            if self.events.is_empty() {
                std::thread::sleep(NAP);
            }
            for event in &self.events {
                let member = &mut self.members[event.token().0];
                if member.is_gone {
                    continue;
                }
                let had_all = member.n_left == 0;
                member.read(&mut self.buffer)?;
                if !had_all && member.n_left == 0 {
                    has_all();
                    n_waiting -= 1;
                } else if !had_all && member.is_gone {
                    n_lost += 1;
                    n_waiting -= 1;
                }
            }
        }
        Ok(n_lost)
    }
}

impl Member {
    /// Reads what there is.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        loop {
            let n_bytes = match self.socket.read(buffer) {
                Ok(n_bytes) => n_bytes,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
                Err(error) => return Err(error),
            };
            self.is_gone = n_bytes == 0;
            if self.is_gone {
                return Ok(());
            }
            let (mut n_texts, mut n_pings) = (0, 0);
            self.place.read(&buffer[..n_bytes], |piece| match piece {
                Piece::End(Kind::Text) => n_texts += 1,
                Piece::End(Kind::Ping) => n_pings += 1,
                Piece::End(Kind::Other) | Piece::Payload(..) => {}
            });
            let n_left = self.n_left.checked_sub(n_texts);
            self.n_left =
                n_left.ok_or_else(|| io::Error::other("more came than there were events"))?;
            self.socket.write_all(&PONG.repeat(n_pings))?;
        }
    }
}

/// A client whose messages are looked at.
pub(crate) struct Probe {
    stream: std::net::TcpStream,
    place: Place,
}

/// What one client was sent, for others to be sent the same.
#[derive(Default)]
pub(crate) struct Heard {
    /// The frames in one piece, heads and all.
    pub(crate) bytes: Vec<u8>,
    /// What they say.
    pub(crate) messages: Vec<Vec<u8>>,
}

impl Probe {
    pub(crate) fn connect(address: SocketAddr, request: &str) -> io::Result<Self> {
        let mut stream = std::net::TcpStream::connect(address)?;
        follow(&mut stream, request)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        let place = Place::default();
        Ok(Self { stream, place })
    }

    /// Reads so many messages.
    pub(crate) fn take(&mut self, n_messages: usize) -> io::Result<Heard> {
        let (mut heard, mut message, mut n_pings) = (Heard::default(), Vec::new(), 0);
        let mut buffer = vec![0; 64 << 10];
        while heard.messages.len() < n_messages {
            let n_bytes = self.stream.read(&mut buffer)?;
            if n_bytes == 0 {
                return Err(io::Error::other("the probe was let go"));
            }
            heard.bytes.extend_from_slice(&buffer[..n_bytes]);
            self.place.read(&buffer[..n_bytes], |piece| match piece {
                Piece::Payload(Kind::Text, text) => message.extend_from_slice(text),
                Piece::End(Kind::Text) => heard.messages.push(std::mem::take(&mut message)),
                Piece::End(Kind::Ping) => n_pings += 1,
                Piece::Payload(..) | Piece::End(Kind::Other) => {}
            });
        }
        self.stream.write_all(&PONG.repeat(n_pings))?;
        Ok(heard)
    }
}

/// Asks to follow a project. An empty request asks for nothing.
pub(crate) fn follow(stream: &mut std::net::TcpStream, request: &str) -> io::Result<()> {
    if request.is_empty() {
        return Ok(());
    }
    stream.write_all(request.as_bytes())?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    if head.starts_with(b"HTTP/1.1 101 ") {
        return Ok(());
    }
    Err(io::Error::other(
        String::from_utf8_lossy(&head).into_owned(),
    ))
}

/// The address of the client of this number.
fn source(n: usize) -> Ipv4Addr {
    let [.., c, d] = u32::try_from(n / PER_ADDRESS).unwrap_or(0).to_be_bytes();
    Ipv4Addr::new(127, 1, c, d)
}
