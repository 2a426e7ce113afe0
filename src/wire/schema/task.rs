//! A task as it is told, member by member.

use super::{any_object, list_of, named, reference, text, typed};
use crate::query::Member;
use serde_json::json;
use std::borrow::Cow;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

named!(
    /// A task.
    Task,
    /// What was asked for of a task.
    TaskFields,
);

impl PartialSchema for Task {
    fn schema() -> RefOr<Schema> {
        let about = "A task: what one Markdown file says.";
        let is_always = |member: &Member| *member != Member::Problem;
        let mut task = members(about).examples([example()]);
        for member in Member::ALL.iter().filter(|member| is_always(member)) {
            task = task.required(member.name());
        }
        task.into()
    }
}

impl PartialSchema for TaskFields {
    fn schema() -> RefOr<Schema> {
        let about =
            "A task, or what was asked for of it with `fields` or `body`. The id is always told.";
        members(about).required(Member::Id.name()).into()
    }
}

fn members(about: &str) -> ObjectBuilder {
    Member::ALL
        .into_iter()
        .fold(typed(&[Type::Object], about), |object, member| {
            object.property(member.name(), of(member))
        })
}

/// The schema of one member.
fn of(member: Member) -> RefOr<Schema> {
    let about = about(member);
    match member {
        Member::Id
        | Member::ProjectId
        | Member::Title
        | Member::Status
        | Member::CreatedAt
        | Member::UpdatedAt
        | Member::MarkdownBody
        | Member::Path => text(about).into(),
        Member::Priority | Member::DueDate | Member::Parent => {
            typed(&[Type::String, Type::Null], about).into()
        }
        Member::Assignees | Member::Tags | Member::DependsOn => list_of(text(""), about).into(),
        Member::Position => typed(&[Type::Number, Type::Null], about).into(),
        Member::Revision => text(about).pattern(Some("^b3-[0-9a-f]{32}$")).into(),
        Member::Metadata => any_object(about).into(),
        Member::Problem => reference("Problem"),
    }
}

fn about(member: Member) -> &'static str {
    match member {
        Member::Id => "The id: unique in its project, and the same for ever.",
        Member::ProjectId => "The project.",
        Member::Title => {
            "One line that says what is to be done. Where the file has none, its first heading or \
             its name."
        }
        Member::Status => {
            "The column, as it is typed. Where the file has none, the project's default."
        }
        Member::Priority => {
            "How urgent, as it is typed: `critical`, `high`, `medium`, `low` are put in this order."
        }
        Member::Assignees => "Who does it.",
        Member::Tags => "Its tags.",
        Member::DueDate => "When it is due: a day, or a day and a time, as it is typed.",
        Member::DependsOn => "The ids of the tasks that come first. They need not exist.",
        Member::Parent => "The id of the task that it is a part of. It need not exist.",
        Member::Position => "Its place in the column, as somebody put it there.",
        Member::CreatedAt => "When it was made: as it is typed, or as the file system says.",
        Member::UpdatedAt => {
            "When it was last changed: as it is typed, or as the file system says."
        }
        Member::MarkdownBody => "The Markdown below the front matter.",
        Member::Path => "The file, below its project.",
        Member::Revision => "Names the exact bytes of the file; also its `ETag`.",
        Member::Metadata => "Every other key of the front matter, in the file's order.",
        Member::Problem => "Why the file's newest bytes could not be understood.",
    }
}

/// The task of the examples.
pub(super) fn example() -> serde_json::Value {
    json!({
        "id": "TASK-003",
        "project_id": "my-project",
        "title": "Keep computed days in a cache",
        "status": "open",
        "priority": "low",
        "assignees": [],
        "tags": ["api", "performance"],
        "due_date": "2027-02-02",
        "depends_on": ["TASK-001"],
        "parent": null,
        "position": null,
        "created_at": "2026-11-17T09:30:00Z",
        "updated_at": "2026-11-22T22:44:02Z",
        "markdown_body": "The tide of a given day never changes, so one computation is enough.\n",
        "path": "TASK-003.md",
        "revision": "b3-87227395fa1dbe257b8b5f2d4d2f8ca3",
        "metadata": {"estimate": 3},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_task() {
        let example = example();
        let members = Member::ALL.into_iter().filter(|m| *m != Member::Problem);
        let names = example.as_object().unwrap().keys().map(String::as_str);
        assert!(names.eq(members.map(Member::name)));
    }
}
