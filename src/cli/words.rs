//! What `taskmd new` and `taskmd edit` are told in words: a directory, a title or an id, and `KEY=VALUE`.
//!
//! The words become the object that the REST API would be sent, so a directory and a server are told the same.

use crate::config::Limits;
use crate::task::Field;
use crate::task::field::Shape;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::PathBuf;

/// The largest number that stays one on its way through JSON.
const NUMBER_MAX: u64 = 1 << 53;

/// What was typed, told apart.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Words {
    /// Words that are no `KEY=VALUE`.
    pub(super) plain: Vec<OsString>,
    /// What the others say, as the API has it.
    pub(super) object: Map<String, Json>,
}

impl Words {
    /// Words where no pair is expected.
    pub(super) fn plain(plain: Vec<OsString>) -> Self {
        let object = Map::new();
        Self { plain, object }
    }

    /// Tells words apart.
    ///
    /// # Errors
    /// In words, when a value does not fit its key.
    pub(super) fn read(typed: Vec<OsString>) -> Result<Self, String> {
        let mut words = Self::default();
        let mut given = BTreeSet::new();
        for word in typed {
            match word.to_str().and_then(assignment) {
                None => words.plain.push(word),
                Some((key, value)) => match field_of(key) {
                    Some(field) if field.shape() == Shape::TextList => words.add(field, value),
                    Some(field) => {
                        once(&mut given, field.name())?;
                        words.set(field, key, value)?;
                    }
                    None => {
                        once(&mut given, key)?;
                        words.set_other(key, value)?;
                    }
                },
            }
        }
        for value in words.object.values_mut() {
            if value.as_array().is_some_and(Vec::is_empty) {
                *value = Json::Null;
            }
        }
        Ok(words)
    }

    /// The directory and what comes after it: of two plain words the first and the second, of one that one alone.
    ///
    /// # Errors
    /// In words, when there are more or none. `what` names what is asked for.
    pub(super) fn directory_and(
        &mut self,
        what: &str,
    ) -> Result<(Option<PathBuf>, String), String> {
        let mut plain = std::mem::take(&mut self.plain).into_iter();
        let (dir, subject) = match (plain.next(), plain.next(), plain.next()) {
            (Some(subject), None, _) => (None, subject),
            (Some(dir), Some(subject), None) => (Some(PathBuf::from(dir)), subject),
            (None, ..) => return Err(format!("{what} is missing")),
            (.., Some(word)) => {
                let word = word.display();
                return Err(format!(
                    "`{word}` is one word too many: what has spaces stands in quotes"
                ));
            }
        };
        let subject = subject.into_string();
        let subject = subject.map_err(|_| format!("{what} is not UTF-8 text"))?;
        Ok((dir, subject))
    }

    /// Adds the items of a list. They are parted by commas, and a key may come again.
    fn add(&mut self, field: Field, value: &str) {
        let items = value.split(',').map(str::trim);
        let items = items.filter(|item| !item.is_empty()).map(Json::from);
        let list = self.object.entry(field.name());
        if let Json::Array(list) = list.or_insert_with(|| Json::Array(Vec::new())) {
            list.extend(items);
        }
    }

    fn set(&mut self, field: Field, key: &str, value: &str) -> Result<(), String> {
        let json = match field.shape() {
            _ if value.is_empty() => Json::Null,
            Shape::OptionalNumber => {
                let number = serde_json::from_str(value).ok().filter(Json::is_number);
                number.ok_or_else(|| format!("`{key}` should be a number"))?
            }
            Shape::Text | Shape::OptionalText | Shape::TextList => Json::from(value),
        };
        self.object.insert(field.name().to_owned(), json);
        Ok(())
    }

    /// A key that taskmd does not know stands in the front matter as it was typed.
    fn set_other(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "project_id" => return Err("`project_id` is told by --project".to_owned()),
            "markdown_body" => return Err("`markdown_body` is told by --body".to_owned()),
            "revision" => return Err("`revision` is told by --if-match".to_owned()),
            "path" | "problem" | "metadata" => return Err(format!("`{key}` cannot be set")),
            _ => {}
        }
        let metadata = self.object.entry("metadata");
        if let Json::Object(metadata) = metadata.or_insert_with(|| Json::Object(Map::new())) {
            metadata.insert(key.to_owned(), typed(value));
        }
        Ok(())
    }
}

/// The body that was typed; `-` is what standard input says, to the byte.
///
/// # Errors
/// In words, when that is no text, or more than a task may hold.
pub(super) fn body(typed: String) -> Result<Json, String> {
    if typed != "-" {
        // A line that is typed ends where its last word does; in a file it has an end.
        let end = if typed.is_empty() || typed.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        return Ok(Json::from(typed + end));
    }
    let bytes_max = Limits::default().file_bytes;
    let mut text = String::new();
    let read = io::stdin().take(bytes_max + 1).read_to_string(&mut text);
    read.map_err(|error| format!("cannot read the body: {error}"))?;
    if text.len() as u64 > bytes_max {
        return Err(format!("the body is larger than {bytes_max} bytes"));
    }
    Ok(Json::from(text))
}

/// The key and the value of a word that is `KEY=VALUE`. A path or a sentence is none, even if there is a `=` in it.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (key, value) = word.split_once('=')?;
    let is_first = |c: char| c.is_alphabetic() || c == '_';
    let is_in = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    (key.starts_with(is_first) && key.chars().all(is_in)).then_some((key, value))
}

/// The field that a key stands for, in a file or as a parameter of `taskmd list`.
fn field_of(key: &str) -> Option<Field> {
    match key {
        "tag" => Some(Field::Tags),
        key => Field::of_key(key),
    }
}

/// Notes that a name was given, under whichever key.
fn once(given: &mut BTreeSet<String>, name: &str) -> Result<(), String> {
    if given.insert(name.to_owned()) {
        Ok(())
    } else {
        Err(format!("`{name}` is given twice, and is no list"))
    }
}

/// A value of a key that taskmd does not know: a number or a truth value if JSON would write it just so, or else text.
/// `1.10` and `007` are text, for as numbers they would lose a digit.
fn typed(value: &str) -> Json {
    if value.is_empty() {
        return Json::Null;
    }
    let json = serde_json::from_str::<Json>(value).ok();
    let is_kept = |json: &Json| match json {
        Json::Bool(_) => true,
        Json::Number(number) => {
            let fits = number.as_i64().map_or(number.is_f64(), |number| {
                number.unsigned_abs() <= NUMBER_MAX
            });
            fits && number.to_string() == value
        }
        Json::Null | Json::String(_) | Json::Array(_) | Json::Object(_) => false,
    };
    json.filter(is_kept).unwrap_or_else(|| Json::from(value))
}

#[cfg(test)]
mod tests;
