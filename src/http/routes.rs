//! The route table.

use super::{
    App, Route, any_of, batch, describe, docs, error, events, health, list, metrics, projects,
    search, session, tasks, ticket,
};
use warp::Filter;

/// Everything that is served. `/api/v1` is closed: once a path starts so, nothing else may answer it.
pub(super) fn all(app: &App) -> Route {
    let api: Vec<Route> = [
        projects::routes(app),
        tasks::routes(app),
        batch::routes(app),
        list::routes(app),
        search::routes(app),
        session::routes(app),
        events::routes(app),
        ticket::routes(app),
        describe::routes(),
        docs::routes(),
    ]
    .concat();
    let api = any_of(api).recover(error::answer_rejection).unify().boxed();
    let api = warp::path!("api" / "v1" / ..).and(api).boxed();
    any_of([vec![api], health::routes(app), metrics::routes(app)].concat())
        .recover(error::answer_rejection)
        .unify()
        .boxed()
}
