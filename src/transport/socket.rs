//! A connection as the writers have it: nothing waits, and whoever it belongs to is told when it is ready.
//!
//! rustls does no I/O of its own, so a session fits here as it fits tokio: what it has encrypted is written when the
//! socket takes it.

use mio::event::Source;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use rustix::net::sockopt;
use rustls::ServerConnection;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

/// Bytes that a session holds encrypted for a socket that takes nothing: one run, about.
const UNSENT_BYTES_MAX: usize = 64 << 10;

/// A socket, under TLS or not.
#[derive(Debug)]
pub struct Socket {
    tcp: TcpStream,
    session: Option<Box<ServerConnection>>,
}

impl Socket {
    /// A connection as it is.
    #[must_use]
    pub fn plain(tcp: std::net::TcpStream) -> Self {
        Self {
            tcp: TcpStream::from_std(tcp),
            session: None,
        }
    }

    /// A connection that has been agreed upon under TLS.
    #[must_use]
    pub fn tls(tcp: std::net::TcpStream, mut session: ServerConnection) -> Self {
        session.set_buffer_limit(Some(UNSENT_BYTES_MAX));
        Self {
            tcp: TcpStream::from_std(tcp),
            session: Some(Box::new(session)),
        }
    }

    /// Bounds what the kernel holds of what is written.
    ///
    /// # Errors
    /// The system's.
    pub fn bound(&self, n_bytes: usize) -> io::Result<()> {
        Ok(sockopt::set_socket_send_buffer_size(&self.tcp, n_bytes)?)
    }

    /// Says that nothing more comes, as far as the socket takes that now (RFC 8446, section 6.1).
    pub fn finish(&mut self) {
        if let Some(session) = &mut self.session {
            session.send_close_notify();
            if let Err(error) = send(session, &mut self.tcp) {
                tracing::debug!(%error, "a client was gone before its session ended");
            }
        }
    }

    /// Says that nothing more comes, and leaves the client its turn to end the connection: to close it while something of
    /// what the client has sent is unread would reset it, and take from the client what it has been told (RFC 6455,
    /// section 7.1.1).
    pub fn hang_up(&mut self) {
        self.finish();
        if let Err(error) = self.tcp.shutdown(Shutdown::Write) {
            tracing::debug!(%error, "a client was gone before its connection ended");
        }
    }

    /// Has the kernel drop what it holds for a client that will not take it, when the socket is closed.
    pub fn abort(&self) {
        if let Err(error) = sockopt::set_socket_linger(&self.tcp, Some(Duration::ZERO)) {
            tracing::debug!(%error, "a socket lingers");
        }
    }
}

/// Sends what a session has encrypted.
fn send(session: &mut ServerConnection, tcp: &mut TcpStream) -> io::Result<()> {
    while session.wants_write() {
        if session.write_tls(tcp)? == 0 {
            return Err(ErrorKind::WriteZero.into());
        }
    }
    Ok(())
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(session) = &mut self.session else {
            return self.tcp.read(buffer);
        };
        loop {
            match session.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                done => return done,
            }
            // At the end of the connection the session knows, and says so when it is asked again.
            session.read_tls(&mut self.tcp)?;
            if let Err(error) = session.process_new_packets() {
                // There may be an alert to tell it by; whoever breaks the protocol has no right to it.
                drop(send(session, &mut self.tcp));
                return Err(io::Error::new(ErrorKind::InvalidData, error));
            }
        }
    }
}

impl Write for Socket {
    /// What a session takes counts as written, though it may not be sent; see [`Socket::flush`].
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(session) = &mut self.session else {
            return self.tcp.write(bytes);
        };
        send(session, &mut self.tcp)?;
        let n_bytes = session.writer().write(bytes)?;
        match send(session, &mut self.tcp) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            Err(_) | Ok(()) => Ok(n_bytes),
        }
    }

    /// Fails with `WouldBlock` while something is still to be sent.
    fn flush(&mut self) -> io::Result<()> {
        match &mut self.session {
            Some(session) => send(session, &mut self.tcp),
            None => Ok(()),
        }
    }
}

impl Source for Socket {
    fn register(&mut self, registry: &Registry, token: Token, to: Interest) -> io::Result<()> {
        self.tcp.register(registry, token, to)
    }

    fn reregister(&mut self, registry: &Registry, token: Token, to: Interest) -> io::Result<()> {
        self.tcp.reregister(registry, token, to)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.tcp.deregister(registry)
    }
}
