//! `taskmd new`: makes a task, in a directory or at a running server.

use super::desk::{Desk, DeskFlags, Failure};
use super::words::{self, Words};
use super::{Exit, print};
use crate::wire::read::TaskList;
use clap::Args;
use serde_json::Value as Json;
use std::ffi::OsString;

/// Make a task
#[derive(Args, Debug)]
#[command(
    override_usage = "taskmd new [OPTIONS] [DIR] TITLE [KEY=VALUE]...",
    after_help = EXAMPLES
)]
pub(super) struct New {
    #[command(flatten)]
    desk: DeskFlags,
    /// The directory (the current one without it), the title, and what else the task says
    #[arg(value_name = "WORDS", required = true)]
    words: Vec<OsString>,
    /// The Markdown body; `-` reads it from standard input
    #[arg(long, value_name = "TEXT")]
    body: Option<String>,
    /// The task as the REST API answers it, instead of its id and its path
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskmd new 'Fix the clock'
  taskmd new notes -p site 'Fix the clock' tags=api,time due=2027-01-01 estimate=3
  git diff | taskmd new notes/site 'Look at this' --body -
  taskmd new --server http://127.0.0.1:8080 -p site 'Fix the clock' assignee=ana

Keys are those of the files, under any of their names (due, due_date …). Lists (tags, assignees,
depends_on) are parted by commas, or given as often as there are items. A key that taskmd does not
know goes into the front matter as it is typed: a number or true and false as such, all else as text.
A title that looks like KEY=VALUE is told as title=… itself.
A directory that holds a project.yaml is a project; any other one holds projects.";

impl New {
    pub(super) fn run(self) -> Exit {
        match self.make() {
            Ok(()) => Exit::Well,
            Err(failure) => failure.exit(),
        }
    }

    fn make(self) -> Result<(), Failure> {
        let mut words = Words::read(self.words)?;
        // A title that looks like a pair is told as one.
        if let Some(Json::String(title)) = words.object.remove("title") {
            words.plain.push(title.into());
        }
        let (dir, title) = words.directory_and("the title")?;
        let mut object = words.object;
        object.insert("title".to_owned(), Json::from(title));
        if let Some(body) = self.body {
            object.insert("markdown_body".to_owned(), words::body(body)?);
        }
        let task = Desk::open(&self.desk, dir.as_deref())?.create(object)?;
        if self.json {
            print(&task.json);
        } else {
            let object = task.object()?;
            let cell = |name| TaskList::cell(&object, name);
            print(&format!("{} {}/{}", cell("id"), task.project, cell("path")));
        }
        Ok(())
    }
}
