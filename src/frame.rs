//! The server's side of a WebSocket's frames: RFC 6455, section 5.2.
//!
//! What a server sends is not masked, so the bytes of a frame are the same for every client: a message is encoded once. What
//! a client sends is read by tungstenite; [`Heads`] tells what that does not, how far a message has come.

mod heads;

pub use heads::Heads;

use bytes::Bytes;
use std::sync::Arc;

/// The longest head of a frame: two bytes, and eight for a length.
const HEAD_BYTES_MAX: usize = 10;
/// The longest payload of a control frame.
const CONTROL_BYTES_MAX: usize = 125;
const FINAL: u8 = 0x80;
const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;

/// A frame that holds a text.
#[derive(Clone, Debug)]
pub struct TextFrame {
    bytes: Bytes,
    head_bytes: usize,
}

impl TextFrame {
    /// The frame of the text that `write` appends to a buffer: it is written where it will stay.
    pub fn of(write: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut bytes = vec![0; HEAD_BYTES_MAX];
        write(&mut bytes);
        let n_bytes = bytes.len() - HEAD_BYTES_MAX;
        let mut head = [0; HEAD_BYTES_MAX];
        let head = head_of(TEXT, n_bytes, &mut head);
        let start = HEAD_BYTES_MAX - head.len();
        bytes[start..HEAD_BYTES_MAX].copy_from_slice(head);
        Self {
            bytes: Bytes::from(bytes).slice(start..),
            head_bytes: head.len(),
        }
    }

    /// The same frame, such that `self` is in use for as long as any of its bytes are.
    #[must_use]
    pub fn shared(self: &Arc<Self>) -> Self {
        struct Held(Arc<TextFrame>);
        impl AsRef<[u8]> for Held {
            fn as_ref(&self) -> &[u8] {
                self.0.bytes()
            }
        }
        Self {
            bytes: Bytes::from_owner(Held(self.clone())),
            head_bytes: self.head_bytes,
        }
    }

    /// The frame, head and all.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The text alone, in UTF-8.
    #[must_use]
    pub fn text(&self) -> Bytes {
        self.bytes.slice(self.head_bytes..)
    }

    /// The same for bytes that are no text, which taskmd never sends and an echo may.
    #[cfg(test)]
    pub(crate) fn of_binary(write: impl FnOnce(&mut Vec<u8>)) -> Self {
        const BINARY: u8 = 0x2;
        let text = Self::of(write);
        let mut bytes = Vec::from(text.bytes);
        bytes[0] = FINAL | BINARY;
        Self {
            bytes: Bytes::from(bytes),
            head_bytes: text.head_bytes,
        }
    }
}

/// Appends a ping without a payload.
pub fn ping(frames: &mut Vec<u8>) {
    frames.extend_from_slice(&[FINAL | PING, 0]);
}

/// Appends a close frame: a code (section 7.4), and a reason, of which a control frame holds 123 bytes.
pub fn close(code: u16, reason: &str, frames: &mut Vec<u8>) {
    let mut end = reason.len().min(CONTROL_BYTES_MAX - 2);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let mut head = [0; HEAD_BYTES_MAX];
    frames.extend_from_slice(head_of(CLOSE, end + 2, &mut head));
    frames.extend_from_slice(&code.to_be_bytes());
    frames.extend_from_slice(&reason.as_bytes()[..end]);
}

/// The head of a final frame.
fn head_of(opcode: u8, n_bytes: usize, head: &mut [u8; HEAD_BYTES_MAX]) -> &[u8] {
    head[0] = FINAL | opcode;
    if let Ok(short @ 0..126) = u8::try_from(n_bytes) {
        head[1] = short;
        &head[..2]
    } else if let Ok(medium) = u16::try_from(n_bytes) {
        head[1] = 126;
        head[2..4].copy_from_slice(&medium.to_be_bytes());
        &head[..4]
    } else {
        head[1] = 127;
        head[2..].copy_from_slice(&(n_bytes as u64).to_be_bytes());
        &head[..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;
    use tungstenite::protocol::frame::FrameSocket;
    use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

    /// What another implementation reads.
    fn read(bytes: &[u8]) -> (OpCode, Vec<u8>) {
        let mut socket = FrameSocket::new(Cursor::new(bytes.to_vec()));
        let frame = socket.read(None).unwrap().unwrap();
        assert!(frame.header().is_final && frame.header().mask.is_none());
        (frame.header().opcode, frame.into_payload().to_vec())
    }

    #[test]
    fn a_text_of_any_length_is_read_as_it_was() {
        for n_bytes in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let text = "x".repeat(n_bytes);
            let frame = TextFrame::of(|bytes| bytes.extend_from_slice(text.as_bytes()));
            assert_eq!(frame.text(), text);
            assert_eq!(
                read(frame.bytes()),
                (OpCode::Data(Data::Text), text.into_bytes())
            );
        }
    }

    #[test]
    fn control_frames_are_short() {
        let mut bytes = Vec::new();
        ping(&mut bytes);
        assert_eq!(read(&bytes), (OpCode::Control(Control::Ping), Vec::new()));
        bytes.clear();
        close(1013, &"é".repeat(100), &mut bytes);
        let (opcode, payload) = read(&bytes);
        assert_eq!(opcode, OpCode::Control(Control::Close));
        assert_eq!(payload[..2], 1013_u16.to_be_bytes());
        assert_eq!(payload[2..], *"é".repeat(61).as_bytes());
    }
}
