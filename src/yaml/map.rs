//! Rewrites the entries of a mapping: the front matter itself, or one inside of it.

use super::compare::{self, Hunk};
use super::flow::Brackets;
use super::habit::Habit;
use super::layout::{behind_colon, line_break, line_end, place, row_start, skip_blank};
use super::node::{Entry, Kind};
use super::replace::{Splice, Spot, replace};
use super::rows::Rows;
use super::value::Value;
use super::write::{self, Manner, Quote};
use std::ops::Range;

/// The entries of a mapping in their text.
#[derive(Clone, Copy)]
pub(super) struct Entries<'a> {
    pub(super) text: &'a str,
    pub(super) entries: &'a [Entry],
    /// From brace to brace; nothing if the mapping is written in lines.
    pub(super) braces: Option<&'a Range<usize>>,
    pub(super) habit: Habit<'a>,
    pub(super) quote: Quote,
}

/// Returns the splice that makes a mapping hold these pairs and no others.
pub(super) fn replace_entries(
    spot: Spot<'_>,
    entries: &[Entry],
    pairs: &[(String, Value)],
) -> Splice {
    let all_go = entries.iter().map(|entry| (entry.key.as_str(), None));
    let asked = pairs.iter().map(|(key, value)| (key.as_str(), Some(value)));
    let hunks = compare::entries(entries, all_go.chain(asked));
    let is_flow = matches!(spot.node.kind, Kind::Map { flow: true, .. });
    let map = Entries {
        text: spot.text,
        entries,
        braces: is_flow.then_some(&spot.place.content),
        habit: spot.habit,
        quote: spot.quote,
    };
    if pairs.is_empty() && !is_flow {
        return map.rows().empty(spot, "{}");
    }
    map.rewrite(hunks)
}

impl<'a> Entries<'a> {
    /// Returns the splice that makes these changes.
    pub(super) fn rewrite(self, hunks: Vec<Hunk<(&str, &Value)>>) -> Splice {
        let text = self.text;
        match self.braces {
            Some(braces) => {
                // A mapping in JSON's way stays JSON.
                let is_json = text[skip_blank(text, braces.start + 1)..].starts_with('"');
                let quote = if is_json { Quote::Double } else { self.quote };
                let map = Entries { quote, ..self };
                let brackets = Brackets::of_map(text, braces, self.entries);
                let manner = Manner { quote, flow: true };
                let write = |from, (key, value): (&str, &Value)| match from {
                    Some(n) => map.entry(n, value, None).within(text, brackets.element(n)),
                    None => write::entry(key, value, manner),
                };
                let hunks = hunks.into_iter().map(|hunk| hunk.write(write));
                brackets.rewrite(&hunks.collect::<Vec<_>>())
            }
            None => {
                let rows = self.rows();
                let column = rows.column();
                let write = |from, (key, value): (&str, &Value)| match from {
                    Some(n) => self.entry(n, value, Some(column)).within(text, rows.row(n)),
                    None => self.habit.entry(key, value, column, self.quote),
                };
                let hunks = hunks.into_iter().map(|hunk| hunk.write(write));
                rows.rewrite(&hunks.collect::<Vec<_>>())
            }
        }
    }

    fn rows(self) -> Rows<'a> {
        Rows::of_map(self.text, self.entries, self.habit.newline)
    }

    /// Returns the splice that gives an entry this value; `column` is where the rows of a block start.
    fn entry(self, n: usize, value: &Value, column: Option<usize>) -> Splice {
        let text = self.text;
        let entry = &self.entries[n];
        let Some(from) = behind_colon(text, entry) else {
            return self.first_value(entry, value, column);
        };
        let place = place(text, &entry.node, from);
        let spot = Spot {
            text,
            node: &entry.node,
            place: &place,
            habit: self.habit,
            quote: self.quote,
            column: column.filter(|_| !text[row_start(text, entry)..].starts_with('?')),
            flow: column.is_none(),
        };
        replace(spot, value)
    }

    /// Returns the splice that gives a value to a key that stands alone: `{key}` or `? key`.
    fn first_value(self, entry: &Entry, value: &Value, column: Option<usize>) -> Splice {
        let (quote, flow) = (self.quote, column.is_none());
        let written = write::inline(value, Manner { quote, flow });
        let Some(column) = column else {
            let end = entry.key_span.end;
            return Splice {
                range: end..end,
                text: format!(": {written}"),
            };
        };
        let end = line_end(self.text, entry.key_span.end);
        let line_break = line_break(self.text, end).unwrap_or(self.habit.newline);
        Splice {
            range: end..end,
            text: format!("{line_break}{}: {written}", " ".repeat(column)),
        }
    }
}
