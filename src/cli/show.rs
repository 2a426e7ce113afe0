//! `taskmd show`: one task, of a directory or of a running server.

use super::desk::{Desk, DeskFlags, Failure, FoundTask, Object};
use super::terminal::{columns, plain};
use super::words::Words;
use super::{Exit, print};
use crate::task::Field;
use crate::wire::read::TaskList;
use clap::Args;
use serde_json::Value as Json;
use std::ffi::OsString;
use std::io::Write;

/// Columns between a name and what it stands for.
const GAP: usize = 2;

/// Show a task
#[derive(Args, Debug)]
#[command(override_usage = "taskmd show [OPTIONS] [DIR] ID", after_help = EXAMPLES)]
pub(super) struct Show {
    #[command(flatten)]
    desk: DeskFlags,
    /// The directory (the current one without it), and the task's id
    #[arg(value_name = "WORDS", required = true)]
    words: Vec<OsString>,
    /// The task as the REST API answers it
    #[arg(long, conflicts_with = "raw")]
    json: bool,
    /// The file, byte for byte
    #[arg(long)]
    raw: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskmd show TASK-003
  taskmd show notes -p site TASK-003 --json
  taskmd show --server http://127.0.0.1:8080 TASK-003";

impl Show {
    pub(super) fn run(self) -> Exit {
        match self.show() {
            Ok(()) => Exit::Well,
            Err(failure) => failure.exit(),
        }
    }

    fn show(self) -> Result<(), Failure> {
        let mut words = Words::plain(self.words);
        let (dir, id) = words.directory_and("the task's id")?;
        let desk = Desk::open(&self.desk, dir.as_deref())?;
        if !self.raw {
            let task = desk.find(&id)?;
            let text = if self.json { task.json } else { text(&task)? };
            print(&text);
            return Ok(());
        }
        let bytes = desk.bytes(&desk.find(&id)?)?;
        // A reader that has seen enough (`| head`) is no failure.
        drop(std::io::stdout().write_all(&bytes));
        Ok(())
    }
}

/// A task as a person reads it: what it is called, what it says of itself, and its body.
fn text(task: &FoundTask) -> Result<String, Failure> {
    let object = task.object()?;
    let cell = |name| TaskList::cell(&object, name);
    let plain = |text: &str| plain(text, usize::MAX);
    let rows = rows(&object, &task.project);
    let width = rows.iter().map(|(name, _)| columns(&plain(name))).max();
    let mut lines = vec![
        format!("{}  {}", plain(&cell("id")), plain(&cell("title"))),
        String::new(),
    ];
    for (name, value) in &rows {
        let name = plain(name);
        let gap = " ".repeat(width.unwrap_or(0) - columns(&name) + GAP);
        lines.push(format!("{name}{gap}{}", plain(value)));
    }
    let body = cell("markdown_body");
    if !body.is_empty() {
        lines.push(String::new());
        // Tabs are a body's own; everything else that is obeyed is shown instead.
        let line = |line: &str| line.split('\t').map(plain).collect::<Vec<_>>().join("\t");
        lines.extend(body.lines().map(line));
    }
    Ok(lines.join("\n"))
}

/// What a task says of itself, by the names under which `taskmd edit` changes it; then what is known of its file.
fn rows(object: &Object, project: &str) -> Vec<(String, String)> {
    let is_headed = |field: &Field| matches!(field, Field::Id | Field::Title);
    let fields = Field::ALL.into_iter().filter(|field| !is_headed(field));
    let row = |object, name: &str| (name.to_owned(), TaskList::cell(object, name));
    let mut rows: Vec<_> = fields.map(|field| row(object, field.name())).collect();
    if let Some(Json::Object(metadata)) = object.get("metadata") {
        rows.extend(metadata.keys().map(|key| row(metadata, key)));
    }
    let path = TaskList::cell(object, "path");
    rows.push(("path".to_owned(), format!("{project}/{path}")));
    rows.push(row(object, "revision"));
    if let Some(Json::Object(problem)) = object.get("problem") {
        rows.push(("problem".to_owned(), TaskList::cell(problem, "message")));
    }
    rows.retain(|(_, value)| !value.is_empty());
    rows
}
