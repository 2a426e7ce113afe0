//! Connections: who gets in, TLS or not, and a client that must get on with it.
//!
//! A connection begins at the [`gate`], is a [`Paced`] stream while it speaks HTTP, and a [`Socket`] of the writers once it
//! has become a WebSocket. What it refuses to know: what is said over it.

pub mod gate;
pub mod paced;
pub mod socket;
pub mod tls;

pub use gate::{Gate, Place};
pub use paced::Paced;
pub use socket::Socket;

use rustix::net::sockopt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// A connection, while tokio has it.
#[derive(Debug)]
pub enum Connection {
    /// As it is.
    Plain(TcpStream),
    /// Under TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connection {
    /// Has the client agreed to HTTP/2? It can under TLS only (RFC 7301).
    #[must_use]
    pub fn is_http2(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(stream) => stream.get_ref().1.alpn_protocol() == Some(tls::HTTP_2),
        }
    }

    /// Bounds what the kernel holds of what is written, and how long it waits for a client that acknowledges nothing: by
    /// itself 4 MiB, and a quarter of an hour.
    ///
    /// # Errors
    /// The system's.
    pub fn bound(&self, n_bytes: usize, time: Duration) -> io::Result<()> {
        let time_ms = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        sockopt::set_socket_send_buffer_size(self.tcp(), n_bytes)?;
        Ok(sockopt::set_tcp_user_timeout(self.tcp(), time_ms)?)
    }

    /// Has the kernel drop what it holds for a client that will not take it, when the connection is closed.
    pub fn abort(&self) {
        if let Err(error) = self.tcp().set_zero_linger() {
            tracing::debug!(%error, "a connection lingers");
        }
    }

    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }

    /// The same connection for whoever waits for nothing.
    ///
    /// # Errors
    /// The system's.
    pub fn into_socket(self) -> io::Result<Socket> {
        match self {
            Self::Plain(stream) => Ok(Socket::plain(stream.into_std()?)),
            Self::Tls(stream) => {
                let (stream, session) = stream.into_inner();
                Ok(Socket::tls(stream.into_std()?, session))
            }
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }
}
