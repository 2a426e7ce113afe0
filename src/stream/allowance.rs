//! How much a client may say: a token bucket.

use super::Terms;

/// What is left of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// Messages that may come at once.
    credit: u32,
    /// Of which second that is.
    second: u32,
}

impl Allowance {
    /// All of it.
    pub(super) fn new(terms: &Terms) -> Self {
        Self {
            credit: terms.messages_burst,
            second: 0,
        }
    }

    /// Takes one message off, in this second from whenever. False where none is left.
    pub(super) fn take(&mut self, terms: &Terms, second: u64) -> bool {
        let second = u32::try_from(second).unwrap_or(u32::MAX);
        let seconds = second.saturating_sub(self.second);
        let earned = seconds.saturating_mul(terms.messages_a_second);
        self.credit = self.credit.saturating_add(earned).min(terms.messages_burst);
        self.second = second;
        let left = self.credit.checked_sub(1);
        self.credit = left.unwrap_or(0);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limits;
    use std::time::Duration;

    #[test]
    fn so_many_at_once_and_so_many_a_second() {
        let terms = Terms::new(&Limits::default(), Duration::from_secs(54), 256);
        let mut allowance = Allowance::new(&terms);
        let mut count = |second| {
            (0..1_000)
                .filter(|_| allowance.take(&terms, second))
                .count()
        };
        for (second, n_messages) in [(7, 100), (7, 0), (8, 20), (10, 40), (1_000, 100)] {
            assert_eq!(count(second), n_messages, "{second}");
        }
    }
}
