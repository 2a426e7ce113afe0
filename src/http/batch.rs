//! `POST /projects/:projectId/tasks:batch`: several mutations in one request, one after the other.
//!
//! Each is what a request of its own would be: checked, written, synced and told by itself, in a turn of its own, so that
//! who edits meanwhile waits for one of them and not for all. What becomes of one changes nothing for the others.

use super::describe::{Answered, JSON, Operation, Tag};
use super::error::ApiError;
use super::idempotency::once;
use super::projects::json;
use super::request::{self, Body, Segment, blocking};
use super::tasks::mutation;
use super::{App, RequestId, Route, route, with};
use crate::store::{Precondition, Shelf};
use crate::task::Task;
use crate::wire::input::OperationInput;
use crate::wire::{self, BatchResult};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use utoipa::openapi::HttpMethod;
use warp::Filter;
use warp::http::StatusCode;
use warp::reply::Response;

const PATH: &str = "/api/v1/projects/{projectId}/tasks:batch";

/// The routes of this module.
pub(super) fn routes(app: &App) -> Vec<Route> {
    vec![batch_route(app)]
}

/// What they are for.
pub(super) fn described() -> Vec<Operation> {
    let example = json!({"operations": [
        {"op": "create", "task": {"title": "Answer in fathoms"}},
        {"op": "patch", "id": "TASK-001", "patch": {"status": "done"}},
        {"op": "delete", "id": "TASK-002", "if_match": "*"},
    ]});
    let batch = Operation::new(HttpMethod::Post, PATH, "changeTasks", "Change many tasks")
        .of(Tag::Tasks)
        .about(
            "Makes, changes and removes tasks, one after the other. What becomes of one does not \
             undo another: each has a result of its own, which is what a request of its own would \
             have been answered.",
        )
        .reads(&[JSON], "Batch", &[("One of each", example)])
        .answers(Answered::json(
            207,
            "BatchResults",
            "What became of each, in their order.",
        ))
        .once();
    vec![batch]
}

fn batch_route(app: &App) -> Route {
    let path = warp::path!("projects" / Segment / "tasks:batch");
    route(
        path.and(warp::post())
            .and(with(app))
            .and(warp::ext::get::<RequestId>())
            .and(request::body())
            .then(|project, app, id, body| {
                once(app, body, |app, body| batch(project, app, id, body))
            }),
    )
}

async fn batch(
    project: Segment,
    app: App,
    id: RequestId,
    body: Body,
) -> Result<Response, ApiError> {
    let shelf = project.shelf(&app)?;
    let operations = wire::input::operations(body.object(&app).await?)?;
    let n_max = app.config.limits.batch_operations;
    if operations.len() > n_max {
        let expected = format!("a list of at most {n_max}");
        return Err(ApiError::invalid_field("operations", &expected));
    }
    let body = blocking(move || {
        let done = operations.into_iter().map(|json| done(&shelf, json, &id.0));
        wire::batch_results(shelf.id(), &done.collect::<Vec<_>>())
    });
    Ok(json(StatusCode::MULTI_STATUS, body.await?))
}

/// Does one operation.
fn done(shelf: &Shelf, json: Json, request_id: &str) -> BatchResult {
    let result = |status: StatusCode| BatchResult {
        status: status.as_u16(),
        task: None,
        error: None,
    };
    match one(shelf, json) {
        Ok((status, task)) => BatchResult {
            task,
            ..result(status)
        },
        Err(error) => {
            error.tell(request_id);
            BatchResult {
                error: Some(error.body(request_id)),
                ..result(error.status())
            }
        }
    }
}

fn one(shelf: &Shelf, json: Json) -> Result<(StatusCode, Option<Arc<Task>>), ApiError> {
    match wire::input::operation(json)? {
        OperationInput::Create(task) => {
            let task = mutation::create(shelf, task)?;
            Ok((StatusCode::CREATED, Some(task)))
        }
        OperationInput::Patch {
            id,
            patch,
            if_match,
        } => {
            let task = mutation::update(shelf, &id, precondition(if_match), patch)?;
            Ok((StatusCode::OK, Some(task)))
        }
        OperationInput::Delete { id, if_match } => {
            mutation::delete(shelf, &id, &precondition(if_match))?;
            Ok((StatusCode::NO_CONTENT, None))
        }
    }
}

fn precondition(if_match: Option<String>) -> Precondition {
    match if_match {
        None => Precondition::None,
        Some(any) if any == "*" => Precondition::Exists,
        Some(revision) => Precondition::Match(vec![revision]),
    }
}
