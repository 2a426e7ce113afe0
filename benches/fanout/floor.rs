//! The floor: one thread, one epoll, the bytes ready. What is left is the kernel's send.

use crate::machine::settle;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};
use rustix::time::{ClockId, clock_gettime};
use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

const WAKE: Token = Token(usize::MAX);

/// A running floor. It ends with the program.
pub(crate) struct Floor {
    pub(crate) address: SocketAddr,
    sends: SyncSender<Vec<u8>>,
    waker: Waker,
    cpu_ns: Arc<AtomicU64>,
    n_taken: Arc<AtomicUsize>,
}

impl Floor {
    pub(crate) fn start(n_clients: usize) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (sends, to_send) = sync_channel::<Vec<u8>>(1);
        let mut poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let (cpu_ns, n_taken) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicUsize::new(0)));
        let (cpu, taken) = (cpu_ns.clone(), n_taken.clone());
        std::thread::spawn(move || -> io::Result<()> {
            let mut clients = Vec::with_capacity(n_clients);
            for n in 0..n_clients {
                let (stream, _) = listener.accept()?;
                stream.set_nodelay(true)?;
                stream.set_nonblocking(true)?;
                let mut socket = TcpStream::from_std(stream);
                poll.registry()
                    .register(&mut socket, Token(n), Interest::WRITABLE)?;
                clients.push((socket, 0));
                taken.store(n + 1, Ordering::Relaxed);
            }
            let mut events = Events::with_capacity(1024);
            let mut bytes = Vec::new();
            loop {
                poll.poll(&mut events, None)?;
                for event in &events {
                    if event.token() == WAKE {
                        bytes = to_send.recv().map_err(io::Error::other)?;
                        for client in &mut clients {
                            client.1 = 0;
                            send(client, &bytes)?;
                        }
                    } else {
                        send(&mut clients[event.token().0], &bytes)?;
                    }
                }
                let time = clock_gettime(ClockId::ThreadCPUTime);
                let time = Duration::new(
                    time.tv_sec.cast_unsigned(),
                    u32::try_from(time.tv_nsec).unwrap_or(0),
                );
                cpu.store(
                    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX),
                    Ordering::Release,
                );
            }
        });
        Ok(Self {
            address,
            sends,
            waker,
            cpu_ns,
            n_taken,
        })
    }

    /// Waits until all have been taken in.
    pub(crate) fn settle(&self, n_clients: usize) {
        while self.n_taken.load(Ordering::Relaxed) < n_clients {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Sends these bytes to all.
    pub(crate) fn send(&self, bytes: Vec<u8>) -> io::Result<()> {
        self.sends.send(bytes).map_err(io::Error::other)?;
        self.waker.wake()
    }

    /// The time that its thread has had of a processor.
    pub(crate) fn cpu(&self) -> Duration {
        // It says so after its last send, which is when the audience has everything.
        settle();
        Duration::from_nanos(self.cpu_ns.load(Ordering::Acquire))
    }
}

fn send((socket, n_sent): &mut (TcpStream, usize), bytes: &[u8]) -> io::Result<()> {
    while *n_sent < bytes.len() {
        match socket.write(&bytes[*n_sent..]) {
            Ok(n) => *n_sent += n,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
