//! Tasks as a table: a line each, and only the columns in which something stands.

use crate::cli::terminal::{columns, plain, terminal_columns};
use crate::wire::read::TaskList;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Columns of a terminal between two of the table's.
const GAP: usize = 2;
/// So wide a column may be in a terminal; what does not fit is cut.
const WIDTH_MAX: usize = 30;
/// The title takes what the others leave, and no less than this.
const TITLE_WIDTH_MIN: usize = 20;

/// A table of tasks.
pub(super) struct Table {
    /// The names of the fields; the project comes first.
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table of these fields.
    pub(super) fn new<'a>(fields: impl Iterator<Item = &'a str>) -> Self {
        let others = fields.filter(|name| *name != "project_id");
        let names = std::iter::once("project_id").chain(others);
        Self {
            names: names.map(str::to_owned).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a page.
    pub(super) fn add(&mut self, list: TaskList) {
        let names = &self.names;
        let row = |task| {
            names
                .iter()
                .map(|name| TaskList::cell(&task, name))
                .collect()
        };
        self.rows.extend(list.tasks.into_iter().map(row));
    }

    /// Prints it, so that it fits where that is a terminal.
    ///
    /// # Errors
    /// The system's, when nobody reads what is printed.
    pub(super) fn print(&self) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        for line in self.lines(terminal_columns()) {
            writeln!(out, "{line}")?;
        }
        out.flush()
    }

    fn lines(&self, n_columns: Option<usize>) -> Vec<String> {
        let shown: Vec<_> = (0..self.names.len())
            .filter(|n| self.is_shown(*n))
            .collect();
        let widths = self.widths(&shown, n_columns);
        let head = self.names.iter().map(|name| heading(name));
        let head = (!self.rows.is_empty()).then(|| head.collect::<Vec<_>>());
        let line = |row: &Vec<String>| {
            let mut line = String::new();
            for (n, width) in shown.iter().zip(&widths) {
                let cell = plain(&row[*n], *width);
                line += &cell;
                line.extend(std::iter::repeat_n(' ', width - columns(&cell) + GAP));
            }
            line.trim_end().to_owned()
        };
        head.iter().chain(&self.rows).map(line).collect()
    }

    /// Is there something in this column? The project is told where there are several.
    fn is_shown(&self, n: usize) -> bool {
        let cells = self.rows.iter().map(|row| row[n].as_str());
        if n == 0 {
            cells.collect::<BTreeSet<_>>().len() > 1
        } else {
            cells.into_iter().any(|cell| !cell.is_empty())
        }
    }

    fn widths(&self, shown: &[usize], n_columns: Option<usize>) -> Vec<usize> {
        let needed = |n: &usize| {
            let cells = self.rows.iter().map(|row| row[*n].as_str());
            let widths = cells.map(|cell| columns(&plain(cell, usize::MAX)));
            widths.fold(heading(&self.names[*n]).len(), usize::max)
        };
        let mut widths: Vec<_> = shown.iter().map(needed).collect();
        let Some(n_columns) = n_columns else {
            return widths;
        };
        let title = shown.iter().position(|n| self.names[*n] == "title");
        for (n, width) in widths.iter_mut().enumerate() {
            if Some(n) != title {
                *width = (*width).min(WIDTH_MAX);
            }
        }
        if let Some(title) = title {
            let others = widths.iter().sum::<usize>() - widths[title] + GAP * (widths.len() - 1);
            let left = n_columns.saturating_sub(others).max(TITLE_WIDTH_MIN);
            widths[title] = widths[title].min(left);
        }
        widths
    }
}

/// What stands above a field's column.
fn heading(name: &str) -> String {
    let name = name.strip_suffix("_id").unwrap_or(name);
    name.to_uppercase().replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(tasks: &str, fields: &str, n_columns: Option<usize>) -> Vec<String> {
        let body = format!(r#"{{"tasks":[{tasks}],"total":9,"next_cursor":null}}"#);
        let mut table = Table::new(fields.split(','));
        table.add(TaskList::parse(body.as_bytes()).unwrap());
        table.lines(n_columns)
    }

    const TASKS: &str = r#"
        {"id":"A","project_id":"p","title":"Keep computed days in a cache","status":"open","tags":[],"due_date":null},
        {"id":"TASK-2","project_id":"p","title":"東京の天気","status":"done","tags":["a","b"],"due_date":null}"#;

    #[test]
    fn a_table_shows_what_there_is() {
        let expected = [
            "ID      STATUS  TITLE                          TAGS",
            "A       open    Keep computed days in a cache",
            "TASK-2  done    東京の天気                     a, b",
        ];
        assert_eq!(
            lines(TASKS, "id,status,title,tags,due_date", None),
            expected
        );
        assert_eq!(lines("", "id,title", None), [""; 0]);
        let other = r#"{"id":"B","project_id":"q","title":"x\u001b[2J\ny"}"#;
        let expected = [
            "PROJECT  ID      TITLE",
            "p        A       Keep computed days in a cache",
            "p        TASK-2  東京の天気",
            r"q        B       x\u{1b}[2J\u{a}y",
        ];
        assert_eq!(
            lines(&format!("{TASKS},{other}"), "id,title", None),
            expected
        );
    }

    #[test]
    fn in_a_terminal_it_fits() {
        let expected = [
            "ID      TITLE                     TAGS",
            "A       Keep computed days in a…",
            "TASK-2  東京の天気                a, b",
        ];
        let shown = lines(TASKS, "id,title,tags", Some(38));
        assert_eq!(shown, expected);
        assert!(shown.iter().all(|line| columns(line) <= 38));
        // A title that cannot be read says nothing.
        let narrow = lines(TASKS, "id,title", Some(10));
        assert_eq!(narrow[1], "A       Keep computed days …");
    }
}
