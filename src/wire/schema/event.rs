//! The messages of the stream, the same on every transport.

use super::{Task, count, example, list_of, named, reference, schema_of, task, text, typed};
use crate::event::Source;
use crate::project::change::Kind;
use crate::query::Member;
use crate::task::Field;
use serde_json::{Value as Json, json};
use std::borrow::Cow;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{KnownFormat, OneOfBuilder, Ref, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

/// The schema of each kind of event.
pub const EVENTS: [(Kind, &str); 3] = [
    (Kind::Created, "TaskCreated"),
    (Kind::Updated, "TaskUpdated"),
    (Kind::Deleted, "TaskDeleted"),
];

/// The schema of the message that says how a project stands.
pub const SNAPSHOT: &str = "Snapshot";

named!(
    /// An event.
    Event,
    /// What changed in a task.
    Changes,
    /// How a project stands.
    Snapshot,
    /// The answer to a poll.
    Polled,
);

/// The schemas of this module.
pub(super) fn all() -> Vec<(String, RefOr<Schema>)> {
    let kinds = EVENTS.map(|(kind, name)| (name.to_owned(), of_kind(kind)));
    let mut schemas = vec![
        schema_of::<Event>(),
        schema_of::<Changes>(),
        schema_of::<Snapshot>(),
        schema_of::<Polled>(),
    ];
    schemas.extend(kinds);
    schemas
}

impl PartialSchema for Event {
    fn schema() -> RefOr<Schema> {
        let about = "What happened to one task.";
        let one_of = OneOfBuilder::new().description(Some(about));
        let kinds = EVENTS.into_iter();
        kinds
            .fold(one_of, |one_of, (_, name)| one_of.item(reference(name)))
            .into()
    }
}

fn project_id() -> ObjectBuilder {
    example(text("The project."), "my-project")
}

fn epoch(about: &str) -> ObjectBuilder {
    example(
        text(about).pattern(Some("^[0-9a-f]{16}$")),
        "5b9ae0605f200dc6",
    )
}

fn required(object: ObjectBuilder, names: &[&str]) -> ObjectBuilder {
    names
        .iter()
        .fold(object, |object, name| object.required(*name))
}

fn fixed(text: &str) -> ObjectBuilder {
    typed(&[Type::String], "").enum_values(Some([text]))
}

fn of_kind(kind: Kind) -> RefOr<Schema> {
    let (about, data): (_, RefOr<Schema>) = match kind {
        Kind::Created => ("A task is new.", reference(&Task::name())),
        Kind::Updated => (
            "A task says something else. A file that is renamed and keeps its id is one of these, \
             and so is one that is saved by way of another.",
            reference(&Task::name()),
        ),
        Kind::Deleted => {
            let id = example(text("Its id."), "TASK-003");
            let gone = typed(&[Type::Object], "What is left of it.").property("id", id);
            ("A task is gone.", gone.required("id").into())
        }
    };
    let sources = Source::ALL.map(Source::name);
    let source =
        text("Who did it: somebody with a file, or a call of this API.").enum_values(Some(sources));
    let time = typed(
        &[Type::String],
        "When the server saw it, UTC, with milliseconds.",
    )
    .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    let event = typed(&[Type::Object], about)
        .property("type", fixed(kind.event_type()))
        .property("project_id", project_id())
        .property("task_id", example(text("The task's id."), "TASK-003"))
        .property("data", data)
        .property(
            "seq",
            count(
                1,
                None,
                "Its number: one more with each event of the project.",
            ),
        )
        .property("epoch", epoch("Names the life of that count."))
        .property("time", time)
        .property("source", source);
    let names = [
        "type",
        "project_id",
        "task_id",
        "data",
        "seq",
        "epoch",
        "time",
        "source",
    ];
    let event = required(event, &names);
    let event = match kind {
        Kind::Updated => event
            .property("changes", reference(&Changes::name()))
            .required("changes"),
        Kind::Created | Kind::Deleted => event,
    };
    event.examples([example_of(kind)]).into()
}

impl PartialSchema for Changes {
    fn schema() -> RefOr<Schema> {
        let about = "Each field that differs, before and after. A changed body is named with \
                     null: it is in `data`. `revision` and `updated_at` differ always, and are \
                     left out.";
        let pair = |member: Member| -> ArrayBuilder {
            let value: RefOr<Schema> = match member {
                Member::Problem => OneOfBuilder::new()
                    .item(typed(&[Type::Null], ""))
                    .item(reference("Problem"))
                    .into(),
                member => {
                    let member = format!("#/components/schemas/Task/properties/{}", member.name());
                    Ref::new(member).into()
                }
            };
            list_of(value, "").min_items(Some(2)).max_items(Some(2))
        };
        let is_told = |member: &Member| {
            let of_name = |field: &Field| field.name() == member.name();
            let is_field = Field::ALL.iter().any(of_name);
            let others = [Member::Path, Member::Metadata, Member::Problem];
            is_field && *member != Member::UpdatedAt || others.contains(member)
        };
        let body = typed(&[Type::Null], "The body differs; the new one is in `data`.");
        let told = Member::ALL.into_iter().filter(is_told);
        told.fold(typed(&[Type::Object], about), |object, member| {
            object.property(member.name(), pair(member))
        })
        .property(Member::MarkdownBody.name(), body)
        .examples([json!({"status": ["open", "in_progress"], "markdown_body": null})])
        .into()
    }
}

impl PartialSchema for Snapshot {
    fn schema() -> RefOr<Schema> {
        let about = "How a project stands at a position: the first message where the server does \
                     not have the events after the one that is asked for. The events after it \
                     follow.";
        let snapshot = typed(&[Type::Object], about)
            .property("type", fixed("snapshot"))
            .property("project_id", project_id())
            .property("epoch", epoch("Names the life of the count of events."))
            .property(
                "seq",
                count(0, None, "The number of the last event that is in it."),
            )
            .property(
                "data",
                list_of(reference(&Task::name()), "All tasks of the project, by id."),
            );
        let snapshot = required(snapshot, &["type", "project_id", "epoch", "seq", "data"]);
        snapshot.examples([example_of_snapshot()]).into()
    }
}

impl PartialSchema for Polled {
    fn schema() -> RefOr<Schema> {
        let polled = typed(&[Type::Object], "The answer to a poll.")
            .property("snapshot", reference(&Snapshot::name()))
            .property(
                "events",
                list_of(
                    reference(&Event::name()),
                    "What has happened since; empty when the time is over.",
                ),
            )
            .property(
                "epoch",
                epoch("With `seq`, where to go on: `since=EPOCH:SEQ`."),
            )
            .property(
                "seq",
                count(0, None, "The number of the last event that has been told."),
            );
        required(polled, &["events", "epoch", "seq"]).into()
    }
}

/// An event of this kind.
#[must_use]
pub fn example_of(kind: Kind) -> Json {
    let data = match kind {
        Kind::Created | Kind::Updated => task::example(),
        Kind::Deleted => json!({"id": "TASK-003"}),
    };
    let mut event = json!({
        "type": kind.event_type(),
        "project_id": "my-project",
        "task_id": "TASK-003",
        "data": data,
        "seq": 1,
        "epoch": "5b9ae0605f200dc6",
        "time": "2026-11-22T22:44:10.293Z",
        "source": "file",
    });
    if kind == Kind::Updated {
        event["changes"] = json!({"status": ["in_progress", "open"]});
    }
    event
}

/// A snapshot of a project with one task.
#[must_use]
pub fn example_of_snapshot() -> Json {
    json!({
        "type": "snapshot",
        "project_id": "my-project",
        "epoch": "5b9ae0605f200dc6",
        "seq": 1,
        "data": [task::example()],
    })
}
