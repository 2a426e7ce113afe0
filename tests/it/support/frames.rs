//! The frames that a server sends, as far as one must know them to tell them apart: for clients that are to cost little.

/// What a frame says of itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Ping,
    Other,
}

/// The answer to a ping that says nothing, under a mask that changes nothing.
pub(crate) const PONG: [u8; 6] = [0x8a, 0x80, 0, 0, 0, 0];

/// The kind and the length of the frame that begins so; `None` while that is not known.
fn begun(head: &[u8]) -> Option<(Kind, usize)> {
    let (first, length) = match *head {
        [first, short @ 0..=125] => (first, u64::from(short)),
        [first, 126, a, b] => (first, u64::from(u16::from_be_bytes([a, b]))),
        [first, 127, a, b, c, d, e, f, g, h] => {
            (first, u64::from_be_bytes([a, b, c, d, e, f, g, h]))
        }
        _ => return None,
    };
    let kind = match first & 0x0f {
        1 => Kind::Text,
        9 => Kind::Ping,
        _ => Kind::Other,
    };
    Some((kind, usize::try_from(length).unwrap_or(usize::MAX)))
}

/// What one meets in a stream of frames.
pub(crate) enum Piece<'a> {
    /// Some of what a frame says.
    Payload(Kind, &'a [u8]),
    /// The end of a frame.
    End(Kind),
}

/// How far one has read in a stream of frames.
#[derive(Default)]
pub(crate) struct Place {
    head: Vec<u8>,
    /// The kind of the frame whose payload has begun, and what is left of that.
    payload: Option<(Kind, usize)>,
}

impl Place {
    /// Reads on, and names what it meets.
    pub(crate) fn read(&mut self, mut bytes: &[u8], mut meet: impl FnMut(Piece<'_>)) {
        while let Some((first, rest)) = bytes.split_first() {
            match &mut self.payload {
                None => {
                    self.head.push(*first);
                    bytes = rest;
                    self.payload = begun(&self.head);
                }
                Some((kind, n_left)) => {
                    let (payload, rest) = bytes.split_at((*n_left).min(bytes.len()));
                    meet(Piece::Payload(*kind, payload));
                    *n_left -= payload.len();
                    bytes = rest;
                }
            }
            if let Some((kind, 0)) = self.payload {
                meet(Piece::End(kind));
                self.payload = None;
                self.head.clear();
            }
        }
    }
}
