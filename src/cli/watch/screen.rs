//! How changes look in a terminal: one line each, and nothing in it that a terminal would obey.

use crate::cli::aside;
use crate::cli::terminal;
use crate::wire::read::{MessageText, TaskHead};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};

/// Columns of a value that are shown.
const SHOWN_MAX: usize = 60;

/// What is printed, and what is remembered to tell differences.
pub(super) struct Screen {
    json: bool,
    is_colored: bool,
    zone: TimeZone,
    projects: BTreeMap<String, Standing>,
}

/// How a project stands, as far as was heard.
#[derive(Default)]
struct Standing {
    position: String,
    /// Known once a snapshot has come.
    tasks: Option<BTreeMap<String, TaskHead>>,
}

impl Screen {
    pub(super) fn new(json: bool) -> Self {
        let is_colored = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self {
            json,
            is_colored,
            zone: TimeZone::system(),
            projects: BTreeMap::new(),
        }
    }

    /// Shows a message, and remembers what it says.
    ///
    /// # Errors
    /// The system's, when nobody reads what is printed.
    pub(super) fn show(
        &mut self,
        text: &str,
        message: &MessageText,
        is_beginning: bool,
    ) -> io::Result<()> {
        let is_snapshot = message.r#type == "snapshot";
        let lines = if self.json {
            let is_news = !(is_snapshot && is_beginning);
            is_news.then(|| text.to_owned()).into_iter().collect()
        } else if is_snapshot {
            self.differences(message)
        } else {
            self.event(message).into_iter().collect::<Vec<_>>()
        };
        self.remember(message, is_snapshot);
        let mut out = io::stdout().lock();
        for line in lines {
            writeln!(out, "{line}")?;
        }
        out.flush()
    }

    fn remember(&mut self, message: &MessageText, is_snapshot: bool) {
        let standing = self.projects.entry(message.project_id.clone()).or_default();
        standing.position = message.position();
        if self.json {
            return;
        }
        let heads = message.tasks().into_iter();
        let heads = heads.map(|task| (task.id.clone(), task));
        if is_snapshot {
            standing.tasks = Some(heads.collect());
        } else if let Some(tasks) = &mut standing.tasks {
            for (id, task) in heads {
                if message.r#type == "task.deleted" {
                    tasks.remove(&id);
                } else {
                    tasks.insert(id, task);
                }
            }
        }
    }

    /// The line of an event.
    fn event(&self, message: &MessageText) -> Option<String> {
        let task = message.tasks().into_iter().next()?;
        let time = message.time.as_deref().and_then(|time| time.parse().ok());
        let time = self.clock(time.unwrap_or_else(Timestamp::now));
        let what = message.r#type.strip_prefix("task.")?;
        let details = match what {
            "updated" => changes(message),
            // The event says no more than its id.
            "deleted" => details(self.known(message, &task.id).unwrap_or(&task)),
            _ => details(&task),
        };
        Some(self.line(&time, &message.project_id, &task.id, what, &details))
    }

    /// A task as it was known.
    fn known(&self, message: &MessageText, id: &str) -> Option<&TaskHead> {
        self.projects
            .get(&message.project_id)?
            .tasks
            .as_ref()?
            .get(id)
    }

    /// What is different from what was known, after events have been missed. The first time, how much there is.
    fn differences(&self, message: &MessageText) -> Vec<String> {
        let now: BTreeMap<_, _> = message
            .tasks()
            .into_iter()
            .map(|task| (task.id.clone(), task))
            .collect();
        let project = &message.project_id;
        let known = self.projects.get(project).and_then(|p| p.tasks.as_ref());
        let Some(before) = known else {
            aside(&format!("{}: {} tasks", plain(project), now.len()));
            return Vec::new();
        };
        let time = self.clock(Timestamp::now());
        let line =
            |task: &TaskHead, what: &str| self.line(&time, project, &task.id, what, &details(task));
        let gone = before.values().filter(|task| !now.contains_key(&task.id));
        let gone = gone.map(|task| line(task, "deleted"));
        let there = now.values().filter_map(|task| match before.get(&task.id) {
            None => Some(line(task, "created")),
            Some(old) if old.revision != task.revision => Some(line(task, "updated")),
            Some(_) => None,
        });
        gone.chain(there).collect()
    }

    fn clock(&self, time: Timestamp) -> String {
        let local = time.to_zoned(self.zone.clone());
        local.strftime("%H:%M:%S").to_string()
    }

    fn line(&self, time: &str, project: &str, id: &str, what: &str, details: &str) -> String {
        let (project, id) = (plain(project), plain(id));
        let (color, end) = match what {
            _ if !self.is_colored => ("", ""),
            "created" => ("\x1b[32m", "\x1b[0m"),
            "deleted" => ("\x1b[31m", "\x1b[0m"),
            _ => ("\x1b[33m", "\x1b[0m"),
        };
        let line = format!("{time}  {project}  {id}  {color}{what}{end}  {details}");
        line.trim_end().to_owned()
    }

    /// Says how to go on from here another time.
    pub(super) fn say_where_to_go_on(&self) {
        for (project, standing) in &self.projects {
            let (project, position) = (plain(project), &standing.position);
            aside(&format!("to go on: --project {project} --since {position}"));
        }
    }
}

/// A value, as it may stand in a terminal.
fn plain(text: &str) -> String {
    terminal::plain(text, SHOWN_MAX)
}

/// A task in a few words.
fn details(task: &TaskHead) -> String {
    let mut details = plain(&task.title);
    if !task.status.is_empty() {
        details += &format!(" ({})", plain(&task.status));
    }
    details
}

/// What an update has changed, in a few words.
fn changes(message: &MessageText) -> String {
    let changes = message.changes().into_iter();
    let words = changes.map(|(field, values)| match values {
        Some([before, after]) => format!("{field}: {} → {}", plain(&before), plain(&after)),
        None if field == "markdown_body" => "body".to_owned(),
        None => plain(field),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen() -> Screen {
        Screen {
            json: false,
            is_colored: false,
            zone: TimeZone::UTC,
            projects: BTreeMap::new(),
        }
    }

    fn message(text: &str) -> MessageText {
        MessageText::parse(text).unwrap()
    }

    #[test]
    fn an_event_is_a_line() {
        let head = r#""project_id":"p","epoch":"e","seq":1,"time":"2026-11-22T09:08:07.123Z""#;
        let lines = [
            (
                r#""type":"task.created","data":{"id":"A","title":"One","status":"open"}"#,
                "09:08:07  p  A  created  One (open)",
            ),
            (
                r#""type":"task.updated","data":{"id":"A"},
                   "changes":{"status":["open","done"],"tags":[["a"],["a","b"]],"due_date":[null,"2027-01-01"],"markdown_body":null}"#,
                "09:08:07  p  A  updated  status: open → done, tags: a → a, b, due_date: none → 2027-01-01, body",
            ),
            (
                r#""type":"task.deleted","data":{"id":"A"}"#,
                "09:08:07  p  A  deleted",
            ),
            (
                r#""type":"task.created","data":{"id":"A","title":"\u001b[2J\u202eevil\nnext"}"#,
                r"09:08:07  p  A  created  \u{1b}[2J\u{202e}evil\u{a}next",
            ),
        ];
        for (text, line) in lines {
            let message = message(&format!("{{{head},{text}}}"));
            assert_eq!(screen().event(&message).as_deref(), Some(line));
        }
    }

    #[test]
    fn after_a_hole_the_differences_are_told() {
        let mut screen = screen();
        let snapshot = |data: &str| {
            message(&format!(
                r#"{{"type":"snapshot","project_id":"p","epoch":"e","seq":3,"data":[{data}]}}"#
            ))
        };
        let first = snapshot(
            r#"{"id":"A","revision":"1"},{"id":"B","revision":"1"},{"id":"C","revision":"1"}"#,
        );
        assert!(screen.differences(&first).is_empty());
        screen.remember(&first, true);
        let then = snapshot(
            r#"{"id":"A","revision":"1"},{"id":"B","revision":"2"},{"id":"D","revision":"1"}"#,
        );
        let lines = screen.differences(&then);
        let words: Vec<_> = lines.iter().map(|line| &line[10..]).collect();
        assert_eq!(words, ["p  C  deleted", "p  B  updated", "p  D  created"]);
    }
}
