//! What a client reads of the messages that a server sends.

use serde::Deserialize;
use serde_json::Value;

/// A message of a project's stream.
#[derive(Debug, Deserialize)]
pub struct MessageText {
    /// `snapshot`, or an event's type.
    pub r#type: String,
    /// The project.
    pub project_id: String,
    /// The life of the log.
    pub epoch: String,
    /// The position after this message.
    pub seq: u64,
    /// When an event was seen.
    pub time: Option<String>,
    /// Who made it.
    pub source: Option<String>,
    /// The task of an event, or all tasks.
    data: Value,
    /// What an update has changed, in the order of the fields.
    changes: Option<serde_json::Map<String, Value>>,
}

/// What is shown of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct TaskHead {
    /// Its id.
    pub id: String,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// Its status.
    #[serde(default)]
    pub status: String,
    /// Names its file's bytes.
    #[serde(default)]
    pub revision: String,
}

impl MessageText {
    /// Reads one; `None` when it is none that is known.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The position after it.
    #[must_use]
    pub fn position(&self) -> String {
        format!("{}:{}", self.epoch, self.seq)
    }

    /// The tasks that it tells of: one of an event, all of a snapshot.
    #[must_use]
    pub fn tasks(&self) -> Vec<TaskHead> {
        let of = |value: &Value| TaskHead::deserialize(value).ok();
        match &self.data {
            Value::Array(tasks) => tasks.iter().filter_map(of).collect(),
            task => of(task).into_iter().collect(),
        }
    }

    /// What an update has changed: the field, and its values before and after where they are told.
    #[must_use]
    pub fn changes(&self) -> Vec<(&str, Option<[String; 2]>)> {
        let pair = |value: &Value| {
            let pair = value.as_array()?;
            Some([shown(pair.first()?), shown(pair.get(1)?)])
        };
        let changes = self.changes.iter().flatten();
        changes
            .map(|(field, value)| (field.as_str(), pair(value)))
            .collect()
    }
}

/// A page of a list of tasks.
#[derive(Debug, Deserialize)]
pub struct TaskList {
    /// Its tasks, with what was asked for of each.
    pub tasks: Vec<serde_json::Map<String, Value>>,
    /// How many there are in all.
    pub total: usize,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
}

impl TaskList {
    /// Reads one; `None` when it is none.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// A task's value as people write it; empty where there is none.
    #[must_use]
    pub fn cell(task: &serde_json::Map<String, Value>, name: &str) -> String {
        let value = task.get(name).filter(|value| !value.is_null());
        value.map(shown).unwrap_or_default()
    }
}

/// The members of a task's JSON; `None` when it is none.
#[must_use]
pub fn task(body: &[u8]) -> Option<serde_json::Map<String, Value>> {
    serde_json::from_slice(body).ok()
}

/// A value as people write it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// The ids in a list of projects; `None` when it is none.
#[must_use]
pub fn project_ids(body: &[u8]) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Project {
        id: String,
    }
    #[derive(Deserialize)]
    struct Projects {
        projects: Vec<Project>,
    }
    let list: Projects = serde_json::from_slice(body).ok()?;
    Some(
        list.projects
            .into_iter()
            .map(|project| project.id)
            .collect(),
    )
}

/// What an error's body says to a person.
#[must_use]
pub fn error_detail(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct ErrorText {
        detail: String,
    }
    let error: ErrorText = serde_json::from_slice(body).ok()?;
    Some(error.detail)
}
