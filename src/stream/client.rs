//! One WebSocket: its place in the log, what is on the way to it, and how it ends.

use super::deadline::Due;
use super::inbound::{Heard, Inbound};
use super::parting::{Desk, Parting};
use super::{Follow, Terms};
use crate::frame;
use crate::log::{Log, Overtaken, Run};
use crate::transport::Socket;
use bytes::Bytes;
use std::any::Any;
use std::io::{ErrorKind, Write};
use std::time::{Duration, Instant};

/// Messages that are read from one client before it is the next one's turn.
const MESSAGES_AT_ONCE: usize = 64;

/// A client.
pub(super) struct Client {
    /// Tells it from all others of its writer, before and after.
    pub(super) number: u64,
    /// The key of its group: those who follow the same log.
    pub(super) group: usize,
    /// Its place among them.
    pub(super) member: usize,
    pub(super) socket: Socket,
    /// The number of the last event that it has had, all of it.
    seq: u64,
    /// What is on the way: whole frames, of which so many bytes are gone.
    out: Bytes,
    n_sent: usize,
    /// The number of the last event when all of that is gone.
    out_seq: u64,
    /// Control frames, which go out between two runs.
    answers: Vec<u8>,
    /// Made when the client first sends something.
    inbound: Option<Box<Inbound>>,
    already_read: Vec<u8>,
    /// Does the socket take nothing at the moment? Since when, or since when it last took something.
    blocked_since: Option<Instant>,
    /// When it was sent the first ping that it has not answered.
    pinged_at: Option<Instant>,
    end: End,
    parting: Parting,
    _guard: Box<dyn Any + Send>,
}

/// How far the end of a client has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It is followed.
    No,
    /// A close is to be said, with this code, once what is on the way is gone.
    Wanted(u16),
    /// It has been said by us, and its answer is waited for.
    Said,
    /// It has been said by the client: when our answer is gone, all is.
    Answered,
    /// Nothing is read or written any more.
    Over,
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

impl Client {
    pub(super) fn new(
        number: u64,
        socket: Socket,
        already_read: Vec<u8>,
        follow: Follow,
        terms: &Terms,
    ) -> Self {
        if let Err(error) = socket.bound(terms.socket_bytes) {
            tracing::debug!(%error, "a socket keeps the system's own buffer");
        }
        Self {
            number,
            group: 0,
            member: 0,
            socket,
            seq: follow.seq,
            out: follow.snapshot.unwrap_or_default(),
            n_sent: 0,
            out_seq: follow.seq,
            answers: Vec::new(),
            inbound: None,
            already_read,
            blocked_since: None,
            pinged_at: None,
            end: End::No,
            parting: Parting::Left,
            _guard: follow.guard,
        }
    }

    /// The socket may take something again.
    pub(super) fn unblock(&mut self) {
        self.blocked_since = None;
    }

    /// Writes until the socket is full, nothing is left, or one run is gone.
    pub(super) fn pump(&mut self, log: &Log, desk: &mut Desk) -> Fate {
        if self.blocked_since.is_some() || self.end == End::Over {
            return Fate::Rests;
        }
        let mut n_runs = 0;
        loop {
            let rest = &self.out[self.n_sent..];
            let is_out = rest.is_empty();
            let done = if is_out {
                self.socket.flush().map(|()| 0)
            } else {
                self.socket.write(rest)
            };
            match done {
                Ok(n_bytes) => {
                    self.n_sent += n_bytes;
                    desk.done.bytes += n_bytes as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let now = Instant::now();
                    self.blocked_since = Some(now);
                    desk.deadlines
                        .set(now + desk.terms.send_time, Due::Progress, self.number);
                    return Fate::Rests;
                }
                Err(_) => return Fate::Ends,
            }
            if is_out {
                self.seq = self.out_seq;
                (self.out, self.n_sent) = (Bytes::new(), 0);
                if n_runs > 0 && self.end == End::No && self.answers.is_empty() {
                    let has_more = log.head() > self.seq;
                    return if has_more {
                        Fate::WantsMore
                    } else {
                        Fate::Rests
                    };
                }
                match self.refill(log, desk) {
                    Refill::Some => n_runs += 1,
                    Refill::Nothing => return Fate::Rests,
                    Refill::Done => return Fate::Ends,
                }
            }
        }
    }

    /// Between two frames: what goes out next.
    fn refill(&mut self, log: &Log, desk: &mut Desk) -> Refill {
        if matches!(self.end, End::Said | End::Over) {
            // Nothing comes behind a close (RFC 6455, section 5.5.1).
            return Refill::Nothing;
        }
        if let End::Wanted(code) = self.end {
            let place = log.at(self.seq).to_string();
            frame::close(code, reason(code, &place), &mut self.answers);
            self.end = End::Said;
            let until = Instant::now() + desk.terms.close_time;
            desk.deadlines.set(until, Due::Farewell, self.number);
        }
        if !self.answers.is_empty() {
            self.out = Bytes::from(std::mem::take(&mut self.answers));
            return Refill::Some;
        }
        if self.end == End::Answered {
            return Refill::Done;
        }
        match log.run(self.seq, desk.terms.run) {
            Ok(None) => Refill::Nothing,
            Ok(Some(Run { bytes, last })) => {
                (self.out, self.out_seq) = (bytes, last);
                Refill::Some
            }
            Err(Overtaken) => {
                self.close(AGAIN);
                self.refill(log, desk)
            }
        }
    }

    /// Reads what the client has sent.
    pub(super) fn read(&mut self, terms: &Terms, started: Instant) -> Fate {
        if self.end == End::Over {
            return Fate::Rests;
        }
        let already_read = &mut self.already_read;
        let inbound = self.inbound.get_or_insert_with(|| {
            let already_read = std::mem::take(already_read);
            Box::new(Inbound::new(already_read, terms.message_bytes))
        });
        let second = started.elapsed().as_secs();
        for _ in 0..MESSAGES_AT_ONCE {
            match inbound.read(&mut self.socket, &mut self.answers, second) {
                Heard::Silence => return Fate::Rests,
                Heard::Message => {}
                Heard::Pong => self.pinged_at = None,
                Heard::Closed if self.end == End::Said => return Fate::Ends,
                Heard::Closed => {
                    self.end = End::Answered;
                    return Fate::Rests;
                }
                Heard::Gone => return Fate::Ends,
                Heard::Offence(_) if self.end != End::No => return Fate::Ends,
                Heard::Offence(code) => {
                    self.close(code);
                    return Fate::Rests;
                }
            }
        }
        Fate::WantsMore
    }

    /// Nothing more is to happen to it.
    pub(super) fn end(&mut self) {
        self.end = End::Over;
    }

    /// Wants it closed, once what is on the way is gone.
    pub(super) fn close(&mut self, code: u16) {
        if self.end == End::No {
            self.end = End::Wanted(code);
            self.parting = match code {
                AWAY => Parting::Stopped,
                AGAIN => Parting::Overtaken,
                EXPIRED => Parting::Expired,
                _ => Parting::Offence,
            };
        }
    }

    /// Something is due. What is to become of it; nothing, if it does not hold any more.
    pub(super) fn due(&mut self, due: Due, desk: &mut Desk, now: Instant) -> Fate {
        let Desk {
            terms, deadlines, ..
        } = desk;
        match due {
            Due::Ping => {
                frame::ping(&mut self.answers);
                self.pinged_at.get_or_insert(now);
                deadlines.set(now + terms.pong_time, Due::Pong, self.number);
                deadlines.set(now + terms.ping_interval, Due::Ping, self.number);
                Fate::WantsMore
            }
            // It may have answered since, or taken something: then a later deadline is set too.
            Due::Pong if has_waited(self.pinged_at, terms.pong_time, now) => {
                self.breaks(Parting::Unanswered)
            }
            Due::Progress if has_waited(self.blocked_since, terms.send_time, now) => {
                self.breaks(Parting::Stalled)
            }
            Due::Pong | Due::Progress => Fate::Rests,
            Due::Farewell if self.blocked_since.is_some() => Fate::Breaks,
            // It may have been told, and be slow to answer: what is on the way to it stays.
            Due::Farewell => Fate::Ends,
            Due::Expiry => {
                self.close(EXPIRED);
                Fate::WantsMore
            }
        }
    }

    /// Its time is over.
    fn breaks(&mut self, parting: Parting) -> Fate {
        if self.end == End::No {
            self.parting = parting;
        }
        Fate::Breaks
    }

    /// The number of the last event that it has had.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// Why it goes, as far as is known.
    pub(super) fn parting(&self) -> Parting {
        self.parting
    }
}

/// Has a client been waited for long enough, if it has been waited for?
fn has_waited(since: Option<Instant>, time: Duration, now: Instant) -> bool {
    since.is_some_and(|since| now >= since + time)
}

enum Refill {
    Some,
    Nothing,
    Done,
}

/// The server stops.
pub(super) const AWAY: u16 = 1001;
/// Too slow: the log has gone on without it.
const AGAIN: u16 = 1013;
/// What allowed it has ended.
const EXPIRED: u16 = 4401;

/// What a close says besides its code: where to read on, or what was wrong.
fn reason(code: u16, place: &str) -> &str {
    match code {
        1002 => "protocol error",
        1007 => "text that is not UTF-8",
        1008 => "too many messages",
        1009 => "message too big",
        _ => place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_answers_late_pings_in_time_stays() {
        let (start, pong_time) = (Instant::now(), Duration::from_secs(10));
        let at = |seconds| start + Duration::from_secs(seconds);
        // Pinged at 0 and at 6, and the first answered at 5: the deadline of the first ping says nothing of the second.
        assert!(!has_waited(Some(at(6)), pong_time, at(10)));
        assert!(has_waited(Some(at(6)), pong_time, at(16)));
        assert!(!has_waited(None, pong_time, at(16)));
    }
}
