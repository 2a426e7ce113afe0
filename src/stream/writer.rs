//! One writer: a thread, its sockets, and whoever writes to them in its place.

use super::clients::Clients;
use super::{Done, Follow, Terms};
use crate::log::{Listener, Log};
use crate::transport::Socket;
use mio::{Events, Poll, Token, Waker};
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Events of the system that are taken at once.
const EVENTS_AT_ONCE: usize = 1_024;
/// By which a writer is woken; no key of a client comes near it.
const WAKE: Token = Token(usize::MAX);
/// Up to so many clients of a log are written to by the thread that has the events: for more, waking the writer costs that
/// thread less.
const CLIENTS_ON_THE_SPOT: usize = 8;
/// After the system has failed to say what is ready, it is asked again this much later.
const POLL_AGAIN: Duration = Duration::from_millis(100);

/// One writer.
pub(super) struct Writer {
    /// Until everybody has gone, once it is told to stop.
    stop_time: Duration,
    /// Had by whoever writes: the thread, or one that has an event for few.
    clients: Mutex<Clients>,
    waker: Waker,
    /// Who is to be taken in: no more than there may be connections.
    joining: Mutex<Vec<Joining>>,
    n_clients: AtomicUsize,
    is_stopping: AtomicBool,
}

pub(super) struct Joining {
    pub(super) socket: Socket,
    pub(super) already_read: Vec<u8>,
    pub(super) follow: Follow,
}

/// By which a log tells of new events.
pub(super) struct Bell {
    writer: Weak<Writer>,
    group: usize,
    /// How many clients follow it here.
    pub(super) n_members: AtomicUsize,
}

impl Bell {
    pub(super) fn new(writer: &Arc<Writer>, group: usize) -> Self {
        Self {
            writer: Arc::downgrade(writer),
            group,
            n_members: AtomicUsize::new(0),
        }
    }
}

impl Listener for Bell {
    fn published(&self) {
        let Some(writer) = self.writer.upgrade() else {
            return;
        };
        let are_few = self.n_members.load(Ordering::Relaxed) <= CLIENTS_ON_THE_SPOT;
        match writer.clients.try_lock() {
            Ok(mut clients) if are_few => {
                clients.pump_group(self.group);
                if clients.need_the_writer() {
                    drop(clients);
                    writer.wake();
                }
            }
            // Whoever has it looks once more before it sleeps.
            Ok(_) | Err(_) => writer.wake(),
        }
    }
}

impl Writer {
    /// A writer, and what its thread waits with.
    pub(super) fn new(terms: Terms) -> io::Result<(Arc<Self>, Poll)> {
        let poll = Poll::new()?;
        let stop_time = 2 * terms.close_time;
        let clients = Clients::new(terms, poll.registry().try_clone()?);
        let writer = Arc::new(Self {
            stop_time,
            clients: Mutex::new(clients),
            waker: Waker::new(poll.registry(), WAKE)?,
            joining: Mutex::default(),
            n_clients: AtomicUsize::new(0),
            is_stopping: AtomicBool::new(false),
        });
        Ok((writer, poll))
    }

    /// What it has done, and how many events the slowest client of each log is behind.
    pub(super) fn count(&self) -> (Done, Vec<(Arc<Log>, u64)>) {
        self.clients().count()
    }

    /// How many clients it has, those included that are about to join.
    pub(super) fn n_clients(&self) -> usize {
        self.n_clients.load(Ordering::Relaxed)
    }

    /// Takes one more in, soon.
    pub(super) fn join(&self, socket: Socket, already_read: Vec<u8>, follow: Follow) {
        self.n_clients.fetch_add(1, Ordering::Relaxed);
        self.joining().push(Joining {
            socket,
            already_read,
            follow,
        });
        self.wake();
    }

    /// Says good-bye to all.
    pub(super) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
        self.wake();
    }

    fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "a writer could not be woken");
        }
    }

    fn joining(&self) -> MutexGuard<'_, Vec<Joining>> {
        self.joining.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn clients(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes until it is told to stop and everybody has gone.
    pub(super) fn run(self: &Arc<Self>, poll: &mut Poll) {
        let mut events = Events::with_capacity(EVENTS_AT_ONCE);
        let mut stops_at: Option<Instant> = None;
        loop {
            let mut rest = self.clients().rest();
            if let Some(stops_at) = stops_at {
                rest = rest.min(stops_at.saturating_duration_since(Instant::now()));
            }
            match poll.poll(&mut events, Some(rest)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::error!(%error, "the system does not say which sockets are ready");
                    std::thread::sleep(POLL_AGAIN);
                }
            }
            let is_stopping = self.is_stopping.load(Ordering::Relaxed);
            if catch_unwind(AssertUnwindSafe(|| self.turn(&events, is_stopping))).is_err() {
                tracing::error!("a writer has failed: its clients are let go, and may come again");
                self.clients().let_all_go();
            }
            let n_left = self.clients().len();
            self.n_clients
                .store(n_left + self.joining().len(), Ordering::Relaxed);
            if is_stopping {
                let until = *stops_at.get_or_insert(Instant::now() + self.stop_time);
                if n_left == 0 || Instant::now() >= until {
                    self.clients().let_all_go();
                    return;
                }
            }
        }
    }

    /// Does what there is to do now.
    fn turn(self: &Arc<Self>, events: &Events, is_stopping: bool) {
        let joining = std::mem::take(&mut *self.joining());
        let mut clients = self.clients();
        for joining in joining {
            if let Err(error) = clients.admit(joining, self) {
                tracing::warn!(%error, "a client could not be taken in");
            }
        }
        for event in events {
            if event.token() != WAKE {
                clients.answer(event);
            }
        }
        clients.pump_all();
        clients.meet_deadlines();
        clients.feed();
        if is_stopping {
            clients.say_good_bye();
        }
        clients.bury();
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Writer({} clients)", self.n_clients())
    }
}
