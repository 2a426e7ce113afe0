//! The tree that [`parse`](fn@super::parse) builds: every node knows where it stands, how it was typed and what it means.

use super::error::Position;
use super::value::{Value, resolve};
use std::collections::HashMap;
use std::ops::Range;

/// The root mapping of a front matter.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The entries in the file's own order; no key comes twice.
    pub entries: Vec<Entry>,
    /// How the root is written: decides where a new entry goes.
    pub(super) root: Root,
    /// The numbers of the anchors that aliases refer to.
    pub(super) references: Vec<usize>,
}

/// How the root mapping is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// There is none: the text is empty or holds only comments.
    Absent,
    /// One entry a line, all starting in the same column.
    Block,
    /// `{…}`, from brace to brace.
    Flow { span: Range<usize> },
}

/// One entry of a mapping.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key as typed, decoded: `045` is "045".
    pub key: String,
    /// Where the key stands.
    pub at: Position,
    /// The value.
    pub node: Node,
    pub(super) key_span: Range<usize>,
    /// The numbers of the anchors that this entry (key or value, at any depth) defines; kept for root entries.
    pub(super) anchors: Range<usize>,
}

/// A value in the text: a scalar with its decoded text, a list or a map.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where the value starts; for `key:` without a value, behind the key; for a list whose dashes are not indented, at
    /// its first item.
    pub at: Position,
    pub(super) kind: Kind,
    /// The bytes that the parser reports: exact but for block scalars, block collections and absent values, whose true
    /// extent `layout` works out.
    pub(super) span: Range<usize>,
    pub(super) tag: Tag,
    /// Reached through `*name`: `kind` is a copy, and the spans below are those of the anchor's own place.
    pub(super) is_alias: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Scalar { text: String, style: Style },
    List { items: Vec<Node>, flow: bool },
    Map { entries: Vec<Entry>, flow: bool },
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Nothing is there at all.
    Absent,
    Plain,
    Single,
    Double,
    /// `|`, with the column of its content when there is any.
    Literal {
        indent: Option<usize>,
    },
    /// `>`, with the column of its content when there is any.
    Folded {
        indent: Option<usize>,
    },
}

/// The tags that change what a scalar means; every other tag is looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    None,
    Custom,
    Str,
    Null,
    Bool,
    Int,
    Float,
}

impl Mapping {
    /// Returns the value of this root key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.node)
    }
}

impl Node {
    /// Returns what the node means by the core schema.
    pub fn value(&self) -> Value {
        match &self.kind {
            Kind::Scalar { text, style } => scalar(text, *style, self.tag),
            Kind::List { items, .. } => Value::List(items.iter().map(Node::value).collect()),
            Kind::Map { entries, .. } => Value::Map(
                entries
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.node.value()))
                    .collect(),
            ),
        }
    }

    /// Returns a scalar's decoded text as typed (`045`, `no`, `1.10`); nothing for null, lists and maps.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } if !self.is_null() => Some(text),
            Kind::Scalar { .. } | Kind::List { .. } | Kind::Map { .. } => None,
        }
    }

    /// Tells whether this is null, typed or left out.
    pub fn is_null(&self) -> bool {
        match &self.kind {
            Kind::Scalar { text, style } => {
                // Only these spell null; asking `scalar` would copy every text to find out.
                matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
                    && scalar(text, *style, self.tag) == Value::Null
            }
            Kind::List { .. } | Kind::Map { .. } => false,
        }
    }

    /// Tells whether this is a scalar without quotes, whose meaning the schema decides.
    pub fn is_plain(&self) -> bool {
        matches!(
            self.kind,
            Kind::Scalar {
                style: Style::Plain | Style::Absent,
                ..
            }
        )
    }

    /// Returns the items of a list.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List { items, .. } => Some(items),
            Kind::Scalar { .. } | Kind::Map { .. } => None,
        }
    }

    /// Returns the entries of a map.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map { entries, .. } => Some(entries),
            Kind::Scalar { .. } | Kind::List { .. } => None,
        }
    }

    /// Tells whether the node already says this: by value, or, for text over an unquoted scalar, as typed. The order
    /// of a map's entries says nothing.
    ///
    /// `id: 045` says both `Int(45)` and `Text("045")`: a client that was shown "045" and sends it back changes nothing.
    pub fn says(&self, value: &Value) -> bool {
        match (&self.kind, value) {
            (Kind::Scalar { .. }, Value::Text(asked)) => self.text() == Some(asked),
            (Kind::Scalar { .. }, _) => self.value() == *value,
            (Kind::List { items, .. }, Value::List(values)) => {
                items.len() == values.len()
                    && items
                        .iter()
                        .zip(values)
                        .all(|(item, value)| item.says(value))
            }
            (Kind::Map { entries, .. }, Value::Map(pairs)) => {
                entries.len() == pairs.len()
                    && with_asked(entries, pairs)
                        .all(|(entry, value)| value.is_some_and(|value| entry.node.says(value)))
            }
            (Kind::List { .. } | Kind::Map { .. }, _) => false,
        }
    }

    /// Counts what the node holds.
    pub(super) fn size(&self) -> Size {
        let mut size = Size {
            n_nodes: 1,
            ..Size::default()
        };
        let mut add = |child: &Node, key: Option<&str>| {
            let child = child.size();
            size.n_nodes += child.n_nodes + usize::from(key.is_some());
            size.n_bytes += child.n_bytes + key.map_or(0, str::len);
            size.depth = size.depth.max(child.depth);
        };
        match &self.kind {
            Kind::Scalar { text, .. } => size.n_bytes = text.len(),
            Kind::List { items, .. } => {
                items.iter().for_each(|item| add(item, None));
                size.depth += 1;
            }
            Kind::Map { entries, .. } => {
                entries
                    .iter()
                    .for_each(|entry| add(&entry.node, Some(&entry.key)));
                size.depth += 1;
            }
        }
        size
    }
}

/// Pairs each entry with what is asked for its key; the order in which it is asked means nothing.
pub(super) fn with_asked<'a>(
    entries: &'a [Entry],
    pairs: &'a [(String, Value)],
) -> impl Iterator<Item = (&'a Entry, Option<&'a Value>)> {
    // Mostly the order is the same; else a search each would be quadratic.
    let is_same = |(entry, pair): (&Entry, &(String, Value))| entry.key == pair.0;
    let in_order = entries.len() == pairs.len() && entries.iter().zip(pairs).all(is_same);
    let by_key: HashMap<&str, &Value> = if in_order {
        HashMap::new()
    } else {
        pairs
            .iter()
            .map(|(key, value)| (key.as_str(), value))
            .collect()
    };
    entries.iter().enumerate().map(move |(n, entry)| {
        let value = if in_order {
            Some(&pairs[n].1)
        } else {
            by_key.get(entry.key.as_str()).copied()
        };
        (entry, value)
    })
}

/// What a copy of a node would cost.
#[derive(Default)]
pub(super) struct Size {
    pub(super) n_nodes: usize,
    pub(super) n_bytes: usize,
    pub(super) depth: usize,
}

fn scalar(text: &str, style: Style, tag: Tag) -> Value {
    let plain = || Some(resolve(text)).filter(|value| !matches!(value, Value::Text(_)));
    let tagged = match tag {
        Tag::Str => None,
        Tag::None | Tag::Custom => match style {
            Style::Absent => Some(Value::Null),
            Style::Plain => plain(),
            Style::Single | Style::Double | Style::Literal { .. } | Style::Folded { .. } => None,
        },
        Tag::Null => plain().filter(|value| *value == Value::Null),
        Tag::Bool => plain().filter(|value| matches!(value, Value::Bool(_))),
        Tag::Int => plain().filter(|value| matches!(value, Value::Int(_))),
        Tag::Float => plain().and_then(|value| match value {
            // Within 2^53 the cast is exact.
            Value::Int(number) => Some(Value::Float(number as f64)),
            Value::Float(number) => Some(Value::Float(number)),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
        }),
    };
    tagged.unwrap_or_else(|| Value::Text(text.to_owned()))
}
