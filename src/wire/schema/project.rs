//! What a client sends of a project.

use super::input::plain;
use super::{count, list_of, named, schema_of, text, typed};
use crate::project::settings::ID_PADDING_MAX;
use serde_json::json;
use std::borrow::Cow;
use utoipa::openapi::schema::{AdditionalProperties, AnyOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

named!(
    /// A project that is to be made.
    NewProject,
    /// What is to change in a project.
    ProjectPatch,
);

/// The schemas of this module.
pub(super) fn all() -> Vec<(String, RefOr<Schema>)> {
    vec![schema_of::<NewProject>(), schema_of::<ProjectPatch>()]
}

/// What a project.yaml says, each setting as it may be sent.
fn settings(about: &str, of: impl Fn(Schema) -> RefOr<Schema>) -> ObjectBuilder {
    let texts = |about| Schema::from(list_of(text(""), about).build());
    let settings: [(&str, Schema); 7] = [
        ("name", text("Its name, for people.").into()),
        ("description", text("What it is about.").into()),
        (
            "statuses",
            texts(
                "Its statuses, in the order of a board's columns. What has the last one is done.",
            ),
        ),
        (
            "default_status",
            text("The status of a task that names none.").into(),
        ),
        (
            "id_prefix",
            plain(
                "What the ids of new tasks begin with, before a `-`: `TASK` where nothing is said.",
            )
            .into(),
        ),
        (
            "id_padding",
            count(
                0,
                Some(ID_PADDING_MAX),
                "How many digits they have at least: 3 where nothing is said.",
            )
            .into(),
        ),
        (
            "ignore",
            texts("Files that are no tasks, in gitignore syntax."),
        ),
    ];
    let object = typed(&[Type::Object], about)
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    settings.into_iter().fold(object, |object, (name, schema)| {
        object.property(name, of(schema))
    })
}

impl PartialSchema for NewProject {
    fn schema() -> RefOr<Schema> {
        let about = "A project that is to be made: a folder and its `project.yaml`.";
        let example =
            json!({"id": "site", "name": "The site", "statuses": ["open", "doing", "done"]});
        settings(about, RefOr::T)
            .property("id", plain("Its id, which is the folder's name."))
            .required("id")
            .examples([example])
            .into()
    }
}

impl PartialSchema for ProjectPatch {
    fn schema() -> RefOr<Schema> {
        let about = "What is to change in its `project.yaml` (RFC 7396): null removes a line, and what is \
                     left out stays, byte for byte.";
        let or_null = |schema| -> RefOr<Schema> {
            let null = typed(&[Type::Null], "");
            AnyOfBuilder::new().item(schema).item(null).into()
        };
        let id = text("May be sent back as it is, and is not changed here.").read_only(true);
        settings(about, |schema| or_null(RefOr::T(schema)))
            .property("id", id)
            .examples([json!({"name": "The site", "description": null})])
            .into()
    }
}
