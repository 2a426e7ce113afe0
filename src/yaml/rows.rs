//! Rewrites the changed rows of a block collection: the items of a list, or the entries of a mapping.
//!
//! A row is all lines of its item or entry, the comment that trails it included. Comments and blank lines between rows
//! belong to nobody: they stay, even when the rows around them go.

use super::compare::Hunk;
use super::layout::{
    Place, between, entry_end, line_break, line_end, line_end_before, line_start, row_start,
};
use super::node::Entry;
use super::replace::{Splice, Spot};
use std::ops::Range;

/// The rows of a block collection in their text.
pub(super) struct Rows<'a> {
    text: &'a str,
    newline: &'a str,
    rows: Vec<Row>,
}

struct Row {
    /// The line break and the margin in front. The first row has no line break when the text starts with it, and
    /// nothing at all when it shares its line: `- key: value`.
    lead: Range<usize>,
    /// From the dash, the `?` or the key to the end of the last line.
    lines: Range<usize>,
}

impl<'a> Rows<'a> {
    pub(super) fn of_map(text: &'a str, entries: &[Entry], newline: &'a str) -> Rows<'a> {
        let rows = entries
            .iter()
            .map(|entry| row(text, row_start(text, entry), entry_end(text, entry)))
            .collect();
        Rows {
            text,
            newline,
            rows,
        }
    }

    pub(super) fn of_list(text: &'a str, dashes: &[(usize, Place)], newline: &'a str) -> Rows<'a> {
        let rows = dashes
            .iter()
            .map(|(dash, place)| row(text, *dash, place.content.end))
            .collect();
        Rows {
            text,
            newline,
            rows,
        }
    }

    /// Returns the bytes of the row with this number.
    pub(super) fn row(&self, n: usize) -> Range<usize> {
        self.rows[n].lines.clone()
    }

    /// Returns the column at which all rows start.
    pub(super) fn column(&self) -> usize {
        self.rows.first().map_or(0, |first| {
            let start = first.lines.start;
            start - line_start(self.text, start)
        })
    }

    /// Returns the splice that writes these rows in the place of the old ones.
    pub(super) fn rewrite(&self, hunks: &[Hunk<String>]) -> Splice {
        let splices = hunks.iter().map(|hunk| self.splice(hunk)).collect();
        Splice::joined(self.text, splices)
    }

    /// Returns the splice that leaves nothing but these brackets, and the comments between the rows.
    pub(super) fn empty(&self, spot: Spot<'_>, brackets: &str) -> Splice {
        let place = spot.place;
        let end = self.rows.last().map_or(0, |last| last.lines.end);
        let comments: String = (1..self.rows.len()).map(|n| self.above(n)).collect();
        if !self.first_has_own_line() {
            return Splice {
                range: place.content.start..end,
                text: format!("{brackets}{comments}"),
            };
        }
        let head = place.properties.end;
        let above_first = between(self.text, head, self.rows[0].lead.start);
        let (behind_key, above_first) = above_first.split_at(line_end(above_first, 0));
        Splice {
            range: head..end,
            text: format!(" {brackets}{behind_key}{above_first}{comments}"),
        }
    }

    fn splice(&self, hunk: &Hunk<String>) -> Splice {
        let Hunk { old, new } = hunk;
        let at_head = old.start == 0 && !self.first_has_own_line();
        let mut written = String::new();
        let mut above = old.start + 1;
        for (from, row) in new {
            // A comment stays above the row that it stood above, if that row is still here.
            while from.is_some_and(|n| above <= n && old.contains(&n)) {
                written.push_str(self.above(above));
                above += 1;
            }
            if !written.is_empty() || !at_head {
                written.push_str(&self.lead(*from, old.start.saturating_sub(1)));
            }
            written.push_str(row);
        }
        (above..old.end).for_each(|n| written.push_str(self.above(n)));
        if at_head {
            return self.splice_at_head(old, written);
        }
        let range = match old.start.checked_sub(1) {
            Some(before) if old.is_empty() => {
                let end = self.behind_own_comments(before);
                end..end
            }
            None if old.is_empty() => {
                let start = self.rows[0].lead.start;
                start..start
            }
            Some(_) | None => self.rows[old.start].lead.start..self.rows[old.end - 1].lines.end,
        };
        Splice {
            range,
            text: written,
        }
    }

    /// The first row has no line break before it that could go, or be copied, with it.
    fn splice_at_head(&self, old: &Range<usize>, mut written: String) -> Splice {
        let text = self.text;
        let head = self.rows[0].lines.start;
        if old.is_empty() {
            written.push_str(&self.lead(None, 0));
            return Splice {
                range: head..head,
                text: written,
            };
        }
        let end = self.rows[old.end - 1].lines.end;
        if !written.is_empty() && !written.starts_with(['\n', '\r']) {
            return Splice {
                range: head..end,
                text: written,
            };
        }
        let line = line_start(text, head);
        if self.rows[0].lead.start == line {
            // The text starts with this row, which goes with the line break behind it instead.
            let behind = line_break(text, end).unwrap_or("");
            written.push_str(behind);
            let before = line_break(&written, 0).map_or(0, str::len);
            return Splice {
                range: line..end + behind.len(),
                text: written.split_off(before),
            };
        }
        let next = self.rows.get(old.end).filter(|_| written.is_empty());
        if let Some(next) = next.filter(|next| next.lead.start == end) {
            return Splice::removing(head..next.lines.start);
        }
        // The dash stays on a line of its own, above a comment.
        Splice {
            range: text[..head].trim_end_matches([' ', '\t']).len()..end,
            text: written,
        }
    }

    fn first_has_own_line(&self) -> bool {
        let first = &self.rows[0];
        line_break(self.text, first.lead.start).is_some()
    }

    /// Returns the comments and blank lines between this row and the one before.
    fn above(&self, n: usize) -> &'a str {
        between(
            self.text,
            self.rows[n - 1].lines.end,
            self.rows[n].lead.start,
        )
    }

    /// Returns the line break and the margin for the row that was this one, or else for a new one like that one.
    fn lead(&self, from: Option<usize>, like: usize) -> String {
        let row = &self.rows[from.unwrap_or(like)];
        let own = &self.text[row.lead.clone()];
        if from.is_some() && own.starts_with(['\n', '\r']) {
            return own.to_owned();
        }
        let line_break = line_break(self.text, row.lines.end)
            .or_else(|| line_break(self.text, row.lead.start))
            .unwrap_or(self.newline);
        format!("{line_break}{}", " ".repeat(self.column()))
    }

    /// Comments directly below a row and indented deeper are its own: `  # - commented-out item`.
    fn behind_own_comments(&self, n: usize) -> usize {
        let mut end = self.rows[n].lines.end;
        while let Some(line_break) = line_break(self.text, end) {
            let start = end + line_break.len();
            let stop = line_end(self.text, start);
            let line = &self.text[start..stop];
            let indent = line.len() - line.trim_start_matches(' ').len();
            if indent <= self.column() || !line[indent..].starts_with('#') {
                break;
            }
            end = stop;
        }
        end
    }
}

fn row(text: &str, start: usize, end: usize) -> Row {
    let line = line_start(text, start);
    let has_own_line = text[line..start].bytes().all(|byte| byte == b' ');
    let lead = match line_end_before(text, line) {
        Some(line_break) if has_own_line => line_break,
        None if has_own_line => line,
        Some(_) | None => start,
    };
    Row {
        lead: lead..start,
        lines: start..line_end(text, end),
    }
}
