//! Where a task is to go.

use super::{invalid, text};
use crate::name::{ProjectId, TaskId};
use crate::project::column::Destination;
use crate::task::patch::PatchError;
use serde_json::{Map, Value as Json};

/// The body of a move.
#[derive(Debug, Default, PartialEq)]
pub struct DestinationInput {
    /// The project, when the client names one.
    pub project_id: Option<ProjectId>,
    /// The place in it.
    pub to: Destination,
}

/// Reads the body of a move: any of `project_id`, `status`, `before` and `after`. One that is null is left out.
///
/// # Errors
/// [`PatchError::InvalidField`], naming the field that does not fit.
pub fn destination(object: Map<String, Json>) -> Result<DestinationInput, PatchError> {
    let mut input = DestinationInput::default();
    for (key, json) in object {
        let is_known = matches!(key.as_str(), "project_id" | "status" | "before" | "after");
        if !is_known {
            return Err(invalid(
                &key,
                "left out: a move names a project, a status, and what comes before or after",
            ));
        }
        if json.is_null() {
            continue;
        }
        let text = text(&key, json)?;
        match key.as_str() {
            "project_id" => {
                let id = ProjectId::parse(&text);
                input.project_id = Some(id.map_err(|_| invalid(&key, "the id of a project"))?);
            }
            "status" if text.trim().is_empty() => return Err(invalid(&key, "not empty")),
            "status" => input.to.status = Some(text),
            _ => {
                let id = TaskId::parse(&text).map_err(|_| invalid(&key, "the id of a task"))?;
                match key.as_str() {
                    "before" => input.to.before = Some(id),
                    _ => input.to.after = Some(id),
                }
            }
        }
    }
    Ok(input)
}
