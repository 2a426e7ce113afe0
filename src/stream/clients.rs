//! All clients of a writer: who follows which log, what is due, and what is left to do.

use super::client::Client;
use super::deadline::{Deadlines, Due};
use super::end::{AWAY, Fate};
use super::parting::Desk;
use super::writer::{Bell, Joining, Writer};
use super::{Done, Terms};
use crate::log::{Listener, Log};
use mio::event::Event;
use mio::{Interest, Registry, Token};
use slab::Slab;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// A writer that waits for nothing looks up this often.
const REST_MAX: Duration = Duration::from_secs(60);

/// What whoever writes has to himself.
pub(super) struct Clients {
    desk: Desk,
    registry: Registry,
    clients: Slab<Client>,
    /// The keys of the clients, by their numbers.
    keys: HashMap<u64, usize>,
    n_numbers: u64,
    groups: Slab<Group>,
    left: Left,
    started: Instant,
    /// Until when the thread sleeps, if nothing happens.
    sleeps_until: Instant,
}

/// What is left to do, by the numbers of the clients.
#[derive(Default)]
struct Left {
    /// Those that have more to write or to read, when the others have had their turn.
    hungry: Vec<u64>,
    /// Those that are gone, and not put away yet.
    ended: Vec<(u64, Fate)>,
}

impl Left {
    fn note(&mut self, client: &mut Client, fate: Fate) {
        match fate {
            Fate::Rests => {}
            Fate::WantsMore => self.hungry.push(client.number),
            Fate::Ends | Fate::Breaks => {
                client.end();
                self.ended.push((client.number, fate));
            }
        }
    }

    fn is_nothing(&self) -> bool {
        self.hungry.is_empty() && self.ended.is_empty()
    }
}

/// Those who follow the same log.
struct Group {
    log: Arc<Log>,
    /// The keys of the clients.
    members: Vec<usize>,
    /// Where the log stood when they last were written to.
    head: u64,
    /// Have they been told that the log has ended?
    has_ended: bool,
    bell: Arc<Bell>,
}

impl Group {
    fn is_behind(&self) -> bool {
        self.log.head() > self.head || self.log.has_ended() != self.has_ended
    }
}

impl Clients {
    pub(super) fn new(terms: Terms, registry: Registry) -> Self {
        let now = Instant::now();
        let desk = Desk {
            terms,
            deadlines: Deadlines::default(),
            done: Done::default(),
        };
        Self {
            desk,
            registry,
            clients: Slab::new(),
            keys: HashMap::new(),
            n_numbers: 0,
            groups: Slab::new(),
            left: Left::default(),
            started: now,
            sleeps_until: now,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.clients.len()
    }

    /// What has been done, and how many events the slowest client of each log is behind.
    pub(super) fn count(&self) -> (Done, Vec<(Arc<Log>, u64)>) {
        let lag = |(_, group): (usize, &Group)| {
            let places = group.members.iter().map(|key| self.clients[*key].seq());
            let behind = places.map(|seq| group.log.head().saturating_sub(seq));
            (group.log.clone(), behind.max().unwrap_or(0))
        };
        (self.desk.done, self.groups.iter().map(lag).collect())
    }

    /// Is there something that whoever has just written leaves to the writer: more to write, a client to put away, a
    /// deadline before the writer wakes?
    pub(super) fn need_the_writer(&self) -> bool {
        let next = self.desk.deadlines.next();
        !self.left.is_nothing() || next.is_some_and(|next| next < self.sleeps_until)
    }

    /// For how long the thread may sleep.
    pub(super) fn rest(&mut self) -> Duration {
        let now = Instant::now();
        let latest = now + REST_MAX;
        let is_busy =
            !self.left.is_nothing() || self.groups.iter().any(|(_, group)| group.is_behind());
        let next = if is_busy {
            Some(now)
        } else {
            self.desk.deadlines.next()
        };
        self.sleeps_until = next.map_or(latest, |next| next.min(latest));
        self.sleeps_until.saturating_duration_since(now)
    }

    pub(super) fn admit(&mut self, joining: Joining, writer: &Arc<Writer>) -> io::Result<()> {
        let Joining {
            mut socket,
            already_read,
            follow,
        } = joining;
        let place = self.clients.vacant_key();
        let both = Interest::READABLE | Interest::WRITABLE;
        self.registry.register(&mut socket, Token(place), both)?;
        self.n_numbers += 1;
        let (number, log, expires) = (self.n_numbers, follow.log.clone(), follow.expires);
        let mut client = Client::new(number, socket, already_read, follow, &self.desk.terms);
        client.group = self.group_of(log, writer);
        let group = &mut self.groups[client.group];
        client.member = group.members.len();
        group.members.push(place);
        group.bell.n_members.fetch_add(1, Ordering::Relaxed);
        self.clients.insert(client);
        self.keys.insert(number, place);
        let pings = Instant::now() + self.desk.terms.ping_interval;
        self.desk.deadlines.set(pings, Due::Ping, number);
        if let Some(expires) = expires {
            self.desk.deadlines.set(expires, Due::Expiry, number);
        }
        self.serve(place, true);
        Ok(())
    }

    /// The key of the group of those who follow this log.
    fn group_of(&mut self, log: Arc<Log>, writer: &Arc<Writer>) -> usize {
        let known = self
            .groups
            .iter()
            .find(|(_, group)| Arc::ptr_eq(&group.log, &log));
        if let Some((key, _)) = known {
            return key;
        }
        let bell = Arc::new(Bell::new(writer, self.groups.vacant_key()));
        let head = log.head();
        log.listen(bell.clone());
        self.groups.insert(Group {
            log,
            members: Vec::new(),
            head,
            has_ended: false,
            bell,
        })
    }

    /// The system says that a socket is ready for something.
    pub(super) fn answer(&mut self, event: &Event) {
        let key = event.token().0;
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        if event.is_writable() || event.is_error() {
            client.unblock();
        }
        self.serve(key, event.is_readable() || event.is_read_closed());
    }

    /// Reads, if there is something to read, and writes.
    fn serve(&mut self, key: usize, reads: bool) {
        let client = &mut self.clients[key];
        let log = &self.groups[client.group].log;
        let mut fate = Fate::Rests;
        if reads {
            fate = client.read(log, &mut self.desk, self.started);
        }
        if matches!(fate, Fate::Rests | Fate::WantsMore) {
            fate = fate.and(client.pump(log, &mut self.desk));
        }
        self.left.note(client, fate);
    }

    /// Writes to all that are behind their log.
    pub(super) fn pump_all(&mut self) {
        let is_behind = |(key, group): (usize, &Group)| group.is_behind().then_some(key);
        let behind: Vec<_> = self.groups.iter().filter_map(is_behind).collect();
        for group in behind {
            self.pump_group(group);
        }
    }

    pub(super) fn pump_group(&mut self, group: usize) {
        let Some(group) = self.groups.get_mut(group) else {
            return;
        };
        group.head = group.log.head();
        group.has_ended = group.log.has_ended();
        for key in &group.members {
            let client = &mut self.clients[*key];
            let fate = client.pump(&group.log, &mut self.desk);
            self.left.note(client, fate);
        }
    }

    /// Gives another turn to those that want more.
    pub(super) fn feed(&mut self) {
        for client in std::mem::take(&mut self.left.hungry) {
            if let Some(key) = self.keys.get(&client) {
                self.serve(*key, true);
            }
        }
    }

    pub(super) fn meet_deadlines(&mut self) {
        let now = Instant::now();
        while let Some((due, number)) = self.desk.deadlines.take(now) {
            let Some(key) = self.keys.get(&number) else {
                continue;
            };
            let client = &mut self.clients[*key];
            let fate = client.due(due, &mut self.desk, now);
            self.left.note(client, fate);
        }
    }

    pub(super) fn say_good_bye(&mut self) {
        let keys: Vec<_> = self.keys.values().copied().collect();
        for key in keys {
            self.clients[key].close(AWAY);
            self.serve(key, false);
        }
    }

    /// Puts those away that are gone. Not where a log tells of events: its listeners are changed here.
    pub(super) fn bury(&mut self) {
        for (number, fate) in std::mem::take(&mut self.left.ended) {
            if let Some(key) = self.keys.remove(&number) {
                self.remove(key, fate);
            }
        }
    }

    fn remove(&mut self, key: usize, fate: Fate) {
        let mut client = self.clients.remove(key);
        if let Err(error) = self.registry.deregister(&mut client.socket) {
            tracing::debug!(%error, "a socket was not known");
        }
        if fate == Fate::Breaks {
            client.socket.abort();
        } else {
            client.socket.finish();
        }
        self.desk.done.part(client.parting());
        let group = &mut self.groups[client.group];
        group.members.swap_remove(client.member);
        group.bell.n_members.fetch_sub(1, Ordering::Relaxed);
        if let Some(moved) = group.members.get(client.member) {
            self.clients[*moved].member = client.member;
        }
        if group.members.is_empty() {
            let group = self.groups.remove(client.group);
            let bell: Arc<dyn Listener> = group.bell;
            group.log.forget(&bell);
        }
    }

    pub(super) fn let_all_go(&mut self) {
        self.left.ended = self
            .keys
            .keys()
            .map(|number| (*number, Fate::Breaks))
            .collect();
        self.bury();
    }
}
