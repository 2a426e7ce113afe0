//! Replaces one value where it stands: an entry's, or an item's of a list.

use super::layout::{Place, line_break, line_end, line_end_before, line_start};
use super::node::{Kind, Node, Style, Tag};
use super::value::Value;
use super::write::{self, Manner, Quote};
use super::{flow, list};
use std::ops::Range;

/// One change of a text: these bytes go, this text comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// A value in its text, with what is needed to write another one there.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) text: &'a str,
    pub(super) node: &'a Node,
    pub(super) place: &'a Place,
    /// The quoting to use where the old value shows none.
    pub(super) quote: Quote,
    /// Within the brackets of a flow collection.
    pub(super) flow: bool,
}

impl Splice {
    pub(super) fn apply(&self, text: &str) -> String {
        [
            &text[..self.range.start],
            &self.text,
            &text[self.range.end..],
        ]
        .concat()
    }
}

/// Returns the splice that makes a value say this instead; nothing if the way it is written is beyond us.
pub(super) fn replace(spot: Spot<'_>, value: &Value) -> Option<Splice> {
    if spot.node.is_alias {
        return Some(on_one_line(spot, value));
    }
    match (&spot.node.kind, value) {
        (Kind::List { items, flow: true }, Value::List(values))
            if !items.is_empty() && !values.is_empty() =>
        {
            flow::replace_items(spot, items, values)
        }
        (Kind::List { items, flow: false }, Value::List(values)) if starts_own_line(spot) => {
            Some(list::replace_items(spot, items, values))
        }
        (
            Kind::Scalar {
                style: Style::Literal { indent },
                ..
            },
            Value::Text(text),
        ) if text.contains('\n') => {
            Some(literal(spot, text, *indent).unwrap_or_else(|| on_one_line(spot, value)))
        }
        (Kind::Scalar { .. } | Kind::List { .. } | Kind::Map { .. }, _) => {
            Some(on_one_line(spot, value))
        }
    }
}

/// Tells whether only indentation precedes a block on its line: then the line above is the key's.
fn starts_own_line(spot: Spot<'_>) -> bool {
    let start = spot.place.content.start;
    start > spot.place.properties.end
        && spot.text[line_start(spot.text, start)..start]
            .bytes()
            .all(|byte| byte == b' ')
}

/// Writes a value on one line, in the place of whatever stood there.
fn on_one_line(spot: Spot<'_>, value: &Value) -> Splice {
    let Spot { text, place, .. } = spot;
    let written = write::inline(
        value,
        Manner {
            quote: quote(spot),
            flow: spot.flow,
        },
    );
    // A core tag says what the old value was; an anchor nobody refers to, or a custom tag, may stay.
    let keeps_properties =
        place.properties.is_empty() || matches!(spot.node.tag, Tag::None | Tag::Custom);
    let start = if keeps_properties {
        place.content.start
    } else {
        place.properties.start
    };
    if spot.node.is_alias {
        return Splice {
            range: start..place.content.end,
            text: written,
        };
    }
    match &spot.node.kind {
        Kind::Scalar {
            style: Style::Absent,
            ..
        } if keeps_properties => Splice {
            range: start..start,
            text: format!(" {written}"),
        },
        Kind::Scalar {
            style: Style::Literal { .. } | Style::Folded { .. },
            ..
        } => {
            let comment = behind_header(text, place.content.start);
            Splice {
                range: start..place.content.end,
                text: format!("{written}{comment}"),
            }
        }
        Kind::List { flow: false, .. } | Kind::Map { flow: false, .. } if starts_own_line(spot) => {
            let behind = if keeps_properties {
                place.properties.end
            } else {
                place.properties.start
            };
            let comment = &text[place.properties.end..line_end(text, place.properties.end)];
            let space = if keeps_properties { " " } else { "" };
            let end = line_end(text, place.content.end);
            Splice {
                range: behind..end,
                text: format!("{space}{written}{comment}"),
            }
        }
        Kind::Scalar { .. } | Kind::List { .. } | Kind::Map { .. } => Splice {
            range: start..place.content.end,
            text: written,
        },
    }
}

fn quote(spot: Spot<'_>) -> Quote {
    if spot.node.is_alias {
        return spot.quote;
    }
    match &spot.node.kind {
        Kind::Scalar {
            style: Style::Absent,
            ..
        } => spot.quote,
        // A bare number or `true` says nothing about how text is quoted here.
        Kind::Scalar {
            style: Style::Plain,
            ..
        } if !matches!(spot.node.value(), Value::Text(_)) => spot.quote,
        Kind::Scalar { style, .. } => Quote::like(*style),
        Kind::List { items, .. } => among(items).unwrap_or(spot.quote),
        Kind::Map { .. } => spot.quote,
    }
}

/// Returns the quoting that all texts of a list share.
pub(super) fn among(items: &[Node]) -> Option<Quote> {
    let mut quotes = items
        .iter()
        .filter(|item| !item.is_alias)
        .filter_map(|item| match &item.kind {
            Kind::Scalar {
                style: Style::Absent,
                ..
            }
            | Kind::List { .. }
            | Kind::Map { .. } => None,
            Kind::Scalar { style, .. } => Some(Quote::like(*style)),
        });
    let first = quotes.next()?;
    Some(if quotes.all(|quote| quote == first) {
        first
    } else {
        Quote::Plain
    })
}

/// Returns the blanks and the comment behind the header (`|`, `>-`) of a block scalar.
fn behind_header(text: &str, header: usize) -> &str {
    let line = &text[header..line_end(text, header)];
    let behind = &line[line.find([' ', '\t']).unwrap_or(line.len())..];
    if behind.contains('#') { behind } else { "" }
}

/// Writes lines as a literal block again; nothing if the text has lines that a literal block cannot hold as they are.
fn literal(spot: Spot<'_>, new: &str, indent: Option<usize>) -> Option<Splice> {
    let Spot { text, place, .. } = spot;
    let (lines, chomping) = match new.strip_suffix('\n') {
        Some(lines) => (lines, "|"),
        None => (new, "|-"),
    };
    // A first line that starts with a blank would be taken for deeper indentation; blank lines at an end would need
    // `|+`, which swallows the blank lines that stand behind the block.
    let holds = !lines.starts_with([' ', '\t', '\n'])
        && !lines.ends_with('\n')
        && lines.split('\n').all(|line| {
            line.chars()
                .all(|letter| letter == '\t' || write::is_printable(letter))
        })
        && matches!(spot.node.tag, Tag::None | Tag::Custom | Tag::Str);
    if !holds || lines.is_empty() {
        return None;
    }
    let header = place.content.start;
    let header_end = line_end(text, header);
    let key_column = text[line_start(text, header)..]
        .bytes()
        .take_while(|byte| *byte == b' ')
        .count();
    let margin = " ".repeat(indent.unwrap_or(key_column + 2));
    let line_break = line_break(text, header_end).unwrap_or("\n");
    let mut written = format!("{chomping}{}", behind_header(text, header));
    for line in lines.split('\n') {
        written.push_str(line_break);
        if !line.is_empty() {
            written.push_str(&margin);
            written.push_str(line);
        }
    }
    Some(Splice {
        range: place.content.clone(),
        text: written,
    })
}

/// Returns what stands between the end of a line and this line start: the line break to copy.
pub(super) fn break_before(text: &str, line_start: usize) -> &str {
    &text[line_end_before(text, line_start).unwrap_or(line_start)..line_start]
}

/// Returns the places of an item's or entry's own value.
pub(super) fn spot_within<'a>(
    outer: Spot<'a>,
    node: &'a Node,
    place: &'a Place,
    quote: Quote,
) -> Spot<'a> {
    Spot {
        node,
        place,
        quote,
        ..outer
    }
}
