//! Replaces one value where it stands: an entry's, or an item's of a list.

use super::habit::Habit;
use super::layout::{Place, line_break, line_end, line_start};
use super::node::{Kind, Node, Style, Tag};
use super::value::Value;
use super::write::{self, Manner, Quote};
use super::{list, map};
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
    pub(super) habit: Habit<'a>,
    /// The quoting to use where the old value shows none.
    pub(super) quote: Quote,
    /// Where the row of a block mapping starts whose value this is: lines may follow, indented deeper.
    pub(super) column: Option<usize>,
    /// Within the brackets of a flow collection.
    pub(super) flow: bool,
}

impl Splice {
    pub(super) fn removing(range: Range<usize>) -> Splice {
        Splice {
            range,
            text: String::new(),
        }
    }

    /// Makes one splice of several that follow one another.
    pub(super) fn joined(text: &str, splices: Vec<Splice>) -> Splice {
        let mut splices = splices.into_iter();
        let mut joined = splices.next().unwrap_or(Splice {
            range: 0..0,
            text: String::new(),
        });
        for next in splices {
            let between = text.get(joined.range.end..next.range.start);
            joined.text.push_str(between.unwrap_or_default());
            joined.text.push_str(&next.text);
            joined.range.end = next.range.end;
        }
        joined
    }

    /// Returns what these bytes of the text become.
    pub(super) fn within(&self, text: &str, range: Range<usize>) -> String {
        let before = text.get(range.start..self.range.start);
        let behind = text.get(self.range.end..range.end);
        [
            before.unwrap_or_default(),
            &self.text,
            behind.unwrap_or_default(),
        ]
        .concat()
    }
}

/// Returns the splice that makes a value say this instead, and touches as little as it can.
pub(super) fn replace(spot: Spot<'_>, value: &Value) -> Splice {
    // What is empty has nothing to keep, unless it holds a comment.
    let content = &spot.text[spot.place.content.clone()];
    let holds = |n_children: usize| n_children > 0 || content.contains('#');
    match (&spot.node.kind, value) {
        (_, _) if spot.node.is_alias => on_one_line(spot, value),
        (Kind::List { items, .. }, Value::List(values)) if holds(items.len()) => {
            list::replace_items(spot, items, values)
        }
        // `[key: value]` is a list of a map that has no braces.
        (Kind::Map { entries, flow }, Value::Map(pairs))
            if holds(entries.len()) && (!flow || content.starts_with('{')) =>
        {
            map::replace_entries(spot, entries, pairs)
        }
        (
            Kind::Scalar {
                style: Style::Literal { indent },
                ..
            },
            Value::Text(text),
        ) if text.contains('\n') => {
            literal(spot, text, *indent).unwrap_or_else(|| on_one_line(spot, value))
        }
        (_, Value::List(_) | Value::Map(_)) => {
            in_lines(spot, value).unwrap_or_else(|| on_one_line(spot, value))
        }
        (Kind::Scalar { .. } | Kind::List { .. } | Kind::Map { .. }, _) => on_one_line(spot, value),
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

/// A core tag says what the old value was; an anchor nobody refers to, or a custom tag, may stay.
fn keeps_properties(spot: Spot<'_>) -> bool {
    spot.place.properties.is_empty() || matches!(spot.node.tag, Tag::None | Tag::Custom)
}

/// Writes a list or a map in lines below its key, where the file does so and only one line stood there before.
fn in_lines(spot: Spot<'_>, value: &Value) -> Option<Splice> {
    let Spot { text, place, .. } = spot;
    let written = spot.habit.value(value, spot.column?, spot.quote);
    let head = if keeps_properties(spot) {
        place.properties.end
    } else {
        text[..place.properties.start]
            .trim_end_matches([' ', '\t'])
            .len()
    };
    let end = line_end(text, head);
    let is_below = written.starts_with(['\n', '\r']);
    let rest = text.get(place.content.end..end).filter(|_| is_below)?;
    let comment = if rest.contains('#') { rest } else { "" };
    Some(Splice {
        range: head..end,
        text: format!("{comment}{written}"),
    })
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
    let keeps_properties = keeps_properties(spot);
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
    let line = &text[line_start(text, header)..];
    let column = line.len() - line.trim_start_matches(' ').len();
    let margin = " ".repeat(indent.unwrap_or(spot.column.unwrap_or(column) + 2));
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
