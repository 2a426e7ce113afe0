//! HTTP: the vocabulary of the routes, and what every request passes on its way in and out.
//!
//! A filter recognises, a handler decides. [`routes`] is the table; each module below it holds the handlers of one
//! resource, each directly under its route. [`Site::answer`] is the one way in: it checks who asks ([`guard`]), calls the
//! routes, and gives every error its one shape ([`error`]).

mod batch;
#[cfg(test)]
mod conformance;
mod describe;
mod docs;
mod error;
mod events;
mod fixed;
mod guard;
mod health;
mod idempotency;
mod list;
mod methods;
mod metrics;
mod projects;
mod request;
mod routes;
mod search;
mod session;
mod start;
mod sync;
mod tasks;
mod ticket;
mod upgrade;

use crate::config::Config;
use crate::store::Store;
use crate::stream::Writers;
use crate::transport::gate::{Full, Gate};
use crate::watch::{Probe, Status};
use error::{ApiError, Code};
use futures_util::FutureExt;
use guard::Rights;
pub use list::Lists;
pub use metrics::Requests;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
pub use tasks::Pages;
use tokio::sync::SetOnce;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;
use warp::filters::BoxedFilter;
use warp::http::Request;
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

pub(crate) use idempotency::Repeats;
pub(crate) use ticket::Tickets;

/// A route: a filter that answers whatever it recognises.
pub(crate) type Route = BoxedFilter<(Response,)>;

/// What the handlers work with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// The projects.
    pub store: Arc<Store>,
    /// The settings.
    pub config: Arc<Config>,
    /// Lists that are kept, and what was answered.
    pub lists: Arc<Lists>,
    /// Bodies of tasks as pages.
    pub pages: Arc<Pages>,
    /// How the files are watched.
    pub watch: Arc<Status>,
    /// Set when every project is open.
    pub is_open: Arc<SetOnce<()>>,
    /// By which one waits until changes of files have been seen.
    pub probe: Probe,
    /// Who is connected.
    pub gate: Arc<Gate>,
    /// What has been asked.
    pub requests: Arc<Requests>,
    /// Who writes the logs to the WebSockets.
    pub writers: Arc<Writers>,
    /// WebSockets on their way to the writers, which outlives their requests.
    pub sessions: TaskTracker,
    /// What browsers show instead of a token where that would stand in an address.
    pub(crate) tickets: Arc<Tickets<Rights>>,
    /// What was made under keys, and may be asked for again.
    pub(crate) repeats: Arc<Repeats>,
    /// Comes when the server is to stop.
    pub shutdown: CancellationToken,
}

/// A route of whatever its handler answers with, an error included.
fn route<T, F>(filter: F) -> Route
where
    T: Reply + 'static,
    F: Filter<Extract = (T,), Error = Rejection> + Send + Sync + 'static,
{
    filter.map(T::into_response).boxed()
}

/// Hands a value to a handler.
fn with<T: Clone + Send + Sync + 'static>(
    value: &T,
) -> impl Filter<Extract = (T,), Error = Infallible> + Clone + use<T> {
    let value = value.clone();
    warp::any().map(move || value.clone())
}

/// The first of these routes that recognises the request, as a balanced tree: 20 routes cost 5 steps.
fn any_of(mut routes: Vec<Route>) -> Route {
    let half = routes.len() / 2;
    if half == 0 {
        return routes.pop().expect("a table of routes is not empty");
    }
    let rest = routes.split_off(half);
    any_of(routes).or(any_of(rest)).unify().boxed()
}

/// Everything that is served.
#[derive(Clone)]
pub struct Site {
    app: App,
    route: Route,
}

impl Site {
    /// All routes over these projects.
    #[must_use]
    pub fn new(app: App) -> Self {
        let route = routes::all(&app);
        Self { app, route }
    }

    /// Answers one request. It never fails: what goes wrong is an answer too.
    pub async fn answer(&self, mut request: Request<hyper::body::Incoming>) -> Response {
        let started = Instant::now();
        let request_id = request_id();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let caller = match guard::admit(&mut request, &self.app.config) {
            Ok(caller) => caller,
            Err(error) => {
                let mut response = error.respond(&request_id, &guard::Caller::default());
                methods::mark(&mut response, &path);
                self.app.requests.note(response.status(), started.elapsed());
                return response;
            }
        };
        let early = caller
            .preflight(&request)
            .or_else(|| methods::options(&method, &path));
        let is_open = match methods::check(&method, &path) {
            Ok(()) => self.wait_until_open(&path).await,
            Err(error) => Err(error),
        };
        let is_head = methods::as_get(&mut request);
        let id = RequestId(request_id.clone());
        drop(request.extensions_mut().insert(id));
        let synced = match is_open {
            Ok(()) => sync::wait_for_files(&mut request, &self.app).await,
            Err(error) => Err(error),
        };
        let response = match (early, synced) {
            (Some(response), _) => response,
            (None, Err(error)) => error.into_response(),
            (None, Ok(())) => {
                match AssertUnwindSafe(warp::service(self.route.clone()).call(request))
                    .catch_unwind()
                    .await
                {
                    Ok(Ok(response)) => response,
                    Ok(Err(never)) => match never {},
                    Err(_panic) => ApiError::internal("the handler panicked").into_response(),
                }
            }
        };
        let mut response = error::finish(response, &request_id, &caller);
        methods::mark(&mut response, &path);
        if is_head {
            methods::without_body(&mut response);
        }
        let (status, time) = (response.status(), started.elapsed());
        self.app.requests.note(status, time);
        let (status, ms) = (status.as_u16(), time.as_secs_f64() * 1e3);
        tracing::debug!(%request_id, %method, %path, status, ms, "answered");
        response
    }
}

impl Site {
    /// Waits until the projects are open, if the path is about them.
    async fn wait_until_open(&self, path: &str) -> Result<(), ApiError> {
        if self.app.is_open.get().is_some() || !path.starts_with("/api/") {
            return Ok(());
        }
        let opened = timeout(self.app.config.limits.start_time, self.app.is_open.wait());
        opened
            .await
            .map(drop)
            .map_err(|_| ApiError::new(Code::Starting, "the projects are still being read"))
    }
}

/// What a client is told, in HTTP/1.1, for whom there is no place.
#[must_use]
pub fn no_place(full: Full) -> Vec<u8> {
    let detail = match full {
        Full::All => "the server has all the connections that it can serve; try again",
        Full::Address => "there are too many connections from this address; try again",
    };
    let body = ApiError::new(Code::TooManyConnections, detail).body(&request_id());
    let head = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
                cache-control: no-store\r\nretry-after: 1\r\nconnection: close\r\n";
    let n_bytes = body.len();
    format!("{head}content-length: {n_bytes}\r\n\r\n{body}").into_bytes()
}

/// An id that finds a request in the log. A handler that answers with errors of its own says it with each.
#[derive(Clone, Debug)]
struct RequestId(String);

/// A new one: unique in this process, and unlikely in another.
fn request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static FIRST: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    let first = FIRST.get_or_init(crate::disk::write::random);
    format!(
        "{:016x}",
        first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed))
    )
}
