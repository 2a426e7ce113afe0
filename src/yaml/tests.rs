//! What the YAML module promises, by tables and by properties. The words of the tables: a text, an edit, what comes out.

mod act;
mod edits;
mod generated;
mod inserts;
mod lists;
mod mutated;
mod properties;
mod reading;
mod refusals;
mod scalars;
mod verifying;

use super::{Edit, EditError, Value, edit};

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(super) fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| text(item)).collect())
}

/// Sets one key, checks the text that comes out, and that asking again changes nothing.
#[track_caller]
pub(super) fn sets(before: &str, key: &str, value: Value, after: &str) {
    assert_eq!(
        set(before, key, value.clone()).as_deref(),
        Ok(after),
        "\nin {before:?}"
    );
    assert_eq!(
        set(after, key, value).as_deref(),
        Ok(after),
        "\nagain in {after:?}"
    );
}

#[track_caller]
pub(super) fn removes(before: &str, key: &str, after: &str) {
    assert_eq!(remove(before, key).as_deref(), Ok(after), "\nin {before:?}");
}

pub(super) fn set(before: &str, key: &str, value: Value) -> Result<String, EditError> {
    edit(
        before,
        &[Edit {
            key: key.to_owned(),
            value: Some(value),
        }],
        "\n",
    )
}

pub(super) fn remove(before: &str, key: &str) -> Result<String, EditError> {
    edit(
        before,
        &[Edit {
            key: key.to_owned(),
            value: None,
        }],
        "\n",
    )
}
