//! Every JSON shape that goes out or comes in, and the only place that makes or reads JSON.
//!
//! The domain types carry no serde: a field renamed there never changes the API. What goes out is a borrowed view
//! of them; what comes in becomes a [`Patch`](crate::task::patch::Patch), in [`input`].

mod batch;
mod event;
pub mod input;
mod list;
pub mod read;
pub mod schema;
mod state;

use crate::name::ProjectId;
use crate::project::problem::Problem;
use crate::query::{Fields, Member};
use crate::task::{Field, Task};
use crate::yaml::Value;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::collections::BTreeMap;
use utoipa::ToSchema;

pub use batch::{BatchResult, batch_results};
pub use event::{event, polled, polled_snapshot, snapshot};
pub use list::{SearchResult, TaskPage, search_results, task_page};
pub use state::{
    Readiness, ReadinessJson, Watching, health, project_stats, readiness, stats, ticket,
};

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

/// A file, or a part of one, that could not be understood: in which file, where in it, and what.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemJson<'a> {
    /// The file, below its project.
    #[schema(example = "TASK-009.md")]
    path: &'a str,
    /// The line, from 1.
    #[schema(minimum = 1, example = 3)]
    line: usize,
    /// The column in characters, from 1.
    #[schema(minimum = 1, example = 1)]
    column: usize,
    /// What is wrong, for a program: a code never changes.
    #[schema(value_type = String, example = "duplicate_key")]
    code: &'static str,
    /// What is wrong, for a person.
    #[schema(example = "key `id` comes twice in one mapping")]
    message: String,
}

impl<'a> ProblemJson<'a> {
    /// A problem as it is told.
    #[must_use]
    pub fn of(problem: &'a Problem) -> Self {
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

/// A project: a folder of tasks.
#[derive(Serialize, ToSchema)]
#[schema(as = Project)]
pub struct ProjectJson {
    /// Its id: the folder's name.
    #[schema(example = "my-project")]
    pub id: String,
    /// Its name, or else its id.
    #[schema(example = "Tides")]
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// Its statuses, in the order of the board's columns.
    #[schema(example = json!(["open", "in_progress", "done"]))]
    pub statuses: Vec<String>,
    /// The status of a task that names none.
    #[schema(example = "open")]
    pub default_status: String,
    /// Is its directory there?
    pub available: bool,
    /// How many tasks it holds, in all and by status.
    pub tasks: TaskCounts,
    /// How many problems it has.
    pub problem_count: usize,
    /// The life of its log: `seq` counts on within it.
    #[schema(pattern = "^[0-9a-f]{16}$", example = "5b9ae0605f200dc6")]
    pub epoch: String,
    /// The number of its last event.
    pub seq: u64,
}

/// How many tasks a project holds.
#[derive(Serialize, Default, ToSchema)]
pub struct TaskCounts {
    /// In all.
    pub total: usize,
    /// For each status.
    #[schema(example = json!({"open": 4, "done": 2}))]
    pub by_status: BTreeMap<String, usize>,
}

/// One project.
#[must_use]
pub fn project(project: &ProjectJson) -> String {
    text(project)
}

/// All projects.
#[derive(Serialize, ToSchema)]
#[schema(as = Projects)]
struct ProjectsJson<'a> {
    /// The projects, by id.
    projects: &'a [ProjectJson],
}

/// All projects.
#[must_use]
pub fn projects(projects: &[ProjectJson]) -> String {
    text(&ProjectsJson { projects })
}

/// What could not be understood in a project.
#[derive(Serialize, ToSchema)]
#[schema(as = Problems)]
struct ProblemsJson<'a> {
    /// The problems, by file and place.
    problems: Vec<ProblemJson<'a>>,
}

/// The problems of a project.
#[must_use]
pub fn problems(problems: &[Problem]) -> String {
    let problems = problems.iter().map(ProblemJson::of).collect();
    text(&ProblemsJson { problems })
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

/// An error, as RFC 9457 has it.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub struct ErrorJson<'a> {
    /// Always `about:blank`: `code` tells errors apart.
    #[schema(value_type = String, pattern = "^about:blank$", example = "about:blank")]
    pub r#type: &'static str,
    /// The status in words.
    #[schema(example = "Not Found")]
    pub title: &'a str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 404)]
    pub status: u16,
    /// What happened, for a person. Its text may be reworded.
    #[schema(example = "there is no task of this id")]
    pub detail: &'a str,
    /// What happened, for a program. A code never changes.
    #[schema(value_type = schema::ErrorCode)]
    pub code: &'a str,
    /// Finds the request in the log.
    #[schema(pattern = "^[0-9a-f]{16}$", example = "8f14e45fceea167a")]
    pub request_id: &'a str,
    /// The field or parameter that is wrong.
    #[schema(value_type = String, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'a str>,
    /// The task as it is now, when a condition failed.
    #[schema(value_type = schema::Task, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<&'a serde_json::value::RawValue>,
    /// What cannot be understood in what was sent.
    #[schema(value_type = ProblemJson<'_>, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemJson<'a>>,
}

/// An error's body.
#[must_use]
pub fn error(error: &ErrorJson<'_>) -> String {
    text(error)
}

/// A description of the API, for people too.
#[must_use]
pub fn pretty(description: &impl Serialize) -> String {
    serde_json::to_string_pretty(description).expect(WRITABLE)
}

fn text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect(WRITABLE)
}

fn append<T: Serialize>(value: &T, text: &mut Vec<u8>) {
    serde_json::to_writer(text, value).expect(WRITABLE);
}

/// Why JSON never fails.
const WRITABLE: &str = "our shapes have text keys and finite numbers only";
