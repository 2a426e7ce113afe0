//! `/projects/:projectId/tasks`: make, show, replace, change, move, remove.

mod described;
pub(super) mod mutation;
mod representation;

pub(super) use described::described;
pub use representation::Pages;

use super::error::ApiError;
use super::idempotency::once;
use super::projects::{json, locate};
use super::request::{self, Body, Content, Segment, blocking};
use super::{App, Route, route, with};
use crate::name::ProjectId;
use crate::task::Task;
use crate::wire;
use warp::Filter;
use warp::http::{HeaderMap, HeaderName, StatusCode, header};
use warp::reply::Response;

/// The routes of this module.
pub(super) fn routes(app: &App) -> Vec<Route> {
    vec![
        create_route(app),
        get_route(app),
        replace_route(app),
        update_route(app),
        relocate_route(app),
        delete_route(app),
    ]
}

fn create_route(app: &App) -> Route {
    let path = warp::path!("projects" / Segment / "tasks");
    route(
        path.and(warp::post())
            .and(with(app))
            .and(request::body())
            .then(|project, app, body| once(app, body, |app, body| create(project, app, body))),
    )
}

async fn create(project: Segment, app: App, body: Body) -> Result<Response, ApiError> {
    let shelf = project.shelf(&app)?;
    let object = body.object(&app).await?;
    blocking(move || {
        let task = mutation::create(&shelf, object)?;
        Ok(created(shelf.id(), &task))
    })
    .await?
}

fn get_route(app: &App) -> Route {
    let path = warp::path!("projects" / Segment / "tasks" / Segment);
    route(
        path.and(warp::get())
            .and(with(app))
            .and(warp::header::headers_cloned())
            .then(get),
    )
}

async fn get(
    project: Segment,
    task: Segment,
    app: App,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (shelf, id) = (project.shelf(&app)?, task.task_id()?);
    let task = shelf.task(&id).ok_or_else(ApiError::task_not_found)?;
    let mut response = match request::preferred(&headers, &representation::KINDS) {
        Some(request::MARKDOWN) => {
            let (task, bytes) = blocking(move || mutation::file(&shelf, &id)).await??;
            representation::file(&task, bytes)
        }
        Some(representation::HTML) => app.pages.page(&task).await?,
        Some(_) => show(StatusCode::OK, shelf.id(), &task),
        None => return Err(representation::none_acceptable()),
    };
    representation::finish(&mut response, &headers);
    Ok(response)
}

fn replace_route(app: &App) -> Route {
    let path = warp::path!("projects" / Segment / "tasks" / Segment);
    route(
        path.and(warp::put())
            .and(with(app))
            .and(request::body())
            .then(replace),
    )
}

async fn replace(
    project: Segment,
    task: Segment,
    app: App,
    body: Body,
) -> Result<Response, ApiError> {
    let (shelf, id) = (project.shelf(&app)?, task.task_id()?);
    let precondition = request::precondition(body.headers())?;
    let content = body.content(&app, request::REPLACEMENTS).await?;
    blocking(move || {
        let (task, is_new) = match content {
            Content::Object(object) => mutation::replace(&shelf, &id, precondition, object)?,
            Content::Markdown(bytes) => mutation::replace_file(&shelf, &id, &precondition, &bytes)?,
        };
        if is_new {
            return Ok(created(shelf.id(), &task));
        }
        Ok(show(StatusCode::OK, shelf.id(), &task))
    })
    .await?
}

fn update_route(app: &App) -> Route {
    let path = warp::path!("projects" / Segment / "tasks" / Segment);
    route(
        path.and(warp::patch())
            .and(with(app))
            .and(request::body())
            .then(update),
    )
}

async fn update(
    project: Segment,
    task: Segment,
    app: App,
    body: Body,
) -> Result<Response, ApiError> {
    let (shelf, id) = (project.shelf(&app)?, task.task_id()?);
    let precondition = request::precondition(body.headers())?;
    let object = body.object(&app).await?;
    blocking(move || {
        let task = mutation::update(&shelf, &id, precondition, object)?;
        Ok(show(StatusCode::OK, shelf.id(), &task))
    })
    .await?
}

fn relocate_route(app: &App) -> Route {
    let path = warp::path!("projects" / Segment / "tasks" / Segment / "move");
    route(
        path.and(warp::post())
            .and(with(app))
            .and(request::body())
            .then(|project, task, app, body| {
                once(app, body, |app, body| relocate(project, task, app, body))
            }),
    )
}

async fn relocate(
    project: Segment,
    task: Segment,
    app: App,
    body: Body,
) -> Result<Response, ApiError> {
    let (shelf, id) = (project.shelf(&app)?, task.task_id()?);
    let precondition = request::precondition(body.headers())?;
    let object = body.object(&app).await?;
    blocking(move || {
        let done = mutation::relocate(&app.store, &shelf, &id, &precondition, object);
        let (project_id, task) = done?;
        let mut response = show(StatusCode::OK, &project_id, &task);
        if project_id != *shelf.id() {
            locate_task(&mut response, header::CONTENT_LOCATION, &project_id, &task);
        }
        Ok(response)
    })
    .await?
}

fn delete_route(app: &App) -> Route {
    let path = warp::path!("projects" / Segment / "tasks" / Segment);
    route(
        path.and(warp::delete())
            .and(with(app))
            .and(warp::header::headers_cloned())
            .then(delete),
    )
}

async fn delete(
    project: Segment,
    task: Segment,
    app: App,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (shelf, id) = (project.shelf(&app)?, task.task_id()?);
    let precondition = request::precondition(&headers)?;
    blocking(move || mutation::delete(&shelf, &id, &precondition)).await??;
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

fn created(project_id: &ProjectId, task: &Task) -> Response {
    let mut response = show(StatusCode::CREATED, project_id, task);
    locate_task(&mut response, header::LOCATION, project_id, task);
    response
}

fn locate_task(response: &mut Response, name: HeaderName, project_id: &ProjectId, task: &Task) {
    let segments = ["projects", project_id.as_str(), "tasks", task.id.as_str()];
    locate(response, name, &segments);
}

/// A task with its revision as the strong ETag.
fn show(status: StatusCode, project_id: &ProjectId, task: &Task) -> Response {
    let mut response = json(status, wire::task(project_id, task));
    representation::tag(&mut response, &task.revision.to_string());
    response
}
