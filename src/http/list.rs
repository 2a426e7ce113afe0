//! `GET /projects/:projectId/tasks`: what matches a query, page by page.

mod answers;

use super::describe::{Answered, Operation, Tag};
use super::error::{ApiError, Code};
use super::projects::json;
use super::request::{self, Query as Parameters, Segment, blocking, query};
use super::{App, Route, route, with};
use crate::config::Limits;
use crate::query::Query;
use crate::query::cursor::Place;
use crate::store::{Kept, Shelf};
use crate::task::Task;
use crate::wire;
use answers::{Answer, Answers};
use bytes::Bytes;
use std::sync::Arc;
use warp::Filter;
use warp::http::{HeaderMap, HeaderValue, StatusCode, header};
use warp::reply::Response;

/// Up to so many tasks, a page that is cut from the project as it is, is cut on the request's thread.
const PAGE_TASKS_INLINE: usize = 200;
/// A page of more bytes, about, is written off the request's thread.
const PAGE_BYTES_INLINE: usize = 256 << 10;
/// What a task takes besides its body, about.
const TASK_BYTES: usize = 512;

/// What is kept of lists from one request to the next.
#[derive(Debug)]
pub struct Lists {
    kept: Kept,
    answers: Answers,
}

impl Lists {
    /// Nothing yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            kept: Kept::new(limits),
            answers: Answers::new(limits),
        }
    }
}

/// The routes of this module.
pub(super) fn routes(app: &App) -> Vec<Route> {
    vec![list_route(app)]
}

/// What they are for.
pub(super) fn described() -> Vec<Operation> {
    let list = Operation::get(
        "/api/v1/projects/{projectId}/tasks",
        "listTasks",
        "List tasks",
    )
    .of(Tag::Tasks)
    .about(
        "What matches, page by page. The same parameter twice means either, one whose name \
             ends in `!` none of them. Whatever changes meanwhile, no task comes twice or is left \
             out. Who connects with the list's `epoch:seq` as `since` misses nothing.",
    )
    .takes(&["q", "sort", "limit", "cursor", "fields", "body"])
    .takes_conditions()
    .takes(&["ifNoneMatch"])
    .answers(Answered::json(200, "TaskPage", "A page.").with(&["ETag"]))
    .answers(Answered::empty(304, "It is still the same.").with(&["ETag"]))
    .refuses(&[Code::CursorExpired]);
    vec![list]
}

fn list_route(app: &App) -> Route {
    route(
        warp::path!("projects" / Segment / "tasks")
            .and(warp::get())
            .and(with(app))
            .and(query())
            .and(warp::header::headers_cloned())
            .then(list),
    )
}

async fn list(
    project: Segment,
    app: App,
    parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let shelf = project.shelf(&app)?;
    let query = Query::parse(parameters.pairs(), app.config.limits.page_tasks)?;
    let cut = match query.cursor.as_ref().map(|cursor| &cursor.place) {
        Some(Place::In(cut, _)) => *cut,
        Some(Place::After(_)) | None => shelf.cut(),
    };
    let tag = answers::tag(cut, &query);
    if request::has_revision(&headers, &tag) {
        return Ok(respond(StatusCode::NOT_MODIFIED, &tag, Bytes::new()));
    }
    let place = app.lists.answers.place(shelf.id(), &query, cut);
    let lists = app.lists.clone();
    let answer = place.get_or_try_init(|| answer(shelf.clone(), query.clone(), lists));
    let answer = answer.await;
    app.lists.answers.settle(&place);
    let answer = answer?;
    Ok(respond(StatusCode::OK, &answer.tag, answer.body.clone()))
}

/// Makes an answer. What takes longer than to change threads is done off the request's thread, which has others to serve.
async fn answer(shelf: Arc<Shelf>, query: Query, lists: Arc<Lists>) -> Result<Answer, ApiError> {
    let selection = &query.selection;
    let is_short =
        query.limit <= PAGE_TASKS_INLINE && selection.is_everything() && selection.order.is_none();
    let page = if is_short {
        shelf.list(&query, &lists.kept)
    } else {
        let (shelf, query) = (shelf.clone(), query.clone());
        blocking(move || shelf.list(&query, &lists.kept)).await?
    };
    let page = page.map_err(ApiError::cursor_expired)?;
    let n_bytes = |task: &Arc<Task>| task.body.len() + TASK_BYTES;
    let is_small = page.tasks.iter().map(n_bytes).sum::<usize>() <= PAGE_BYTES_INLINE;
    let write = move || Answer {
        cut: page.cut,
        tag: answers::tag(page.cut, &query),
        body: wire::task_page(shelf.id(), &page, query.fields).into(),
    };
    if is_small {
        Ok(write())
    } else {
        blocking(write).await
    }
}

fn respond(status: StatusCode, tag: &str, body: Bytes) -> Response {
    let mut response = json(status, Response::new(body.into()));
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
