//! Proves an edit: reads the text before and after with two parsers that share no code, and compares.

use super::edit::Edit;
use super::error::ParseError;
use super::layout::entry_end;
use super::node::{Entry, Kind, Mapping, Node};
use super::parse::parse;
use super::value::Value;
use serde_yaml::Value as Second;
use std::collections::HashSet;

/// A front matter as both parsers read it.
pub(super) struct Document {
    pub(super) text: String,
    pub(super) mapping: Mapping,
    /// What the second parser reads; nothing if it refuses what ours accepts (an integer of 30 digits, for one).
    second: Option<serde_yaml::Mapping>,
}

/// What an edit is to have done to the list of root entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The entry with this number got a new value.
    Set(usize),
    /// A new entry stands at the end.
    Inserted,
    /// The entry with this number is gone.
    Removed(usize),
}

impl Document {
    pub(super) fn read(text: String) -> Result<Document, ParseError> {
        let mapping = parse(&text)?;
        let second = read_again(&text);
        Ok(Document {
            text,
            mapping,
            second,
        })
    }
}

/// The second parser is quadratic in nesting: it may only see what `parse` has accepted.
fn read_again(text: &str) -> Option<serde_yaml::Mapping> {
    // The two differ on a block scalar that ends with the text; behind a front matter there is always a line end.
    let ends_line = text.is_empty() || text.ends_with(['\n', '\r']);
    let mut value = if ends_line {
        serde_yaml::from_str(text)
    } else {
        serde_yaml::from_str(&format!("{text}\n"))
    }
    .ok()?;
    while let Second::Tagged(tagged) = value {
        value = tagged.value;
    }
    match value {
        Second::Mapping(mapping) => Some(mapping),
        Second::Null => Some(serde_yaml::Mapping::new()),
        Second::Bool(_)
        | Second::Number(_)
        | Second::String(_)
        | Second::Sequence(_)
        | Second::Tagged(_) => None,
    }
}

/// Tells whether the edit did what it was to do and nothing else.
pub(super) fn holds(before: &Document, after: &Document, change: Change, edit: &Edit) -> bool {
    let (old, new) = (&before.mapping.entries, &after.mapping.entries);
    let (gone, come) = match change {
        Change::Set(n) => (Some(n), Some(n)),
        Change::Inserted => (None, Some(old.len())),
        Change::Removed(n) => (Some(n), None),
    };
    if others(old, gone).count() != others(new, come).count() {
        return false;
    }
    let mut bare = HashSet::new();
    if let Some(entry) = gone.and_then(|n| old.get(n)) {
        bare_texts(&entry.node, &mut bare);
    }
    let same = |(old, new): (&Entry, &Entry)| {
        old.key == new.key
            && source(&before.text, old) == source(&after.text, new)
            && old.node.value() == new.node.value()
    };
    let edited = match (come.map(|n| new.get(n)), &edit.value) {
        (None, None) => true,
        (Some(Some(entry)), Some(value)) => {
            entry.key == edit.key && means(&entry.node, value, &bare)
        }
        (Some(None), _) | (None, Some(_)) | (Some(Some(_)), None) => false,
    };
    edited
        && others(old, gone).zip(others(new, come)).all(same)
        && second_holds(before, after, (gone, come), edit, &bare)
}

/// Tells whether a node means this; where a bare `045` stood before, it may go on to stand for "045".
fn means(node: &Node, asked: &Value, bare: &HashSet<&str>) -> bool {
    match (&node.kind, asked) {
        (Kind::Scalar { .. }, Value::Text(text)) => {
            node.value() == *asked || (node.says(asked) && bare.contains(text.as_str()))
        }
        (Kind::List { items, .. }, Value::List(values)) => {
            items.len() == values.len()
                && items
                    .iter()
                    .zip(values)
                    .all(|(item, value)| means(item, value, bare))
        }
        (Kind::Map { entries, .. }, Value::Map(pairs)) => {
            entries.len() == pairs.len()
                && entries.iter().zip(pairs).all(|(entry, (key, value))| {
                    entry.key == *key && means(&entry.node, value, bare)
                })
        }
        (Kind::Scalar { .. } | Kind::List { .. } | Kind::Map { .. }, _) => node.value() == *asked,
    }
}

/// Collects the texts that stand without quotes in what the edit replaces.
fn bare_texts<'a>(was: &'a Node, texts: &mut HashSet<&'a str>) {
    match &was.kind {
        Kind::Scalar { .. } => texts.extend(was.text().filter(|_| was.is_plain())),
        Kind::List { items, .. } => {
            for item in items {
                bare_texts(item, texts);
            }
        }
        Kind::Map { entries, .. } => {
            for entry in entries {
                bare_texts(&entry.node, texts);
            }
        }
    }
}

fn second_holds(
    before: &Document,
    after: &Document,
    (gone, come): (Option<usize>, Option<usize>),
    edit: &Edit,
    bare: &HashSet<&str>,
) -> bool {
    let Some(old) = &before.second else {
        return true;
    };
    let Some(new) = &after.second else {
        return false;
    };
    if old.len() != before.mapping.entries.len() || new.len() != after.mapping.entries.len() {
        return false;
    }
    let edited = match (come, &edit.value) {
        (Some(n), Some(value)) => {
            let node = &after.mapping.entries[n].node;
            new.iter().nth(n).is_some_and(|(key, second)| {
                let is_key = gone.is_some() || key.as_str() == Some(&edit.key);
                is_key && agrees(second, node, value, bare)
            })
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    edited && others(old, gone).eq(others(new, come))
}

/// Everything but the element with this number.
fn others<I: IntoIterator>(all: I, but: Option<usize>) -> impl Iterator<Item = I::Item> {
    all.into_iter()
        .enumerate()
        .filter(move |(n, _)| Some(*n) != but)
        .map(|(_, one)| one)
}

fn source<'a>(text: &'a str, entry: &Entry) -> &'a str {
    &text[entry.key_span.start..entry_end(text, entry).max(entry.key_span.start)]
}

/// Tells whether the second parser reads what was asked.
fn agrees(second: &Second, node: &Node, asked: &Value, bare: &HashSet<&str>) -> bool {
    match (second, asked) {
        (Second::Tagged(tagged), _) => agrees(&tagged.value, node, asked, bare),
        (Second::Sequence(seconds), Value::List(values)) => {
            let items = node.items().unwrap_or_default();
            seconds.len() == values.len()
                && items.len() == values.len()
                && seconds
                    .iter()
                    .zip(items)
                    .zip(values)
                    .all(|((second, node), value)| agrees(second, node, value, bare))
        }
        (Second::Mapping(seconds), Value::Map(pairs)) => {
            let entries = node.entries().unwrap_or_default();
            seconds.len() == pairs.len()
                && entries.len() == pairs.len()
                && seconds.iter().zip(entries).zip(pairs).all(
                    |(((key, second), entry), (asked_key, value))| {
                        (key.as_str() == Some(asked_key) || key.as_str().is_none())
                            && agrees(second, &entry.node, value, bare)
                    },
                )
        }
        (Second::Null, Value::Null) => true,
        (Second::Bool(second), Value::Bool(asked)) => second == asked,
        (Second::Number(second), Value::Int(asked)) if second.as_i64() == Some(*asked) => true,
        (Second::Number(second), Value::Float(asked)) if second.as_f64() == Some(*asked) => true,
        (Second::String(second), Value::Text(asked)) if second == asked => true,
        // What stood there untouched, such as `045` or `0b11`, may be a number to one parser and text to the other.
        (_, Value::Text(typed)) => node.is_plain() && bare.contains(typed.as_str()),
        (Second::String(second), _) => node.is_plain() && node.text() == Some(second),
        (
            Second::Null
            | Second::Bool(_)
            | Second::Number(_)
            | Second::Sequence(_)
            | Second::Mapping(_),
            _,
        ) => false,
    }
}
