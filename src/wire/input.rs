//! JSON that comes in: what a client asks to be written.

mod batch;
mod place;
mod project;

pub use batch::{OperationInput, operation, operations};
pub use place::{DestinationInput, destination};
pub use project::{ProjectInput, project, settings};

use crate::name::{self, TaskId};
use crate::task::field::Field;
use crate::task::patch::{Key, Patch, PatchError};
use crate::yaml::Value;
use serde_json::{Map, Value as Json};

/// The longest name of a key that is written, in bytes.
pub const KEY_BYTES_MAX: usize = 128;

/// The body of a mutation of one task.
#[derive(Debug, Default, PartialEq)]
pub struct TaskInput {
    /// The id, when the client names one.
    pub id: Option<String>,
    /// The project, when the client names one.
    pub project_id: Option<String>,
    /// The file, when the client names one.
    pub path: Option<String>,
    /// The revision that the client started from, when it sends one back.
    pub revision: Option<String>,
    /// What to write.
    pub patch: Patch,
}

fn invalid(field: &str, expected: &'static str) -> PatchError {
    PatchError::InvalidField {
        field: field.to_owned(),
        expected,
    }
}

/// Reads the body of POST, PUT and PATCH of a task.
///
/// # Errors
/// [`PatchError::InvalidField`], naming the field that does not fit.
pub fn task(object: Map<String, Json>) -> Result<TaskInput, PatchError> {
    let mut input = TaskInput::default();
    for (key, json) in object {
        match key.as_str() {
            "id" => input.id = Some(text(&key, json)?),
            "project_id" => input.project_id = Some(text(&key, json)?),
            "path" => input.path = Some(text(&key, json)?),
            "revision" => input.revision = Some(text(&key, json)?),
            "markdown_body" if json.is_null() => input.patch.body = Some(String::new()),
            "markdown_body" => input.patch.body = Some(text(&key, json)?),
            "problem" => return Err(invalid(&key, "left out: it is found, not set")),
            "metadata" => metadata(&mut input.patch, json)?,
            _ => match Field::of_key(&key) {
                Some(field) => known(&mut input.patch, field, &key, json)?,
                None => other(&mut input.patch, key, json)?,
            },
        }
    }
    Ok(input)
}

fn text(field: &str, json: Json) -> Result<String, PatchError> {
    match json {
        Json::String(text) => Ok(text),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
            Err(invalid(field, "a string"))
        }
    }
}

fn known(patch: &mut Patch, field: Field, key: &str, json: Json) -> Result<(), PatchError> {
    if patch.keys.contains_key(&Key::Known(field)) {
        return Err(invalid(key, "given once, under one of its names"));
    }
    let value = (!json.is_null()).then(|| value(json));
    patch.set(field, value)
}

fn metadata(patch: &mut Patch, json: Json) -> Result<(), PatchError> {
    let Json::Object(entries) = json else {
        return Err(invalid("metadata", "an object"));
    };
    for (key, json) in entries {
        if Field::of_key(&key).is_some() {
            return Err(invalid(
                &key,
                "outside `metadata`: it is a field of its own",
            ));
        }
        other(patch, key, json)?;
    }
    Ok(())
}

fn other(patch: &mut Patch, key: String, json: Json) -> Result<(), PatchError> {
    let fine = !key.is_empty() && key.len() <= KEY_BYTES_MAX && !key.contains(char::is_control);
    if !fine {
        return Err(invalid(
            "metadata",
            "an object whose keys have 1 to 128 bytes and no control characters",
        ));
    }
    let value = (!json.is_null()).then(|| value(json));
    match patch.keys.insert(Key::Other(key), value) {
        None => Ok(()),
        Some(_) => Err(invalid(
            "metadata",
            "free of keys that stand beside it as well",
        )),
    }
}

/// JSON as a value of a front matter.
fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Int(integer),
            None => number.as_f64().map_or(Value::Null, Value::Float),
        },
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::List(items.into_iter().map(value).collect()),
        Json::Object(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(key, json)| (key, value(json)))
                .collect(),
        ),
    }
}

/// Reads a task id of a request's body.
///
/// # Errors
/// [`PatchError::InvalidField`], when it is none that the server would make.
pub fn new_task_id(id: &str) -> Result<TaskId, PatchError> {
    match (name::plain(id), TaskId::parse(id)) {
        (Ok(()), Ok(id)) => Ok(id),
        (Err(_), _) | (_, Err(_)) => Err(invalid(
            "id",
            "letters, digits, `.`, `_` and `-`, at most 128 bytes",
        )),
    }
}
