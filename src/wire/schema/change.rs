//! Where a task is to go, and several changes at once.

use super::{list_of, named, reference, schema_of, text, typed};
use crate::name::ID_BYTES_MAX;
use serde_json::json;
use std::borrow::Cow;
use utoipa::openapi::schema::{AdditionalProperties, AnyOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

named!(
    /// Where a task is to go.
    Destination,
    /// Several changes at once.
    Batch,
);

/// The schemas of this module.
pub(super) fn all() -> Vec<(String, RefOr<Schema>)> {
    vec![schema_of::<Destination>(), schema_of::<Batch>()]
}

/// An object with these members and no other.
fn closed(about: &str) -> ObjectBuilder {
    typed(&[Type::Object], about)
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

impl PartialSchema for Destination {
    fn schema() -> RefOr<Schema> {
        let id = |about: &str| {
            typed(&[Type::String, Type::Null], about)
                .min_length(Some(1))
                .max_length(Some(ID_BYTES_MAX))
        };
        let status = typed(
            &[Type::String, Type::Null],
            "The column: its own where nothing is said.",
        );
        closed("Where a task is to go. What is left out stays as it is.")
            .property("project_id", id("The project."))
            .property("status", status.min_length(Some(1)))
            .property(
                "before",
                id("The task of the column before which it is to come."),
            )
            .property("after", id("The one behind which it is to come."))
            .examples([json!({"status": "in_progress", "after": "TASK-001"})])
            .into()
    }
}

impl PartialSchema for Batch {
    fn schema() -> RefOr<Schema> {
        let op = |name: &str| {
            let op = text("What is to be done.").enum_values(Some([name]));
            closed("").property("op", op).required("op")
        };
        let id = || {
            text("The task.")
                .min_length(Some(1))
                .max_length(Some(ID_BYTES_MAX))
        };
        let if_match = || {
            let about = "The revision that the task must be of; `*` is any.";
            typed(&[Type::String, Type::Null], about)
        };
        let create = op("create")
            .property("task", reference("NewTask"))
            .required("task");
        let patch = op("patch")
            .property("id", id())
            .property("patch", reference("TaskPatch"))
            .property("if_match", if_match())
            .required("id")
            .required("patch");
        let delete = op("delete")
            .property("id", id())
            .property("if_match", if_match())
            .required("id");
        let any = AnyOfBuilder::new().item(create).item(patch).item(delete);
        let operations = list_of(
            RefOr::from(Schema::from(any.build())),
            "The changes, in their order.",
        )
        .max_items(Some(crate::config::Limits::default().batch_operations));
        closed("Several changes at once.")
            .property("operations", operations)
            .required("operations")
            .examples([json!({"operations": [{"op": "delete", "id": "TASK-002"}]})])
            .into()
    }
}
