//! Builds the tree from the parser's events, counting depth, nodes and bytes as they come.

use super::error::{ParseError, ParseErrorKind, Position};
use super::node::{Entry, Kind, Mapping, Node, Root, Style, Tag};
use super::parse::{ALIAS_BYTES_MAX, DEPTH_MAX, NODES_MAX, position};
use granit_parser::{Event, ScalarStyle, Span, StructureStyle};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// From this many entries on, a mapping's keys are looked up in a set: comparing all pairs would be quadratic.
const ENTRIES_SCANNED_MAX: usize = 24;

/// The tree under construction.
pub(super) struct Reader {
    pub(super) mapping: Mapping,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    /// The first anchor number that the next root entry may define.
    next_anchor: usize,
    /// The first anchor number not seen yet.
    seen_anchor: usize,
    n_nodes: usize,
    n_alias_bytes: usize,
}

/// A collection whose end has not come yet.
struct Open {
    at: Position,
    start: usize,
    flow: bool,
    tag: Tag,
    anchor: usize,
    children: Children,
}

enum Children {
    Items(Vec<Node>),
    Entries {
        entries: Vec<Entry>,
        key: Option<Node>,
        keys: HashSet<String>,
    },
}

impl Reader {
    pub(super) fn new() -> Reader {
        Reader {
            mapping: Mapping {
                entries: Vec::new(),
                root: Root::Absent,
                references: Vec::new(),
            },
            open: Vec::new(),
            anchors: HashMap::new(),
            next_anchor: 1,
            seen_anchor: 1,
            n_nodes: 0,
            n_alias_bytes: 0,
        }
    }

    pub(super) fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), ParseError> {
        let at = position(&span.start);
        let bytes = span.byte_range().unwrap_or_default();
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_deref().map_or(Tag::None, tag_of);
                self.see(anchor);
                self.count(1, at)?;
                let absent = style == ScalarStyle::Plain && bytes.is_empty();
                // The parser reports an absent value as `~`, or as empty when it is tagged.
                let text = if absent {
                    String::new()
                } else {
                    text.into_owned()
                };
                let style = if absent {
                    Style::Absent
                } else {
                    style_of(style, span.indent)
                };
                let node = Node {
                    at,
                    kind: Kind::Scalar { text, style },
                    span: bytes,
                    tag,
                    is_alias: false,
                };
                self.complete(node, anchor)
            }
            Event::SequenceStart(style, anchor, tag) => self.start(
                at,
                bytes.start,
                style,
                anchor,
                tag.as_deref(),
                Children::Items(Vec::new()),
            ),
            Event::MappingStart(style, anchor, tag) => {
                let children = Children::Entries {
                    entries: Vec::new(),
                    key: None,
                    keys: HashSet::new(),
                };
                self.start(at, bytes.start, style, anchor, tag.as_deref(), children)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(bytes.end),
            Event::Alias(anchor) => self.alias(anchor, at, bytes),
            Event::UnresolvedAlias(_) => Err(ParseError {
                at,
                kind: ParseErrorKind::UnknownAlias,
            }),
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Anchor(..)
            | Event::Comment(..) => Ok(()),
            // A kind of event that this version of the parser does not have could be a node: not to be missed.
            _ => Err(ParseError {
                at,
                kind: ParseErrorKind::Syntax,
            }),
        }
    }

    fn start(
        &mut self,
        at: Position,
        start: usize,
        style: StructureStyle,
        anchor: usize,
        tag: Option<&granit_parser::Tag>,
        children: Children,
    ) -> Result<(), ParseError> {
        self.see(anchor);
        self.count(1, at)?;
        if self.open.len() == DEPTH_MAX {
            return Err(ParseError {
                at,
                kind: ParseErrorKind::TooDeep,
            });
        }
        if self.open.is_empty() {
            // The root's own anchor belongs to no entry.
            self.next_anchor = self.seen_anchor;
        }
        let tag = tag.map_or(Tag::None, tag_of);
        self.open.push(Open {
            at,
            start,
            flow: style == StructureStyle::Flow,
            tag,
            anchor,
            children,
        });
        Ok(())
    }

    fn end(&mut self, end: usize) -> Result<(), ParseError> {
        let Some(Open {
            at,
            start,
            flow,
            tag,
            anchor,
            children,
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let span = start..end;
        let kind = match children {
            Children::Items(items) => Kind::List { items, flow },
            Children::Entries { entries, .. } => Kind::Map { entries, flow },
        };
        self.complete(
            Node {
                at,
                kind,
                span,
                tag,
                is_alias: false,
            },
            anchor,
        )
    }

    fn alias(&mut self, anchor: usize, at: Position, span: Range<usize>) -> Result<(), ParseError> {
        // An anchor that is still open is not there yet: `&a [*a]` has no finite value.
        let target = self.anchors.get(&anchor).ok_or(ParseError {
            at,
            kind: ParseErrorKind::UnknownAlias,
        })?;
        let size = target.size();
        if self.open.len() + size.depth > DEPTH_MAX {
            return Err(ParseError {
                at,
                kind: ParseErrorKind::TooDeep,
            });
        }
        self.n_alias_bytes += size.n_bytes;
        if self.n_alias_bytes > ALIAS_BYTES_MAX || self.n_nodes + size.n_nodes > NODES_MAX {
            return Err(ParseError {
                at,
                kind: ParseErrorKind::TooManyNodes,
            });
        }
        let node = Node {
            at,
            span,
            is_alias: true,
            ..target.clone()
        };
        self.n_nodes += size.n_nodes;
        self.mapping.references.push(anchor);
        self.complete(node, 0)
    }

    /// Hands a finished node to the collection around it.
    fn complete(&mut self, node: Node, anchor: usize) -> Result<(), ParseError> {
        let is_root_entry = self.open.len() == 1;
        if anchor != 0 && !self.open.is_empty() {
            self.anchors.insert(anchor, node.clone());
        }
        let anchors = self.next_anchor..self.seen_anchor;
        let Some(parent) = self.open.last_mut() else {
            return self.root(node);
        };
        match &mut parent.children {
            Children::Items(items) => items.push(node),
            Children::Entries { entries, key, keys } => match key.take() {
                None => *key = Some(node),
                Some(key) => {
                    let entry = entry(key, node, anchors)?;
                    refuse_duplicate(entries, keys, &entry)?;
                    entries.push(entry);
                    if is_root_entry {
                        self.next_anchor = self.seen_anchor;
                    }
                }
            },
        }
        Ok(())
    }

    fn root(&mut self, node: Node) -> Result<(), ParseError> {
        let Kind::Map { entries, flow } = node.kind else {
            return Err(ParseError {
                at: node.at,
                kind: ParseErrorKind::NotAMapping,
            });
        };
        if self.mapping.root != Root::Absent {
            return Err(ParseError {
                at: node.at,
                kind: ParseErrorKind::SeveralDocuments,
            });
        }
        self.mapping.entries = entries;
        self.mapping.root = if flow {
            Root::Flow { span: node.span }
        } else {
            Root::Block
        };
        Ok(())
    }

    /// Anchors are numbered from 1 in the order of the text.
    fn see(&mut self, anchor: usize) {
        self.seen_anchor = self.seen_anchor.max(anchor + 1);
    }

    fn count(&mut self, n_nodes: usize, at: Position) -> Result<(), ParseError> {
        self.n_nodes += n_nodes;
        if self.n_nodes > NODES_MAX {
            return Err(ParseError {
                at,
                kind: ParseErrorKind::TooManyNodes,
            });
        }
        Ok(())
    }
}

fn entry(key: Node, node: Node, anchors: Range<usize>) -> Result<Entry, ParseError> {
    let Node {
        at,
        kind: Kind::Scalar { text, .. },
        span,
        ..
    } = key
    else {
        return Err(ParseError {
            at: key.at,
            kind: ParseErrorKind::UnsupportedKey,
        });
    };
    Ok(Entry {
        key: text,
        at,
        node,
        key_span: span,
        anchors,
    })
}

fn refuse_duplicate(
    entries: &[Entry],
    keys: &mut HashSet<String>,
    entry: &Entry,
) -> Result<(), ParseError> {
    let is_new = if entries.len() < ENTRIES_SCANNED_MAX {
        entries.iter().all(|other| other.key != entry.key)
    } else {
        if keys.is_empty() {
            keys.extend(entries.iter().map(|other| other.key.clone()));
        }
        keys.insert(entry.key.clone())
    };
    if is_new {
        return Ok(());
    }
    Err(ParseError {
        at: entry.at,
        kind: ParseErrorKind::DuplicateKey(entry.key.clone()),
    })
}

fn style_of(style: ScalarStyle, indent: Option<usize>) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal => Style::Literal { indent },
        ScalarStyle::Folded => Style::Folded { indent },
    }
}

fn tag_of(tag: &granit_parser::Tag) -> Tag {
    // `!` alone says "not resolved", which for a scalar means text.
    if tag.handle().is_empty() && tag.suffix() == "!" {
        return Tag::Str;
    }
    match tag.core_suffix() {
        Some("str") => Tag::Str,
        Some("null") => Tag::Null,
        Some("bool") => Tag::Bool,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some(_) | None => Tag::Custom,
    }
}
