//! The parameters of lists, described: which tasks, in which order, and what is told of each.

use super::operation::Operation;
use super::parts::query;
use crate::config::Limits;
use crate::query::{CONDITIONS_MAX, Member, PAGE_TASKS_DEFAULT, SEARCH_WORDS_MAX};
use crate::task::Field;
use crate::wire::schema::{count, list_of, text, typed};
use serde_json::json;
use utoipa::openapi::path::ParameterBuilder;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{KnownFormat, Required, SchemaFormat};

/// What the value of a condition is.
#[derive(Clone, Copy)]
enum Value {
    Text,
    Date,
    Truth,
}

/// Which tasks are listed: the key by which a parameter is referred to, its name, and what it asks of a task.
const CONDITIONS: [(&str, &str, Value, &str); 17] = [
    ("status", "status", Value::Text, "Is of this status."),
    (
        "statusNot",
        "status!",
        Value::Text,
        "Is not of this status.",
    ),
    ("priority", "priority", Value::Text, "Is of this priority."),
    (
        "priorityNot",
        "priority!",
        Value::Text,
        "Is not of this priority.",
    ),
    ("assignee", "assignee", Value::Text, "Is done by this one."),
    (
        "assigneeNot",
        "assignee!",
        Value::Text,
        "Is not done by this one.",
    ),
    ("tag", "tag", Value::Text, "Has this tag."),
    ("tagNot", "tag!", Value::Text, "Does not have this tag."),
    ("parent", "parent", Value::Text, "Is a part of this task."),
    (
        "parentNot",
        "parent!",
        Value::Text,
        "Is no part of this task.",
    ),
    (
        "path",
        "path",
        Value::Text,
        "Is this file, or below this folder of the project.",
    ),
    (
        "pathNot",
        "path!",
        Value::Text,
        "Is neither this file nor below this folder.",
    ),
    (
        "has",
        "has",
        Value::Text,
        "Has a value for this field, or key of its metadata.",
    ),
    ("hasNot", "has!", Value::Text, "Has no value for it."),
    (
        "dueBefore",
        "due_before",
        Value::Date,
        "Is due before this day, or this time.",
    ),
    (
        "dueAfter",
        "due_after",
        Value::Date,
        "Is due after this day, or this time.",
    ),
    (
        "ready",
        "ready",
        Value::Truth,
        "Is open, and everything that it depends on is done; or, with `false`, is not so.",
    ),
];

impl Operation {
    /// It takes the conditions that tasks may be asked to meet.
    pub(in crate::http) fn takes_conditions(self) -> Self {
        self.takes(&CONDITIONS.map(|(key, ..)| key))
    }
}

/// Given as often as one likes.
fn several(value: Value) -> ArrayBuilder {
    let of = |format| typed(&[Type::String], "").format(Some(SchemaFormat::KnownFormat(format)));
    let list = match value {
        Value::Text => list_of(text("").min_length(Some(1)), ""),
        Value::Date => {
            let either = AnyOfBuilder::new()
                .item(of(KnownFormat::Date))
                .item(of(KnownFormat::DateTime));
            list_of(either, "")
        }
        Value::Truth => list_of(typed(&[Type::Boolean], ""), ""),
    };
    list.max_items(Some(CONDITIONS_MAX))
}

/// All of them, by the keys under which they are referred to.
pub(super) fn parameters() -> impl Iterator<Item = (&'static str, ParameterBuilder)> {
    let condition = |(key, name, value, about)| (key, query(name, about, several(value)));
    let conditions = CONDITIONS.into_iter().map(condition);
    conditions.chain([
        (
            "project",
            query(
                "project",
                "Is of this project.",
                several(Value::Text).max_items(None),
            ),
        ),
        ("q", words()),
        ("words", words().required(Required::True)),
        ("sort", sort()),
        ("limit", limit()),
        (
            "cursor",
            query(
                "cursor",
                "The `next_cursor` of the page before, of the very same list.",
                text(""),
            ),
        ),
        ("fields", fields()),
        (
            "body",
            query(
                "body",
                "`false` leaves the body out.",
                typed(&[Type::Boolean], ""),
            ),
        ),
    ])
}

fn words() -> ParameterBuilder {
    let about = format!(
        "Holds all these words, {SEARCH_WORDS_MAX} at most, in title or body. `\"two words\"` \
         stand side by side. The last one may be half typed; a space behind it says that it is \
         whole."
    );
    query("q", &about, text("").min_length(Some(1))).example(Some(json!("cache")))
}

/// Names with commas between. As a text: few clients write one list so, and another as a parameter that comes again and again.
fn names<'a>(sign: &str, names: impl Iterator<Item = &'a str>) -> ObjectBuilder {
    let one = format!("{sign}({})", names.collect::<Vec<_>>().join("|"));
    text("").pattern(Some(format!("^{one}(,{one})*$")))
}

fn sort() -> ParameterBuilder {
    let about = "By which fields, with commas between, each with `-` before it for the largest \
                 first. What has no value comes last, in either direction.";
    let keys = Field::ALL.map(Field::name).into_iter().chain(["path"]);
    query("sort", about, names("-?", keys)).example(Some(json!("priority,-updated_at")))
}

fn fields() -> ParameterBuilder {
    let about = "What is told of each task, with commas between; the id always is.";
    let fields = names("", Member::ALL.iter().map(|member| member.name()));
    query("fields", about, fields).example(Some(json!("id,title,status")))
}

fn limit() -> ParameterBuilder {
    let most = Limits::default().page_tasks;
    let limit = count(1, Some(most), "").default(Some(json!(PAGE_TASKS_DEFAULT)));
    query("limit", "How many at most.", limit)
}
