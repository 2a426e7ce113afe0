//! How a front matter is written by those who write it: what a new entry looks like among the others.

use super::layout::{behind_colon, line_break, line_end, line_start, row_start, skip_blank};
use super::node::{Entry, Kind};
use super::value::Value;
use super::write::{self, Manner, Quote};

/// The habits of a front matter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habit<'a> {
    /// The line end to use where the text has none to copy.
    pub(super) newline: &'a str,
    /// How far lists are indented that are written in lines, if there are any.
    list: Option<usize>,
    /// How far mappings are indented that are written in lines, if there are any.
    map: Option<usize>,
}

impl<'a> Habit<'a> {
    /// Reads the habits off the entries; `newline` is for a text of one line.
    pub(super) fn of(text: &str, entries: &[Entry], newline: &'a str) -> Habit<'a> {
        let mut habit = Habit {
            newline: line_break(text, line_end(text, 0)).unwrap_or(newline),
            list: None,
            map: None,
        };
        habit.learn(text, entries);
        habit
    }

    fn learn(&mut self, text: &str, entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| !entry.node.is_alias) {
            match &entry.node.kind {
                Kind::List { flow: false, .. } if self.list.is_none() => {
                    let first = behind_colon(text, entry).map(|from| skip_blank(text, from));
                    let dash = first.filter(|first| text[*first..].starts_with('-'));
                    self.list = dash.and_then(|dash| indent(text, entry, dash));
                }
                Kind::Map {
                    flow: false,
                    entries,
                } => {
                    if let (None, Some(first)) = (self.map, entries.first()) {
                        self.map = indent(text, entry, row_start(text, first));
                    }
                    self.learn(text, entries);
                }
                Kind::Scalar { .. } | Kind::List { .. } | Kind::Map { .. } => {}
            }
        }
    }

    /// Writes an entry of a mapping whose rows start in this column.
    pub(super) fn entry(self, key: &str, value: &Value, column: usize, quote: Quote) -> String {
        let flow = false;
        let key = write::text(key, Manner { quote, flow });
        format!("{key}:{}", self.value(value, column, quote))
    }

    /// Writes what stands behind the colon of such an entry: on the same line, or in lines below it.
    pub(super) fn value(self, value: &Value, column: usize, quote: Quote) -> String {
        let manner = Manner { quote, flow: false };
        let margin = |indent: usize| format!("{}{}", self.newline, " ".repeat(column + indent));
        match (value, self.list, self.map) {
            (Value::List(values), Some(indent), _) if !values.is_empty() => {
                let item = |value| format!("{}- {}", margin(indent), write::inline(value, manner));
                values.iter().map(item).collect()
            }
            (Value::Map(pairs), _, Some(indent)) if !pairs.is_empty() => {
                let entry = |(key, value): &(String, Value)| {
                    let entry = self.entry(key, value, column + indent, quote);
                    format!("{}{entry}", margin(indent))
                };
                pairs.iter().map(entry).collect()
            }
            _ => format!(" {}", write::inline(value, manner)),
        }
    }
}

/// Returns how far this first row below an entry is indented; nothing if it shares a line with it.
fn indent(text: &str, entry: &Entry, child: usize) -> Option<usize> {
    let parent = row_start(text, entry);
    let line = line_start(text, child);
    let is_below = line > parent && text[line..child].bytes().all(|byte| byte == b' ');
    let indent = (child - line).checked_sub(parent - line_start(text, parent));
    indent.filter(|_| is_below)
}
