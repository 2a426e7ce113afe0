//! `/projects/:projectId/ws`: one client, following one project's log; and how many there are.
//!
//! A session owns no queue of messages. It holds its place in the log and, when the socket is free, takes the next
//! few from there, so one slow client delays nobody and holds nothing but its place. A client that the log overtakes,
//! or that takes nothing for too long, is told its place and let go.

use super::error::ApiError;
use super::projects::json;
use super::request::{Query, Segment, query};
use super::upgrade::{Upgrade, socket, upgrade};
use super::{App, Route, route, with};
use crate::event::Position;
use crate::log::Overtaken;
use crate::store::Shelf;
use crate::store::shelf::Client;
use crate::wire;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tokio_util::sync::CancellationToken;
use warp::Filter;
use warp::http::StatusCode;
use warp::reply::Response;

/// A closed socket is given this long to take its last frame and answer.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// The routes of this module.
pub(super) fn routes(app: &App) -> Vec<Route> {
    vec![connect_route(app), stats_route(app)]
}

fn connect_route(app: &App) -> Route {
    let path = warp::path!("projects" / Segment / "ws");
    route(
        path.and(warp::get())
            .and(with(app))
            .and(query())
            .and(upgrade())
            .then(connect),
    )
}

async fn connect(
    project: Segment,
    app: App,
    mut query: Query,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let shelf = project.shelf(&app)?;
    if query.take("since")?.is_some() {
        return Err(ApiError::invalid_query(
            "since",
            "left out: this server cannot resume yet",
        ));
    }
    let (response, on_upgrade) = upgrade.accept()?;
    // From here on the client is counted and misses nothing, though it has not been answered yet.
    let mut session = Session {
        seq: shelf.log().position().seq,
        _client: shelf.count_client(),
        shelf,
        n_max: app.config.client_buffer,
        ping_interval: app.config.ping_interval,
        pong_time: app.config.limits.pong_time,
        send_time: app.config.limits.send_time,
        shutdown: app.shutdown.clone(),
    };
    let limits = app.config.limits.clone();
    app.sessions.spawn(async move {
        match timeout(limits.head_time, socket(on_upgrade, &limits)).await {
            Ok(Ok(socket)) => session.run(socket).await,
            Ok(Err(error)) => tracing::debug!(%error, "a client left during the handshake"),
            Err(_) => tracing::debug!("a client did not finish the handshake"),
        }
    });
    Ok(response)
}

fn stats_route(app: &App) -> Route {
    route(
        warp::path!("ws" / "stats")
            .and(warp::get())
            .and(with(app))
            .and(query())
            .then(stats),
    )
}

async fn stats(app: App, mut query: Query) -> Result<Response, ApiError> {
    let project_id = query.take("project_id")?;
    query.end()?;
    let body = match project_id {
        Some(project_id) => {
            let shelves = app.store.shelves();
            let shelf = shelves
                .iter()
                .find(|shelf| shelf.id().as_str() == project_id);
            let shelf = shelf.ok_or_else(ApiError::project_not_found)?;
            wire::project_stats(shelf.id(), shelf.n_clients())
        }
        None => {
            let shelves = app.store.shelves();
            let counts = shelves
                .iter()
                .map(|shelf| (shelf.id().to_string(), shelf.n_clients()));
            wire::stats(&counts.collect::<BTreeMap<_, _>>())
        }
    };
    Ok(json(StatusCode::OK, body))
}

/// One client.
struct Session {
    shelf: Arc<Shelf>,
    /// The number of the last event that was sent.
    seq: u64,
    /// Counts the client for the statistics as long as the session lives.
    _client: Client,
    n_max: usize,
    ping_interval: Duration,
    pong_time: Duration,
    send_time: Duration,
    shutdown: CancellationToken,
}

/// Why a session ends.
enum End {
    /// The client left, or broke the protocol; it has been answered as the RFC says.
    Left,
    /// The client did not take what it was sent, or answer a ping: nothing can be said to it.
    Dead,
    /// The client is told why.
    Closed(CloseCode),
}

impl Session {
    async fn run(
        &mut self,
        socket: impl Stream<Item = Result<Message, SocketError>>
        + Sink<Message, Error = SocketError>
        + Unpin,
    ) {
        let mut socket = socket;
        match self.follow(&mut socket).await {
            End::Left => {}
            End::Dead => {
                tracing::debug!(project = %self.shelf.id(), "a client stopped taking messages");
            }
            End::Closed(code) => self.close(&mut socket, code).await,
        }
    }

    async fn follow<S>(&mut self, socket: &mut S) -> End
    where
        S: Stream<Item = Result<Message, SocketError>> + Sink<Message, Error = SocketError> + Unpin,
    {
        let mut appended = self.shelf.log().subscribe();
        let mut pings = interval_at(Instant::now() + self.ping_interval, self.ping_interval);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut pong_due: Option<Instant> = None;
        let shutdown = self.shutdown.clone();
        // What was appended between the upgrade and the subscription wakes nobody.
        if let Err(end) = self.send_new(socket).await {
            return end;
        }
        loop {
            let pong_deadline = async {
                match pong_due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            let end = tokio::select! {
                biased;
                () = shutdown.cancelled() => Some(End::Closed(CloseCode::Away)),
                message = socket.next() => match message {
                    // Broadcast only: what a client says is read and dropped.
                    Some(Ok(Message::Pong(_))) => { pong_due = None; None }
                    Some(Ok(_)) => None,
                    Some(Err(SocketError::Capacity(_))) => Some(End::Closed(CloseCode::Size)),
                    Some(Err(SocketError::Protocol(_))) => Some(End::Closed(CloseCode::Protocol)),
                    Some(Err(SocketError::Utf8(_))) => Some(End::Closed(CloseCode::Invalid)),
                    Some(Err(_)) | None => Some(End::Left),
                },
                () = pong_deadline => Some(End::Dead),
                _ = pings.tick() => {
                    pong_due.get_or_insert(Instant::now() + self.pong_time);
                    self.within(socket.send(Message::Ping(Default::default()))).await.err()
                }
                changed = appended.changed() => match changed {
                    Ok(()) => self.send_new(socket).await.err(),
                    Err(_) => Some(End::Closed(CloseCode::Away)),
                },
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Sends what the log has after our place, a bounded batch at a time.
    async fn send_new<S>(&mut self, socket: &mut S) -> Result<(), End>
    where
        S: Sink<Message, Error = SocketError> + Unpin,
    {
        loop {
            let entries = match self.shelf.log().read(self.seq, self.n_max) {
                Ok(entries) => entries,
                Err(Overtaken) => return Err(End::Closed(CloseCode::Again)),
            };
            if entries.is_empty() {
                return Ok(());
            }
            for entry in entries {
                self.within(socket.feed(Message::Text(entry.text))).await?;
                self.seq = entry.seq;
            }
            self.within(socket.flush()).await?;
        }
    }

    /// Lets a send take as long as a client that is alive may need.
    async fn within(&self, send: impl Future<Output = Result<(), SocketError>>) -> Result<(), End> {
        match timeout(self.send_time, send).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Left),
            Err(_) => Err(End::Dead),
        }
    }

    /// Says good-bye with the place to resume from, and waits a moment for the answer.
    async fn close<S>(&self, socket: &mut S, code: CloseCode)
    where
        S: Stream<Item = Result<Message, SocketError>> + Sink<Message, Error = SocketError> + Unpin,
    {
        let position = Position {
            seq: self.seq,
            ..self.shelf.log().position()
        };
        let reason = match code {
            CloseCode::Size => "message too big".to_owned(),
            CloseCode::Protocol => "protocol error".to_owned(),
            CloseCode::Invalid => "text that is not UTF-8".to_owned(),
            _ => position.to_string(),
        };
        let close = async {
            socket
                .send(Message::Close(Some(CloseFrame {
                    code,
                    reason: reason.into(),
                })))
                .await?;
            while socket.next().await.transpose()?.is_some() {}
            Ok::<(), SocketError>(())
        };
        // A client that does not answer is gone when its socket is dropped.
        match timeout(CLOSE_TIME, close).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "a client left before it was told"),
            Err(_) => tracing::debug!("a client did not answer the close"),
        }
    }
}
