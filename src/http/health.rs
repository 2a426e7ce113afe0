//! `/healthz`: is the process alive? `/readyz`: does it see changes, and can it write?

use super::describe::{Answered, Operation};
use super::projects::json;
use super::{App, Route, route, with};
use crate::wire::{self, Readiness, ReadinessJson, Watching};
use warp::Filter;
use warp::http::StatusCode;
use warp::reply::Response;

/// The routes of this module.
pub(super) fn routes(app: &App) -> Vec<Route> {
    vec![alive_route(), ready_route(app)]
}

/// What they are for.
pub(super) fn described() -> Vec<Operation> {
    vec![
        Operation::get("/healthz", "getHealth", "Is it alive?")
            .about("Answered while the files are still being read, too.")
            .answers(Answered::json(200, "Health", "It is alive.")),
        Operation::get("/readyz", "getReadiness", "Is it ready?")
            .about(
                "Is it told of changes, or looking for them? Can it write? Is every project's \
                    directory there?",
            )
            .answers(Answered::json(200, "Readiness", "It is ready."))
            .answers(Answered::json(
                503,
                "Readiness",
                "The files are still being read.",
            )),
    ]
}

fn alive_route() -> Route {
    route(
        warp::path!("healthz")
            .and(warp::get())
            .map(|| json(StatusCode::OK, wire::health())),
    )
}

fn ready_route(app: &App) -> Route {
    route(
        warp::path!("readyz")
            .and(warp::get())
            .and(with(app))
            .map(|app: App| readiness(&app)),
    )
}

/// What is slower than it should be, or serves reads only, works: the server is ready, and says what is amiss.
fn readiness(app: &App) -> Response {
    if app.is_open.get().is_none() {
        let starting = ReadinessJson {
            status: Readiness::Starting,
            watching: None,
            writable: None,
            unavailable_projects: None,
        };
        return json(StatusCode::SERVICE_UNAVAILABLE, wire::readiness(&starting));
    }
    let gone: usize = app
        .store
        .shelves()
        .iter()
        .filter(|shelf| !shelf.is_available())
        .count();
    let watching = if app.watch.is_polling() {
        Watching::Polling
    } else {
        Watching::Notified
    };
    let is_told = !app.watch.is_polling() || app.config.poll;
    let is_writable = app.store.is_writable();
    let status = if gone == 0 && is_told && is_writable {
        Readiness::Ok
    } else {
        Readiness::Degraded
    };
    let readiness = ReadinessJson {
        status,
        watching: Some(watching),
        writable: Some(is_writable),
        unavailable_projects: Some(gone),
    };
    json(StatusCode::OK, wire::readiness(&readiness))
}
