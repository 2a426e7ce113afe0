//! Proves an edit: reads the text before and after with two parsers that share no code, and compares.

use super::edit::Edit;
use super::error::ParseError;
use super::layout::entry_end;
use super::node::{Entry, Kind, Mapping, Node, with_asked};
use super::parse::parse;
use super::value::Value;
use serde_yaml::Value as Second;
use std::collections::{HashMap, HashSet};

/// A front matter as both parsers read it.
pub(super) struct Document {
    pub(super) text: String,
    pub(super) mapping: Mapping,
    /// What the second parser reads; nothing if it refuses what ours accepts (an integer of 30 digits, for one).
    second: Option<serde_yaml::Mapping>,
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

/// Tells whether the edits did what they were to do and nothing else.
pub(super) fn holds(before: &Document, after: &Document, edits: &[Edit]) -> bool {
    let (old, new) = (&before.mapping.entries, &after.mapping.entries);
    let expected = expected(old, edits);
    if expected.len() != new.len() {
        return false;
    }
    let holds_entry = |(expected, new): (&Expected<'_>, &Entry)| match *expected {
        Expected::Same(n) => is_same((&before.text, &old[n]), (&after.text, new)),
        Expected::Set(n, value) => {
            let bare = bare_texts(&old[n].node);
            old[n].key == new.key
                && means(&new.node, value, &bare)
                && keeps(
                    (&before.text, &old[n].node),
                    (&after.text, &new.node),
                    value,
                )
        }
        Expected::New(key, value) => new.key == key && means(&new.node, value, &HashSet::new()),
    };
    expected.iter().zip(new).all(holds_entry) && second_holds(before, after, &expected)
}

/// What an entry is to be after the edits.
enum Expected<'a> {
    /// The old entry with this number, byte for byte.
    Same(usize),
    /// The old entry with this number, which now means this.
    Set(usize, &'a Value),
    /// A new entry.
    New(&'a str, &'a Value),
}

fn expected<'a>(old: &[Entry], edits: &'a [Edit]) -> Vec<Expected<'a>> {
    let asked = edits.iter().map(|edit| (edit.key.as_str(), &edit.value));
    let mut asked: HashMap<&str, &Option<Value>> = asked.collect();
    let mut expected = Vec::with_capacity(old.len());
    for (n, entry) in old.iter().enumerate() {
        match asked.remove(entry.key.as_str()) {
            Some(None) => {}
            Some(Some(value)) if !entry.node.says(value) => expected.push(Expected::Set(n, value)),
            Some(Some(_)) | None => expected.push(Expected::Same(n)),
        }
    }
    for edit in edits {
        if let Some(Some(value)) = asked.remove(edit.key.as_str()) {
            expected.push(Expected::New(&edit.key, value));
        }
    }
    expected
}

/// Tells whether an entry stands and means what it did.
fn is_same((old_text, old): (&str, &Entry), (new_text, new): (&str, &Entry)) -> bool {
    old.key == new.key
        && source(old_text, old) == source(new_text, new)
        && old.node.value() == new.node.value()
}

/// Tells whether what already said its part, within an entry that changed, stands there as it did.
fn keeps((old_text, old): (&str, &Node), (new_text, new): (&str, &Node), asked: &Value) -> bool {
    let (Some(old), Some(new), Value::Map(pairs)) = (old.entries(), new.entries(), asked) else {
        return true;
    };
    let new: HashMap<&str, &Entry> = new.iter().map(|new| (new.key.as_str(), new)).collect();
    with_asked(old, pairs).all(|(old, asked)| match (new.get(old.key.as_str()), asked) {
        (Some(new), Some(asked)) if old.node.says(asked) => {
            is_same((old_text, old), (new_text, new))
        }
        (Some(new), Some(asked)) => keeps((old_text, &old.node), (new_text, &new.node), asked),
        (new, asked) => new.is_none() && asked.is_none(),
    })
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
                && with_asked(entries, pairs).all(|(entry, asked)| {
                    asked.is_some_and(|asked| means(&entry.node, asked, bare))
                })
        }
        (Kind::Scalar { .. } | Kind::List { .. } | Kind::Map { .. }, _) => node.value() == *asked,
    }
}

/// Returns the texts that stand without quotes in what an edit replaces.
fn bare_texts(was: &Node) -> HashSet<&str> {
    let mut texts = HashSet::new();
    let mut nodes = vec![was];
    while let Some(node) = nodes.pop() {
        match &node.kind {
            Kind::Scalar { .. } => texts.extend(node.text().filter(|_| node.is_plain())),
            Kind::List { items, .. } => nodes.extend(items),
            Kind::Map { entries, .. } => nodes.extend(entries.iter().map(|entry| &entry.node)),
        }
    }
    texts
}

/// The same by the other parser, which knows no bytes.
fn second_holds(before: &Document, after: &Document, expected: &[Expected<'_>]) -> bool {
    let Some(old) = &before.second else {
        return true;
    };
    let Some(new) = &after.second else {
        return false;
    };
    let entries = &before.mapping.entries;
    if old.len() != entries.len() || new.len() != expected.len() {
        return false;
    }
    let old: Vec<_> = old.iter().collect();
    let nodes = after.mapping.entries.iter().map(|entry| &entry.node);
    let mut all = expected.iter().zip(new).zip(nodes);
    all.all(|((expected, (key, second)), node)| match *expected {
        Expected::Same(n) => old[n] == (key, second),
        Expected::Set(n, value) => {
            old[n].0 == key && agrees(second, node, value, &bare_texts(&entries[n].node))
        }
        Expected::New(name, value) => {
            key.as_str() == Some(name) && agrees(second, node, value, &HashSet::new())
        }
    })
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
                && seconds.iter().zip(with_asked(entries, pairs)).all(
                    |((key, second), (entry, asked))| {
                        (key.as_str() == Some(&entry.key) || key.as_str().is_none())
                            && asked.is_some_and(|asked| agrees(second, &entry.node, asked, bare))
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
