//! `taskmd edit`: changes a task, in a directory or at a running server, or opens its file in an editor.

use super::desk::{Desk, DeskFlags, Failure};
use super::words::{self, Words};
use super::{Exit, editor, print};
use clap::Args;
use serde_json::Value as Json;
use std::ffi::OsString;

/// Change a task, or open its file in your editor
#[derive(Args, Debug)]
#[command(
    override_usage = "taskmd edit [OPTIONS] [DIR] ID [KEY=VALUE]...",
    after_help = EXAMPLES
)]
pub(super) struct Edit {
    #[command(flatten)]
    desk: DeskFlags,
    /// The directory (the current one without it), the task's id, and what is to be otherwise
    #[arg(value_name = "WORDS", required = true)]
    words: Vec<OsString>,
    /// The new Markdown body; `-` reads it from standard input
    #[arg(long, value_name = "TEXT")]
    body: Option<String>,
    /// Change it only if this is its revision still
    #[arg(long, value_name = "REVISION")]
    if_match: Option<String>,
    /// The changed task as the REST API answers it
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskmd edit TASK-003 status=done
  taskmd edit notes TASK-003 tags=api,time due=       no due date any more
  taskmd edit notes -p site TASK-003 title='Fix the clock' --body -
  taskmd edit TASK-003                                opens $VISUAL, $EDITOR or vi on the file
  taskmd edit --server http://127.0.0.1:8080 TASK-003 assignee=ana assignee=bo

Only what is named changes, and nothing else of the file. An empty value removes the key. Keys and
values are those of `taskmd new`; a list is given as a whole. In a directory the editor works on the
file itself; with --server on a copy, which is put back if nobody has changed the task meanwhile.";

impl Edit {
    pub(super) fn run(self) -> Exit {
        match self.change() {
            Ok(exit) => exit,
            Err(failure) => failure.exit(),
        }
    }

    fn change(self) -> Result<Exit, Failure> {
        let unable = |reason: &str| Err(Failure::Unable(reason.to_owned()));
        let mut words = Words::read(self.words)?;
        let (dir, id) = words.directory_and("the task's id")?;
        let mut object = words.object;
        if object.contains_key("id") {
            return unable("a task keeps its `id`");
        }
        if let Some(body) = self.body {
            object.insert("markdown_body".to_owned(), words::body(body)?);
        }
        if object.is_empty() {
            if self.json || self.if_match.is_some() {
                return unable("`--json` and `--if-match` go with a change");
            }
            return match Desk::open(&self.desk, dir.as_deref())? {
                Desk::Directory(directory) => editor::on_file(&directory, &id),
                Desk::Remote(remote) => editor::on_copy(&remote, &id),
            };
        }
        // Who sends a revision along means that one.
        let revision = self
            .if_match
            .map(|revision| ("revision".to_owned(), Json::from(revision)));
        object.extend(revision);
        let json = Desk::open(&self.desk, dir.as_deref())?.update(&id, object)?;
        if self.json {
            print(&json);
        }
        Ok(Exit::Well)
    }
}
