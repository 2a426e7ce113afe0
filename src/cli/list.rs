//! `taskmd list`: the tasks that match, of a directory or of a running server.

mod source;
mod table;

use super::target::Target;
use super::{Exit, aside, unable};
use crate::config::Limits;
use crate::query::Query;
use crate::wire::read::TaskList;
use clap::Args;
use source::Source;
use std::io::{self, Write};
use table::Table;

/// What is told of each task when nobody says, in this order.
const FIELDS: &str = "id,status,priority,title,assignees,due_date";

/// List the tasks that match
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct List {
    #[command(flatten)]
    target: Target,
    /// Which tasks, in which order, and what of them: the parameters of the REST API
    #[arg(value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// The answers of the REST API, one a line
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  taskmd list notes                        all tasks of all projects in `notes`
  taskmd list status=open tag=api          open ones about the api
  taskmd list status!=done assignee=ana assignee=bo
  taskmd list ready=true sort=priority,due_date
  taskmd list q='cache tide' limit=10      the ten that fit both words best
  taskmd list due_before=2027-01-01 fields=id,title,due_date

Parameters: status, priority, assignee, tag, parent, path, has (each also with !=), due_before,
due_after, ready, q, sort, limit, fields. One that is given twice means either.";

/// Parameters by name and value.
type Pairs = Vec<(String, String)>;

impl List {
    pub(super) fn run(mut self) -> Exit {
        match self.show() {
            Ok(()) => Exit::Well,
            Err(reason) => unable(reason),
        }
    }

    fn show(&mut self) -> Result<(), String> {
        let mut pairs = self.pairs()?;
        let is_limited = given(&pairs, "limit").is_some();
        let limit_max = Limits::default().page_tasks.to_string();
        add(&mut pairs, "limit", &limit_max);
        let columns = given(&pairs, "fields").unwrap_or(FIELDS).to_owned();
        let mut table = Table::new(columns.split(',').map(str::trim));
        if !self.json {
            pairs.retain(|(name, _)| name != "fields");
            add(&mut pairs, "fields", &format!("project_id,{columns}"));
        }
        let (mut n_shown, mut n_total) = (0, 0);
        let source = Source::of(&self.target)?;
        for project in source.projects() {
            let mut pairs = pairs.clone();
            loop {
                let body = source.page(project, &pairs)?;
                let list = TaskList::parse(&body).ok_or("the answer is no list of tasks")?;
                n_shown += list.tasks.len();
                if self.json {
                    let line = [body.as_slice(), b"\n"].concat();
                    // A reader that has seen enough (`| head`) is no failure.
                    if io::stdout().write_all(&line).is_err() {
                        return Ok(());
                    }
                }
                let next = list.next_cursor.clone().filter(|_| !is_limited);
                let n_listed = list.total;
                if !self.json {
                    table.add(list);
                }
                let Some(cursor) = next else {
                    n_total += n_listed;
                    break;
                };
                pairs.retain(|(name, _)| name != "cursor");
                add(&mut pairs, "cursor", &cursor);
            }
        }
        if !self.json && table.print().is_ok() && n_shown < n_total {
            aside(&format!("{n_shown} of {n_total} tasks"));
        }
        Ok(())
    }

    /// The parameters. A first one stands where a directory may.
    fn pairs(&mut self) -> Result<Pairs, String> {
        let first = self.target.take_word(is_parameter);
        let words = first.into_iter().chain(self.parameters.drain(..));
        let pair = |word: String| match word.split_once('=') {
            Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
            None => Err(format!("`{word}` is no NAME=VALUE such as status=open")),
        };
        let pairs = words.map(pair).collect::<Result<Pairs, _>>()?;
        let query = Query::parse(pairs.clone(), Limits::default().page_tasks);
        query.map(|_| pairs).map_err(|error| error.to_string())
    }
}

/// Is this a parameter's name with a value, and no path?
fn is_parameter(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| {
        let name = name.trim_end_matches('!').bytes();
        name.len() > 0 && { name }.all(|byte| matches!(byte, b'a'..=b'z' | b'_'))
    })
}

fn given<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    let pair = pairs.iter().find(|(given, _)| given == name);
    pair.map(|(_, value)| value.as_str())
}

/// Adds a parameter, unless it is given.
fn add(pairs: &mut Pairs, name: &str, value: &str) {
    if given(pairs, name).is_none() {
        pairs.push((name.to_owned(), value.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_parameter_and_what_a_path() {
        for (word, is) in [
            ("status=open", true),
            ("status!=done", true),
            ("due_before=2027-01-01", true),
            ("q=", true),
            ("notes", false),
            ("./a=b", false),
            ("Notes=old", false),
            ("=x", false),
            ("", false),
        ] {
            assert_eq!(is_parameter(word), is, "{word}");
        }
    }
}
