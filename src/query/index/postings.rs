//! The tasks that hold one word: keys that only grow, each with how the word stands there, in a byte or two.

use smallvec::SmallVec;

/// How a word stands in a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight(u8);

impl Weight {
    /// It is not there.
    pub const NOTHING: Self = Self(0);
    /// It stands in the title.
    pub const TITLE: Self = Self(0b100);
    /// It stands in the body.
    pub const ONCE_IN_BODY: Self = Self(0b001);
    /// Further ones in the body say little more, and are not counted.
    const IN_BODY_MAX: u8 = 0b011;

    /// Is it there?
    #[must_use]
    pub fn is_something(self) -> bool {
        self != Self::NOTHING
    }

    /// Does it stand in the title?
    #[must_use]
    pub fn is_in_title(self) -> bool {
        self.0 & Self::TITLE.0 != 0
    }

    /// How often it stands in the body; three times is three times or more.
    #[must_use]
    pub fn n_in_body(self) -> u8 {
        self.0 & Self::IN_BODY_MAX
    }

    /// This and that.
    #[must_use]
    pub fn and(self, that: Self) -> Self {
        let n_in_body = (self.n_in_body() + that.n_in_body()).min(Self::IN_BODY_MAX);
        Self((self.0 | that.0) & Self::TITLE.0 | n_in_body)
    }
}

/// Keys with weights: for each, how far it is from the one before and the weight, as one number of seven bits a byte. Most
/// words stand in one task or two, and need no memory of their own.
#[derive(Debug, Default)]
pub(super) struct Postings {
    /// The least key that can follow.
    next: u32,
    bytes: SmallVec<[u8; 16]>,
}

impl Postings {
    /// Adds a key behind all others.
    pub(super) fn push(&mut self, key: u32, weight: Weight) {
        let distance = u64::from(key - self.next);
        let mut number = distance << 3 | u64::from(weight.0);
        while number >= 0x80 {
            self.bytes.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.bytes.push(number.to_le_bytes()[0]);
        self.next = key + 1;
    }

    /// The keys in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, Weight)> {
        let mut bytes = self.bytes.iter();
        let mut next = 0_u32;
        std::iter::from_fn(move || {
            let (mut number, mut shift) = (0_u64, 0);
            loop {
                let byte = *bytes.next()?;
                number |= u64::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    break;
                }
                shift += 7;
            }
            let distance = u32::try_from(number >> 3).expect("it was a key's");
            let key = next + distance;
            next = key + 1;
            Some((key, Weight(number.to_le_bytes()[0] & 0b111)))
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Gives back the memory that was kept for more.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_are_read_as_they_were_added(
            steps in prop::collection::vec((0..100_000_u32, 1..8_u8), 0..50)
        ) {
            let mut postings = Postings::default();
            let (mut key, mut expected) = (0, Vec::new());
            for (step, weight) in steps {
                key += step;
                postings.push(key, Weight(weight));
                expected.push((key, Weight(weight)));
                key += 1;
            }
            prop_assert!(postings.iter().eq(expected));
        }
    }

    #[test]
    fn weights_add_up() {
        let thrice = [Weight::ONCE_IN_BODY; 5].into_iter().reduce(Weight::and);
        assert_eq!(thrice.map(Weight::n_in_body), Some(3));
        let both = Weight::TITLE.and(Weight::ONCE_IN_BODY).and(Weight::TITLE);
        assert_eq!((both.is_in_title(), both.n_in_body()), (true, 1));
        assert!(!Weight::NOTHING.and(Weight::NOTHING).is_something());
    }
}
