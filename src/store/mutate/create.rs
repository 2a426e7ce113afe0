//! New tasks, and the ids that they get.

use crate::disk::write::WriteError;
use crate::name::{self, NameError, TaskId, TaskPath};
use crate::store::turn::Turn;
use crate::store::{Shelf, StoreError};
use crate::task::patch::{Key, Patch, PatchError};
use crate::task::{Field, Task};
use crate::yaml::Value;
use jiff::Timestamp;
use std::sync::Arc;

impl Shelf {
    /// Makes a task. Without an id it gets the next free one.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was made then.
    pub fn create(&self, id: Option<&str>, mut patch: Patch) -> Result<Arc<Task>, StoreError> {
        let turn = self.turn_to_write()?;
        if !matches!(patch.keys.get(&Key::Known(Field::Title)), Some(Some(_))) {
            return Err(PatchError::InvalidField {
                field: "title".to_owned(),
                expected: "given",
            }
            .into());
        }
        let default_status = self.view(|project, _| project.settings().default_status().to_owned());
        patch
            .keys
            .entry(Key::Known(Field::Status))
            .or_insert(Some(Value::Text(default_status)));
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        patch
            .keys
            .entry(Key::Known(Field::CreatedAt))
            .or_insert(Some(Value::Text(now)));
        match id {
            Some(id) => {
                name::plain(id).map_err(StoreError::InvalidId)?;
                if self.view(|project, _| project.has_id_like(id)) {
                    return Err(StoreError::TaskExists);
                }
                turn.create(id, patch).map_err(|error| turn.explain(error))
            }
            None => loop {
                let id = self.view(|project, _| project.next_id());
                match turn.create(&id, patch.clone()) {
                    // A file of that name which the index does not serve, because it is broken or its id is another.
                    Err(StoreError::TaskExists) => turn.skip_number(),
                    made => return made.map_err(|error| turn.explain(error)),
                }
            },
        }
    }
}

impl Turn<'_> {
    fn create(&self, id: &str, mut patch: Patch) -> Result<Arc<Task>, StoreError> {
        let task_id = TaskId::parse(id).map_err(StoreError::InvalidId)?;
        let path = path_of(id)?;
        patch
            .keys
            .insert(Key::Known(Field::Id), Some(Value::Text(id.to_owned())));
        let text = patch.create()?;
        self.check(&path, &task_id, text.as_bytes())?;
        self.make(&path, &task_id, text.as_bytes())
    }

    /// Makes a task's file.
    pub(super) fn make(
        &self,
        path: &TaskPath,
        id: &TaskId,
        bytes: &[u8],
    ) -> Result<Arc<Task>, StoreError> {
        let made = self.folder.create(path, bytes);
        let file = made.map_err(|error| match error {
            WriteError::Exists => StoreError::TaskExists,
            other => other.into(),
        })?;
        self.take_in(path, id, file)
    }
}

/// The file of a new task.
pub(super) fn path_of(id: &str) -> Result<TaskPath, StoreError> {
    let path = TaskPath::parse(&format!("{id}.md"));
    path.ok_or(StoreError::InvalidId(NameError::NotPlain))
}
