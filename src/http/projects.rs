//! `/projects`: list, make, show, change, remove, and what could not be understood in one.

mod described;

pub(super) use described::described;

use super::error::{ApiError, Code};
use super::idempotency::once;
use super::request::{self, Body, Query, Segment, blocking};
use super::{App, Route, route, with};
use crate::store::{Precondition, Shelf};
use crate::wire::{self, ProjectJson, TaskCounts};
use warp::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use warp::reply::Response;
use warp::{Filter, Reply};

/// The routes of this module.
pub(super) fn routes(app: &App) -> Vec<Route> {
    vec![
        list_route(app),
        create_route(app),
        get_route(app),
        update_route(app),
        delete_route(app),
        problems_route(app),
    ]
}

fn list_route(app: &App) -> Route {
    route(
        warp::path!("projects")
            .and(warp::get())
            .and(with(app))
            .then(list),
    )
}

async fn list(app: App) -> Result<Response, ApiError> {
    blocking(move || {
        let shelves = app.store.shelves();
        let projects: Vec<_> = shelves.iter().map(|shelf| describe(shelf)).collect();
        json(StatusCode::OK, wire::projects(&projects))
    })
    .await
}

fn create_route(app: &App) -> Route {
    route(
        warp::path!("projects")
            .and(warp::post())
            .and(with(app))
            .and(request::body())
            .then(|app, body| once(app, body, create)),
    )
}

async fn create(app: App, body: Body) -> Result<Response, ApiError> {
    let input = wire::input::project(body.object(&app).await?)?;
    let created = blocking(move || app.store.create_project(&input)).await?;
    let shelf = created.map_err(|error| ApiError::of_store(error, |_| String::new()))?;
    let mut response = json(StatusCode::CREATED, wire::project(&describe(&shelf)));
    let segments = ["projects", shelf.id().as_str()];
    locate(&mut response, header::LOCATION, &segments);
    Ok(response)
}

fn get_route(app: &App) -> Route {
    route(
        warp::path!("projects" / Segment)
            .and(warp::get())
            .and(with(app))
            .then(get),
    )
}

async fn get(project: Segment, app: App) -> Result<Response, ApiError> {
    let shelf = project.shelf(&app)?;
    blocking(move || json(StatusCode::OK, wire::project(&describe(&shelf)))).await
}

fn update_route(app: &App) -> Route {
    route(
        warp::path!("projects" / Segment)
            .and(warp::patch())
            .and(with(app))
            .and(request::body())
            .then(update),
    )
}

async fn update(project: Segment, app: App, body: Body) -> Result<Response, ApiError> {
    let shelf = project.shelf(&app)?;
    check_exists(body.headers())?;
    let mut object = body.object(&app).await?;
    let id = shelf.id().as_str();
    if object.shift_remove("id").is_some_and(|given| given != id) {
        return Err(ApiError::invalid_field("id", "left out or what it is"));
    }
    let edits = wire::input::settings(object)?;
    blocking(move || {
        let done = shelf.configure(&edits);
        done.map_err(|error| ApiError::of_store(error, |_| String::new()))?;
        Ok(json(StatusCode::OK, wire::project(&describe(&shelf))))
    })
    .await?
}

fn delete_route(app: &App) -> Route {
    route(
        warp::path!("projects" / Segment)
            .and(warp::delete())
            .and(with(app))
            .and(request::query())
            .and(warp::header::headers_cloned())
            .then(delete),
    )
}

async fn delete(
    project: Segment,
    app: App,
    mut query: Query,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let shelf = project.shelf(&app)?;
    let force = match query.take("force")?.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(ApiError::invalid_query("force", "`true` or `false`")),
    };
    query.end()?;
    check_exists(&headers)?;
    blocking(move || app.store.remove_project(&shelf, force))
        .await?
        .map_err(|error| ApiError::of_store(error, |_| String::new()))?;
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// A project has no entity tag, for what is told of it changes with each of its tasks: no revision of a condition is its own.
fn check_exists(headers: &HeaderMap) -> Result<(), ApiError> {
    match request::precondition(headers)? {
        Precondition::None | Precondition::Exists => Ok(()),
        Precondition::Match(_) | Precondition::Absent => {
            let detail = "a project has no revision: of conditions, `If-Match: *` alone is met";
            Err(ApiError::new(Code::RevisionMismatch, detail))
        }
    }
}

fn problems_route(app: &App) -> Route {
    route(
        warp::path!("projects" / Segment / "problems")
            .and(warp::get())
            .and(with(app))
            .then(problems),
    )
}

async fn problems(project: Segment, app: App) -> Result<Response, ApiError> {
    let shelf = project.shelf(&app)?;
    let problems = blocking(move || shelf.problems()).await?;
    Ok(json(StatusCode::OK, wire::problems(&problems)))
}

/// Tells of a project. It looks at each of its tasks, so it is done where one may take a while.
fn describe(shelf: &Shelf) -> ProjectJson {
    let (available, problem_count) = (shelf.is_available(), shelf.n_problems());
    shelf.view(|project, position| {
        let settings = project.settings();
        let mut tasks = TaskCounts::default();
        for task in project.tasks() {
            tasks.total += 1;
            match tasks.by_status.get_mut(&task.status) {
                Some(count) => *count += 1,
                None => drop(tasks.by_status.insert(task.status.clone(), 1)),
            }
        }
        ProjectJson {
            id: project.id().to_string(),
            name: settings
                .name
                .clone()
                .unwrap_or_else(|| project.id().to_string()),
            description: settings.description.clone(),
            statuses: settings.statuses.clone(),
            default_status: settings.default_status().to_owned(),
            available,
            tasks,
            problem_count,
            epoch: position.epoch.to_string(),
            seq: position.seq,
        }
    })
}

/// A response of JSON.
pub(super) fn json(status: StatusCode, body: impl Reply) -> Response {
    let mut response = body.into_response();
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// Says where the thing is: each segment is percent-encoded.
pub(super) fn locate(response: &mut Response, name: HeaderName, segments: &[&str]) {
    let mut location = "/api/v1".to_owned();
    for segment in segments {
        location.push('/');
        location.extend(percent_encoding::utf8_percent_encode(
            segment,
            percent_encoding::NON_ALPHANUMERIC,
        ));
    }
    // What is encoded is ASCII, so it is a fine header.
    if let Ok(value) = HeaderValue::from_str(
        &location
            .replace("%2D", "-")
            .replace("%5F", "_")
            .replace("%2E", "."),
    ) {
        response.headers_mut().insert(name, value);
    }
}
