//! Answers on their way out: over HTTP/1 one after the other, over HTTP/2 each as a task of its own.
//!
//! Whether a client takes its answer, a connection of HTTP/1 sees by itself. One of HTTP/2 carries many, and stays alive while
//! one of them is not taken: that one alone ends. It is given in pieces, and asked for the next when the last one goes out;
//! to be asked is all that an answer hears of its client.

use crate::transport::paced::Answering;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::rt::Executor;
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Bytes of a piece: a frame of HTTP/2, unless the client says otherwise.
const PIECE_BYTES: usize = 16 << 10;

tokio::task_local! {
    /// Since when a piece has been waiting to be taken, in the task of one request.
    static OFFERED_AT: Cell<Option<Instant>>;
}

/// The body of an answer, which is out once that is.
pub(super) struct Answer<B> {
    body: B,
    /// What is left of a chunk of it.
    chunk: Bytes,
    piece_bytes: usize,
    #[expect(dead_code, reason = "it is there to be dropped")]
    answering: Answering,
}

impl<B> Answer<B> {
    /// The answer of this body, over HTTP/2 or not.
    pub(super) fn new(body: B, answering: Answering, is_http2: bool) -> Self {
        Self {
            body,
            chunk: Bytes::new(),
            piece_bytes: if is_http2 { PIECE_BYTES } else { usize::MAX },
            answering,
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Answer<B> {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if self.chunk.is_empty() {
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                end => return Poll::Ready(end),
            };
            match frame.into_data() {
                Ok(chunk) => self.chunk = chunk,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        let n_bytes = self.chunk.len().min(self.piece_bytes);
        Poll::Ready(Some(Ok(Frame::data(self.chunk.split_to(n_bytes)))))
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Answer<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let piece = self.poll_piece(cx);
        let offered_at = piece.is_ready().then(Instant::now);
        // Over HTTP/1 nobody wants to know.
        let _: Result<(), _> = OFFERED_AT.try_with(|at| at.set(offered_at));
        piece
    }

    fn is_end_stream(&self) -> bool {
        self.chunk.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (n_bytes, body) = (self.chunk.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + n_bytes);
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + n_bytes);
        }
        hint
    }
}

/// Runs the requests of HTTP/2, and ends each whose client takes nothing of the answer for too long.
#[derive(Clone)]
pub(super) struct Requests {
    send_time: Duration,
}

impl Requests {
    /// Runs requests whose clients have so much time to take something.
    pub(super) fn new(send_time: Duration) -> Self {
        Self { send_time }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Requests {
    fn execute(&self, request: F) {
        let send_time = self.send_time;
        let run = async move {
            let due = sleep(send_time);
            tokio::pin!(request, due);
            let until_answered_or_due = poll_fn(|cx| {
                if request.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(());
                }
                let Some(offered_at) = OFFERED_AT.with(Cell::get) else {
                    return Poll::Pending;
                };
                if due.deadline() != offered_at + send_time {
                    due.as_mut().reset(offered_at + send_time);
                }
                due.as_mut().poll(cx)
            });
            until_answered_or_due.await;
        };
        drop(tokio::spawn(OFFERED_AT.scope(Cell::new(None), run)));
    }
}
