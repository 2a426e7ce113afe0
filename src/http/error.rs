//! Errors by audience: what the client is told, and what the log needs.
//!
//! An [`ApiError`] is made by a handler, travels as an extension of an empty response, and gets its body in
//! [`finish`], where the request's id is known: so the routes' own errors, the framework's and the guard's all have
//! the one shape of RFC 9457. Nothing of a parser's text, a path outside the project or a token is ever put in.

mod code;

pub(super) use code::Code;

use super::guard::Caller;
use super::request::Takes;
use crate::disk::write::WriteError;
use crate::name::NameError;
use crate::project::problem::Problem;
use crate::query::QueryError;
use crate::store::StoreError;
use crate::store::listing::CursorExpired;
use crate::task::patch::PatchError;
use crate::wire::{self, ErrorJson, ProblemJson};
use std::convert::Infallible;
use warp::http::{HeaderValue, StatusCode, header};
use warp::reply::Response;
use warp::{Rejection, Reply};

/// What went wrong, for the client and for the log.
#[derive(Clone, Debug)]
pub(super) struct ApiError {
    code: Code,
    detail: String,
    field: Option<String>,
    /// The task as it is now, as JSON.
    task: Option<Box<str>>,
    /// What cannot be understood in what was sent.
    problem: Option<Box<Problem>>,
    /// What would be taken instead, by the header that says so.
    takes: Option<&'static Takes>,
    /// For the log only.
    cause: Option<Box<str>>,
}

impl ApiError {
    pub(super) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            field: None,
            task: None,
            problem: None,
            takes: None,
            cause: None,
        }
    }

    /// A body of a type that is not taken.
    pub(super) fn unsupported(detail: impl Into<String>, takes: &'static Takes) -> Self {
        Self {
            takes: Some(takes),
            ..Self::new(Code::UnsupportedMediaType, detail)
        }
    }

    pub(super) fn invalid_id(error: NameError) -> Self {
        Self::new(Code::InvalidId, error.to_string())
    }

    pub(super) fn invalid_query(parameter: &str, expected: &str) -> Self {
        let detail = format!("the parameter `{parameter}` should be {expected}");
        Self {
            field: Some(parameter.to_owned()),
            ..Self::new(Code::InvalidQuery, detail)
        }
    }

    pub(super) fn cursor_expired(error: CursorExpired) -> Self {
        Self::new(Code::CursorExpired, error.to_string())
    }

    pub(super) fn invalid_field(field: &str, expected: &str) -> Self {
        let detail = format!("`{field}` should be {expected}");
        Self {
            field: Some(field.to_owned()),
            ..Self::new(Code::InvalidField, detail)
        }
    }

    pub(super) fn project_not_found() -> Self {
        Self::new(Code::ProjectNotFound, "there is no project of this id")
    }

    pub(super) fn task_not_found() -> Self {
        Self::new(Code::TaskNotFound, "there is no task of this id")
    }

    /// Something that is nobody's fault but ours.
    pub(super) fn internal(cause: impl Into<String>) -> Self {
        let detail = "something went wrong here; the log knows it by the request's id";
        let error = Self::new(Code::InternalError, detail);
        Self {
            cause: Some(cause.into().into()),
            ..error
        }
    }

    fn caused_by(self, cause: &impl ToString) -> Self {
        Self {
            cause: Some(cause.to_string().into()),
            ..self
        }
    }

    /// An error of the store's. `task_json` turns the task that a failed condition met into JSON.
    pub(super) fn of_store(
        error: StoreError,
        task_json: impl Fn(&crate::task::Task) -> String,
    ) -> Self {
        let said = error.to_string();
        match error {
            StoreError::TaskNotFound => Self::task_not_found(),
            StoreError::Unavailable => {
                let detail =
                    "the project's directory is not there; its tasks are shown as they were";
                Self::new(Code::ProjectUnavailable, detail)
            }
            StoreError::InvalidId(error) => Self::invalid_id(error),
            StoreError::TaskExists => Self::new(Code::TaskExists, said),
            StoreError::ProjectExists => Self::new(Code::ProjectExists, said),
            StoreError::ProjectNotEmpty(_) => Self::new(Code::ProjectNotEmpty, said),
            StoreError::DuplicateId => Self::new(Code::DuplicateId, said),
            StoreError::RevisionMismatch(task) => {
                let detail = "the task is not what the request expects; `task` is what it is now";
                let error = Self::new(Code::RevisionMismatch, detail);
                Self {
                    task: task.map(|task| task_json(&task).into()),
                    ..error
                }
            }
            StoreError::TooManyToPlace(_) => Self::new(Code::TooManyToPlace, said),
            StoreError::TooLarge(limit) => {
                let detail = format!("the file would be larger than {limit} bytes");
                Self::new(Code::TaskTooLarge, detail)
            }
            StoreError::Unreadable(problem) => Self {
                problem: Some(problem),
                ..Self::new(Code::UnreadableTask, said)
            },
            StoreError::Patch(PatchError::InvalidField { field, expected }) => {
                Self::invalid_field(&field, expected)
            }
            StoreError::Patch(PatchError::Refused { code, text }) => {
                Self::new(Code::FrontMatter(code), text)
            }
            StoreError::Write(error) => Self::of_write(error),
        }
    }

    fn of_write(error: WriteError) -> Self {
        let api_error = match error {
            WriteError::Lost => Self::new(
                Code::WriteConflict,
                "the file is being saved by somebody else; try again",
            ),
            WriteError::Exists => Self::new(Code::TaskExists, "there is a file of this name"),
            WriteError::Full => {
                Self::new(Code::StorageFull, "no space is left; nothing was changed")
            }
            WriteError::ReadOnly => Self::new(Code::ReadOnly, "the file system is read-only"),
            WriteError::Denied => {
                Self::new(Code::PermissionDenied, "the server may not write there")
            }
            WriteError::Exhausted => Self::new(
                Code::Overloaded,
                "the server has no descriptors or no memory left for it now; try again",
            ),
            WriteError::Io(_) => Self::internal(""),
        };
        api_error.caused_by(&error)
    }

    /// What it comes with.
    pub(super) fn status(&self) -> StatusCode {
        self.code.status()
    }

    /// Tells the log.
    pub(super) fn tell(&self, request_id: &str) {
        let code = self.code.as_str();
        match &self.cause {
            Some(cause) if self.status().is_server_error() => {
                tracing::error!(%request_id, %code, %cause, "{}", self.detail);
            }
            Some(_) | None => tracing::debug!(%request_id, %code, "{}", self.detail),
        }
    }

    /// What went wrong.
    pub(super) fn code(&self) -> Code {
        self.code
    }

    /// About how many bytes it takes.
    pub(super) fn n_bytes(&self) -> usize {
        let texts = [
            self.field.as_deref(),
            self.task.as_deref(),
            self.cause.as_deref(),
        ];
        let texts = texts.into_iter().flatten().map(str::len);
        self.detail.len() + texts.sum::<usize>()
    }

    /// The response with its body.
    pub(super) fn respond(&self, request_id: &str, caller: &Caller) -> Response {
        finish(self.clone().into_response(), request_id, caller)
    }

    pub(super) fn body(&self, request_id: &str) -> String {
        let task = self
            .task
            .clone()
            .and_then(|json| serde_json::value::RawValue::from_string(json.into()).ok());
        let status = self.code.status();
        wire::error(&ErrorJson {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: &self.detail,
            code: self.code.as_str(),
            request_id,
            field: self.field.as_deref(),
            task: task.as_deref(),
            problem: self.problem.as_deref().map(ProblemJson::of),
        })
    }
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> Self {
        Self::invalid_query(&error.parameter, &error.expected)
    }
}

impl From<PatchError> for ApiError {
    fn from(error: PatchError) -> Self {
        Self::of_store(error.into(), |_| String::new())
    }
}

impl Reply for ApiError {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let mut response = Response::default();
        *response.status_mut() = status;
        if status == StatusCode::UPGRADE_REQUIRED {
            response
                .headers_mut()
                .insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            response.headers_mut().insert(
                header::SEC_WEBSOCKET_VERSION,
                HeaderValue::from_static("13"),
            );
        }
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.code == Code::IdempotencyKeyInUse {
            let a_second = HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, a_second);
        }
        if let Some((name, types)) = self.takes.map(Takes::header) {
            response.headers_mut().insert(name, types);
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives an error its body and its log line, and every response the headers that all have.
pub(super) fn finish(mut response: Response, request_id: &str, caller: &Caller) -> Response {
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        error.tell(request_id);
        *response.body_mut() = Response::new(error.body(request_id).into()).into_body();
        let problem = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, problem);
    }
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    caller.mark(headers);
    response
}

/// Answers for the framework, whose own words are never shown.
pub(super) async fn answer_rejection(rejection: Rejection) -> Result<Response, Infallible> {
    let error = if rejection.is_not_found() {
        ApiError::new(Code::NotFound, "there is nothing at this path")
    } else if rejection.find::<warp::reject::MethodNotAllowed>().is_some() {
        super::methods::not_allowed()
    } else if rejection.find::<warp::reject::InvalidQuery>().is_some() {
        ApiError::new(Code::InvalidQuery, "the query cannot be read")
    } else {
        ApiError::internal(format!("{rejection:?}"))
    };
    Ok(error.into_response())
}
