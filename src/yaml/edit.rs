//! Changes one entry of a front matter at a time: find it, splice it, prove it.

use super::error::{EditError, ParseErrorKind};
use super::flow::Brackets;
use super::layout::{behind_colon, entry_end, line_break, line_end, line_start, place, skip_blank};
use super::node::{Entry, Mapping, Root};
use super::parse::{DEPTH_MAX, TEXT_BYTES_MAX};
use super::replace::{Splice, Spot, replace};
use super::value::{NUMBER_MAX, Value};
use super::verify::{Change, Document, holds};
use super::write::{self, Manner, Quote};

/// What to do to one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The root key, decoded.
    pub key: String,
    /// The value to set or insert; nothing removes the entry. Removing an absent key changes nothing.
    pub value: Option<Value>,
}

/// Applies edits, one after the other, to the text of a front matter; on a refusal none of them.
///
/// Each edit changes the bytes of one entry. The result is read again by two independent parsers, which must agree
/// that the entry says what was asked and every other entry what it said before; otherwise the edit is refused. An
/// edit that asks for what already stands there changes nothing.
///
/// `newline` is the file's own line end, used where the text has none to copy. A text that is not empty and has no
/// final line end gets none. Comments and blank lines outside of the entry stay, those above it included.
pub fn edit(text: &str, edits: &[Edit], newline: &str) -> Result<String, EditError> {
    let mut document = Document::read(text.to_owned()).map_err(EditError::Unparsable)?;
    for edit in edits {
        let Some((splice, change)) = plan(&document, edit, newline)? else {
            continue;
        };
        let text = splice.apply(&document.text);
        if text.len() > TEXT_BYTES_MAX {
            return Err(EditError::TooLong);
        }
        let edited = Document::read(text).map_err(|error| match error.kind {
            ParseErrorKind::TooLong | ParseErrorKind::TooManyNodes => EditError::TooLong,
            ParseErrorKind::Syntax
            | ParseErrorKind::DuplicateKey(_)
            | ParseErrorKind::TooDeep
            | ParseErrorKind::NotAMapping
            | ParseErrorKind::SeveralDocuments
            | ParseErrorKind::Directive
            | ParseErrorKind::UnsupportedKey
            | ParseErrorKind::UnknownAlias => EditError::Unverified(edit.key.clone()),
        })?;
        if !holds(&document, &edited, change, edit) {
            return Err(EditError::Unverified(edit.key.clone()));
        }
        document = edited;
    }
    Ok(document.text)
}

/// Decides what an edit does to the text; nothing if it asks for what is there.
fn plan(
    document: &Document,
    edit: &Edit,
    newline: &str,
) -> Result<Option<(Splice, Change)>, EditError> {
    let Document { text, mapping, .. } = document;
    let found = mapping
        .entries
        .iter()
        .position(|entry| entry.key == edit.key);
    let (splice, change) = match (found, &edit.value) {
        (None, None) => return Ok(None),
        (None, Some(value)) => {
            refuse_inexact(&edit.key, value, 1)?;
            (
                Some(insertion(text, mapping, &edit.key, value, newline)),
                Change::Inserted,
            )
        }
        (Some(n), None) => {
            refuse_shared(mapping, n)?;
            (removal(text, mapping, n), Change::Removed(n))
        }
        (Some(n), Some(value)) => {
            let entry = &mapping.entries[n];
            if entry.node.says(value) {
                return Ok(None);
            }
            refuse_inexact(&edit.key, value, 1)?;
            refuse_shared(mapping, n)?;
            (replacement(text, mapping, entry, value), Change::Set(n))
        }
    };
    match splice {
        Some(splice) => Ok(Some((splice, change))),
        None => Err(EditError::Unsupported(edit.key.clone())),
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
            let mut keys = std::collections::HashSet::new();
            if let Some((twice, _)) = pairs.iter().find(|(key, _)| !keys.insert(key)) {
                return Err(EditError::DuplicateKey(twice.clone()));
            }
            pairs
                .iter()
                .try_for_each(|(_, value)| refuse_inexact(key, value, depth + 1))
        }
    }
}

/// Refuses to touch an entry that another one repeats through an alias.
fn refuse_shared(mapping: &Mapping, n: usize) -> Result<(), EditError> {
    let Entry { key, anchors, .. } = &mapping.entries[n];
    if mapping
        .references
        .iter()
        .any(|(entry, anchor)| *entry != n && anchors.contains(anchor))
    {
        return Err(EditError::ReferencedAnchor(key.clone()));
    }
    Ok(())
}

/// A new entry goes behind the last one, above the comments that end the text.
fn insertion(text: &str, mapping: &Mapping, key: &str, value: &Value, newline: &str) -> Splice {
    let manner = |flow| Manner {
        quote: usual_quote(text, mapping),
        flow,
    };
    let last = mapping.entries.last();
    match &mapping.root {
        Root::Absent => {
            let written = write::entry(key, value, manner(false));
            let newline = first_line_break(text).unwrap_or(newline);
            let ends_line = text.ends_with(['\n', '\r']);
            let before = if text.is_empty() || ends_line {
                ""
            } else {
                newline
            };
            let behind = if text.is_empty() || ends_line {
                newline
            } else {
                ""
            };
            Splice {
                range: text.len()..text.len(),
                text: format!("{before}{written}{behind}"),
            }
        }
        Root::Block { column } => {
            let written = write::entry(key, value, manner(false));
            let end = last.map_or(0, |entry| line_end(text, entry_end(text, entry)));
            let end = behind_inner_comments(text, end, *column);
            let newline = line_break(text, end)
                .or_else(|| first_line_break(text))
                .unwrap_or(newline);
            Splice {
                range: end..end,
                text: format!("{newline}{}{written}", " ".repeat(*column)),
            }
        }
        Root::Flow { span } => {
            let written = write::entry(key, value, manner(true));
            Brackets::of_map(text, span, &mapping.entries).insert(mapping.entries.len(), &[written])
        }
    }
}

/// Comments directly below the last entry and indented deeper than it are its own: `  # - commented-out item`.
fn behind_inner_comments(text: &str, mut end: usize, column: usize) -> usize {
    while let Some(line_break) = line_break(text, end) {
        let start = end + line_break.len();
        let stop = line_end(text, start);
        let line = &text[start..stop];
        let indent = line.len() - line.trim_start_matches(' ').len();
        if indent <= column || !line[indent..].starts_with('#') {
            break;
        }
        end = stop;
    }
    end
}

/// An entry goes with its whole lines; comments on lines of their own above it belong to whoever, and stay.
fn removal(text: &str, mapping: &Mapping, n: usize) -> Option<Splice> {
    let entry = &mapping.entries[n];
    match &mapping.root {
        Root::Absent => None,
        Root::Block { .. } => {
            let start = line_start(text, entry.key_span.start);
            let end = line_end(text, entry_end(text, entry));
            let end = end + line_break(text, end).map_or(0, str::len);
            // `? ` or an anchor may precede the key on its line, nothing else.
            let before = text[start..entry.key_span.start].trim_start();
            (before.is_empty() || before.starts_with(['?', '&', '!'])).then(|| Splice {
                range: start..end,
                text: String::new(),
            })
        }
        Root::Flow { span } => Brackets::of_map(text, span, &mapping.entries).remove(n..n + 1),
    }
}

fn replacement(text: &str, mapping: &Mapping, entry: &Entry, value: &Value) -> Option<Splice> {
    let flow = matches!(mapping.root, Root::Flow { .. });
    let quote = usual_quote(text, mapping);
    let Some(from) = behind_colon(text, entry) else {
        // `{key}` is a key with a null value; in a block only `? key` can be one, which is rare enough to leave alone.
        let written = write::inline(value, Manner { quote, flow });
        let end = entry.key_span.end;
        return flow.then(|| Splice {
            range: end..end,
            text: format!(": {written}"),
        });
    };
    let place = place(text, &entry.node, from);
    replace(
        Spot {
            text,
            node: &entry.node,
            place: &place,
            quote,
            flow,
        },
        value,
    )
}

/// A front matter in JSON's way stays JSON.
fn usual_quote(text: &str, mapping: &Mapping) -> Quote {
    match &mapping.root {
        Root::Flow { span } if text[skip_blank(text, span.start + 1)..].starts_with('"') => {
            Quote::Double
        }
        Root::Flow { .. } | Root::Block { .. } | Root::Absent => Quote::Plain,
    }
}

fn first_line_break(text: &str) -> Option<&'static str> {
    line_break(text, line_end(text, 0))
}
