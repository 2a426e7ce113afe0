//! `/ws/ticket`: how a browser shows who it is where it cannot send a header.
//!
//! A WebSocket and an EventSource are opened with an address and nothing else, and what stands in an address is logged by
//! every proxy on its way. So a page asks for a ticket first, as it asks for everything else, and puts that into the
//! address: it opens one connection, soon, and is worth nothing afterwards. It carries the rights of who asked for it.

use super::describe::{Answered, Operation, Tag};
use super::error::{ApiError, Code};
use super::guard::{self, Rights};
use super::projects::json;
use super::request::Query;
use super::{App, Route, route, with};
use crate::config::Limits;
use crate::wire;
use blake3::Hash;
use data_encoding::BASE64URL_NOPAD;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use utoipa::openapi::HttpMethod;
use warp::Filter;
use warp::http::StatusCode;
use warp::reply::Response;

/// The routes of this module.
pub(super) fn routes(app: &App) -> Vec<Route> {
    vec![give_route(app)]
}

/// What they are for.
pub(super) fn described() -> Vec<Operation> {
    let give = Operation::new(
        HttpMethod::Post,
        "/api/v1/ws/ticket",
        "createTicket",
        "Get a ticket",
    )
    .of(Tag::Stream)
    .about(
        "A page cannot send a header with a WebSocket or an EventSource, and a token in an \
             address would be logged by every proxy. A ticket opens one connection, as \
             `?ticket=`, with the rights of who asked for it.",
    )
    .answers(Answered::json(200, "Ticket", "The ticket."))
    .refuses(&[Code::TooManyTickets]);
    vec![give]
}

fn give_route(app: &App) -> Route {
    route(
        warp::path!("ws" / "ticket")
            .and(warp::post())
            .and(with(app))
            .and(guard::rights())
            .then(give),
    )
}

async fn give(app: App, rights: Rights) -> Result<Response, ApiError> {
    let ticket = Ticket::random().map_err(|error| ApiError::internal(error.to_string()))?;
    if app.tickets.give(&ticket, rights, Instant::now()) {
        let body = wire::ticket(&ticket.0, app.config.limits.ticket_time);
        return Ok(json(StatusCode::OK, body));
    }
    let detail = "too many tickets wait to be used; try again in a moment";
    Err(ApiError::new(Code::TooManyTickets, detail))
}

/// The rights by which a connection is opened: those of its ticket, or else the caller's own.
pub(super) fn admit(query: &mut Query, app: &App, caller: Rights) -> Result<Rights, ApiError> {
    let Some(ticket) = query.take("ticket")?.map(Ticket) else {
        return Ok(caller);
    };
    let rights = app.tickets.take(&ticket, Instant::now());
    rights.ok_or_else(|| {
        let detail = "the ticket is unknown, was used or is too old; ask for another one";
        ApiError::new(Code::InvalidTicket, detail)
    })
}

/// 256 random bits as text. It is said to its owner and to nobody else.
struct Ticket(String);

impl Ticket {
    fn random() -> Result<Self, getrandom::Error> {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits)?;
        Ok(Self(BASE64URL_NOPAD.encode(&bits)))
    }

    /// What is kept of it. To find a hash takes a time that says nothing of the ticket.
    fn hash(&self) -> Hash {
        blake3::hash(self.0.as_bytes())
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The tickets that have been given and not been used.
#[derive(Debug)]
pub(crate) struct Tickets<T> {
    given: Mutex<HashMap<Hash, Given<T>>>,
    n_max: usize,
    time: Duration,
}

#[derive(Debug)]
struct Given<T> {
    rights: T,
    until: Instant,
}

impl<T> Tickets<T> {
    /// None yet.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            given: Mutex::default(),
            n_max: limits.tickets,
            time: limits.ticket_time,
        }
    }

    /// Notes that a ticket has been given. False where there are as many as there may be: one that was given holds, so
    /// the new one is refused.
    fn give(&self, ticket: &Ticket, rights: T, now: Instant) -> bool {
        let until = now + self.time;
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        if given.len() >= self.n_max {
            given.retain(|_, given| now < given.until);
        }
        let has_room = given.len() < self.n_max;
        if has_room {
            given.insert(ticket.hash(), Given { rights, until });
        }
        has_room
    }

    /// Takes a ticket: its rights, once and in time.
    fn take(&self, ticket: &Ticket, now: Instant) -> Option<T> {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let given = given.remove(&ticket.hash())?;
        (now < given.until).then_some(given.rights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tickets(n_max: usize) -> Tickets<&'static str> {
        Tickets::new(&Limits {
            tickets: n_max,
            ..Limits::default()
        })
    }

    #[test]
    fn a_ticket_opens_one_connection() {
        let (tickets, now) = (tickets(2), Instant::now());
        let [ada, bob] = ["ada", "bob"].map(|name| {
            let ticket = Ticket::random().unwrap();
            assert!(tickets.give(&ticket, name, now));
            ticket
        });
        assert_ne!(ada.0, bob.0);
        assert_eq!(tickets.take(&ada, now), Some("ada"));
        assert_eq!(tickets.take(&ada, now), None);
        assert_eq!(tickets.take(&bob, now), Some("bob"));
        assert_eq!(tickets.take(&Ticket(String::new()), now), None);
    }

    #[test]
    fn a_ticket_is_good_for_half_a_minute() {
        let (tickets, now) = (tickets(2), Instant::now());
        for (age_ms, expected) in [(29_999, Some("ada")), (30_000, None)] {
            let ticket = Ticket::random().unwrap();
            assert!(tickets.give(&ticket, "ada", now));
            let later = now + Duration::from_millis(age_ms);
            assert_eq!(tickets.take(&ticket, later), expected, "{age_ms}");
            // An old one is no better when it is shown again.
            assert_eq!(tickets.take(&ticket, now), None);
        }
    }

    #[test]
    fn a_ticket_that_was_given_holds_and_old_ones_make_room() {
        let (tickets, now) = (tickets(2), Instant::now());
        let [first, second, third] = [(); 3].map(|()| Ticket::random().unwrap());
        assert!(tickets.give(&first, "ada", now));
        let later = now + Duration::from_secs(20);
        assert!(tickets.give(&second, "bob", later));
        assert!(!tickets.give(&third, "eve", later));
        let latest = now + Duration::from_secs(30);
        assert!(tickets.give(&third, "eve", latest));
        assert_eq!(tickets.take(&first, latest), None);
        assert_eq!(tickets.take(&second, latest), Some("bob"));
        assert_eq!(tickets.take(&third, latest), Some("eve"));
    }

    #[test]
    fn a_ticket_is_256_bits_and_is_not_told() {
        let ticket = Ticket::random().unwrap();
        assert_eq!(
            BASE64URL_NOPAD.decode(ticket.0.as_bytes()).unwrap().len(),
            32
        );
        let tickets = tickets(1);
        assert!(tickets.give(&ticket, "ada", Instant::now()));
        let told = format!("{ticket:?} {tickets:?}");
        assert!(
            told.starts_with("*** ") && !told.contains(&ticket.0),
            "{told}"
        );
    }
}
