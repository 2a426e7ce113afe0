//! Rewrites the changed elements between the brackets of a flow collection, whatever its commas and line breaks.

use super::compare::Hunk;
use super::layout::{
    between, elements, entry_end, line_break, line_end, line_end_before, line_start, place,
    skip_blank,
};
use super::node::{Entry, Node};
use super::replace::Splice;
use std::ops::Range;

/// A flow collection in its text.
pub(super) struct Brackets<'a> {
    text: &'a str,
    open: usize,
    close: usize,
    elements: Vec<Range<usize>>,
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

    /// Returns the bytes of the element with this number.
    pub(super) fn element(&self, n: usize) -> Range<usize> {
        self.elements[n].clone()
    }

    /// Returns the splice that writes these elements in the place of the old ones.
    pub(super) fn rewrite(&self, hunks: &[Hunk<String>]) -> Splice {
        let splices = hunks.iter().map(|hunk| self.splice(hunk)).collect();
        Splice::joined(self.text, splices)
    }

    fn splice(&self, hunk: &Hunk<String>) -> Splice {
        let Hunk { old, new } = hunk;
        // Elements take each other's place, comments and commas between them stay; then some are left on one side.
        let n_replaced = old.len().min(new.len());
        let rest = old.start + n_replaced..old.end;
        let mut splices: Vec<Splice> = (old.start..rest.start)
            .zip(new)
            .map(|(n, (_, text))| Splice {
                range: self.element(n),
                text: text.clone(),
            })
            .collect();
        let added: Vec<&str> = new[n_replaced..]
            .iter()
            .map(|(_, text)| text.as_str())
            .collect();
        if !added.is_empty() {
            splices.push(self.insert(rest.start, &added));
        } else if !rest.is_empty() {
            splices.push(self.remove(rest));
        }
        Splice::joined(self.text, splices)
    }

    /// Returns the splice that puts elements in front of the element with this number, or at the end.
    fn insert(&self, at: usize, added: &[&str]) -> Splice {
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
        let behind_comment = self.insert_behind_comment(at, end, &separator, &written);
        behind_comment.unwrap_or_else(|| Splice {
            range: end..end,
            text: format!("{separator}{written}"),
        })
    }

    /// Leaves the comment that trails the element before with that element.
    fn insert_behind_comment(
        &self,
        at: usize,
        end: usize,
        separator: &str,
        written: &str,
    ) -> Option<Splice> {
        let stop = line_end(self.text, end).min(self.close);
        let rest = between(self.text, end, stop);
        let (before_comment, _) = rest.split_once('#')?;
        let line_break = line_break(self.text, stop)?;
        let margin = separator.rsplit(['\r', '\n']).next()?.replace(',', "");
        let (range, before, behind) = if !before_comment.contains(',') {
            (end..stop, format!(",{rest}"), "")
        } else if at < self.elements.len() {
            (stop..stop, String::new(), ",")
        } else {
            (stop..stop, String::new(), "")
        };
        Some(Splice {
            range,
            text: format!("{before}{line_break}{margin}{written}{behind}"),
        })
    }

    /// Returns the splice that takes elements out with one of the commas around them.
    fn remove(&self, gone: Range<usize>) -> Splice {
        let elements = &self.elements;
        let has_comment = |gaps: Range<usize>| gaps.into_iter().any(|n| self.gap(n).contains('#'));
        let range = if gone.start > 0 && !has_comment(gone.clone()) {
            elements[gone.start - 1].end..elements[gone.end - 1].end
        } else if gone.end < elements.len() && !has_comment(gone.start + 1..gone.end + 1) {
            elements[gone.start].start..elements[gone.end].start
        } else if gone == (0..elements.len()) && !has_comment(0..elements.len() + 1) {
            self.open + 1..self.close
        } else {
            return self
                .lines(gone.clone())
                .map_or_else(|| self.without(gone), Splice::removing);
        };
        Splice::removing(range)
    }

    /// Takes out these elements and the commas behind them, and leaves all comments where they are.
    fn without(&self, gone: Range<usize>) -> Splice {
        let splices = gone.flat_map(|n| {
            let end = self.elements[n].end;
            let comma = skip_blank(self.text, end);
            let comma = self.text[comma..]
                .starts_with(',')
                .then(|| comma..comma + 1);
            [Some(self.element(n)), comma]
        });
        let splices = splices.flatten().map(Splice::removing).collect();
        Splice::joined(self.text, splices)
    }

    /// Returns the lines that these elements have to themselves, with the comments that end those lines.
    fn lines(&self, gone: Range<usize>) -> Option<Range<usize>> {
        let text = self.text;
        let (first, last) = (&self.elements[gone.start], &self.elements[gone.end - 1]);
        let line = line_start(text, first.start);
        let end = line_end(text, last.end);
        let own_line = |comment: &str| comment.trim_start().starts_with('#');
        let has_comment = (gone.start + 1..gone.end)
            .any(|n| self.gap(n).split(['\n', '\r']).skip(1).any(own_line));
        let behind = between(text, last.end, end).trim_start_matches([' ', '\t', ',']);
        let is_alone = text[line..first.start].trim().is_empty()
            && (behind.is_empty() || behind.starts_with('#'));
        (is_alone && !has_comment).then_some(line_end_before(text, line)?..end)
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
        between(self.text, start, end)
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
                format!(",{}", sample[start..].replace(',', ""))
            }
            None => ", ".to_owned(),
        }
    }
}
