//! A connection whose client must get on with it.
//!
//! hyper has one timeout for a request's head and for the silence between two requests, and they are not the same: a
//! head that dribbles in is an attack (slowloris), a kept-alive connection that rests is a browser. hyper's is the
//! long one; this keeps the short one.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// Says how far the requests of a connection are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// Heads that have arrived.
    heads: AtomicU64,
    /// Requests that have been answered.
    answers: AtomicU64,
}

impl Progress {
    /// Notes that a head has arrived.
    pub(crate) fn head(&self) {
        self.0.heads.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that its answer is made, so that the next bytes are the next head's.
    pub(crate) fn answer(&self) {
        self.0.answers.fetch_add(1, Ordering::Relaxed);
    }
}

/// A connection that fails when a head, once begun, has not arrived in time. The first one begins at once.
pub(crate) struct Paced {
    stream: TcpStream,
    progress: Progress,
    /// The heads that had arrived at the last look.
    n_heads: u64,
    head_time: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    pub(crate) fn new(stream: TcpStream, progress: Progress, head_time: Duration) -> Self {
        let deadline = Some(Box::pin(sleep_until(Instant::now() + head_time)));
        Self {
            stream,
            progress,
            n_heads: 0,
            head_time,
            deadline,
        }
    }

    /// The connection, for whoever has other rules.
    pub(crate) fn into_inner(self) -> TcpStream {
        self.stream
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let counts = &self.progress.0;
        let n_heads = counts.heads.load(Ordering::Relaxed);
        let is_answering = n_heads > counts.answers.load(Ordering::Relaxed);
        if n_heads != self.n_heads {
            self.n_heads = n_heads;
            self.deadline = None;
        }
        let n_before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let has_begun = !is_answering && buffer.filled().len() > n_before;
        if has_begun && self.deadline.is_none() {
            self.deadline = Some(Box::pin(sleep_until(Instant::now() + self.head_time)));
        }
        let is_late = |deadline: &mut Pin<Box<Sleep>>| deadline.as_mut().poll(cx).is_ready();
        if read.is_pending() && self.deadline.as_mut().is_some_and(is_late) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
