//! The writers: a few threads that write the logs to many WebSockets.
//!
//! A client owns no queue of messages. It holds its place in its project's log, and whenever its socket takes more, gets
//! what the log has after that place in one piece: a slow client delays nobody and costs nothing but its place. One that
//! the log overtakes, or that takes nothing for too long, is told its place and let go. Events that few listen to are
//! written by the very thread that made them, because to wake another takes longer.
//!
//! A writer ([`writer`]) owns its clients ([`clients`]) alone; one of them is [`client`]. What it refuses to know: HTTP,
//! tasks, who may read what.

mod allowance;
mod client;
mod clients;
mod deadline;
mod end;
mod inbound;
mod parting;
mod writer;

use crate::config::Limits;
use crate::log::{Log, RunMax};
use crate::transport::Socket;
use bytes::Bytes;
use std::any::Any;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tungstenite::Message;
use writer::Writer;

pub use end::CLOSES;
pub use parting::{Done, Parting};

/// Writers at most: each keeps a core busy with the kernel's sends, and some are needed elsewhere.
const WRITERS_MAX: usize = 4;
/// Clients of one writer before another one gets any: few are served best together.
const CLIENTS_TOGETHER: usize = 256;

/// What a WebSocket is to follow.
pub struct Follow {
    /// Its project's log.
    pub log: Arc<Log>,
    /// The number of the last event that it has had.
    pub seq: u64,
    /// A frame that it gets before anything else: how the project stood after that event.
    pub snapshot: Option<Bytes>,
    /// When it is closed, because what allowed it ends then.
    pub expires: Option<Instant>,
    /// Dropped with the client.
    pub guard: Box<dyn Any + Send>,
}

impl fmt::Debug for Follow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Follow({:?} after {})", self.log, self.seq)
    }
}

/// How clients are treated.
#[derive(Clone, Debug)]
pub struct Terms {
    /// How much is written to one client before it is the next one's turn.
    pub run: RunMax,
    /// Between two pings.
    pub ping_interval: Duration,
    /// Until a ping is answered.
    pub pong_time: Duration,
    /// Until a client takes something of what is being sent to it.
    pub send_time: Duration,
    /// Until a close is answered.
    pub close_time: Duration,
    /// Until a message that a client has begun has ended.
    pub message_time: Duration,
    /// Bytes of a message that a client may send.
    pub message_bytes: usize,
    /// Frames of a message that a client may send.
    pub fragments: u32,
    /// Messages that a client may send at once, pings and pongs included, …
    pub messages_burst: u32,
    /// … and in each second after that.
    pub messages_a_second: u32,
    /// Bytes of pongs that may wait for one client.
    pub answers_bytes: usize,
    /// Bytes that the kernel may hold for one client.
    pub socket_bytes: usize,
    /// What is done with a message, beside the log that its client follows: nothing, for no client can say anything to
    /// another. RFC 6455 is tested with an echo.
    pub(crate) hear: fn(&Log, Message),
}

impl Terms {
    /// The terms of these limits.
    #[must_use]
    pub fn new(limits: &Limits, ping_interval: Duration, client_buffer: usize) -> Self {
        Self {
            run: RunMax {
                events: client_buffer,
                bytes: limits.run_bytes,
            },
            ping_interval,
            pong_time: limits.pong_time,
            send_time: limits.send_time,
            close_time: limits.close_time,
            message_time: limits.ws_message_time,
            message_bytes: limits.ws_message_bytes,
            fragments: limits.ws_fragments,
            messages_burst: limits.ws_burst,
            messages_a_second: limits.ws_messages_a_second,
            answers_bytes: limits.ws_answers_bytes,
            socket_bytes: limits.socket_bytes,
            hear: |_, _| {},
        }
    }
}

/// All writers.
#[derive(Debug)]
pub struct Writers {
    writers: Vec<Arc<Writer>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Writers {
    /// Starts as many as there are cores, up to 4.
    ///
    /// # Errors
    /// The system's, when a thread or a descriptor cannot be had.
    pub fn start(terms: &Terms) -> io::Result<Self> {
        let n_writers = std::thread::available_parallelism().map_or(1, usize::from);
        let (mut writers, mut threads) = (Vec::new(), Vec::new());
        for n in 0..n_writers.min(WRITERS_MAX) {
            let (writer, mut poll) = Writer::new(terms.clone())?;
            let thread = std::thread::Builder::new().name(format!("writer {n}"));
            let run = writer.clone();
            threads.push(thread.spawn(move || run.run(&mut poll))?);
            writers.push(writer);
        }
        Ok(Self {
            writers,
            threads: Mutex::new(threads),
        })
    }

    /// Takes a socket over that has been upgraded, with what has been read from it already.
    pub fn join(&self, socket: Socket, already_read: Vec<u8>, follow: Follow) {
        let crowded = |writer: &&Arc<Writer>| writer.n_clients() / CLIENTS_TOGETHER;
        if let Some(writer) = self.writers.iter().min_by_key(crowded) {
            writer.join(socket, already_read, follow);
        }
    }

    /// What has been done so far, and how many events the slowest client of each log is behind. Waits for the writers, as
    /// long as they write to those who are ready.
    #[must_use]
    pub fn count(&self) -> (Done, Vec<(Arc<Log>, u64)>) {
        let (mut done, mut lags) = (Done::default(), Vec::new());
        for writer in &self.writers {
            let (more, behind) = writer.count();
            done = done.and(&more);
            lags.extend(behind);
        }
        (done, lags)
    }

    /// Says good-bye to every client with its place, and ends when all have gone or their time is up.
    pub fn stop(&self) {
        for writer in &self.writers {
            writer.stop();
        }
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a writer had failed");
            }
        }
    }
}

#[cfg(test)]
mod tests;
