//! `/healthz`: is the process alive? `/readyz`: does it see changes, and can it write?

use super::{App, Route, route, with};
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply};

/// The routes of this module.
pub(super) fn routes(app: &App) -> Vec<Route> {
    vec![alive_route(), ready_route(app)]
}

fn alive_route() -> Route {
    route(
        warp::path!("healthz")
            .and(warp::get())
            .map(|| json(r#"{"status":"ok"}"#.into_response())),
    )
}

fn ready_route(app: &App) -> Route {
    route(
        warp::path!("readyz")
            .and(warp::get())
            .and(with(app))
            .map(|app: App| json(readiness(&app))),
    )
}

/// What is slower than it should be, or serves reads only, works: the server is ready, and says what is amiss.
fn readiness(app: &App) -> Response {
    if app.is_open.get().is_none() {
        let reading = r#"{"status":"starting"}"#;
        let unavailable = StatusCode::SERVICE_UNAVAILABLE;
        return warp::reply::with_status(reading, unavailable).into_response();
    }
    let gone: usize = app
        .store
        .shelves()
        .iter()
        .filter(|shelf| !shelf.is_available())
        .count();
    let watching = if app.watch.is_polling() {
        "polling"
    } else {
        "notified"
    };
    let is_told = !app.watch.is_polling() || app.config.poll;
    let is_writable = app.store.is_writable();
    let status = if gone == 0 && is_told && is_writable {
        "ok"
    } else {
        "degraded"
    };
    format!(
        r#"{{"status":"{status}","watching":"{watching}","writable":{is_writable},"unavailable_projects":{gone}}}"#
    )
    .into_response()
}

fn json(response: Response) -> Response {
    warp::reply::with_header(response, "content-type", "application/json").into_response()
}
