//! What a client sends: pongs and closes, and messages that nobody reads. The rules are tungstenite's; what they answer is
//! gathered, and goes out between two frames of ours. It tells of whole messages only, so what is under way is followed here.

use super::Terms;
use super::end::Offence;
use crate::frame::Heads;
use std::io::{self, Read, Write};
use std::time::Instant;
use tungstenite::error::ProtocolError;
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message};

/// Bytes that are read at once.
const READ_BYTES: usize = 256;

/// What a client has done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Said something.
    Said(Message),
    /// Asked for an answer, which is gathered.
    Ping,
    /// Answered a ping.
    Pong,
}

/// Why nothing more is heard of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It has sent no more so far.
    Silence,
    /// It has closed, or answered our close; where an answer is owed, it has been gathered.
    Closed,
    /// It has gone without a word.
    Gone,
    /// It has broken a rule.
    Offence(Offence),
}

/// The reading half of a client that is saying something.
#[derive(Debug)]
pub(super) struct Inbound {
    context: WebSocketContext,
    heads: Heads,
    /// The message that is under way, by its number, and since when it is.
    under_way: Option<(u64, Instant)>,
}

/// What a client's bytes are read from, and the place for what is answered.
pub(super) struct Line<'a, S> {
    /// What came before its socket was the writers'.
    pub(super) already_read: &'a mut Vec<u8>,
    pub(super) socket: &'a mut S,
    pub(super) answers: &'a mut Vec<u8>,
}

impl Inbound {
    pub(super) fn new(terms: &Terms) -> Self {
        let mut config = WebSocketConfig::default();
        config.read_buffer_size = READ_BYTES;
        config.write_buffer_size = 0;
        config.max_write_buffer_size = terms.answers_bytes;
        config.max_message_size = Some(terms.message_bytes);
        config.max_frame_size = Some(terms.message_bytes);
        Self {
            context: WebSocketContext::new(Role::Server, Some(config)),
            heads: Heads::default(),
            under_way: None,
        }
    }

    /// Reads on.
    pub(super) fn read(&mut self, line: Line<'_, impl Read>, terms: &Terms) -> Result<Heard, Stop> {
        let mut wire = Wire {
            line,
            heads: &mut self.heads,
            fragments_max: terms.fragments,
            room: terms.answers_bytes,
        };
        match self.context.read(&mut wire) {
            Ok(Message::Ping(_)) => Ok(Heard::Ping),
            Ok(Message::Pong(_)) => Ok(Heard::Pong),
            Ok(Message::Close(_)) => {
                // The answer to it has been made, and is yet to be gathered; it is the last, so there is room for it.
                wire.room = usize::MAX;
                drop(self.context.flush(&mut wire));
                Err(Stop::Closed)
            }
            Ok(message) => Ok(Heard::Said(message)),
            Err(Error::Io(_)) if self.heads.most_fragments() > terms.fragments => {
                Err(Stop::Offence(Offence::Fragments))
            }
            Err(error) => Err(stop(&error)),
        }
    }

    /// Looks which message is under way. Is it one that was not before?
    pub(super) fn has_begun(&mut self, now: Instant) -> bool {
        let number = self.heads.under_way();
        if number == self.under_way.map(|(number, _)| number) {
            return false;
        }
        self.under_way = number.map(|number| (number, now));
        number.is_some()
    }

    /// Since when the message is under way that was at the last look.
    pub(super) fn begun_at(&self) -> Option<Instant> {
        self.under_way.map(|(_, since)| since)
    }
}

fn stop(error: &Error) -> Stop {
    match error {
        Error::Io(error) if error.kind() == io::ErrorKind::WouldBlock => Stop::Silence,
        Error::ConnectionClosed => Stop::Closed,
        Error::Capacity(_) => Stop::Offence(Offence::TooBig),
        Error::Utf8(_) => Stop::Offence(Offence::NotUtf8),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Stop::Gone,
        Error::Protocol(_) => Stop::Offence(Offence::Protocol),
        _ => Stop::Gone,
    }
}

/// The two ends of a client's connection, as tungstenite has them.
struct Wire<'a, S> {
    line: Line<'a, S>,
    heads: &'a mut Heads,
    fragments_max: u32,
    /// Bytes of answers that may wait; a client that asks for more before it takes these gets none.
    room: usize,
}

impl<S: Read> Read for Wire<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Line {
            already_read,
            socket,
            ..
        } = &mut self.line;
        let n_bytes = if already_read.is_empty() {
            loop {
                match socket.read(buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    done => break done?,
                }
            }
        } else {
            let n_bytes = (&already_read[..]).read(buffer)?;
            already_read.drain(..n_bytes);
            n_bytes
        };
        self.heads.follow(&buffer[..n_bytes]);
        if self.heads.most_fragments() > self.fragments_max {
            // tungstenite would read on for as long as there is something.
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(n_bytes)
    }
}

impl<S> Write for Wire<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.line.answers.len() + bytes.len() > self.room {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.line.answers.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
