//! What a mutation may say, and how it is written into a file's text.
//!
//! A [`Patch`] names fields; the file decides by which key each is written. Everything goes through the span
//! editor of [`crate::yaml`], so nothing but the named keys changes, or the whole is refused.

use super::Task;
use super::document::BOM;
use super::document::{Document, entry_of};
use super::field::{Field, Shape};
use crate::yaml::{self, Edit, Mapping, Value};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What to do to one task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patch {
    /// The keys to set (to the value) or to remove (`None`).
    pub keys: BTreeMap<Key, Option<Value>>,
    /// The new Markdown body.
    pub body: Option<String>,
}

/// A key that a patch names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A field that taskmd knows, under whichever of its keys the file uses.
    Known(Field),
    /// Any other key of the front matter.
    Other(String),
}

/// Why a patch could not be written. Each text is fit for a client.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PatchError {
    /// The value does not fit the field.
    #[error("`{field}` should be {expected}")]
    InvalidField {
        /// The field's name in JSON.
        field: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The file cannot be edited without a risk to what else it says.
    #[error("{text}")]
    Refused {
        /// A stable code.
        code: &'static str,
        /// What is in the way.
        text: String,
    },
}

/// The codes of a refusal that the parts of the file cause, and not its front matter alone.
pub const FILE_CODES: [&str; 2] = [NOT_CLOSED, BODY_REFUSED];
const NOT_CLOSED: &str = "front_matter_not_closed";
const BODY_REFUSED: &str = "body_reads_as_front_matter";

impl Patch {
    /// Names a field, after a check that the value fits it.
    ///
    /// # Errors
    /// [`PatchError::InvalidField`] when it does not.
    pub fn set(&mut self, field: Field, value: Option<Value>) -> Result<(), PatchError> {
        let value = value.map(|value| fit(field, value)).transpose()?;
        self.keys.insert(Key::Known(field), value);
        Ok(())
    }

    /// Writes this patch into the text of a file, which is read as `current`. A field that already shows the
    /// value, because the file or a default says so, is left as it is: a client may send back all that it was sent.
    ///
    /// # Errors
    /// [`PatchError::Refused`] when the file is no task that can be edited; nothing was changed then.
    pub fn apply(&self, text: &str, current: &Task, now: Timestamp) -> Result<String, PatchError> {
        let document = Document::split(text).ok_or_else(not_closed)?;
        let matter = document.matter().unwrap_or("");
        let mapping = parse(matter)?;
        let mut edits = self.edits(&mapping, Some(current));
        let edited = self.write(&document, matter, &edits)?;
        let refresh = self.refresh(&mapping, now);
        if edited == text || refresh.is_none() {
            return Ok(edited);
        }
        // Only a real change makes a new time.
        edits.extend(refresh);
        self.write(&document, matter, &edits)
    }

    /// Writes this patch as the whole of a file: every key that it does not name is removed.
    ///
    /// # Errors
    /// As [`Patch::apply`].
    pub fn replace(
        mut self,
        text: &str,
        current: &Task,
        now: Timestamp,
    ) -> Result<String, PatchError> {
        let document = Document::split(text).ok_or_else(not_closed)?;
        let mapping = parse(document.matter().unwrap_or(""))?;
        for entry in &mapping.entries {
            let key = match Field::of_key(&entry.key) {
                // The id is the task's name, which a replacement keeps.
                Some(Field::Id) => continue,
                Some(field) => Key::Known(field),
                None => Key::Other(entry.key.clone()),
            };
            self.keys.entry(key).or_insert(None);
        }
        self.body.get_or_insert_default();
        self.apply(text, current, now)
    }

    /// Writes this patch as a new file.
    ///
    /// # Errors
    /// As [`Patch::apply`].
    pub fn create(&self) -> Result<String, PatchError> {
        let empty = Document::split("").ok_or_else(not_closed)?;
        let nothing = parse("")?;
        let edits = self.edits(&nothing, None);
        self.write(&empty, "", &edits)
    }

    fn write(
        &self,
        document: &Document<'_>,
        matter: &str,
        edits: &[Edit],
    ) -> Result<String, PatchError> {
        let matter =
            yaml::edit(matter, edits, document.newline()).map_err(|error| PatchError::Refused {
                code: error.code(),
                text: error.to_string(),
            })?;
        let text = document.with_matter(&matter);
        let Some(body) = &self.body else {
            return Ok(text);
        };
        let document = Document::split(&text).ok_or_else(not_closed)?;
        let written = document.with_body(body);
        // A body that reads as something else (a fence in a file without front matter) is refused, not written.
        let same = Document::split(&written).is_some_and(|w| w.matter() == document.matter());
        // Without anything before it, its byte order mark would be taken for the file's.
        let loses_mark = written.starts_with(BOM) && !text.starts_with(BOM);
        if same && !loses_mark {
            Ok(written)
        } else {
            Err(body_refused())
        }
    }

    /// One edit for each key of the file that this patch touches.
    fn edits(&self, mapping: &Mapping, current: Option<&Task>) -> Vec<Edit> {
        let mut edits = Vec::new();
        for (key, value) in &self.keys {
            match (key, value) {
                (Key::Other(key), Some(value)) => {
                    let old = mapping.get(key).map(yaml::Node::value);
                    edits.push(Edit {
                        key: key.clone(),
                        value: Some(merge(old.as_ref(), value)),
                    });
                }
                (Key::Other(key), None) => edits.push(Edit {
                    key: key.clone(),
                    value: None,
                }),
                (Key::Known(field), Some(value)) => {
                    let entry = entry_of(mapping, *field);
                    // A title that the body's heading stands in for goes with that body.
                    let stands_in = *field == Field::Title
                        && self.body.is_some()
                        && entry.is_none_or(|(_, node)| node.value() == Value::Null);
                    if !stands_in && current.is_some_and(|task| task.value(*field) == *value) {
                        continue;
                    }
                    let key = entry.map_or(field.name(), |(key, _)| key);
                    let was_text = entry.is_some_and(|(_, node)| node.text().is_some());
                    let value = match value {
                        // `assignee: ana` stays one text as long as one text says it.
                        // An empty text would be no item at all.
                        Value::List(items)
                            if was_text
                                && items.len() == 1
                                && items[0] != Value::Text(String::new()) =>
                        {
                            items[0].clone()
                        }
                        Value::Null
                        | Value::Bool(_)
                        | Value::Int(_)
                        | Value::Float(_)
                        | Value::Text(_)
                        | Value::List(_)
                        | Value::Map(_) => value.clone(),
                    };
                    edits.push(Edit {
                        key: key.to_owned(),
                        value: Some(value),
                    });
                }
                (Key::Known(field), None) => {
                    let present = field.keys().iter().filter(|key| mapping.get(key).is_some());
                    edits.extend(present.map(|key| Edit {
                        key: (*key).to_owned(),
                        value: None,
                    }));
                }
            }
        }
        edits
    }

    /// The edit that moves a file's own `updated_at` on, in the form that the file uses. A file without the key
    /// gets none.
    fn refresh(&self, mapping: &Mapping, now: Timestamp) -> Option<Edit> {
        if self.keys.contains_key(&Key::Known(Field::UpdatedAt)) {
            return None;
        }
        let (key, node) = entry_of(mapping, Field::UpdatedAt)?;
        let value = Value::Text(in_the_form_of(node.text()?, now));
        Some(Edit {
            key: key.to_owned(),
            value: Some(value),
        })
    }
}

fn parse(matter: &str) -> Result<Mapping, PatchError> {
    yaml::parse(matter).map_err(|error| {
        let text = format!("the file's front matter cannot be edited: {}", error.kind);
        PatchError::Refused {
            code: error.code(),
            text,
        }
    })
}

fn not_closed() -> PatchError {
    let text = "the file's front matter is not closed by a line `---`".to_owned();
    PatchError::Refused {
        code: NOT_CLOSED,
        text,
    }
}

fn body_refused() -> PatchError {
    let text = "the body would read as front matter".to_owned();
    PatchError::Refused {
        code: BODY_REFUSED,
        text,
    }
}

/// Checks a value against its field's shape, and turns what is the same into the one form.
fn fit(field: Field, value: Value) -> Result<Value, PatchError> {
    let wrong = |expected| PatchError::InvalidField {
        field: field.name().to_owned(),
        expected,
    };
    match (field.shape(), value) {
        (Shape::Text | Shape::OptionalText, value @ Value::Text(_)) => Ok(value),
        (Shape::Text | Shape::OptionalText, _) => Err(wrong("a string")),
        (Shape::TextList, Value::Text(text)) => Ok(Value::List(vec![Value::Text(text)])),
        (Shape::TextList, Value::List(items))
            if items.iter().all(|i| matches!(i, Value::Text(_))) =>
        {
            Ok(Value::List(items))
        }
        (Shape::TextList, _) => Err(wrong("a list of strings")),
        (Shape::OptionalNumber, value @ (Value::Int(_) | Value::Float(_))) => Ok(value),
        (Shape::OptionalNumber, _) => Err(wrong("a number")),
    }
}

/// Merges a patch into a value as RFC 7396 has it: maps merge, null removes, all else replaces.
fn merge(old: Option<&Value>, patch: &Value) -> Value {
    let Value::Map(changes) = patch else {
        return patch.clone();
    };
    let mut merged = match old {
        Some(Value::Map(entries)) => entries.clone(),
        Some(_) | None => Vec::new(),
    };
    for (key, change) in changes {
        let at = merged.iter().position(|(k, _)| k == key);
        match (at, change) {
            (Some(at), Value::Null) => drop(merged.remove(at)),
            (None, Value::Null) => {}
            (Some(at), change) => merged[at].1 = merge(Some(&merged[at].1), change),
            (None, change) => merged.push((key.clone(), merge(None, change))),
        }
    }
    Value::Map(merged)
}

/// Writes a time as precisely, and in the form, as the old text has it. Times are UTC.
fn in_the_form_of(old: &str, now: Timestamp) -> String {
    let is_time = |text: &str, separator: char| {
        text.get(10..11).is_some_and(|s| s.starts_with(separator)) && text.get(13..14) == Some(":")
    };
    let form = match old.len() {
        10 => "%Y-%m-%d",
        16 if is_time(old, ' ') => "%Y-%m-%d %H:%M",
        16 if is_time(old, 'T') => "%Y-%m-%dT%H:%M",
        19 if is_time(old, ' ') => "%Y-%m-%d %H:%M:%S",
        24 if is_time(old, 'T') && old.ends_with('Z') => "%Y-%m-%dT%H:%M:%S%.3fZ",
        _ => "%Y-%m-%dT%H:%M:%SZ",
    };
    now.strftime(form).to_string()
}

#[cfg(test)]
mod tests;
