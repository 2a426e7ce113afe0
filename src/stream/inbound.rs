//! What a client sends: pongs and closes, and messages that nobody reads. The rules are tungstenite's; what they answer is
//! gathered, and goes out between two frames of ours.

use std::io::{self, Read, Write};
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message};

/// Bytes that are read at once, and held for every client that has ever sent something.
const READ_BYTES: usize = 256;
/// Bytes of answers that wait for a client; one that asks for more before it takes these gets none.
const ANSWERS_BYTES_MAX: usize = 4 << 10;
/// Messages that a client may send in a burst …
const BURST_MAX: u32 = 100;
/// … and in each second after that.
const MESSAGES_A_SECOND: u32 = 20;

/// What a client has done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing more for now.
    Silence,
    /// Said something.
    Message,
    /// Answered a ping.
    Pong,
    /// Closed, or answered our close; where an answer is owed, it has been gathered.
    Closed,
    /// Gone without a word.
    Gone,
    /// Something that ends the connection with this code.
    Offence(u16),
}

/// The reading half of a client.
#[derive(Debug)]
pub(super) struct Inbound {
    context: WebSocketContext,
    /// Messages that may come at once.
    credit: u32,
    /// Of which second the credit is.
    second: u64,
}

impl Inbound {
    pub(super) fn new(already_read: Vec<u8>, message_bytes: usize) -> Self {
        let mut config = WebSocketConfig::default();
        config.read_buffer_size = READ_BYTES;
        config.write_buffer_size = 0;
        config.max_write_buffer_size = ANSWERS_BYTES_MAX;
        config.max_message_size = Some(message_bytes);
        config.max_frame_size = Some(message_bytes);
        let role = Role::Server;
        Self {
            context: WebSocketContext::from_partially_read(already_read, role, Some(config)),
            credit: BURST_MAX,
            second: 0,
        }
    }

    /// Reads on. `second` is the time in whole seconds from whenever.
    pub(super) fn read(
        &mut self,
        socket: &mut impl Read,
        answers: &mut Vec<u8>,
        second: u64,
    ) -> Heard {
        let mut wire = Wire { socket, answers };
        let heard = match self.context.read(&mut wire) {
            Ok(Message::Pong(_)) => Heard::Pong,
            Ok(Message::Close(_)) => {
                // The answer to it has been made, and is yet to be gathered.
                drop(self.context.flush(&mut wire));
                return Heard::Closed;
            }
            Ok(_) => Heard::Message,
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                return Heard::Silence;
            }
            Err(Error::ConnectionClosed) => return Heard::Closed,
            Err(Error::Capacity(_)) => return Heard::Offence(1009),
            Err(Error::Utf8(_)) => return Heard::Offence(1007),
            Err(Error::Protocol(
                tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            )) => {
                return Heard::Gone;
            }
            Err(Error::Protocol(_)) => return Heard::Offence(1002),
            Err(_) => return Heard::Gone,
        };
        if self.may(second) {
            heard
        } else {
            Heard::Offence(1008)
        }
    }

    /// A token bucket.
    fn may(&mut self, second: u64) -> bool {
        let seconds = u32::try_from(second.saturating_sub(self.second)).unwrap_or(u32::MAX);
        let earned = seconds.saturating_mul(MESSAGES_A_SECOND);
        self.credit = self.credit.saturating_add(earned).min(BURST_MAX);
        self.second = second;
        match self.credit.checked_sub(1) {
            Some(left) => {
                self.credit = left;
                true
            }
            None => false,
        }
    }
}

/// A socket for reading, and the place for what is answered.
struct Wire<'a, R> {
    socket: &'a mut R,
    answers: &'a mut Vec<u8>,
}

impl<R: Read> Read for Wire<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.socket.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }
}

impl<R> Write for Wire<'_, R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.answers.len() + bytes.len() > ANSWERS_BYTES_MAX {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.answers.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
