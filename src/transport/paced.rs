//! A connection whose client must get on with it.
//!
//! hyper has one timeout for a request's head and for the silence between two requests, and they are not the same: a
//! head that dribbles in is an attack (slowloris), a kept-alive connection that rests is a browser. Of HTTP/1, hyper's is the
//! long one; this keeps the short one. Of HTTP/2, whose heads are frames among others, hyper has neither; this keeps the long
//! one. For both it sees that a client takes what it is sent.

use super::Connection;
use crate::config::Limits;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Says how far the requests of a connection are.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// Heads that have arrived.
    heads: AtomicU64,
    /// Requests that have been answered.
    answers: AtomicU64,
    /// Has an answer without an end begun?
    streams: AtomicBool,
}

/// A request that is being answered, until this is dropped.
#[derive(Debug)]
pub struct Answering(Progress);

impl Progress {
    /// Notes that a head has arrived. To be kept until its answer is out: the next bytes are then the next head's.
    #[must_use]
    pub fn head(&self) -> Answering {
        self.0.heads.fetch_add(1, Ordering::Relaxed);
        Answering(self.clone())
    }

    /// Notes that an answer without an end begins: little of it is to wait for the client, and a client that is gone to be
    /// noticed.
    pub fn stream(&self) {
        self.0.streams.store(true, Ordering::Relaxed);
    }

    fn n_heads(&self) -> u64 {
        self.0.heads.load(Ordering::Relaxed)
    }

    fn is_answering(&self) -> bool {
        self.n_heads() > self.0.answers.load(Ordering::Relaxed)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.answers.fetch_add(1, Ordering::Relaxed);
    }
}

/// A connection that fails when its client does not get on with it.
#[derive(Debug)]
pub struct Paced {
    connection: Connection,
    progress: Progress,
    /// The heads that had arrived at the last look.
    n_heads: u64,
    head_time: Duration,
    /// How long it may rest between two requests, where nobody else sees to that.
    rest_time: Option<Duration>,
    send_time: Duration,
    pong_time: Duration,
    socket_bytes: usize,
    /// Until the head that has begun is there, or the rest over.
    head_due: Option<Pin<Box<Sleep>>>,
    /// Until the client takes something.
    send_due: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    /// Paces a connection, of which the first head begins at once.
    #[must_use]
    pub fn new(connection: Connection, progress: Progress, limits: &Limits) -> Self {
        let rest_time = connection.is_http2().then_some(limits.idle_time);
        Self {
            connection,
            progress,
            n_heads: 0,
            head_time: limits.head_time,
            rest_time,
            send_time: limits.send_time,
            pong_time: limits.pong_time,
            socket_bytes: limits.socket_bytes,
            head_due: Some(after(limits.head_time)),
            send_due: None,
        }
    }

    /// The connection, for whoever has other rules.
    #[must_use]
    pub fn into_inner(self) -> Connection {
        self.connection
    }

    /// Makes the connection one for a stream, once it is to be. Of HTTP/2 it stays as it is: others share it, and its pings
    /// find who is gone.
    fn prepare(&self) {
        let is_http2 = self.rest_time.is_some();
        if !self.progress.0.streams.swap(false, Ordering::Relaxed) || is_http2 {
            return;
        }
        if let Err(error) = self.connection.bound(self.socket_bytes, self.pong_time) {
            tracing::debug!(%error, "a stream keeps the system's own terms");
        }
    }

    /// Whether the client has taken something, or its time is over.
    fn sent<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.send_due = None;
            return done;
        }
        let send_time = self.send_time;
        let due = self.send_due.get_or_insert_with(|| after(send_time));
        ready!(due.as_mut().poll(cx));
        self.connection.abort();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

fn after(time: Duration) -> Pin<Box<Sleep>> {
    Box::pin(sleep_until(Instant::now() + time))
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (n_heads, is_answering) = (self.progress.n_heads(), self.progress.is_answering());
        if is_answering || n_heads != self.n_heads {
            (self.n_heads, self.head_due) = (n_heads, None);
        }
        let n_before = buffer.filled().len();
        let read = Pin::new(&mut self.connection).poll_read(cx, buffer);
        let has_begun = self.rest_time.is_some() || buffer.filled().len() > n_before;
        if has_begun && !is_answering {
            let time = self.rest_time.unwrap_or(self.head_time);
            self.head_due.get_or_insert_with(|| after(time));
        }
        let is_late = |due: &mut Pin<Box<Sleep>>| due.as_mut().poll(cx).is_ready();
        if read.is_pending() && self.head_due.as_mut().is_some_and(is_late) {
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
        self.prepare();
        let done = Pin::new(&mut self.connection).poll_write(cx, bytes);
        self.sent(cx, done)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.connection).poll_flush(cx);
        self.sent(cx, done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.connection).poll_shutdown(cx);
        self.sent(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.prepare();
        let done = Pin::new(&mut self.connection).poll_write_vectored(cx, slices);
        self.sent(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    /// A connection, how far its requests are, and its other end.
    async fn pair() -> (Paced, Progress, TcpStream) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, taken) = tokio::join!(client, listener.accept());
        let (progress, connection) = (Progress::default(), Connection::Plain(taken.unwrap().0));
        let paced = Paced::new(connection, progress.clone(), &Limits::default());
        (paced, progress, client.unwrap())
    }

    /// After which time it is cut, by a clock that leaps to whatever is due.
    async fn cut_after(paced: &mut Paced) -> Duration {
        tokio::time::pause();
        let started = Instant::now();
        let error = paced.read(&mut [0; 9]).await.unwrap_err();
        tokio::time::resume();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        started.elapsed()
    }

    fn about(time: Duration, expected: Duration) {
        let slack = Duration::from_secs(1);
        assert!(
            expected <= time + slack && time <= expected + slack,
            "{time:?}"
        );
    }

    #[tokio::test]
    async fn a_head_has_its_time_from_the_first_byte_on() {
        let limits = Limits::default();
        let (mut silent, _, _client) = pair().await;
        about(cut_after(&mut silent).await, limits.head_time);

        let (mut slow, progress, mut client) = pair().await;
        client.write_all(b"GET").await.unwrap();
        assert_eq!(slow.read(&mut [0; 9]).await.unwrap(), 3);
        drop(progress.head());
        // It rests; then the next head begins.
        client.write_all(b"GE").await.unwrap();
        assert_eq!(slow.read(&mut [0; 9]).await.unwrap(), 2);
        about(cut_after(&mut slow).await, limits.head_time);
    }

    #[tokio::test]
    async fn of_http2_the_rest_between_two_requests_has_an_end() {
        let limits = Limits::default();
        let (mut resting, progress, mut client) = pair().await;
        resting.rest_time = Some(limits.idle_time);
        client.write_all(b"x").await.unwrap();
        assert_eq!(resting.read(&mut [0; 9]).await.unwrap(), 1);
        let answering = progress.head();
        // As long as it is answered it does not rest.
        tokio::time::pause();
        let longer = 2 * limits.idle_time;
        let read = tokio::time::timeout(longer, async { resting.read(&mut [0; 9]).await });
        assert!(read.await.is_err());
        tokio::time::resume();
        drop(answering);
        about(cut_after(&mut resting).await, limits.idle_time);
    }

    #[tokio::test]
    async fn what_is_not_taken_has_its_time() {
        let (mut paced, _, _client) = pair().await;
        let piece = vec![0; 1 << 20];
        tokio::time::pause();
        let mut last = Instant::now();
        let error = loop {
            match paced.write(&piece).await {
                Ok(_) => last = Instant::now(),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        about(last.elapsed(), Limits::default().send_time);
    }
}
