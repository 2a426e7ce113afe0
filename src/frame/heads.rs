//! Follows what a client sends by the heads of its frames alone.

use super::{CLOSE, FINAL, HEAD_BYTES_MAX};

/// Set where a payload is masked, which then follows four bytes later.
const MASKED: u8 = 0x80;

/// How far what a client sends has come: which message is under way, and in how many pieces.
#[derive(Debug, Default)]
pub struct Heads {
    /// What has come of a frame's head, without the mask.
    head: [u8; HEAD_BYTES_MAX],
    n_head: usize,
    /// Bytes of mask and payload that are still to come.
    left: u64,
    /// Frames so far of the message that is under way; of a control frame none.
    fragments: u32,
    most_fragments: u32,
    n_ended: u64,
}

impl Heads {
    /// Takes in what has come next.
    pub fn follow(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let n_bytes =
                    usize::try_from(self.left).map_or(bytes.len(), |n| n.min(bytes.len()));
                bytes = &bytes[n_bytes..];
                self.left -= n_bytes as u64;
            } else {
                self.head[self.n_head] = bytes[0];
                self.n_head += 1;
                bytes = &bytes[1..];
                let Some(left) = self.left_after_head() else {
                    continue;
                };
                self.left = left;
                if self.is_data() {
                    self.fragments = self.fragments.saturating_add(1);
                    self.most_fragments = self.most_fragments.max(self.fragments);
                }
            }
            if self.left == 0 {
                self.end_frame();
            }
        }
    }

    /// What follows the head, once it is there.
    fn left_after_head(&self) -> Option<u64> {
        let [_, second, length @ ..] = &self.head[..self.n_head] else {
            return None;
        };
        let length = match second & !MASKED {
            126 => u16::from_be_bytes(length.try_into().ok()?).into(),
            127 => u64::from_be_bytes(length.try_into().ok()?),
            short => short.into(),
        };
        let mask = if second & MASKED == 0 { 0 } else { 4 };
        Some(length.saturating_add(mask))
    }

    fn is_data(&self) -> bool {
        // Every control frame's opcode has this bit (section 5.5).
        self.head[0] & CLOSE == 0
    }

    fn end_frame(&mut self) {
        self.n_head = 0;
        let is_final = self.head[0] & FINAL != 0;
        if self.is_data() && is_final {
            self.fragments = 0;
        }
        // A control frame is a message of its own, but for one amid fragments.
        if self.fragments == 0 {
            self.n_ended += 1;
        }
    }

    /// The most frames of one message so far.
    #[must_use]
    pub fn most_fragments(&self) -> u32 {
        self.most_fragments
    }

    /// The number of the message of which something has come and something has not.
    #[must_use]
    pub fn under_way(&self) -> Option<u64> {
        let is_between = self.n_head == 0 && self.fragments == 0;
        (!is_between).then_some(self.n_ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use tungstenite::protocol::frame::FrameHeader;
    use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

    /// A frame as another implementation writes it.
    fn frame(opcode: OpCode, is_final: bool, is_masked: bool, n_bytes: usize) -> Vec<u8> {
        let header = FrameHeader {
            is_final,
            opcode,
            mask: is_masked.then_some([0x81; 4]),
            ..FrameHeader::default()
        };
        let mut bytes = Vec::new();
        header.format(n_bytes as u64, &mut bytes).unwrap();
        bytes.resize(bytes.len() + n_bytes, 0x01);
        bytes
    }

    fn heads(bytes: &[u8]) -> Heads {
        let mut heads = Heads::default();
        heads.follow(bytes);
        heads
    }

    const PING: OpCode = OpCode::Control(Control::Ping);
    const TEXT: OpCode = OpCode::Data(Data::Text);
    const MORE: OpCode = OpCode::Data(Data::Continue);

    proptest! {
        #[test]
        fn whatever_the_pieces_messages_end_where_they_end(
            messages in vec((vec(0_usize..70_000, 1..4), any::<bool>(), any::<bool>()), 1..4),
            cuts in vec(any::<prop::sample::Index>(), 0..9),
        ) {
            let (mut bytes, mut ends, mut most) = (Vec::new(), Vec::new(), 0);
            for (lengths, is_masked, is_interrupted) in &messages {
                for (n, length) in lengths.iter().enumerate() {
                    let opcode = if n == 0 { TEXT } else { MORE };
                    let is_final = n + 1 == lengths.len();
                    bytes.extend(frame(opcode, is_final, *is_masked, *length));
                    if *is_interrupted && !is_final {
                        bytes.extend(frame(PING, true, *is_masked, 3));
                    }
                }
                ends.push(bytes.len());
                most = most.max(lengths.len());
            }
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let (mut heads, mut at) = (Heads::default(), 0);
            for cut in cuts {
                heads.follow(&bytes[at..cut]);
                at = cut;
                let n_ended = ends.iter().filter(|end| **end <= cut).count() as u64;
                let is_between = cut == 0 || ends.contains(&cut);
                prop_assert_eq!(heads.under_way(), (!is_between).then_some(n_ended));
            }
            heads.follow(&bytes[at..]);
            prop_assert_eq!(heads.most_fragments() as usize, most);
            prop_assert_eq!(heads.under_way(), None);
        }
    }

    #[test]
    fn a_control_frame_is_a_message_of_its_own_but_amid_fragments() {
        let ping = frame(PING, true, true, 5);
        let between = heads(&ping[..3]);
        assert_eq!(
            (between.under_way(), between.most_fragments()),
            (Some(0), 0)
        );
        assert_eq!(
            heads(&[&ping[..], &ping[..1]].concat()).under_way(),
            Some(1)
        );
        let begun = frame(TEXT, false, true, 0);
        let amid = heads(&[&begun[..], &ping, &ping].concat());
        assert_eq!((amid.under_way(), amid.most_fragments()), (Some(0), 1));
    }

    #[test]
    fn a_length_beyond_all_measure_does_not_end() {
        let mut heads = heads(&[0x81, 0xff, 255, 255, 255, 255, 255, 255, 255, 255]);
        heads.follow(&[0; 10_000]);
        assert_eq!(heads.under_way(), Some(0));
    }
}
