//! `/projects/:projectId/events`: the stream of a project's events for those who have no WebSocket.
//!
//! As Server-Sent Events ([`text`]) it is an answer without an end; with `?wait=` it is one answer at a time. Both are read
//! from the log at the client's own pace ([`reader`]): a client holds its place and at most one run on its way. They live in
//! their request: hyper asks for more when the client takes more, and the connection itself knows when one takes nothing
//! for too long ([`Progress`]).

mod reader;
mod text;

use super::describe::{Answered, Operation, Tag};
use super::error::{ApiError, Code};
use super::guard::{self, Rights};
use super::projects::json;
use super::request::{self, Query, Segment, query};
use super::start::{Beginning, Start, snapshot};
use super::{App, Route, route, ticket, with};
use crate::disk::write::random;
use crate::log::RunMax;
use crate::store::Shelf;
use crate::store::shelf::Client;
use crate::transport::paced::Progress;
use crate::wire::{self, schema};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use reader::Reader;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use text::{Chunks, KEEP_ALIVE};
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use warp::reply::Response;
use warp::{Filter, Reply};

/// After a restart not all clients are to be back in the same moment: each is told a time of its own.
const RETRY_MS: std::ops::Range<u64> = 1_000..5_000;
const EVENT_STREAM: &str = "text/event-stream";

/// The routes of this module.
pub(super) fn routes(app: &App) -> Vec<Route> {
    vec![events_route(app)]
}

/// What they are for.
pub(super) fn described() -> Vec<Operation> {
    let events = Operation::get(
        "/api/v1/projects/{projectId}/events",
        "followEvents",
        "Follow a project over plain HTTP",
    )
    .of(Tag::Stream)
    .about(
        "The messages of the WebSocket as Server-Sent Events: each has its position as `id`, by \
         which an EventSource goes on where it was. With `wait` it is one answer in JSON: what \
         has happened since, as soon as there is anything, or nothing when the time is over.",
    )
    .takes(&["since", "lastEventId", "ticket"])
    .query(
        "wait",
        "How long to wait for an event, up to a minute; `0` does not wait.",
        schema::text("").pattern(Some("^(0|[1-9][0-9]{0,3}ms|([1-9]|[1-5][0-9]|60)s|1m)$")),
    )
    .answers(
        Answered::json(
            200,
            "Polled",
            "The stream, which has no end; with `wait`, one answer.",
        )
        .or(
            EVENT_STREAM,
            schema::text("Events as the HTML standard has them."),
        )
        .with(&["X-Accel-Buffering"]),
    )
    .refuses(&[Code::InvalidTicket, Code::NotAcceptable]);
    vec![events]
}

fn events_route(app: &App) -> Route {
    let path = warp::path!("projects" / Segment / "events");
    route(
        path.and(warp::get().or(warp::head()).unify())
            .and(with(app))
            .and(asked())
            .then(events),
    )
}

/// What is asked for, and by whom.
struct Asked {
    method: Method,
    headers: HeaderMap,
    query: Query,
    rights: Rights,
    progress: Option<Progress>,
}

fn asked() -> BoxedFilter<(Asked,)> {
    warp::method()
        .and(warp::header::headers_cloned())
        .and(query())
        .and(guard::rights())
        .and(warp::ext::optional())
        .map(|method, headers, query, rights, progress| Asked {
            method,
            headers,
            query,
            rights,
            progress,
        })
        .boxed()
}

async fn events(project: Segment, app: App, mut asked: Asked) -> Result<Response, ApiError> {
    let rights = ticket::admit(&mut asked.query, &app, asked.rights)?;
    let shelf = project.shelf(&app)?;
    let start = Start::again(&asked.headers, &mut asked.query, &shelf)?;
    let wait = wait(&mut asked.query, app.config.limits.poll_time)?;
    asked.query.end()?;
    if wait.is_none() && !request::accepts(&asked.headers, EVENT_STREAM) {
        // An answer without an end is for those who know what it is.
        let detail =
            "this is a stream of `text/event-stream`; with `wait=30s` it is one answer in JSON";
        return Err(ApiError::new(Code::NotAcceptable, detail));
    }
    match wait {
        Some(_) if asked.method == Method::HEAD => Ok(json(StatusCode::OK, "")),
        None if asked.method == Method::HEAD => Ok(event_stream(Response::default())),
        Some(wait) => poll(&app, &shelf, &rights, start, wait).await,
        None => {
            asked.progress.iter().for_each(Progress::stream);
            follow(&app, &shelf, &rights, start).await
        }
    }
}

/// How long a poll waits; `None` for what is no poll.
fn wait(query: &mut Query, most: Duration) -> Result<Option<Duration>, ApiError> {
    let Some(text) = query.take("wait")? else {
        return Ok(None);
    };
    match humantime::parse_duration(&text) {
        Ok(wait) if wait <= most => Ok(Some(wait)),
        Ok(_) | Err(_) => {
            let most = humantime::format_duration(most);
            let expected = format!("0, or a time such as 30s, up to {most}");
            Err(ApiError::invalid_query("wait", &expected))
        }
    }
}

/// A client of the stream, counted as long as its answer lasts.
struct Follower {
    reader: Reader,
    ping_interval: Duration,
    _client: Client,
}

/// The answer without an end: it ends with the server, with the client's rights, and when the log has gone on without the
/// client. An EventSource then comes again, and says where it was.
async fn follow(
    app: &App,
    shelf: &Arc<Shelf>,
    rights: &Rights,
    start: Start,
) -> Result<Response, ApiError> {
    let client = shelf.count_client();
    let Beginning { seq, snapshot } = start.begin(shelf).await?;
    let follower = Follower {
        reader: read_on(app, shelf, rights, seq, app.config.client_buffer),
        ping_interval: app.config.ping_interval,
        _client: client,
    };
    let at = follower.reader.position();
    let retry_ms = RETRY_MS.start + random() % (RETRY_MS.end - RETRY_MS.start);
    // Who has not had the snapshot is not at its position.
    let mut first = Chunks::opening(retry_ms, Some(at).filter(|_| snapshot.is_none()));
    if let Some(snapshot) = snapshot {
        first.push(snapshot.text(), at);
    }
    let rest = stream::unfold(follower, |mut follower| async move {
        Some((stream::iter(follower.next().await?), follower))
    });
    let chunks = stream::iter(first.into_bytes()).chain(rest.flatten());
    let body = warp::reply::stream(chunks.map(Ok::<_, Infallible>));
    Ok(event_stream(body.into_response()))
}

impl Follower {
    /// What is to be sent next, when it is time. `None` at the end.
    async fn next(&mut self) -> Option<Vec<Bytes>> {
        if self.reader.is_over() {
            return None;
        }
        let entries = self
            .reader
            .next(Instant::now() + self.ping_interval)
            .await
            .ok()?;
        if entries.is_empty() {
            return Some(vec![KEEP_ALIVE]);
        }
        let mut chunks = Chunks::default();
        for entry in entries {
            chunks.push(entry.frame.text(), self.reader.at(entry.seq));
        }
        Some(chunks.into_bytes())
    }
}

fn event_stream(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM));
    // nginx keeps an answer until it has 4 KiB of it, and is told so.
    let name = HeaderName::from_static("x-accel-buffering");
    headers.insert(name, HeaderValue::from_static("no"));
    response
}

/// One answer: events, as soon as there are any, or how the project stands where the log does not reach.
async fn poll(
    app: &App,
    shelf: &Arc<Shelf>,
    rights: &Rights,
    start: Start,
    wait: Duration,
) -> Result<Response, ApiError> {
    if let Start::After(seq) = start {
        let _client = shelf.count_client();
        let mut reader = read_on(app, shelf, rights, seq, app.config.limits.poll_events);
        if let Ok(entries) = reader.next(Instant::now() + wait).await {
            let messages: Vec<_> = entries.iter().map(|entry| entry.frame.text()).collect();
            let body = wire::polled(&messages, reader.position());
            return Ok(json(StatusCode::OK, body));
        }
    }
    let snapshot = snapshot(shelf).await?;
    let pieces = wire::polled_snapshot(snapshot.frame.text(), shelf.log().at(snapshot.seq));
    let n_bytes: usize = pieces.iter().map(Bytes::len).sum();
    let body = warp::reply::stream(stream::iter(pieces.map(Ok::<_, Infallible>)));
    let mut response = json(StatusCode::OK, body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, n_bytes.into());
    Ok(response)
}

fn read_on(app: &App, shelf: &Shelf, rights: &Rights, seq: u64, n_events: usize) -> Reader {
    let run = RunMax {
        events: n_events,
        bytes: app.config.limits.run_bytes,
    };
    Reader::new(shelf.log(), seq, run, &app.shutdown, rights.expires)
}
