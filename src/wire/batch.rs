//! What became of the operations of a batch.

use super::{TaskJson, text};
use crate::name::ProjectId;
use crate::task::Task;
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::ToSchema;

/// What became of one operation.
#[derive(Debug)]
pub struct BatchResult {
    /// The status that a request of its own would have been answered with.
    pub status: u16,
    /// The task as it is now.
    pub task: Option<Arc<Task>>,
    /// The error, as JSON.
    pub error: Option<String>,
}

/// What became of one operation of a batch.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchResult)]
pub(super) struct BatchResultJson<'a> {
    /// The HTTP status that a request of its own would have been answered with.
    #[schema(minimum = 200, maximum = 599, example = 201)]
    status: u16,
    /// The task as it is now, where one was made or changed.
    #[schema(value_type = super::schema::Task, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<TaskJson<'a>>,
    /// Why it was not done.
    #[schema(value_type = super::ErrorJson<'_>, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Box<RawValue>>,
}

/// What became of the operations of a batch.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchResults)]
pub(super) struct BatchResultsJson<'a> {
    /// One result for each operation, in their order.
    results: Vec<BatchResultJson<'a>>,
}

/// The results of a batch.
#[must_use]
pub fn batch_results(project_id: &ProjectId, results: &[BatchResult]) -> String {
    let raw = |json: &String| RawValue::from_string(json.clone()).ok();
    let results = results.iter().map(|result| BatchResultJson {
        status: result.status,
        task: result
            .task
            .as_deref()
            .map(|task| TaskJson::whole(project_id, task)),
        error: result.error.as_ref().and_then(raw),
    });
    text(&BatchResultsJson {
        results: results.collect(),
    })
}
