//! A task as it is told, member by member.

use super::{list_of, map_of, named, reference, text, typed};
use crate::query::Member;
use serde_json::json;
use std::borrow::Cow;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

named!(
    /// A task.
    Task,
    /// What was asked for of a task.
    TaskFields,
    /// A value of a key that taskmd does not know.
    Value,
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
    let optional = |about| typed(&[Type::String, Type::Null], about);
    let texts = |about| list_of(text(""), about);
    match member {
        Member::Id => text("The id: unique in its project, and the same for ever.").into(),
        Member::ProjectId => text("The project.").into(),
        Member::Title => {
            text("One line that says what is to be done. Where the file has none, its first heading or its name.")
        }
        .into(),
        Member::Status => text("The column, as it is typed. Where the file has none, the project's default.").into(),
        Member::Priority => {
            optional("How urgent, as it is typed: `critical`, `high`, `medium`, `low` are put in this order.").into()
        }
        Member::Assignees => texts("Who does it.").into(),
        Member::Tags => texts("Its tags.").into(),
        Member::DueDate => optional("When it is due: a day, or a day and a time, as it is typed.").into(),
        Member::DependsOn => texts("The ids of the tasks that come first. They need not exist.").into(),
        Member::Parent => optional("The id of the task that it is a part of. It need not exist.").into(),
        Member::Position => typed(&[Type::Number, Type::Null], "Its place in the column, as somebody put it there.").into(),
        Member::CreatedAt => text("When it was made: as it is typed, or as the file system says.").into(),
        Member::UpdatedAt => text("When it was last changed: as it is typed, or as the file system says.").into(),
        Member::MarkdownBody => text("The Markdown below the front matter.").into(),
        Member::Path => text("The file, below its project.").into(),
        Member::Revision => text("Names the exact bytes of the file; also its `ETag`.")
            .pattern(Some("^b3-[0-9a-f]{32}$"))
            .into(),
        Member::Metadata => map_of(reference("Value"), "Every other key of the front matter, in the file's order.").into(),
        Member::Problem => reference("Problem"),
    }
}

impl PartialSchema for Value {
    fn schema() -> RefOr<Schema> {
        let number = typed(&[Type::Number], "");
        value(
            &Self::name(),
            number,
            "A value of a key that is no field: whatever YAML and JSON both have.",
        )
    }
}

/// A value, in which the values of this name are.
pub(super) fn value(name: &str, number: ObjectBuilder, about: &str) -> RefOr<Schema> {
    AnyOfBuilder::new()
        .description(Some(about))
        .item(typed(&[Type::String, Type::Boolean, Type::Null], ""))
        .item(number)
        .item(list_of(reference(name), ""))
        .item(map_of(reference(name), ""))
        .into()
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
