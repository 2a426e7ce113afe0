//! Many clients in one thread, which count what they are sent.

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Clients from one address, so that its ports are enough.
const FROM_ONE_ADDRESS: usize = 1_000;

/// What takes longer was lost.
const DEADLINE: Duration = Duration::from_secs(20);

/// Clients of one server.
pub(crate) struct Audience {
    poll: Poll,
    events: Events,
    sockets: Vec<TcpStream>,
    buffer: Vec<u8>,
}

impl Audience {
    /// Connects so many. To a server that speaks HTTP each sends `request`, and reads the answer's head.
    pub(crate) fn connect(
        address: SocketAddr,
        n_clients: usize,
        request: &str,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut sockets = Vec::with_capacity(n_clients);
        for n in 0..n_clients {
            let last = u8::try_from(1 + n / FROM_ONE_ADDRESS).map_err(io::Error::other)?;
            let mut stream = reach(address, Ipv4Addr::new(127, 0, 0, last))?;
            stream.write_all(request.as_bytes())?;
            if !request.is_empty() {
                read_head(&mut stream)?;
            }
            stream.set_nonblocking(true)?;
            let mut socket = TcpStream::from_std(stream);
            poll.registry()
                .register(&mut socket, Token(n), Interest::READABLE)?;
            sockets.push(socket);
        }
        Ok(Self {
            poll,
            events: Events::with_capacity(1024),
            sockets,
            buffer: vec![0; 64 << 10],
        })
    }

    /// Reads what comes until `is_over` and nothing comes any more; says what each has had, and how many were let go.
    pub(crate) fn outlast(&mut self, is_over: impl Fn() -> bool) -> io::Result<Outcome> {
        /// What has not come within it does not come.
        const QUIET: Duration = Duration::from_secs(1);
        let mut outcome = Outcome {
            n_bytes: vec![0; self.sockets.len()],
            n_gone: 0,
        };
        loop {
            self.poll.poll(&mut self.events, Some(QUIET))?;
            if self.events.is_empty() && is_over() {
                return Ok(outcome);
            }
            for event in &self.events {
                let key = event.token().0;
                loop {
                    match self.sockets[key].read(&mut self.buffer) {
                        Ok(n) if n > 0 => outcome.n_bytes[key] += n,
                        Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                        Ok(_) | Err(_) => {
                            outcome.n_gone += 1;
                            self.poll.registry().deregister(&mut self.sockets[key])?;
                            break;
                        }
                    }
                }
            }
        }
    }

    /// Reads until each has had so many bytes, and notes how long that was since.
    pub(crate) fn time(
        &mut self,
        n_bytes_each: usize,
        since: Instant,
        times: &mut Vec<Duration>,
    ) -> io::Result<()> {
        let (mut n_read, mut n_left) = (vec![0; self.sockets.len()], self.sockets.len());
        while n_left > 0 {
            self.poll.poll(&mut self.events, Some(DEADLINE))?;
            if self.events.is_empty() {
                return Err(io::Error::other("an event did not come"));
            }
            for event in &self.events {
                let key = event.token().0;
                loop {
                    match self.sockets[key].read(&mut self.buffer) {
                        Ok(0) => return Err(io::Error::other("a client was let go")),
                        Ok(n) => n_read[key] += n,
                        Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                        Err(error) => return Err(error),
                    }
                    if n_read[key] == n_bytes_each {
                        times.push(since.elapsed());
                        n_left -= 1;
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads until each has had so many bytes.
    pub(crate) fn take(&mut self, n_bytes_each: usize) -> io::Result<()> {
        let n_bytes = n_bytes_each * self.sockets.len();
        let (mut n_read, until) = (0, Instant::now() + DEADLINE);
        while n_read < n_bytes {
            self.poll.poll(&mut self.events, Some(DEADLINE))?;
            for event in &self.events {
                let socket = &mut self.sockets[event.token().0];
                loop {
                    match socket.read(&mut self.buffer) {
                        Ok(0) => return Err(io::Error::other("a client was let go")),
                        Ok(n) => n_read += n,
                        Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                        Err(error) => return Err(error),
                    }
                }
            }
            if Instant::now() > until {
                return Err(io::Error::other(format!(
                    "{n_read} of {n_bytes} bytes came"
                )));
            }
        }
        if n_read > n_bytes {
            return Err(io::Error::other(format!(
                "{n_read} bytes came for {n_bytes}"
            )));
        }
        Ok(())
    }
}

/// What has become of an audience.
pub(crate) struct Outcome {
    /// Bytes that each has had.
    pub(crate) n_bytes: Vec<usize>,
    /// How many were let go.
    pub(crate) n_gone: usize,
}

/// One client that never reads, and one that takes a kilobyte a second.
pub(crate) struct Slow {
    _silent: std::net::TcpStream,
    is_over: Arc<AtomicBool>,
    sipping: Option<JoinHandle<()>>,
}

impl Slow {
    pub(crate) fn connect(address: SocketAddr, request: &str) -> io::Result<Self> {
        let open = || -> io::Result<_> {
            let mut stream = std::net::TcpStream::connect(address)?;
            stream.write_all(request.as_bytes())?;
            read_head(&mut stream)?;
            Ok(stream)
        };
        let (silent, mut sipped) = (open()?, open()?);
        let is_over = Arc::new(AtomicBool::new(false));
        let until = is_over.clone();
        let sipping = std::thread::spawn(move || {
            let mut sip = [0; 1 << 10];
            while !until.load(Ordering::Relaxed) && sipped.read(&mut sip).is_ok_and(|n| n > 0) {
                std::thread::park_timeout(Duration::from_secs(1));
            }
        });
        Ok(Self {
            _silent: silent,
            is_over,
            sipping: Some(sipping),
        })
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(sipping) = self.sipping.take() {
            sipping.thread().unpark();
            drop(sipping.join());
        }
    }
}

/// A connection from an address of this machine.
fn reach(to: SocketAddr, from: Ipv4Addr) -> io::Result<std::net::TcpStream> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddr::from((from, 0)))?;
    connect(&socket, &to)?;
    Ok(socket.into())
}

/// A client that knows how long the messages are.
pub(crate) struct Probe(BufReader<std::net::TcpStream>);

impl Probe {
    pub(crate) fn connect(address: SocketAddr, request: &str) -> io::Result<Self> {
        let mut stream = std::net::TcpStream::connect(address)?;
        stream.write_all(request.as_bytes())?;
        read_head(&mut stream)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Reads so many frames; returns their bytes, heads and all.
    pub(crate) fn take(&mut self, n_frames: usize) -> io::Result<usize> {
        let mut n_bytes = 0;
        for _ in 0..n_frames {
            let mut head = [0; 2];
            self.0.read_exact(&mut head)?;
            let (n_more, short) = match head[1] {
                126 => (2, 0),
                127 => (8, 0),
                short => (0, usize::from(short)),
            };
            let mut length = [0; 8];
            self.0.read_exact(&mut length[8 - n_more..])?;
            let long = usize::try_from(u64::from_be_bytes(length)).map_err(io::Error::other)?;
            let n_payload = short + long;
            io::copy(&mut (&mut self.0).take(n_payload as u64), &mut io::sink())?;
            n_bytes += 2 + n_more + n_payload;
        }
        Ok(n_bytes)
    }
}

fn read_head(stream: &mut std::net::TcpStream) -> io::Result<()> {
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
