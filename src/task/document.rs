//! One Markdown file ⇄ a task: split it, read it, write changes into it without touching the rest.
//!
//! A file is an optional byte order mark, an optional front matter between two lines `---`, and a body.
//! Nothing here fails as a whole: what cannot be understood becomes a [`Problem`] with its place.

mod place;

pub use place::place_of;

use super::{Field, Moment, Revision, Task};
use crate::name::{TaskId, TaskPath};
use crate::project::problem::{Problem, ProblemKind};
use crate::project::settings::Settings;
use crate::yaml::{self, Mapping, Node, Value};
use std::ops::Range;
use std::sync::Arc;

pub(super) const BOM: &str = "\u{feff}";
const FENCE: &str = "---";

/// Where the parts of a file's text stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document<'a> {
    text: &'a str,
    matter: Option<Range<usize>>,
    body: Range<usize>,
}

impl<'a> Document<'a> {
    /// Splits a file's text. `None` when its front matter is opened and not closed.
    #[must_use]
    pub fn split(text: &'a str) -> Option<Self> {
        let start = if text.starts_with(BOM) { BOM.len() } else { 0 };
        let mut at = start;
        let mut matter_start = None;
        for line in text[start..].split_inclusive('\n') {
            let is_fence = line.trim_end() == FENCE;
            match matter_start {
                None if !is_fence => break,
                None => matter_start = Some(at + line.len()),
                Some(matter_start) if is_fence => {
                    let after = at + line.len();
                    let body = after + blank_lines(&text[after..]);
                    return Some(Self {
                        text,
                        matter: Some(matter_start..at),
                        body: body..text.len(),
                    });
                }
                Some(matter_start) if at - matter_start > yaml::TEXT_BYTES_MAX => return None,
                Some(_) => {}
            }
            at += line.len();
        }
        let whole = Self {
            text,
            matter: None,
            body: start..text.len(),
        };
        matter_start.is_none().then_some(whole)
    }

    /// The YAML between the fences, if there are any.
    #[must_use]
    pub fn matter(&self) -> Option<&'a str> {
        self.matter.clone().map(|range| &self.text[range])
    }

    /// The Markdown.
    #[must_use]
    pub fn body(&self) -> &'a str {
        &self.text[self.body.clone()]
    }

    /// The file's line end: that of its first line.
    #[must_use]
    pub fn newline(&self) -> &'static str {
        match self.text.split_once('\n') {
            Some((line, _)) if line.ends_with('\r') => "\r\n",
            Some(_) | None => "\n",
        }
    }

    /// The file's text with another front matter.
    #[must_use]
    pub fn with_matter(&self, matter: &str) -> String {
        let newline = self.newline();
        let closed = if matter.is_empty() || matter.ends_with('\n') {
            ""
        } else {
            newline
        };
        match &self.matter {
            Some(range) => {
                let (before, after) = (&self.text[..range.start], &self.text[range.end..]);
                format!("{before}{matter}{closed}{after}")
            }
            None if matter.is_empty() => self.text.to_owned(),
            None => {
                let (bom, body) = self.text.split_at(self.body.start);
                let gap = if body.is_empty() { "" } else { newline };
                format!("{bom}{FENCE}{newline}{matter}{closed}{FENCE}{newline}{gap}{body}")
            }
        }
    }

    /// The file's text with another body, which takes on the file's line end. Blank lines at the body's start
    /// belong to the gap below the front matter, which stays as it is.
    #[must_use]
    pub fn with_body(&self, body: &str) -> String {
        let newline = self.newline();
        let mut text = self.text[..self.body.start].to_owned();
        let body = if self.matter.is_some() {
            &body[blank_lines(body)..]
        } else {
            body
        };
        if self.matter.is_some() && self.body.is_empty() && !body.is_empty() {
            // A first body under a front matter: one blank line parts them.
            let fence_ends = text.ends_with('\n');
            let has_gap = text.ends_with("\n\n") || text.ends_with("\n\r\n");
            text.push_str(if fence_ends { "" } else { newline });
            text.push_str(if has_gap { "" } else { newline });
        }
        match newline {
            "\r\n" => text.push_str(&body.replace("\r\n", "\n").replace('\n', "\r\n")),
            _ => text.push_str(body),
        }
        text
    }
}

/// The length of the blank lines that `text` starts with, in bytes.
fn blank_lines(text: &str) -> usize {
    text.len() - text.trim_start_matches(['\r', '\n']).len()
}

/// The times that the file system gives a file, in RFC 3339.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTimes {
    /// Its birth, or its modification where the file system knows no birth.
    pub created: String,
    /// Its modification.
    pub modified: String,
}

/// What one file says: a task, unless a problem forbids it, and all its problems.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The task, where it stays: the index takes it as it is.
    pub task: Option<Arc<Task>>,
    /// What could not be understood. A task can have problems: a field of the wrong type is left out.
    pub problems: Vec<Problem>,
}

/// Reads a task from the bytes of its file.
#[must_use]
pub fn read(path: &TaskPath, bytes: &[u8], times: &FileTimes, settings: &Settings) -> Reading {
    read_task(path, bytes, times, settings).unwrap_or_else(|problem| Reading {
        task: None,
        problems: vec![problem],
    })
}

fn read_task(
    path: &TaskPath,
    bytes: &[u8],
    times: &FileTimes,
    settings: &Settings,
) -> Result<Reading, Problem> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        let line = 1 + std::str::from_utf8(bytes)
            .map_or_else(|e| count_newlines(&bytes[..e.valid_up_to()]), |_| 0);
        return Err(Problem {
            line,
            ..Problem::of_file(path, ProblemKind::NotUtf8)
        });
    };
    let document =
        Document::split(text).ok_or_else(|| Problem::of_file(path, ProblemKind::NotClosed))?;
    let mapping = yaml::parse(document.matter().unwrap_or("")).map_err(|error| Problem {
        path: path.clone(),
        line: error.at.line + 1,
        column: error.at.column,
        kind: ProblemKind::Yaml {
            code: error.code(),
            text: error.kind.to_string(),
        },
    })?;
    let mut reader = Reader {
        path,
        mapping: &mapping,
        problems: Vec::new(),
    };
    let id = reader.id()?;
    let title = reader
        .text(Field::Title)
        .filter(|title| !title.trim().is_empty());
    let task = Task {
        id,
        path: path.clone(),
        revision: Revision::of(bytes),
        title: title
            .or_else(|| first_heading(document.body()))
            .unwrap_or_else(|| path.stem().to_owned()),
        status: reader
            .text(Field::Status)
            .unwrap_or_else(|| settings.default_status().to_owned()),
        priority: reader.text(Field::Priority),
        assignees: reader.list(Field::Assignees),
        tags: reader.list(Field::Tags),
        due_date: reader.text(Field::DueDate),
        depends_on: reader.list(Field::DependsOn),
        parent: reader.text(Field::Parent),
        position: reader.number(Field::Position),
        created_at: moment(reader.text(Field::CreatedAt), &times.created),
        updated_at: moment(reader.text(Field::UpdatedAt), &times.modified),
        body: document.body().to_owned(),
        metadata: metadata(&mapping),
        problem: None,
    };
    Ok(Reading {
        task: Some(Arc::new(task)),
        problems: reader.problems,
    })
}

fn count_newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

fn moment(typed: Option<String>, derived: &str) -> Moment {
    typed.map_or_else(|| Moment::Derived(derived.to_owned()), Moment::Typed)
}

fn metadata(mapping: &Mapping) -> Vec<(String, Value)> {
    let others = mapping
        .entries
        .iter()
        .filter(|entry| Field::of_key(&entry.key).is_none());
    others
        .map(|entry| (entry.key.clone(), entry.node.value()))
        .collect()
}

/// The entry of the front matter that counts for a field: the first of its keys that the file has.
pub(super) fn entry_of(mapping: &Mapping, field: Field) -> Option<(&'static str, &Node)> {
    field
        .keys()
        .iter()
        .find_map(|key| mapping.get(key).map(|node| (*key, node)))
}

struct Reader<'a> {
    path: &'a TaskPath,
    mapping: &'a Mapping,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn id(&mut self) -> Result<TaskId, Problem> {
        let (text, at) = match entry_of(self.mapping, Field::Id) {
            Some((_, node)) if !node.is_null() => (node.text(), Some(node)),
            Some(_) | None => (Some(self.path.stem()), None),
        };
        let error = match text.map(TaskId::parse) {
            Some(Ok(id)) => return Ok(id),
            Some(Err(error)) => error,
            None => crate::name::NameError::Character,
        };
        Err(self.problem(at, ProblemKind::InvalidId(error)))
    }

    fn problem(&self, at: Option<&Node>, kind: ProblemKind) -> Problem {
        let at = at.map(|node| node.at);
        // The fence above the front matter is line 1 of the file.
        let (line, column) = at.map_or((1, 1), |at| (at.line + 1, at.column));
        Problem {
            path: self.path.clone(),
            line,
            column,
            kind,
        }
    }

    fn find(&mut self, field: Field) -> Option<(&'static str, &'a Node)> {
        let mapping = self.mapping;
        let (key, node) = entry_of(mapping, field)?;
        let others = field.keys().iter().filter(|other| **other != key);
        for (other, twin) in others.filter_map(|other| mapping.get(other).map(|node| (other, node)))
        {
            let kind = ProblemKind::TwoKeys {
                key: key.to_owned(),
                other: (*other).to_owned(),
            };
            let problem = self.problem(Some(twin), kind);
            self.problems.push(problem);
        }
        (!node.is_null()).then_some((key, node))
    }

    fn wrong_type(&mut self, key: &str, node: &Node, expected: &'static str) {
        let problem = self.problem(
            Some(node),
            ProblemKind::WrongType {
                key: key.to_owned(),
                expected,
            },
        );
        self.problems.push(problem);
    }

    fn text(&mut self, field: Field) -> Option<String> {
        let (key, node) = self.find(field)?;
        if node.text().is_none() {
            self.wrong_type(key, node, "a text");
        }
        node.text().map(str::to_owned)
    }

    fn list(&mut self, field: Field) -> Vec<String> {
        let Some((key, node)) = self.find(field) else {
            return Vec::new();
        };
        if let Some(text) = node.text() {
            return if text.is_empty() {
                Vec::new()
            } else {
                vec![text.to_owned()]
            };
        }
        let Some(items) = node.items() else {
            self.wrong_type(key, node, "a list of texts");
            return Vec::new();
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item.text() {
                Some(text) => texts.push(text.to_owned()),
                None if item.is_null() => {}
                None => self.wrong_type(key, item, "a list of texts"),
            }
        }
        texts
    }

    fn number(&mut self, field: Field) -> Option<f64> {
        let (key, node) = self.find(field)?;
        match node.value() {
            #[expect(
                clippy::cast_precision_loss,
                reason = "the YAML reader keeps integers below 2^53"
            )]
            Value::Int(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => {
                self.wrong_type(key, node, "a number");
                None
            }
        }
    }
}

/// The text of the first heading, for a note that has no title of its own.
fn first_heading(body: &str) -> Option<String> {
    use pulldown_cmark::{Event, Parser, Tag, TagEnd};
    let mut title: Option<String> = None;
    for event in Parser::new(body) {
        match (&mut title, event) {
            (None, Event::Start(Tag::Heading { .. })) => title = Some(String::new()),
            (Some(_), Event::End(TagEnd::Heading(_))) => break,
            (Some(title), Event::Text(text) | Event::Code(text)) => title.push_str(&text),
            (Some(title), Event::SoftBreak | Event::HardBreak) => title.push(' '),
            _ => {}
        }
    }
    title
        .map(|title| title.trim().to_owned())
        .filter(|title| !title.is_empty())
}

#[cfg(test)]
mod tests;
