//! One WebSocket: its place in the log, what is on the way to it, and how it ends.

use super::allowance::Allowance;
use super::deadline::Due;
use super::end::{AGAIN, AWAY, EXPIRED, End, Fate, GONE, Offence};
use super::inbound::{Heard, Inbound, Line, Stop};
use super::parting::{Desk, Parting};
use super::{Follow, Terms};
use crate::frame;
use crate::log::{Log, Overtaken, Run};
use crate::transport::Socket;
use bytes::Bytes;
use std::any::Any;
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

/// Messages that are read from one client before it is the next one's turn; or, when they do not count, pieces.
const MESSAGES_AT_ONCE: usize = 64;
/// Bytes of such a piece.
const PIECE_BYTES: usize = 4 << 10;

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
    /// There only while the client is saying something: most never do.
    inbound: Option<Box<Inbound>>,
    allowance: Allowance,
    already_read: Vec<u8>,
    /// Does the socket take nothing at the moment? Since when, or since when it last took something.
    blocked_since: Option<Instant>,
    /// When it was sent the first ping that it has not answered.
    pinged_at: Option<Instant>,
    end: End,
    parting: Parting,
    _guard: Box<dyn Any + Send>,
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
            allowance: Allowance::new(terms),
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
        if self.blocked_since.is_some() || matches!(self.end, End::HungUp | End::Over) {
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
                    Refill::Done => return self.hang_up(desk),
                }
            }
        }
    }

    /// Between two frames: what goes out next.
    fn refill(&mut self, log: &Log, desk: &mut Desk) -> Refill {
        match self.end {
            End::No | End::Last => {}
            End::Wanted(code) => {
                let place = log.at(self.seq).to_string();
                frame::close(code, &place, &mut self.answers);
                self.end = End::Said;
                let until = Instant::now() + desk.terms.close_time;
                desk.deadlines.set(until, Due::Farewell, self.number);
            }
            End::Failed(offence) => {
                let (code, reason) = offence.close();
                frame::close(code, reason, &mut self.answers);
                self.end = End::Last;
            }
            // Nothing comes behind a close (RFC 6455, section 5.5.1).
            End::Said | End::HungUp | End::Over => return Refill::Nothing,
        }
        if !self.answers.is_empty() {
            self.out = Bytes::from(std::mem::take(&mut self.answers));
            return Refill::Some;
        }
        if self.end == End::Last {
            return Refill::Done;
        }
        match log.run(self.seq, desk.terms.run) {
            Ok(None) if log.has_ended() => {
                self.close(GONE);
                self.refill(log, desk)
            }
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
    pub(super) fn read(&mut self, log: &Log, desk: &mut Desk, started: Instant) -> Fate {
        match self.end {
            End::No | End::Wanted(_) | End::Said => {}
            End::Failed(_) | End::Last | End::HungUp => return self.drain(),
            End::Over => return Fate::Rests,
        }
        let now = Instant::now();
        let second = now.duration_since(started).as_secs();
        let heard = self.listen(log, &desk.terms, second);
        if self.inbound.as_mut().is_some_and(|it| it.has_begun(now)) {
            let until = now + desk.terms.message_time;
            desk.deadlines.set(until, Due::Message, self.number);
        }
        match heard {
            Ok(()) => Fate::WantsMore,
            Err(Stop::Silence) => {
                // An answer that found no room among the others would be lost.
                if self.answers.is_empty() && self.begun_at().is_none() {
                    self.inbound = None;
                }
                Fate::Rests
            }
            Err(Stop::Closed) if self.end == End::Said => Fate::Ends,
            Err(Stop::Closed) => {
                self.end = End::Last;
                Fate::Rests
            }
            Err(Stop::Gone) => Fate::Ends,
            Err(Stop::Offence(offence)) => self.fail(offence, desk),
        }
    }

    /// Hears messages, until it is the next one's turn or there are no more.
    fn listen(&mut self, log: &Log, terms: &Terms, second: u64) -> Result<(), Stop> {
        let new = || Box::new(Inbound::new(terms));
        let inbound = self.inbound.get_or_insert_with(new);
        for _ in 0..MESSAGES_AT_ONCE {
            let line = Line {
                already_read: &mut self.already_read,
                socket: &mut self.socket,
                answers: &mut self.answers,
            };
            let heard = inbound.read(line, terms)?;
            if !self.allowance.take(terms, second) {
                return Err(Stop::Offence(Offence::TooMany));
            }
            match heard {
                Heard::Said(message) => (terms.hear)(log, message),
                Heard::Ping => {}
                Heard::Pong => self.pinged_at = None,
            }
        }
        Ok(())
    }

    /// Reads what does not count any more, until the client hangs up.
    fn drain(&mut self) -> Fate {
        let mut piece = [0; PIECE_BYTES];
        for _ in 0..MESSAGES_AT_ONCE {
            match self.socket.read(&mut piece) {
                // It may be waiting for our last frame.
                Ok(0) if self.end != End::HungUp => return Fate::Rests,
                Ok(0) => return Fate::Ends,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Fate::Rests,
                Err(_) => return Fate::Ends,
            }
        }
        Fate::WantsMore
    }

    /// It has broken a rule.
    fn fail(&mut self, offence: Offence, desk: &mut Desk) -> Fate {
        if self.end == End::Said {
            return self.hang_up(desk);
        }
        if self.end == End::No {
            self.parting = Parting::Offence;
        }
        self.end = End::Failed(offence);
        Fate::WantsMore
    }

    /// Nothing more is written to it; what it still sends is to be read, or it may lose what it was told last.
    fn hang_up(&mut self, desk: &mut Desk) -> Fate {
        self.socket.hang_up();
        self.end = End::HungUp;
        let until = Instant::now() + desk.terms.close_time;
        desk.deadlines.set(until, Due::Farewell, self.number);
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
                GONE => Parting::Gone,
                _ => Parting::Expired,
            };
        }
    }

    /// Something is due. What is to become of it; nothing, if it does not hold any more.
    pub(super) fn due(&mut self, due: Due, desk: &mut Desk, now: Instant) -> Fate {
        let Desk {
            terms, deadlines, ..
        } = desk;
        match due {
            // Nothing comes behind a close.
            Due::Ping if self.end != End::No => Fate::Rests,
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
            Due::Message if self.end != End::No => Fate::Rests,
            Due::Message if has_waited(self.begun_at(), terms.message_time, now) => {
                self.fail(Offence::TooSlow, desk)
            }
            Due::Pong | Due::Progress | Due::Message => Fate::Rests,
            Due::Farewell if self.blocked_since.is_some() => Fate::Breaks,
            // It may have been told, and be slow to answer: what is on the way to it stays.
            Due::Farewell => Fate::Ends,
            Due::Expiry => {
                self.close(EXPIRED);
                Fate::WantsMore
            }
        }
    }

    /// Since when it has been saying what it is saying.
    fn begun_at(&self) -> Option<Instant> {
        self.inbound.as_ref()?.begun_at()
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
