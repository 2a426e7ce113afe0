//! `/projects/:projectId/ws`: the way into the stream of a project's events; and how many are in it.

use super::describe::{Answered, JSON, Operation, Tag};
use super::error::{ApiError, Code};
use super::guard::{self, Rights};
use super::projects::json;
use super::request::{Query, Segment, query};
use super::start::Start;
use super::upgrade::{Upgrade, socket, upgrade};
use super::{App, Route, route, ticket, with};
use crate::stream::Follow;
use crate::transport::Place;
use crate::wire::{self, schema};
use std::collections::BTreeMap;
use tokio::time::timeout;
use utoipa::openapi::HttpMethod;
use warp::Filter;
use warp::http::StatusCode;
use warp::reply::Response;

/// The routes of this module.
pub(super) fn routes(app: &App) -> Vec<Route> {
    vec![connect_route(app), stats_route(app)]
}

/// What they are for.
pub(super) fn described() -> Vec<Operation> {
    let connect = Operation::new(
        HttpMethod::Get,
        "/api/v1/projects/{projectId}/ws",
        "connect",
        "Follow a project over a WebSocket",
    )
    .of(Tag::Stream)
    .about(
        "One message for one change: `TaskCreated`, `TaskUpdated` or `TaskDeleted`, and a \
         `Snapshot` first where the events since are not there any more. `/api/v1/asyncapi.json` \
         has the rest.",
    )
    .takes(&["sync", "since", "ticket"])
    .answers(
        Answered::empty(101, "The connection is a WebSocket from here on.").with(&[
            "Connection",
            "Upgrade",
            "Sec-WebSocket-Accept",
        ]),
    )
    .refuses(&[
        Code::InvalidQuery,
        Code::InvalidHandshake,
        Code::InvalidTicket,
        Code::SyncTimeout,
        Code::UpgradeRequired,
    ]);
    let stats = Operation::get("/api/v1/ws/stats", "getStats", "Count the clients")
        .of(Tag::Stream)
        .query(
            "project_id",
            "Of this project alone: the answer is a `ProjectStats`.",
            schema::text(""),
        )
        .answers(
            Answered::empty(
                200,
                "How many are connected: WebSockets, event streams, and polls that wait.",
            )
            .or(JSON, schema::either(&["Stats", "ProjectStats"])),
        )
        .refuses(&[Code::ProjectNotFound]);
    vec![connect, stats]
}

fn connect_route(app: &App) -> Route {
    let path = warp::path!("projects" / Segment / "ws");
    route(
        path.and(warp::get())
            .and(with(app))
            .and(query())
            .and(guard::rights())
            .and(warp::ext::optional())
            .and(upgrade())
            .then(connect),
    )
}

async fn connect(
    project: Segment,
    app: App,
    mut query: Query,
    rights: Rights,
    place: Option<Place>,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let rights = ticket::admit(&mut query, &app, rights)?;
    let shelf = project.shelf(&app)?;
    let start = Start::of(&mut query, &shelf)?;
    let (response, on_upgrade) = upgrade.accept()?;
    // From here on the client is counted and misses nothing, though it has not been answered yet.
    let client = shelf.count_client();
    app.sessions.clone().spawn(async move {
        match timeout(app.config.limits.head_time, socket(on_upgrade)).await {
            Ok(Ok((socket, already_read))) => match start.begin(&shelf).await {
                Ok(beginning) => {
                    let follow = Follow {
                        log: shelf.log().clone(),
                        seq: beginning.seq,
                        snapshot: beginning.snapshot.map(|frame| frame.bytes().clone()),
                        expires: rights.expires,
                        guard: Box::new((client, place)),
                    };
                    app.writers.join(socket, already_read, follow);
                }
                Err(error) => tracing::error!(?error, "a project could not be told of"),
            },
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
