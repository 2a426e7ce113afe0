//! The text of Server-Sent Events: WHATWG HTML, section 9.2.
//!
//! A message is `data: JSON`, then `id: EPOCH:SEQ`, then an empty line. JSON as we write it is one line. The id stands
//! last, so that whoever takes it at its line, and not at the message's end, has had the message. There is no `event:`, so
//! that a page's `onmessage` gets everything; `type` in the JSON tells messages apart, as on the WebSocket.

use crate::event::Position;
use bytes::Bytes;

/// A text of at least so many bytes is sent as it is, shared by all clients; a shorter one is copied, so that many go out
/// in one piece.
const SHARED_BYTES: usize = 16 << 10;

/// What is said when there is nothing to say: a comment, which nobody is told of.
pub(super) const KEEP_ALIVE: Bytes = Bytes::from_static(b":\n\n");

/// The chunks of a stream.
#[derive(Default)]
pub(super) struct Chunks {
    whole: Vec<Bytes>,
    last: Vec<u8>,
}

impl Chunks {
    /// The first words: after which time to connect again, and from where, if nothing is to come before that. An id without
    /// data is no message and is remembered all the same.
    pub(super) fn opening(retry_ms: u64, at: Option<Position>) -> Self {
        let id = at.map_or(String::new(), |at| format!("id: {at}\n"));
        Self {
            whole: Vec::new(),
            last: format!("retry: {retry_ms}\n{id}\n").into(),
        }
    }

    /// Appends a message and the position that one is at when one has had it.
    pub(super) fn push(&mut self, json: Bytes, at: Position) {
        debug_assert!(!json.iter().any(|byte| matches!(byte, b'\n' | b'\r')));
        self.last.extend_from_slice(b"data: ");
        if json.len() < SHARED_BYTES {
            self.last.extend_from_slice(&json);
        } else {
            self.whole.push(std::mem::take(&mut self.last).into());
            self.whole.push(json);
        }
        self.last
            .extend_from_slice(format!("\nid: {at}\n\n").as_bytes());
    }

    /// All of them.
    pub(super) fn into_bytes(mut self) -> Vec<Bytes> {
        self.whole.push(self.last.into());
        self.whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Epoch;

    #[test]
    fn a_message_is_data_and_then_its_id() {
        let at = |seq| Position {
            epoch: Epoch::new(7),
            seq,
        };
        let opening = |at| Chunks::opening(1500, at).into_bytes();
        assert_eq!(opening(None), ["retry: 1500\n\n"]);
        let expected = ["retry: 1500\nid: 0000000000000007:4\n\n"];
        assert_eq!(opening(Some(at(4))), expected);
        let mut chunks = Chunks::default();
        let long = Bytes::from(vec![b'x'; SHARED_BYTES]);
        chunks.push(Bytes::from_static(b"{}"), at(5));
        chunks.push(long.clone(), at(6));
        chunks.push(Bytes::from_static(b"[]"), at(7));
        let chunks = chunks.into_bytes();
        assert_eq!(chunks.len(), 3);
        assert_eq!(chunks[0], "data: {}\nid: 0000000000000007:5\n\ndata: ");
        assert_eq!(
            chunks[1].as_ptr(),
            long.as_ptr(),
            "a long text is not copied"
        );
        let expected = "\nid: 0000000000000007:6\n\ndata: []\nid: 0000000000000007:7\n\n";
        assert_eq!(chunks[2], expected);
    }
}
