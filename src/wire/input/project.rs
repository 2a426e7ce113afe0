//! What a project is to say of itself.

use super::{invalid, text, value};
use crate::name;
use crate::project::settings::ID_PADDING_MAX;
use crate::task::patch::PatchError;
use crate::yaml::{Edit, Value};
use serde_json::{Map, Value as Json};

/// The body of a new project.
#[derive(Debug, PartialEq)]
pub struct ProjectInput {
    /// The id: the name of the directory.
    pub id: String,
    /// Its settings, as keys of its project.yaml.
    pub settings: Vec<Edit>,
}

/// Reads the body of POST of a project: `id`, and any of `name`, `description`, `statuses`, `default_status`,
/// `id_prefix`, `id_padding` and `ignore`.
///
/// # Errors
/// [`PatchError::InvalidField`], naming the field that does not fit.
pub fn project(mut object: Map<String, Json>) -> Result<ProjectInput, PatchError> {
    let id = object
        .shift_remove("id")
        .ok_or_else(|| invalid("id", "given"))?;
    let id = text("id", id)?;
    let settings = settings(object)?;
    match settings.iter().find(|edit| edit.value.is_none()) {
        Some(edit) => Err(invalid(&edit.key, "left out or given")),
        None => Ok(ProjectInput { id, settings }),
    }
}

/// Reads the body of PATCH of a project: the same without `id`; null removes.
///
/// # Errors
/// [`PatchError::InvalidField`], naming the field that does not fit.
pub fn settings(object: Map<String, Json>) -> Result<Vec<Edit>, PatchError> {
    let edits = object.into_iter().map(|(key, json)| {
        let value = setting(&key, json)?;
        Ok(Edit { key, value })
    });
    edits.collect()
}

fn setting(key: &str, json: Json) -> Result<Option<Value>, PatchError> {
    match key {
        "name" | "description" | "default_status" | "id_prefix" | "statuses" | "ignore"
        | "id_padding"
            if json.is_null() =>
        {
            Ok(None)
        }
        "id_prefix" => match text(key, json)? {
            prefix if name::plain(&prefix).is_ok() => Ok(Some(Value::Text(prefix))),
            _ => Err(invalid(key, "letters, digits, `.`, `_` and `-`")),
        },
        "name" | "description" | "default_status" => text(key, json).map(Value::Text).map(Some),
        "statuses" | "ignore" => match &json {
            Json::Array(items) if items.iter().all(Json::is_string) => Ok(Some(value(json))),
            _ => Err(invalid(key, "a list of strings")),
        },
        "id_padding" => match padding(&json) {
            Some(n_digits) => Ok(Some(Value::Int(n_digits))),
            None => Err(invalid(key, "a number of digits, at most 20")),
        },
        _ => Err(invalid(key, "left out: a project has no such field")),
    }
}

/// A number of digits; to JSON, 3.0 is the same as 3.
fn padding(json: &Json) -> Option<i64> {
    let n_digits = json.as_f64().filter(|n| n.fract() == 0.0)?;
    let is_fine = (0.0..=ID_PADDING_MAX as f64).contains(&n_digits);
    #[expect(clippy::cast_possible_truncation, reason = "whole, and from 0 to 20")]
    is_fine.then_some(n_digits as i64)
}
