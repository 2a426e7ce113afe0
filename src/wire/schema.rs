//! The shapes of this module as schemas, for the descriptions of the API (OpenAPI 3.1 and AsyncAPI 3.0).
//!
//! Where a shape is a struct, its schema is derived from it. Where it is written by hand, because it is made of what the core
//! knows, so is its schema, from the same lists: what is added there is missing in neither.

mod change;
mod event;
mod input;
mod project;
mod task;

pub use event::{EVENTS, SNAPSHOT, example_of, example_of_snapshot};
pub(super) use task::{Task, TaskFields};

use super::{ErrorJson, ProblemJson, ProblemsJson, ProjectJson, ProjectsJson, TaskCounts};
use super::{batch, list, state};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use utoipa::openapi::schema::{
    AdditionalProperties, AnyOfBuilder, ArrayBuilder, ObjectBuilder, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// All schemas by name. `codes` are those of errors.
#[must_use]
pub fn all(codes: &[&str]) -> Vec<(String, RefOr<Schema>)> {
    let code = text("What went wrong, for a program. A code never changes.")
        .enum_values(Some(codes.iter().copied()));
    let mut schemas = vec![
        schema_of::<ErrorJson<'_>>(),
        (ErrorCode::name().into_owned(), code.into()),
        schema_of::<ProjectJson>(),
        schema_of::<TaskCounts>(),
        schema_of::<ProjectsJson<'_>>(),
        schema_of::<ProblemJson<'_>>(),
        schema_of::<ProblemsJson<'_>>(),
        schema_of::<Task>(),
        schema_of::<TaskFields>(),
        schema_of::<TaskPage>(),
        schema_of::<batch::BatchResultJson<'_>>(),
        schema_of::<batch::BatchResultsJson<'_>>(),
        schema_of::<list::HitJson<'_>>(),
        schema_of::<list::FoundJson<'_>>(),
        schema_of::<state::ProjectStats<'_>>(),
        schema_of::<state::AllStats<'_>>(),
        schema_of::<state::TicketJson<'_>>(),
        schema_of::<state::HealthJson>(),
        schema_of::<state::ReadinessJson>(),
        schema_of::<state::Well>(),
        schema_of::<state::Readiness>(),
        schema_of::<state::Watching>(),
    ];
    schemas.extend(input::all());
    schemas.extend(change::all());
    schemas.extend(project::all());
    schemas.extend(event::all());
    schemas
}

fn schema_of<T: ToSchema>() -> (String, RefOr<Schema>) {
    (T::name().into_owned(), T::schema())
}

/// The same as JSON, by name.
#[must_use]
pub fn all_as_json(codes: &[&str]) -> Map<String, Json> {
    let json = |schema| serde_json::to_value(schema).expect(super::WRITABLE);
    let schemas = all(codes).into_iter();
    schemas.map(|(name, schema)| (name, json(schema))).collect()
}

/// The name of a schema that is made of what another module knows.
macro_rules! named {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        $(
            $(#[$doc])*
            pub(in crate::wire) struct $name;

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    Cow::Borrowed(stringify!($name))
                }
            }
        )+
    };
}
use named;

named!(
    /// The codes of errors.
    ErrorCode,
    /// A page of a list.
    TaskPage,
);

impl PartialSchema for TaskPage {
    fn schema() -> RefOr<Schema> {
        let mut page = list::RestOfPage::schema();
        if let RefOr::T(Schema::Object(page)) = &mut page {
            let tasks = list_of(reference(&TaskFields::name()), "The tasks of this page.");
            page.properties.insert("tasks".to_owned(), tasks.into());
            page.required.push("tasks".to_owned());
        }
        page
    }
}

impl PartialSchema for ErrorCode {
    fn schema() -> RefOr<Schema> {
        reference("ErrorCode")
    }
}

/// A schema by its name.
#[must_use]
pub fn reference(name: &str) -> RefOr<Schema> {
    Ref::from_schema_name(name).into()
}

/// One or the other of these schemas, by their names.
#[must_use]
pub fn either(names: &[&str]) -> AnyOfBuilder {
    let names = names.iter();
    names.fold(AnyOfBuilder::new(), |any_of, name| {
        any_of.item(reference(name))
    })
}

/// A text.
#[must_use]
pub fn text(about: &str) -> ObjectBuilder {
    typed(&[Type::String], about)
}

/// A value of one of these types.
#[must_use]
pub fn typed(types: &[Type], about: &str) -> ObjectBuilder {
    let types = match types {
        [one] => SchemaType::Type(one.clone()),
        several => several.iter().cloned().collect(),
    };
    let about = Some(about).filter(|about| !about.is_empty());
    ObjectBuilder::new().schema_type(types).description(about)
}

/// A whole number within bounds.
#[must_use]
pub fn count(from: usize, to: Option<usize>, about: &str) -> ObjectBuilder {
    let whole = typed(&[Type::Integer], about);
    whole
        .minimum(Some(from as f64))
        .maximum(to.map(|to| to as f64))
}

/// A list of such.
#[must_use]
pub fn list_of(items: impl Into<RefOr<Schema>>, about: &str) -> ArrayBuilder {
    let about = Some(about).filter(|about| !about.is_empty());
    ArrayBuilder::new().items(items.into()).description(about)
}

/// An object with whatever keys.
#[must_use]
pub fn any_object(about: &str) -> ObjectBuilder {
    let anything = AdditionalProperties::<Schema>::FreeForm(true);
    typed(&[Type::Object], about).additional_properties(Some(anything))
}

fn example(schema: ObjectBuilder, example: impl Into<Json>) -> ObjectBuilder {
    schema.examples([example.into()])
}
