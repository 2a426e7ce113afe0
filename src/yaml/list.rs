//! Rewrites the changed items of a list, in lines or in brackets.

use super::compare;
use super::flow::Brackets;
use super::layout::{Place, dashes, place};
use super::node::{Kind, Node};
use super::replace::{Splice, Spot, among, replace};
use super::rows::Rows;
use super::value::Value;
use super::write::{self, Manner};

/// Returns the splice that turns the items of a list into these values.
pub(super) fn replace_items(spot: Spot<'_>, items: &[Node], values: &[Value]) -> Splice {
    let spot = Spot {
        quote: among(items).unwrap_or(spot.quote),
        column: None,
        ..spot
    };
    if matches!(spot.node.kind, Kind::List { flow: true, .. }) {
        in_brackets(spot, items, values)
    } else {
        in_rows(spot, items, values)
    }
}

fn in_brackets(spot: Spot<'_>, items: &[Node], values: &[Value]) -> Splice {
    let text = spot.text;
    let flow = true;
    let spot = Spot { flow, ..spot };
    let brackets = Brackets::of_list(text, &spot.place.content, items);
    let write = |from, value: &Value| match from {
        Some(n) => {
            let element = brackets.element(n);
            let place = place(text, &items[n], element.start);
            item(spot, &items[n], &place, value).within(text, element)
        }
        None => write::inline(value, manner(spot)),
    };
    let hunks = compare::items(items, values).into_iter();
    brackets.rewrite(&hunks.map(|hunk| hunk.write(write)).collect::<Vec<_>>())
}

fn in_rows(spot: Spot<'_>, items: &[Node], values: &[Value]) -> Splice {
    let text = spot.text;
    let dashes = dashes(text, spot.node, spot.place.content.start);
    let rows = Rows::of_list(text, &dashes, spot.habit.newline);
    if values.is_empty() {
        return rows.empty(spot, "[]");
    }
    // The gap behind the first dash is the gap behind a new one.
    let gap = dashes.first().and_then(|(dash, place)| {
        let shown = if place.properties.is_empty() {
            place.content.start
        } else {
            place.properties.start
        };
        let is_gap = |gap: &&str| !gap.is_empty() && gap.bytes().all(|byte| byte == b' ');
        text.get(dash + 1..shown).filter(is_gap)
    });
    let gap = gap.unwrap_or(" ");
    let write = |from, value: &Value| match from {
        Some(n) => {
            let (_, place) = &dashes[n];
            item(spot, &items[n], place, value).within(text, rows.row(n))
        }
        None => format!("-{gap}{}", write::inline(value, manner(spot))),
    };
    let hunks = compare::items(items, values).into_iter();
    rows.rewrite(&hunks.map(|hunk| hunk.write(write)).collect::<Vec<_>>())
}

/// Returns the splice that makes an item say this; an item that only moves says it already.
fn item(spot: Spot<'_>, node: &Node, place: &Place, value: &Value) -> Splice {
    if node.says(value) {
        let end = place.content.end;
        return Splice {
            range: end..end,
            text: String::new(),
        };
    }
    replace(
        Spot {
            node,
            place,
            ..spot
        },
        value,
    )
}

fn manner(spot: Spot<'_>) -> Manner {
    Manner {
        quote: spot.quote,
        flow: spot.flow,
    }
}
