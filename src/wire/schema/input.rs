//! What a client sends to be written.

use super::{any_object, list_of, named, schema_of, text, typed};
use crate::name::PLAIN_BYTES_MAX;
use crate::query::Member;
use crate::task::field::{Field, Shape};
use crate::wire::input::KEY_BYTES_MAX;
use serde_json::json;
use std::borrow::Cow;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

named!(
    /// A task that is to be made.
    NewTask,
    /// All that a task is to say.
    TaskReplacement,
    /// What is to change in a task.
    TaskPatch,
);

/// A name that the server makes ([`crate::name::plain`]), but for the names of devices.
const PLAIN: &str = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_-])?$";

/// The schemas of this module, and what they refer to.
pub(super) fn all() -> Vec<(String, RefOr<Schema>)> {
    vec![
        schema_of::<NewTask>(),
        schema_of::<TaskReplacement>(),
        schema_of::<TaskPatch>(),
    ]
}

pub(super) fn plain(about: &str) -> ObjectBuilder {
    text(about)
        .pattern(Some(PLAIN))
        .min_length(Some(1))
        .max_length(Some(PLAIN_BYTES_MAX))
}

/// One field, as it may be sent. Null is as good as nothing.
fn of(field: Field) -> RefOr<Schema> {
    let also: Vec<_> = field.keys()[1..]
        .iter()
        .map(|key| format!("`{key}`"))
        .collect();
    let also = match also.join(", ") {
        keys if keys.is_empty() => String::new(),
        keys => format!(" Also taken as {keys}."),
    };
    let types: &[Type] = match field.shape() {
        Shape::Text | Shape::OptionalText => &[Type::String, Type::Null],
        Shape::OptionalNumber => &[Type::Number, Type::Null],
        Shape::TextList => {
            let about = format!("A list, or one text for a list of one.{also}");
            let types = [Type::Array, Type::String, Type::Null];
            let list =
                list_of(text(""), &about).schema_type(types.into_iter().collect::<SchemaType>());
            return list.into();
        }
    };
    typed(types, also.trim_start()).into()
}

/// What the bodies of a task have in common: the fields, the Markdown, and any other key.
fn fields(about: &str) -> ObjectBuilder {
    let key = text("A key of the front matter.")
        .min_length(Some(1))
        .max_length(Some(KEY_BYTES_MAX))
        .pattern(Some(r"^[^\u0000-\u001f\u007f-\u009f]*$"))
        .build();
    let others = "Other keys of the front matter; they may as well stand beside the fields. A number \
                  is written as it is up to 2^53.";
    let metadata = any_object(others).property_names(Some(Schema::Object(key.clone())));
    let body = typed(
        &[Type::String, Type::Null],
        "The Markdown below the front matter.",
    );
    let object = any_object(about).property_names(Some(Schema::Object(key)));
    let known = Field::ALL.into_iter().filter(|field| *field != Field::Id);
    known
        .fold(object, |object, field| {
            object.property(field.name(), of(field))
        })
        .property(Member::MarkdownBody.name(), body)
        .property(Member::Metadata.name(), metadata)
}

/// What says where a task is and of which revision: it may be sent back as it was.
fn sent_back(object: ObjectBuilder) -> ObjectBuilder {
    let read_only = |about: &str| text(about).read_only(true);
    let same = "May be sent back as it is, and is not changed here.";
    let revision = "May be sent back: it then is what `If-Match` says, where that says nothing.";
    object
        .property(Member::Id.name(), read_only(same))
        .property(Member::ProjectId.name(), read_only(same))
        .property(Member::Path.name(), read_only(same))
        .property(Member::Revision.name(), read_only(revision))
}

impl PartialSchema for NewTask {
    fn schema() -> RefOr<Schema> {
        let about = "A task that is to be made. A key that is no field of a task goes into the front \
                     matter as it is.";
        fields(about)
            .property("title", text("One line that says what is to be done."))
            .property(
                "id",
                plain("Its id; without one it gets the project's next."),
            )
            .required("title")
            .examples([json!({"title": "Answer in metres and feet", "tags": ["api"]})])
            .into()
    }
}

impl PartialSchema for TaskReplacement {
    fn schema() -> RefOr<Schema> {
        let about = "All that a task is to say: what is left out is removed from its file. \
                     A task as it was told may be sent back.";
        let title = "Answer in metres and feet";
        let example = json!({"title": title, "status": "done", "markdown_body": "Both.\n"});
        sent_back(fields(about)).examples([example]).into()
    }
}

impl PartialSchema for TaskPatch {
    fn schema() -> RefOr<Schema> {
        let about = "What is to change (RFC 7396): null removes a key, an object is merged into what is \
                     there, and all else replaces it. What is left out stays, byte for byte.";
        sent_back(fields(about))
            .examples([
                json!({"status": "in_progress"}),
                json!({"due_date": null, "tags": ["bug", "time"]}),
            ])
            .into()
    }
}
