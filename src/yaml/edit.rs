//! Changes entries of a front matter: compare, splice, prove.

use super::compare::{self, Hunk};
use super::error::{EditError, ParseErrorKind};
use super::habit::Habit;
use super::map::Entries;
use super::node::Root;
use super::parse::{DEPTH_MAX, TEXT_BYTES_MAX};
use super::replace::Splice;
use super::value::{NUMBER_MAX, Value};
use super::verify::{Document, holds};
use super::write::Quote;
use std::collections::HashSet;

/// Most keys that a refusal names.
const KEYS_NAMED_MAX: usize = 3;

/// What to do to one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The root key, decoded.
    pub key: String,
    /// The value to set or insert; nothing removes the entry. Removing an absent key changes nothing.
    pub value: Option<Value>,
}

/// Applies edits to the text of a front matter; on a refusal none of them. Of two edits of one key, the last counts.
///
/// Only what changes is touched: within a map the entries, within a list the items that do not say yet what was asked,
/// at any depth. The result is read again by two independent parsers, which must agree that each edited entry says
/// what was asked and every other entry what it said before; otherwise the edits are refused.
///
/// `newline` is the file's own line end, used where the text has none to copy. A text that is not empty and has no
/// final line end gets none. Comments and blank lines outside of what goes stay, those above it included.
pub fn edit(text: &str, edits: &[Edit], newline: &str) -> Result<String, EditError> {
    let before = Document::read(text.to_owned()).map_err(EditError::Unparsable)?;
    let entries = &before.mapping.entries;
    let asked = edits
        .iter()
        .map(|edit| (edit.key.as_str(), edit.value.as_ref()));
    let hunks = compare::entries(entries, asked);
    if hunks.is_empty() {
        return Ok(before.text);
    }
    for (_, (key, value)) in hunks.iter().flat_map(|hunk| &hunk.new) {
        refuse_inexact(key, value, 1)?;
    }
    let text = splice(&before, hunks, newline).within(text, 0..text.len());
    if text.len() > TEXT_BYTES_MAX {
        return Err(EditError::TooLong);
    }
    let after = Document::read(text).map_err(|error| match error.kind {
        ParseErrorKind::TooLong | ParseErrorKind::TooManyNodes => EditError::TooLong,
        ParseErrorKind::Syntax
        | ParseErrorKind::DuplicateKey(_)
        | ParseErrorKind::TooDeep
        | ParseErrorKind::NotAMapping
        | ParseErrorKind::SeveralDocuments
        | ParseErrorKind::Directive
        | ParseErrorKind::UnsupportedKey
        | ParseErrorKind::UnknownAlias => unproven(&before, edits),
    })?;
    if !holds(&before, &after, edits) {
        return Err(unproven(&before, edits));
    }
    Ok(after.text)
}

/// Returns the splice that makes these changes to the entries of a front matter.
fn splice(document: &Document, hunks: Vec<Hunk<(&str, &Value)>>, newline: &str) -> Splice {
    let Document { text, mapping, .. } = document;
    let map = Entries {
        text,
        entries: &mapping.entries,
        braces: match &mapping.root {
            Root::Flow { span } => Some(span),
            Root::Block | Root::Absent => None,
        },
        habit: Habit::of(text, &mapping.entries, newline),
        quote: Quote::Plain,
    };
    match mapping.root {
        Root::Block | Root::Flow { .. } => map.rewrite(hunks),
        Root::Absent => {
            let new = hunks.iter().flat_map(|hunk| &hunk.new);
            let entries: Vec<String> = new
                .map(|(_, (key, value))| map.habit.entry(key, value, 0, map.quote))
                .collect();
            let newline = map.habit.newline;
            let entries = entries.join(newline);
            let ends_line = text.is_empty() || text.ends_with(['\n', '\r']);
            let written = if ends_line {
                format!("{entries}{newline}")
            } else {
                format!("{newline}{entries}")
            };
            Splice {
                range: text.len()..text.len(),
                text: written,
            }
        }
    }
}

/// Refuses a value that would be read back as another one.
fn refuse_inexact(key: &str, value: &Value, depth: usize) -> Result<(), EditError> {
    let unsupported = || Err(EditError::Unsupported(key.to_owned()));
    match value {
        Value::Null | Value::Bool(_) | Value::Text(_) => Ok(()),
        Value::Int(number) if (-NUMBER_MAX..=NUMBER_MAX).contains(number) => Ok(()),
        Value::Float(number) if number.abs() <= NUMBER_MAX as f64 => Ok(()),
        Value::Int(_) | Value::Float(_) => unsupported(),
        Value::List(_) | Value::Map(_) if depth == DEPTH_MAX => unsupported(),
        Value::List(values) => values
            .iter()
            .try_for_each(|value| refuse_inexact(key, value, depth + 1)),
        Value::Map(pairs) => {
            let mut keys = HashSet::new();
            if let Some((twice, _)) = pairs.iter().find(|(key, _)| !keys.insert(key)) {
                return Err(EditError::DuplicateKey(twice.clone()));
            }
            pairs
                .iter()
                .try_for_each(|(_, value)| refuse_inexact(key, value, depth + 1))
        }
    }
}

/// Says why edits that seemed right did not prove so.
fn unproven(before: &Document, edits: &[Edit]) -> EditError {
    let edited: HashSet<&str> = edits.iter().map(|edit| edit.key.as_str()).collect();
    let aliased: HashSet<usize> = before.mapping.references.iter().copied().collect();
    let mut entries = before.mapping.entries.iter();
    let shared = entries.find(|entry| {
        edited.contains(entry.key.as_str())
            && entry
                .anchors
                .clone()
                .any(|anchor| aliased.contains(&anchor))
    });
    match shared {
        Some(entry) => EditError::ReferencedAnchor(entry.key.clone()),
        None => {
            let mut keys: Vec<&str> = edits.iter().map(|edit| edit.key.as_str()).collect();
            keys.truncate(KEYS_NAMED_MAX);
            EditError::Unverified(keys.join("`, `"))
        }
    }
}
