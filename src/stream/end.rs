//! How a client ends: how far that has come, and what it has done where it is its own fault.

/// How far the end of a client has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is followed.
    No,
    /// A close is to be said, with this code, once what is on the way is gone.
    Wanted(u16),
    /// It has been said by us, and its answer is waited for.
    Said,
    /// The client has broken a rule: it is to be told so, and nothing that it sends counts any more (RFC 6455, section
    /// 7.1.7).
    Failed(Offence),
    /// The last frame is on the way: the answer to the client's close, or what it has done.
    Last,
    /// All is said: the client is to hang up as well.
    HungUp,
    /// Nothing is read or written any more.
    Over,
}

/// The server stops.
pub(super) const AWAY: u16 = 1001;
/// Too slow: the log has gone on without it.
pub(super) const AGAIN: u16 = 1013;
/// The project has been removed.
pub(super) const GONE: u16 = 4404;
/// What allowed it has ended.
pub(super) const EXPIRED: u16 = 4401;

/// The codes with which the server closes, and what each means to a client.
pub const CLOSES: [(u16, &str); 9] = [
    (
        1000,
        "The client has closed, and is answered with the code that it has given, or this one.",
    ),
    (
        AWAY,
        "The server stops. The reason is the position of the last event that was sent: connect \
         again with it as `since`.",
    ),
    (1002, "The client has broken RFC 6455."),
    (1007, "The client has sent a text that is not UTF-8."),
    (
        1008,
        "The client has sent too many messages, or one in too many fragments, or too slowly.",
    ),
    (1009, "The client has sent a message that is too long."),
    (
        AGAIN,
        "The client was too slow, and the log has gone on without it. The reason is the position \
         of the last event that was sent: connect again with it as `since`.",
    ),
    (
        EXPIRED,
        "What allowed the connection has ended: connect again with a new token or ticket.",
    ),
    (GONE, "The project has been removed."),
];

/// What a client has done that ends its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offence {
    /// Broken RFC 6455.
    Protocol,
    /// Sent a text that is none.
    NotUtf8,
    /// Sent more messages than it may.
    TooMany,
    /// Sent a message in more frames than it may.
    Fragments,
    /// Begun a message that has not ended in time.
    TooSlow,
    /// Sent a message that is longer than it may be, or said that it would.
    TooBig,
}

impl Offence {
    /// The code of the close (RFC 6455, section 7.4.1), and its reason.
    pub(super) fn close(self) -> (u16, &'static str) {
        match self {
            Self::Protocol => (1002, "protocol error"),
            Self::NotUtf8 => (1007, "text that is not UTF-8"),
            Self::TooMany => (1008, "too many messages"),
            Self::Fragments => (1008, "message in too many fragments"),
            Self::TooSlow => (1008, "message not finished in time"),
            Self::TooBig => (1009, "message too big"),
        }
    }
}

/// What became of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It has all that there is, or takes no more for now.
    Rests,
    /// There is more for it, when the others have had their turn.
    WantsMore,
    /// It is gone.
    Ends,
    /// It is gone, and what the kernel still holds for it is to go too.
    Breaks,
}

impl Fate {
    /// The graver one of two, of which the first leaves it alive.
    pub(super) fn and(self, other: Self) -> Self {
        if other == Self::Rests { self } else { other }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_told_of() {
        let offences = [
            Offence::Protocol,
            Offence::NotUtf8,
            Offence::TooMany,
            Offence::Fragments,
            Offence::TooSlow,
            Offence::TooBig,
        ];
        let codes = offences.map(|offence| offence.close().0);
        for code in codes.into_iter().chain([AWAY, AGAIN, EXPIRED, GONE]) {
            assert!(CLOSES.iter().any(|(told, _)| *told == code), "{code}");
        }
    }
}
