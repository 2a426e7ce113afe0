//! Rewrites the changed elements between the brackets of a flow collection, whatever its commas and line breaks.

use super::layout::{
    elements, entry_end, line_break, line_end, line_end_before, line_start, place,
};
use super::list::compare;
use super::node::{Entry, Kind, Node, Style};
use super::replace::{Splice, Spot, among};
use super::value::Value;
use super::write::{self, Manner, Quote};
use std::ops::Range;

/// A flow collection in its text.
pub(super) struct Brackets<'a> {
    text: &'a str,
    open: usize,
    close: usize,
    elements: Vec<Range<usize>>,
}

/// Returns the splice that turns the items of a flow list into these values; nothing if it would lose a comment.
pub(super) fn replace_items(spot: Spot<'_>, items: &[Node], values: &[Value]) -> Option<Splice> {
    let text = spot.text;
    let brackets = Brackets::of_list(text, &spot.place.content, items);
    let difference = compare(items, values);
    let shared = among(items).unwrap_or(spot.quote);
    let write = |(source, value): &(Option<usize>, &Value)| match source {
        Some(n) if items[*n].says(value) => text[brackets.elements[*n].clone()].to_owned(),
        Some(n) => write::inline(
            value,
            Manner {
                quote: quote(&items[*n], shared),
                flow: true,
            },
        ),
        None => write::inline(
            value,
            Manner {
                quote: shared,
                flow: true,
            },
        ),
    };
    let n_kept = difference.old.len().min(difference.new.len());
    let (kept, added) = difference.new.split_at(n_kept);
    let kept_end = difference.old.start + n_kept;
    let mut written = String::new();
    for (n, value) in (difference.old.start..).zip(kept) {
        if n > difference.old.start {
            written.push_str(brackets.gap(n));
        }
        written.push_str(&write(value));
    }
    let added: Vec<String> = added.iter().map(write).collect();
    let tail = if !added.is_empty() {
        Some(brackets.insert(kept_end, &added))
    } else if kept_end < difference.old.end {
        Some(brackets.remove(kept_end..difference.old.end)?)
    } else {
        None
    };
    if n_kept == 0 {
        return tail;
    }
    let start = brackets.elements[difference.old.start].start;
    let end = brackets.elements[kept_end - 1].end;
    Some(match tail {
        None => Splice {
            range: start..end,
            text: written,
        },
        Some(tail) => Splice {
            text: [&written, &text[end..tail.range.start], &tail.text].concat(),
            range: start..tail.range.end,
        },
    })
}

impl<'a> Brackets<'a> {
    pub(super) fn of_list(text: &'a str, span: &Range<usize>, items: &[Node]) -> Brackets<'a> {
        let end_of = |n: usize, start: usize| place(text, &items[n], start).content.end;
        let elements = elements(text, span.start, end_of, items.len());
        Brackets {
            text,
            open: span.start,
            close: span.end - 1,
            elements,
        }
    }

    pub(super) fn of_map(text: &'a str, span: &Range<usize>, entries: &[Entry]) -> Brackets<'a> {
        let end_of = |n: usize, _| entry_end(text, &entries[n]);
        let elements = elements(text, span.start, end_of, entries.len());
        Brackets {
            text,
            open: span.start,
            close: span.end - 1,
            elements,
        }
    }

    /// Returns the splice that puts elements in front of the element with this number, or at the end.
    pub(super) fn insert(&self, at: usize, added: &[String]) -> Splice {
        let separator = self.separator();
        let written = added.join(&separator);
        let Some(before) = at.checked_sub(1) else {
            return match self.elements.first() {
                Some(first) => Splice {
                    range: first.start..first.start,
                    text: format!("{written}{separator}"),
                },
                None => Splice {
                    range: self.open + 1..self.open + 1,
                    text: written,
                },
            };
        };
        let end = self.elements[before].end;
        if at == self.elements.len()
            && let Some(splice) = self.append_behind_comment(end, &separator, &written)
        {
            return splice;
        }
        Splice {
            range: end..end,
            text: format!("{separator}{written}"),
        }
    }

    /// Leaves the comment behind the last element with that element.
    fn append_behind_comment(&self, end: usize, separator: &str, written: &str) -> Option<Splice> {
        let stop = line_end(self.text, end).min(self.close);
        let rest = &self.text[end..stop];
        let (before_comment, _) = rest.split_once('#')?;
        let line_break = line_break(self.text, stop)?;
        let margin = separator.trim_start_matches([',', '\r', '\n']);
        if before_comment.contains(',') {
            return Some(Splice {
                range: stop..stop,
                text: format!("{line_break}{margin}{written}"),
            });
        }
        Some(Splice {
            range: end..stop,
            text: format!(",{rest}{line_break}{margin}{written}"),
        })
    }

    /// Returns the splice that takes elements out with one of the commas around them; nothing if a comment would go.
    pub(super) fn remove(&self, gone: Range<usize>) -> Option<Splice> {
        let elements = &self.elements;
        let has_comment = |gaps: Range<usize>| gaps.into_iter().any(|n| self.gap(n).contains('#'));
        let range = if gone.start > 0 && !has_comment(gone.clone()) {
            elements[gone.start - 1].end..elements[gone.end - 1].end
        } else if gone.end < elements.len() && !has_comment(gone.start + 1..gone.end + 1) {
            elements[gone.start].start..elements[gone.end].start
        } else if gone == (0..elements.len()) && !has_comment(0..elements.len() + 1) {
            self.open + 1..self.close
        } else {
            self.lines(gone)?
        };
        Some(Splice {
            range,
            text: String::new(),
        })
    }

    /// Returns the lines that these elements have to themselves, with the comments that end those lines.
    fn lines(&self, gone: Range<usize>) -> Option<Range<usize>> {
        let text = self.text;
        let (first, last) = (&self.elements[gone.start], &self.elements[gone.end - 1]);
        let line = line_start(text, first.start);
        let end = line_end(text, last.end);
        let own_line = |comment: &str| comment.trim_start().starts_with('#');
        let between = (gone.start + 1..gone.end)
            .any(|n| self.gap(n).split(['\n', '\r']).skip(1).any(own_line));
        let behind = text[last.end..end].trim_start_matches([' ', '\t', ',']);
        let is_alone = text[line..first.start].trim().is_empty()
            && (behind.is_empty() || behind.starts_with('#'));
        (is_alone && !between).then_some(line_end_before(text, line)?..end)
    }

    /// Returns what stands in front of the element with this number: blanks, comments, the comma.
    fn gap(&self, n: usize) -> &'a str {
        let start = n
            .checked_sub(1)
            .map_or(self.open + 1, |before| self.elements[before].end);
        let end = self
            .elements
            .get(n)
            .map_or(self.close, |element| element.start);
        &self.text[start..end]
    }

    /// Returns what stands between two elements here, without its comments.
    fn separator(&self) -> String {
        let sample = if self.elements.len() > 1 {
            self.gap(1)
        } else {
            self.gap(0)
        };
        if self.elements.len() > 1 && !sample.contains('#') {
            return sample.to_owned();
        }
        match sample.rfind(['\n', '\r']) {
            Some(found) => {
                let start = if sample[..found].ends_with('\r') {
                    found - 1
                } else {
                    found
                };
                format!(",{}", &sample[start..])
            }
            None => ", ".to_owned(),
        }
    }
}

fn quote(old: &Node, shared: Quote) -> Quote {
    match &old.kind {
        Kind::Scalar {
            style: Style::Absent,
            ..
        }
        | Kind::List { .. }
        | Kind::Map { .. } => shared,
        Kind::Scalar { style, .. } => Quote::like(*style),
    }
}
