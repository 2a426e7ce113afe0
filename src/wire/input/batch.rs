//! Several mutations in one request.

use super::{invalid, text};
use crate::name::TaskId;
use crate::task::patch::PatchError;
use serde_json::{Map, Value as Json};

/// One operation of a batch.
#[derive(Debug, PartialEq)]
pub enum OperationInput {
    /// Make a task of this object.
    Create(Map<String, Json>),
    /// Change a task by this object.
    Patch {
        /// Which one.
        id: TaskId,
        /// What to change.
        patch: Map<String, Json>,
        /// The revision that it must be of, or `*`.
        if_match: Option<String>,
    },
    /// Remove a task.
    Delete {
        /// Which one.
        id: TaskId,
        /// The revision that it must be of, or `*`.
        if_match: Option<String>,
    },
}

/// Reads the body of a batch: its operations, each still to be read by [`operation`], for one that cannot be read is no
/// hindrance to the others.
///
/// # Errors
/// [`PatchError::InvalidField`], when it is no list, or another field stands beside it. How many there may be is for the
/// caller to say.
pub fn operations(object: Map<String, Json>) -> Result<Vec<Json>, PatchError> {
    let mut operations = None;
    for (key, json) in object {
        match (key.as_str(), json) {
            ("operations", Json::Array(list)) => operations = Some(list),
            ("operations", _) => return Err(invalid(&key, "a list")),
            _ => return Err(invalid(&key, "left out: a batch has `operations` alone")),
        }
    }
    operations.ok_or_else(|| invalid("operations", "given"))
}

/// Reads one operation of a batch.
///
/// # Errors
/// [`PatchError::InvalidField`], naming the field that does not fit.
pub fn operation(json: Json) -> Result<OperationInput, PatchError> {
    let Json::Object(mut object) = json else {
        return Err(invalid("operations", "a list of objects"));
    };
    let op = text("op", object.remove("op").unwrap_or_default())?;
    let input = match op.as_str() {
        "create" => OperationInput::Create(taken(&mut object, "task")?),
        "patch" => OperationInput::Patch {
            id: id(&mut object)?,
            patch: taken(&mut object, "patch")?,
            if_match: if_match(&mut object)?,
        },
        "delete" => OperationInput::Delete {
            id: id(&mut object)?,
            if_match: if_match(&mut object)?,
        },
        _ => return Err(invalid("op", "`create`, `patch` or `delete`")),
    };
    match object.keys().next() {
        Some(key) => Err(invalid(key, "left out: the operation has no such field")),
        None => Ok(input),
    }
}

fn taken(object: &mut Map<String, Json>, key: &str) -> Result<Map<String, Json>, PatchError> {
    match object.remove(key) {
        Some(Json::Object(object)) => Ok(object),
        Some(_) | None => Err(invalid(key, "an object")),
    }
}

fn id(object: &mut Map<String, Json>) -> Result<TaskId, PatchError> {
    let id = text("id", object.remove("id").unwrap_or_default())?;
    TaskId::parse(&id).map_err(|_| invalid("id", "the id of a task"))
}

/// A revision, as a task has it or as an entity tag has it.
fn if_match(object: &mut Map<String, Json>) -> Result<Option<String>, PatchError> {
    let Some(json) = object.remove("if_match").filter(|json| !json.is_null()) else {
        return Ok(None);
    };
    let tag = text("if_match", json)?;
    let bare = tag
        .strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .unwrap_or(&tag);
    Ok(Some(bare.to_owned()))
}
