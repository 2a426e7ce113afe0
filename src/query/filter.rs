//! What a task must be to be listed.

use super::when::When;
use crate::name::TaskId;
use crate::project::Project;
use crate::task::{Field, Task};
use crate::yaml::Value;

/// What a task must be: every one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter(Vec<Condition>);

/// What one parameter asks for: any of its tests, or none of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Condition {
    parameter: &'static str,
    is_negated: bool,
    tests: Vec<Test>,
}

/// What can be asked of one task.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Test {
    /// It has this status, as typed.
    Status(String),
    /// It has this priority, as typed.
    Priority(String),
    /// This is one of those who do it.
    Assignee(String),
    /// This is one of its tags.
    Tag(String),
    /// It is a part of this one.
    Parent(String),
    /// Its file is this one, or stands in this folder or below it.
    Path(String),
    /// It says something here.
    Has(Presence),
    /// It is due before this.
    DueBefore(When),
    /// It is due after this.
    DueAfter(When),
    /// It is open with nothing left to wait for, or it is not.
    Ready(bool),
}

/// Where a task may say something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Presence {
    Field(Field),
    Body,
    Problem,
    Metadata(String),
}

impl Filter {
    /// Does it ask for nothing?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Asks for one thing more: the tests of one parameter are alternatives.
    pub(super) fn add(&mut self, parameter: &'static str, is_negated: bool, test: Test) {
        let same = |condition: &&mut Condition| {
            condition.parameter == parameter && condition.is_negated == is_negated
        };
        match self.0.iter_mut().find(same) {
            Some(condition) => condition.tests.push(test),
            None => self.0.push(Condition {
                parameter,
                is_negated,
                tests: vec![test],
            }),
        }
    }

    /// Is this task one of those?
    #[must_use]
    pub fn matches(&self, task: &Task, project: &Project) -> bool {
        self.0.iter().all(|condition| {
            let mut tests = condition.tests.iter();
            tests.any(|test| test.holds(task, project)) != condition.is_negated
        })
    }
}

impl Test {
    fn holds(&self, task: &Task, project: &Project) -> bool {
        let due = || task.due_date.as_deref().and_then(When::read);
        match self {
            Self::Status(status) => task.status == *status,
            Self::Priority(priority) => task.priority.as_ref() == Some(priority),
            Self::Assignee(name) => task.assignees.contains(name),
            Self::Tag(tag) => task.tags.contains(tag),
            Self::Parent(id) => task.parent.as_ref() == Some(id),
            Self::Path(path) => {
                let rest = task.path.as_str().strip_prefix(path.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Self::Has(presence) => presence.is_in(task),
            Self::DueBefore(when) => due().is_some_and(|due| due.is_before(when)),
            Self::DueAfter(when) => due().is_some_and(|due| due.is_after(when)),
            Self::Ready(expected) => is_ready(task, project) == *expected,
        }
    }
}

/// Is this task open, and everything done that it depends on? What is not there is not done.
fn is_ready(task: &Task, project: &Project) -> bool {
    let settings = project.settings();
    let is_done = |id: &String| {
        let task = TaskId::parse(id).ok().and_then(|id| project.task(&id));
        task.is_some_and(|task| settings.is_done(&task.status))
    };
    !settings.is_done(&task.status) && task.depends_on.iter().all(is_done)
}

impl Presence {
    /// What is meant by this name: a field by its own name or an alias, or a key of the metadata.
    pub(super) fn of(name: &str) -> Self {
        match (Field::of_key(name), name) {
            (Some(field), _) => Self::Field(field),
            (None, "markdown_body") => Self::Body,
            (None, "problem") => Self::Problem,
            (None, key) => Self::Metadata(key.to_owned()),
        }
    }

    fn is_in(&self, task: &Task) -> bool {
        match self {
            Self::Field(field) => is_something(&task.value(*field)),
            Self::Body => !task.body.trim().is_empty(),
            Self::Problem => task.problem.is_some(),
            Self::Metadata(key) => {
                let mut entries = task.metadata.iter();
                entries.any(|(name, value)| name == key && is_something(value))
            }
        }
    }
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => true,
        Value::Text(text) => !text.is_empty(),
        Value::List(items) => !items.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
    }
}
