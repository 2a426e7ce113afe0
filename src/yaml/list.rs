//! Rewrites the changed items of a block list, line by line.
//!
//! A line with an item belongs to the item, its trailing comment included. Comments and blank lines between items
//! belong to nobody: they stay, even when the items around them go.

use super::layout::{Place, dashes, line_end, line_end_before, line_start};
use super::node::{Kind, Node, Style};
use super::replace::{Splice, Spot, among, break_before, replace, spot_within};
use super::value::Value;
use super::write::{self, Manner, Quote};
use std::ops::Range;

/// Most pairs of old and new items that are compared to find the ones that moved (a million: some milliseconds); in
/// longer lists than people write, a moved item counts as gone and come.
const PAIRS_MAX: usize = 1_000_000;

/// Where the lines of an item stand, from the line break before them to the last line's end.
struct Lines {
    dash: usize,
    place: Place,
    range: Range<usize>,
}

/// Which part of a list changes: everything before and behind it is the same in the old and the new list.
pub(super) struct Difference<'a> {
    /// The old items that change.
    pub(super) old: Range<usize>,
    /// What they become; for each value the old item to make it from, if there is one.
    pub(super) new: Vec<(Option<usize>, &'a Value)>,
}

/// Returns the splice that turns the items of a block list into these values.
pub(super) fn replace_items(spot: Spot<'_>, items: &[Node], values: &[Value]) -> Splice {
    let text = spot.text;
    let lines = lines(text, spot.node, spot.place.content.start);
    let difference = compare(items, values);
    let key_end = line_end(text, spot.place.properties.end);
    // What stands between the line above an item and the item: comments and blank lines.
    let above = |n: usize| {
        let start = if n == 0 {
            key_end
        } else {
            lines[n - 1].range.end
        };
        &text[start..lines[n].range.start.max(start)]
    };
    if values.is_empty() {
        let comments: String = (0..lines.len()).map(above).collect();
        let behind_key = &text[spot.place.properties.end..key_end];
        let end = lines.last().map_or(key_end, |last| last.range.end);
        return Splice {
            range: spot.place.properties.end..end,
            text: format!(" []{behind_key}{comments}"),
        };
    }
    let mut written = String::new();
    let mut next_above = difference.old.start + 1;
    let mut emit_above = |upto: usize, written: &mut String| {
        while next_above < upto {
            written.push_str(above(next_above));
            next_above += 1;
        }
    };
    for (old, value) in &difference.new {
        match old {
            Some(n) => {
                emit_above(n + 1, &mut written);
                written.push_str(&item(spot, items, &lines, *n, value));
            }
            None => written.push_str(&new_item(
                spot,
                items,
                &lines,
                difference.old.start.saturating_sub(1),
                value,
            )),
        }
    }
    emit_above(difference.old.end, &mut written);
    let start = match difference.old.clone() {
        old if !old.is_empty() || old.start == 0 => lines[old.start].range.start,
        old => lines[old.start - 1].range.end,
    };
    let end = if difference.old.is_empty() {
        start
    } else {
        lines[difference.old.end - 1].range.end
    };
    Splice {
        range: start..end,
        text: written,
    }
}

/// Compares a list with what it is to say.
pub(super) fn compare<'a>(items: &[Node], values: &'a [Value]) -> Difference<'a> {
    let n_before = items
        .iter()
        .zip(values)
        .take_while(|(item, value)| item.says(value))
        .count();
    let n_behind = items[n_before..]
        .iter()
        .rev()
        .zip(values[n_before..].iter().rev())
        .take_while(|(item, value)| item.says(value))
        .count();
    let old = n_before..items.len() - n_behind;
    let mut free: Vec<usize> = old.clone().collect();
    let mut new: Vec<(Option<usize>, &Value)> = values[n_before..values.len() - n_behind]
        .iter()
        .map(|value| (None, value))
        .collect();
    // An item that only moves takes its quoting and its comment along.
    let is_small = old.len() * new.len() <= PAIRS_MAX;
    for (source, value) in new.iter_mut().filter(|_| is_small) {
        *source = free
            .iter()
            .position(|n| items[*n].says(value))
            .map(|found| free.remove(found));
    }
    // What is left over on both sides counts as renamed.
    let mut renamed = free.into_iter();
    for (source, _) in &mut new {
        *source = source.or_else(|| renamed.next());
    }
    Difference { old, new }
}

fn lines(text: &str, list: &Node, first: usize) -> Vec<Lines> {
    dashes(text, list, first)
        .into_iter()
        .map(|(dash, place)| {
            let line = line_start(text, dash);
            let start = line_end_before(text, line).unwrap_or(line);
            let range = start..line_end(text, place.content.end);
            Lines { dash, place, range }
        })
        .collect()
}

/// Writes an old item's lines, saying this.
fn item(spot: Spot<'_>, items: &[Node], lines: &[Lines], n: usize, value: &Value) -> String {
    let Lines { range, place, .. } = &lines[n];
    let old = &spot.text[range.clone()];
    if items[n].says(value) {
        return old.to_owned();
    }
    let quote = match &items[n].kind {
        Kind::Scalar {
            style: Style::Absent,
            ..
        }
        | Kind::List { .. }
        | Kind::Map { .. } => quote(spot, items),
        Kind::Scalar { style, .. } => Quote::like(*style),
    };
    match replace(spot_within(spot, &items[n], place, quote), value) {
        Some(splice) => {
            let (start, end) = (splice.range.start, splice.range.end);
            [
                &spot.text[range.start..start],
                &splice.text,
                &spot.text[end..range.end.max(end)],
            ]
            .concat()
        }
        None => new_item(spot, items, lines, n, value),
    }
}

/// Writes a new item's line, indented and spaced like the one of this old item.
fn new_item(spot: Spot<'_>, items: &[Node], lines: &[Lines], like: usize, value: &Value) -> String {
    let text = spot.text;
    let Lines { dash, place, .. } = &lines[like];
    let line = line_start(text, *dash);
    let shown = if place.properties.is_empty() {
        &place.content
    } else {
        &place.properties
    };
    let gap = text.get(dash + 1..shown.start).unwrap_or_default();
    let gap = if !gap.is_empty() && gap.bytes().all(|byte| byte == b' ') {
        gap
    } else {
        " "
    };
    let written = write::inline(
        value,
        Manner {
            quote: quote(spot, items),
            flow: false,
        },
    );
    format!(
        "{}{}-{gap}{written}",
        break_before(text, line),
        &text[line..*dash]
    )
}

fn quote(spot: Spot<'_>, items: &[Node]) -> Quote {
    among(items).unwrap_or(spot.quote)
}
