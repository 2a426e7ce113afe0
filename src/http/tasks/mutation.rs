//! What is asked to be done to a task, and the doing of it: the same for a request of its own and for one of a batch. All of
//! it waits for the disk, so it is called where one may.

use crate::http::error::ApiError;
use crate::name::{ProjectId, TaskId};
use crate::store::{Precondition, Shelf, Store, StoreError};
use crate::task::Task;
use crate::wire;
use crate::wire::input::TaskInput;
use serde_json::{Map, Value as Json};
use std::sync::Arc;

type Object = Map<String, Json>;

/// Makes a task.
pub(in crate::http) fn create(shelf: &Shelf, object: Object) -> Result<Arc<Task>, ApiError> {
    let input = wire::input::task(object)?;
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
    let made = shelf.create(id.as_ref().map(TaskId::as_str), input.patch);
    made.map_err(|error| of_store(error, shelf.id()))
}

/// Replaces a task, or makes it: true then.
pub(super) fn replace(
    shelf: &Shelf,
    id: &TaskId,
    precondition: Precondition,
    object: Object,
) -> Result<(Arc<Task>, bool), ApiError> {
    let (input, precondition) = read(shelf, id, precondition, object)?;
    let done = shelf.replace(id, &input.patch, &precondition);
    done.map_err(|error| of_store(error, shelf.id()))
}

/// Replaces a task's file, or makes it: true then.
pub(super) fn replace_file(
    shelf: &Shelf,
    id: &TaskId,
    precondition: &Precondition,
    bytes: &[u8],
) -> Result<(Arc<Task>, bool), ApiError> {
    let done = shelf.replace_file(id, bytes, precondition);
    done.map_err(|error| of_store(error, shelf.id()))
}

/// The bytes of a task's file, and the task that they say.
pub(super) fn file(shelf: &Shelf, id: &TaskId) -> Result<(Arc<Task>, Vec<u8>), ApiError> {
    shelf.file(id).map_err(|error| of_store(error, shelf.id()))
}

/// Changes a task.
pub(in crate::http) fn update(
    shelf: &Shelf,
    id: &TaskId,
    precondition: Precondition,
    object: Object,
) -> Result<Arc<Task>, ApiError> {
    let (input, precondition) = read(shelf, id, precondition, object)?;
    let done = shelf.update(id, &input.patch, &precondition);
    done.map_err(|error| of_store(error, shelf.id()))
}

/// Removes a task.
pub(in crate::http) fn delete(
    shelf: &Shelf,
    id: &TaskId,
    precondition: &Precondition,
) -> Result<(), ApiError> {
    let done = shelf.delete(id, precondition);
    done.map_err(|error| of_store(error, shelf.id()))
}

/// Brings a task to another place; with the project that it is in then.
pub(super) fn relocate(
    store: &Store,
    shelf: &Shelf,
    id: &TaskId,
    precondition: &Precondition,
    object: Object,
) -> Result<(ProjectId, Arc<Task>), ApiError> {
    let input = wire::input::destination(object)?;
    let other = input
        .project_id
        .filter(|project_id| project_id != shelf.id());
    let done = match other {
        None => shelf.arrange(id, &input.to, precondition),
        Some(other) => {
            let target = store.shelf(&other);
            let target = target.ok_or_else(ApiError::project_not_found)?;
            let done = shelf.transfer(id, &target, &input.to, precondition);
            return done
                .map(|task| (other, task))
                .map_err(|error| of_store(error, shelf.id()));
        }
    };
    done.map(|task| (shelf.id().clone(), task))
        .map_err(|error| of_store(error, shelf.id()))
}

/// What PUT and PATCH have in common.
fn read(
    shelf: &Shelf,
    id: &TaskId,
    precondition: Precondition,
    object: Object,
) -> Result<(TaskInput, Precondition), ApiError> {
    let input = wire::input::task(object)?;
    check_same("id", input.id.as_deref(), id.as_str())?;
    check_same(
        "project_id",
        input.project_id.as_deref(),
        shelf.id().as_str(),
    )?;
    let path = shelf.task(id).map(|task| task.path.to_string());
    check_same("path", input.path.as_deref(), path.as_deref().unwrap_or(""))?;
    // Who sends back a task with its revision means that one.
    let precondition = match (precondition, &input.revision) {
        (Precondition::None, Some(revision)) => Precondition::Match(vec![revision.clone()]),
        (precondition, _) => precondition,
    };
    Ok((input, precondition))
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
