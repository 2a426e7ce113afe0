//! One client that reads a log on, at its own pace: it holds its place and nothing else.

use crate::event::Position;
use crate::log::{Entry, Log, Overtaken, RunMax};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::watch;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

/// A place in a log, and what ends the reading.
pub(super) struct Reader {
    log: Arc<Log>,
    /// The number of the last event that it has had.
    seq: u64,
    max: RunMax,
    published: watch::Receiver<u64>,
    shutdown: CancellationToken,
    expires: Option<Instant>,
}

impl Reader {
    /// A reader that goes on after the event of this number, until the server stops or its time is up.
    pub(super) fn new(
        log: &Arc<Log>,
        seq: u64,
        max: RunMax,
        shutdown: &CancellationToken,
        expires: Option<Instant>,
    ) -> Self {
        Self {
            log: log.clone(),
            seq,
            max,
            published: log.subscribe(),
            shutdown: shutdown.clone(),
            expires,
        }
    }

    /// Where it is when it has had the event of this number.
    pub(super) fn at(&self, seq: u64) -> Position {
        self.log.at(seq)
    }

    /// Where it is.
    pub(super) fn position(&self) -> Position {
        self.at(self.seq)
    }

    /// Is it to be let go?
    pub(super) fn is_over(&self) -> bool {
        let has_expired = self
            .expires
            .is_some_and(|expires| expires <= Instant::now());
        has_expired || self.log.has_ended() || self.shutdown.is_cancelled()
    }

    /// The next events, as soon as there are any. None when there are none by `until`, or it is to be let go, or none will
    /// come.
    pub(super) async fn next(&mut self, until: Instant) -> Result<Vec<Entry>, Overtaken> {
        let until = self.expires.map_or(until, |expires| expires.min(until));
        loop {
            let entries = self.log.read(self.seq, self.max)?;
            if let Some(last) = entries.last() {
                self.seq = last.seq;
                return Ok(entries);
            }
            if self.log.has_ended() {
                return Ok(Vec::new());
            }
            tokio::select! {
                _ = self.published.changed() => {}
                () = self.shutdown.cancelled() => return Ok(Vec::new()),
                () = sleep_until(until.into()) => return Ok(Vec::new()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limits;
    use crate::event::Epoch;
    use crate::log::tests::append;
    use std::time::Duration;

    const FAR: Duration = Duration::from_secs(3600);

    fn reader(log: &Arc<Log>, shutdown: &CancellationToken, expires: Option<Instant>) -> Reader {
        let max = RunMax {
            events: 2,
            bytes: usize::MAX,
        };
        Reader::new(log, 0, max, shutdown, expires)
    }

    #[tokio::test]
    async fn it_wakes_for_what_is_new_and_reads_on() {
        let log = Arc::new(Log::new(Epoch::new(7), &Limits::default()));
        let mut reader = reader(&log, &CancellationToken::new(), None);
        let later = async {
            append(&log);
            log.publish();
        };
        let (news, ()) = tokio::join!(reader.next(Instant::now() + FAR), later);
        assert_eq!(news.unwrap().len(), 1);
        (0..3).for_each(|_| append(&log));
        for (n_events, seq) in [(2, 3), (1, 4), (0, 4)] {
            let news = reader.next(Instant::now()).await.unwrap();
            assert_eq!((news.len(), reader.position().seq), (n_events, seq));
        }
        assert!(!reader.is_over());
    }

    #[tokio::test]
    async fn it_ends_with_the_rights_that_it_stands_by_and_with_the_server() {
        let log = Arc::new(Log::new(Epoch::new(7), &Limits::default()));
        let shutdown = CancellationToken::new();
        let expires = Instant::now() + Duration::from_millis(20);
        let mut short = reader(&log, &shutdown, Some(expires));
        assert!(!short.is_over());
        assert!(short.next(Instant::now() + FAR).await.unwrap().is_empty());
        assert!(Instant::now() >= expires && short.is_over());

        let mut long = reader(&log, &shutdown, Some(Instant::now() + FAR));
        let stop = async { shutdown.cancel() };
        let (news, ()) = tokio::join!(long.next(Instant::now() + FAR), stop);
        assert!(news.unwrap().is_empty() && long.is_over());
    }
}
