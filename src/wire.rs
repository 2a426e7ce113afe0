//! Every JSON shape that goes out or comes in, and the only place that makes or reads JSON.
//!
//! The domain types carry no serde: a field renamed there never changes the API. What goes out is a borrowed view
//! of them; what comes in becomes a [`Patch`](crate::task::patch::Patch), in [`input`].

mod event;
pub mod input;
mod list;
pub mod read;

use crate::name::ProjectId;
use crate::project::problem::Problem;
use crate::query::{Fields, Member};
use crate::task::{Field, Task};
use crate::yaml::Value;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::collections::BTreeMap;
use std::time::Duration;

pub use event::{event, polled, polled_snapshot, snapshot};
pub use list::{SearchResult, TaskPage, search_results, task_page};

/// A value of a front matter as JSON.
struct ValueJson<'a>(&'a Value);

impl Serialize for ValueJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::Float(value) => serializer.serialize_f64(*value),
            Value::Text(value) => serializer.serialize_str(value),
            Value::List(items) => serializer.collect_seq(items.iter().map(ValueJson)),
            Value::Map(entries) => MapJson(entries).serialize(serializer),
        }
    }
}

/// A map in the file's order.
struct MapJson<'a>(&'a [(String, Value)]);

impl Serialize for MapJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, ValueJson(value))))
    }
}

/// A task, the same in a list, an answer and an event; or what of it was asked for.
struct TaskJson<'a> {
    project_id: &'a ProjectId,
    task: &'a Task,
    fields: Fields,
}

impl<'a> TaskJson<'a> {
    fn whole(project_id: &'a ProjectId, task: &'a Task) -> Self {
        let fields = Fields::ALL;
        Self {
            project_id,
            task,
            fields,
        }
    }

    fn entry<M: SerializeMap>(&self, map: &mut M, member: Member) -> Result<(), M::Error> {
        let (task, name) = (self.task, member.name());
        match member {
            Member::Id => map.serialize_entry(name, task.id.as_str()),
            Member::ProjectId => map.serialize_entry(name, self.project_id.as_str()),
            Member::Title => map.serialize_entry(name, &task.title),
            Member::Status => map.serialize_entry(name, &task.status),
            Member::Priority => map.serialize_entry(name, &task.priority),
            Member::Assignees => map.serialize_entry(name, &task.assignees),
            Member::Tags => map.serialize_entry(name, &task.tags),
            Member::DueDate => map.serialize_entry(name, &task.due_date),
            Member::DependsOn => map.serialize_entry(name, &task.depends_on),
            Member::Parent => map.serialize_entry(name, &task.parent),
            Member::Position => map.serialize_entry(name, &ValueJson(&task.value(Field::Position))),
            Member::CreatedAt => map.serialize_entry(name, task.created_at.as_str()),
            Member::UpdatedAt => map.serialize_entry(name, task.updated_at.as_str()),
            Member::MarkdownBody => map.serialize_entry(name, &task.body),
            Member::Path => map.serialize_entry(name, task.path.as_str()),
            Member::Revision => map.serialize_entry(name, &task.revision.to_string()),
            Member::Metadata => map.serialize_entry(name, &MapJson(&task.metadata)),
            Member::Problem => match &task.problem {
                Some(problem) => map.serialize_entry(name, &ProblemJson::of(problem)),
                None => Ok(()),
            },
        }
    }
}

impl Serialize for TaskJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for member in Member::ALL {
            if self.fields.has(member) {
                self.entry(&mut map, member)?;
            }
        }
        map.end()
    }
}

/// A problem: in which file, where in it, and what.
#[derive(Serialize)]
struct ProblemJson<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    code: &'static str,
    message: String,
}

impl<'a> ProblemJson<'a> {
    fn of(problem: &'a Problem) -> Self {
        Self {
            path: problem.path.as_str(),
            line: problem.line,
            column: problem.column,
            code: problem.kind.code(),
            message: problem.kind.to_string(),
        }
    }
}

/// One task.
#[must_use]
pub fn task(project_id: &ProjectId, task: &Task) -> String {
    text(&TaskJson::whole(project_id, task))
}

/// What is said of a project.
#[derive(Serialize)]
pub struct ProjectJson {
    /// Its id.
    pub id: String,
    /// Its name, or else its id.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// Its statuses, in the order of the board's columns.
    pub statuses: Vec<String>,
    /// The status of a task that names none.
    pub default_status: String,
    /// Is its directory there?
    pub available: bool,
    /// How many tasks it holds, in all and by status.
    pub tasks: TaskCounts,
    /// How many problems it has.
    pub problem_count: usize,
    /// The life of its log.
    pub epoch: String,
    /// The number of its last event.
    pub seq: u64,
}

/// How many tasks a project holds.
#[derive(Serialize, Default)]
pub struct TaskCounts {
    /// In all.
    pub total: usize,
    /// For each status.
    pub by_status: BTreeMap<String, usize>,
}

/// One project.
#[must_use]
pub fn project(project: &ProjectJson) -> String {
    text(project)
}

/// All projects.
#[must_use]
pub fn projects(projects: &[ProjectJson]) -> String {
    text(&BTreeMap::from([("projects", projects)]))
}

/// The problems of a project.
#[must_use]
pub fn problems(problems: &[Problem]) -> String {
    let problems: Vec<_> = problems.iter().map(ProblemJson::of).collect();
    text(&BTreeMap::from([("problems", problems)]))
}

/// One problem on a line, for `taskmd check --json`.
#[must_use]
pub fn problem_line(project_id: &ProjectId, problem: &Problem) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        project_id: &'a str,
        #[serde(flatten)]
        problem: ProblemJson<'a>,
    }
    text(&Line {
        project_id: project_id.as_str(),
        problem: ProblemJson::of(problem),
    })
}

/// The number of clients of one project: exactly the user's document.
#[must_use]
pub fn project_stats(project_id: &ProjectId, n_clients: usize) -> String {
    #[derive(Serialize)]
    struct Stats<'a> {
        status: &'static str,
        project_id: &'a str,
        client_count: usize,
    }
    text(&Stats {
        status: "ok",
        project_id: project_id.as_str(),
        client_count: n_clients,
    })
}

/// The number of clients, in all and by project.
#[must_use]
pub fn stats(n_clients: &BTreeMap<String, usize>) -> String {
    #[derive(Serialize)]
    struct Stats<'a> {
        status: &'static str,
        client_count: usize,
        projects: &'a BTreeMap<String, usize>,
    }
    text(&Stats {
        status: "ok",
        client_count: n_clients.values().sum(),
        projects: n_clients,
    })
}

/// A ticket, and for how long it is good.
#[must_use]
pub fn ticket(ticket: &str, time: Duration) -> String {
    #[derive(Serialize)]
    struct Ticket<'a> {
        ticket: &'a str,
        expires_in: u64,
    }
    text(&Ticket {
        ticket,
        expires_in: time.as_secs(),
    })
}

/// An error, as RFC 9457 has it.
#[derive(Serialize)]
pub struct ErrorJson<'a> {
    /// Always `about:blank`: `code` tells errors apart.
    pub r#type: &'static str,
    /// The status in words.
    pub title: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// What happened, for a person.
    pub detail: &'a str,
    /// What happened, for a program.
    pub code: &'a str,
    /// Finds the request in the log.
    pub request_id: &'a str,
    /// The field that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'a str>,
    /// The task as it is now, when a condition failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<&'a serde_json::value::RawValue>,
}

/// An error's body.
#[must_use]
pub fn error(error: &ErrorJson<'_>) -> String {
    text(error)
}

fn text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect(WRITABLE)
}

fn append<T: Serialize>(value: &T, text: &mut Vec<u8>) {
    serde_json::to_writer(text, value).expect(WRITABLE);
}

/// Why JSON never fails.
const WRITABLE: &str = "our shapes have text keys and finite numbers only";
