//! `/projects/:projectId/tasks`: make, show, replace, change, remove.

mod described;

pub(super) use described::described;

use super::error::ApiError;
use super::projects::{json, locate};
use super::request::{self, Body, Segment, blocking};
use super::{App, Route, route, with};
use crate::name::{ProjectId, TaskId};
use crate::store::{Precondition, Shelf, StoreError};
use crate::task::Task;
use crate::wire;
use crate::wire::input::TaskInput;
use std::sync::Arc;
use warp::Filter;
use warp::http::{HeaderMap, HeaderValue, StatusCode, header};
use warp::reply::Response;

/// The routes of this module.
pub(super) fn routes(app: &App) -> Vec<Route> {
    vec![
        create_route(app),
        get_route(app),
        replace_route(app),
        update_route(app),
        delete_route(app),
    ]
}

fn create_route(app: &App) -> Route {
    let path = warp::path!("projects" / Segment / "tasks");
    route(
        path.and(warp::post())
            .and(with(app))
            .and(request::body())
            .then(create),
    )
}

async fn create(project: Segment, app: App, body: Body) -> Result<Response, ApiError> {
    let shelf = project.shelf(&app)?;
    let input = wire::input::task(body.object(&app).await?)?;
    check_same(
        "project_id",
        input.project_id.as_deref(),
        shelf.id().as_str(),
    )?;
    for (field, given) in [("path", &input.path), ("revision", &input.revision)] {
        if given.is_some() {
            return Err(ApiError::invalid_field(
                field,
                "left out: the server gives it",
            ));
        }
    }
    let id = input
        .id
        .map(|id| wire::input::new_task_id(&id))
        .transpose()?;
    let project_id = shelf.id().clone();
    let made = blocking(move || shelf.create(id.as_ref().map(TaskId::as_str), input.patch)).await?;
    made.map(|task| created(&project_id, &task))
        .map_err(|error| of_store(error, &project_id))
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
    let shelf = project.shelf(&app)?;
    let task = shelf
        .task(&task.task_id()?)
        .ok_or_else(ApiError::task_not_found)?;
    let mut response = show(StatusCode::OK, shelf.id(), &task);
    if request::has_revision(&headers, &task.revision.to_string()) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Response::default().into_body();
    }
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
    let mutation = Mutation::read(&project, &task, &app, body).await?;
    let Mutation {
        shelf,
        id,
        input,
        precondition,
    } = mutation;
    let project_id = shelf.id().clone();
    let done = blocking(move || shelf.replace(&id, input.patch, &precondition)).await?;
    match done {
        Ok((task, true)) => Ok(created(&project_id, &task)),
        Ok((task, false)) => Ok(show(StatusCode::OK, &project_id, &task)),
        Err(error) => Err(of_store(error, &project_id)),
    }
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
    let mutation = Mutation::read(&project, &task, &app, body).await?;
    let Mutation {
        shelf,
        id,
        input,
        precondition,
    } = mutation;
    let project_id = shelf.id().clone();
    let done = blocking(move || shelf.update(&id, &input.patch, &precondition)).await?;
    done.map(|task| show(StatusCode::OK, &project_id, &task))
        .map_err(|error| of_store(error, &project_id))
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
    let shelf = project.shelf(&app)?;
    let id = task.task_id()?;
    let precondition = request::precondition(&headers)?;
    let project_id = shelf.id().clone();
    let done = blocking(move || shelf.delete(&id, &precondition)).await?;
    done.map_err(|error| of_store(error, &project_id))?;
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// What PUT and PATCH have in common.
struct Mutation {
    shelf: Arc<Shelf>,
    id: TaskId,
    input: TaskInput,
    precondition: Precondition,
}

impl Mutation {
    async fn read(
        project: &Segment,
        task: &Segment,
        app: &App,
        body: Body,
    ) -> Result<Self, ApiError> {
        let shelf = project.shelf(app)?;
        let id = task.task_id()?;
        let precondition = request::precondition(body.headers())?;
        let input = wire::input::task(body.object(app).await?)?;
        check_same("id", input.id.as_deref(), id.as_str())?;
        check_same(
            "project_id",
            input.project_id.as_deref(),
            shelf.id().as_str(),
        )?;
        let path = shelf.task(&id).map(|task| task.path.to_string());
        check_same("path", input.path.as_deref(), path.as_deref().unwrap_or(""))?;
        // Who sends back a task with its revision means that one.
        let precondition = match (precondition, &input.revision) {
            (Precondition::None, Some(revision)) => Precondition::Match(vec![revision.clone()]),
            (precondition, _) => precondition,
        };
        Ok(Self {
            shelf,
            id,
            input,
            precondition,
        })
    }
}

/// A field that says where the task is may be sent back, but not changed here.
fn check_same(field: &str, given: Option<&str>, is: &str) -> Result<(), ApiError> {
    match given {
        Some(given) if given != is => Err(ApiError::invalid_field(field, "left out or what it is")),
        Some(_) | None => Ok(()),
    }
}

fn of_store(error: StoreError, project_id: &ProjectId) -> ApiError {
    ApiError::of_store(error, |task| wire::task(project_id, task))
}

fn created(project_id: &ProjectId, task: &Task) -> Response {
    let mut response = show(StatusCode::CREATED, project_id, task);
    locate(
        &mut response,
        &["projects", project_id.as_str(), "tasks", task.id.as_str()],
    );
    response
}

/// A task with its revision as the strong ETag.
fn show(status: StatusCode, project_id: &ProjectId, task: &Task) -> Response {
    let mut response = json(status, wire::task(project_id, task));
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", task.revision)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
