//! What a project says of itself in its `project.yaml`. Every line of it is optional.

use super::problem::{Problem, ProblemKind};
use crate::name::{self, TaskPath};
use crate::yaml::{self, Node};

/// The file's name, at the top of a project.
pub const FILE_NAME: &str = "project.yaml";
/// The status of a task that names none, in a project that names none.
pub const DEFAULT_STATUS: &str = "open";
/// The statuses, in any case, of a task with which there is nothing left to do.
pub const DONE_STATUSES: [&str; 5] = ["done", "closed", "completed", "cancelled", "canceled"];
/// What new ids start with.
pub const DEFAULT_ID_PREFIX: &str = "TASK";
/// To how many digits the number of a new id is filled up.
pub const DEFAULT_ID_PADDING: usize = 3;
/// No id is padded further, in digits.
pub const ID_PADDING_MAX: usize = 20;

/// The settings of one project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// What people call the project; its id stands in.
    pub name: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// The statuses, in the order of the board's columns.
    pub statuses: Vec<String>,
    /// The status of a task whose file names none.
    pub default_status: Option<String>,
    /// What new ids start with, before `-`.
    pub id_prefix: Option<String>,
    /// To how many digits a new id's number is filled up.
    pub id_padding: Option<usize>,
    /// Files that are no tasks, in gitignore syntax.
    pub ignore: Vec<String>,
}

impl Settings {
    /// Reads the text of a `project.yaml`. A line that it does not understand is a problem, and the rest counts; a
    /// text that is no YAML at all says nothing, so that whoever had settings keeps them.
    #[must_use]
    pub fn read(text: &str) -> (Option<Self>, Vec<Problem>) {
        let mut reader = Reader {
            problems: Vec::new(),
        };
        let mapping = match yaml::parse(text) {
            Ok(mapping) => mapping,
            Err(error) => {
                let kind = ProblemKind::Yaml {
                    code: error.code(),
                    text: error.kind.to_string(),
                };
                return (None, vec![problem(error.at.line, error.at.column, kind)]);
            }
        };
        let mut settings = Self::default();
        for entry in &mapping.entries {
            let node = &entry.node;
            match entry.key.as_str() {
                "name" => settings.name = reader.text("name", node),
                "description" => settings.description = reader.text("description", node),
                "statuses" => settings.statuses = reader.list("statuses", node),
                "default_status" => settings.default_status = reader.text("default_status", node),
                "id_prefix" => settings.id_prefix = reader.prefix(node),
                "id_padding" => settings.id_padding = reader.padding(node),
                "ignore" => settings.ignore = reader.lines("ignore", node),
                // Other tools may keep their own keys here.
                _ => {}
            }
        }
        (Some(settings), reader.problems)
    }

    /// The status of a task whose file names none.
    #[must_use]
    pub fn default_status(&self) -> &str {
        self.default_status.as_deref().unwrap_or(DEFAULT_STATUS)
    }

    /// Is a task with this status done? One is with the last of the project's statuses, and with a word that says so in
    /// any case: a project whose last column is `cancelled` has another one for what is done.
    #[must_use]
    pub fn is_done(&self, status: &str) -> bool {
        let is_last = match self.statuses.as_slice() {
            [_, .., last] => last == status,
            [] | [_] => false,
        };
        is_last
            || DONE_STATUSES
                .iter()
                .any(|done| done.eq_ignore_ascii_case(status))
    }

    /// What new ids start with.
    #[must_use]
    pub fn id_prefix(&self) -> &str {
        self.id_prefix.as_deref().unwrap_or(DEFAULT_ID_PREFIX)
    }

    /// The id of this number, as the project writes them: `TASK-007`.
    #[must_use]
    pub fn id_of_number(&self, number: u64) -> String {
        let width = self.id_padding.unwrap_or(DEFAULT_ID_PADDING);
        format!("{}-{number:0width$}", self.id_prefix())
    }

    /// The number in an id of this project's form, whatever its padding.
    #[must_use]
    pub fn number_of_id(&self, id: &str) -> Option<u64> {
        let (prefix, number) = id.rsplit_once('-')?;
        let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        (digits && prefix.eq_ignore_ascii_case(self.id_prefix())).then(|| number.parse().ok())?
    }
}

fn problem(line: usize, column: usize, kind: ProblemKind) -> Problem {
    let path = TaskPath::parse(FILE_NAME).expect("the settings file's name is a clean path");
    Problem {
        path,
        line,
        column,
        kind,
    }
}

struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn wrong<T: Default>(&mut self, key: &str, node: &Node, expected: &str) -> T {
        let at = node.at;
        let kind = ProblemKind::Settings(format!("`{key}` should be {expected}"));
        self.problems.push(problem(at.line, at.column, kind));
        T::default()
    }

    fn text(&mut self, key: &str, node: &Node) -> Option<String> {
        match node.text() {
            Some(text) => Some(text.to_owned()),
            None if node.is_null() => None,
            None => self.wrong(key, node, "a text"),
        }
    }

    fn list(&mut self, key: &str, node: &Node) -> Vec<String> {
        if node.is_null() {
            return Vec::new();
        }
        let texts = node
            .items()
            .map(|items| items.iter().map(|i| i.text().map(str::to_owned)).collect());
        match texts {
            Some(Some(texts)) => texts,
            Some(None) | None => self.wrong(key, node, "a list of texts"),
        }
    }

    /// A list, or one text of several lines.
    fn lines(&mut self, key: &str, node: &Node) -> Vec<String> {
        match node.text() {
            Some(text) => text.lines().map(str::to_owned).collect(),
            None => self.list(key, node),
        }
    }

    fn prefix(&mut self, node: &Node) -> Option<String> {
        let prefix = self.text("id_prefix", node)?;
        match name::plain(&prefix) {
            Ok(()) => Some(prefix),
            Err(_) => self.wrong("id_prefix", node, "letters, digits, `.`, `_` and `-`"),
        }
    }

    fn padding(&mut self, node: &Node) -> Option<usize> {
        let padding = node.text().and_then(|text| text.parse().ok());
        match padding.filter(|padding| *padding <= ID_PADDING_MAX) {
            Some(padding) => Some(padding),
            None => self.wrong("id_padding", node, "a number of digits, at most 20"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_optional_and_the_bad_ones_are_told() {
        let (settings, problems) = Settings::read(
            "name: Site\nstatuses: [open, To Do]\ndefault_status: To Do\nid_prefix: a/b\nid_padding: 4\nignore: |\n  drafts/\n  *.tmp.md\nmine: 1\n",
        );
        let settings = settings.unwrap();
        assert_eq!(settings.name.as_deref(), Some("Site"));
        assert_eq!(settings.statuses, ["open", "To Do"]);
        assert_eq!(settings.default_status(), "To Do");
        assert_eq!(settings.ignore, ["drafts/", "*.tmp.md"]);
        assert_eq!(settings.id_of_number(7), "TASK-0007");
        let told: Vec<_> = problems.iter().map(|p| (p.line, p.kind.code())).collect();
        assert_eq!(told, [(4, "invalid_settings")]);
    }

    #[test]
    fn which_statuses_are_done() {
        let settings = |text: &str| Settings::read(text).0.unwrap();
        for (text, done, open) in [
            (
                "",
                &["done", "Closed", "CANCELLED"][..],
                &["open", "doing"][..],
            ),
            (
                "statuses: [todo, doing, live]",
                &["live", "done"],
                &["todo", "Live"],
            ),
            (
                "statuses: [open, done, cancelled]",
                &["done", "cancelled"],
                &["open"],
            ),
            ("statuses: [open]", &["done"], &["open"]),
        ] {
            let settings = settings(text);
            assert!(done.iter().all(|status| settings.is_done(status)), "{text}");
            assert!(
                !open.iter().any(|status| settings.is_done(status)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_broken_file_says_nothing() {
        let (settings, problems) = Settings::read("statuses: [open\n");
        assert_eq!(settings, None);
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn the_number_of_an_id() {
        let settings = Settings::default();
        assert_eq!(settings.number_of_id("TASK-041"), Some(41));
        assert_eq!(settings.number_of_id("task-7"), Some(7));
        for other in [
            "TASK-",
            "TASK-1a",
            "BACK-1",
            "TASK",
            "TASK-+1",
            "TASK-99999999999999999999999",
        ] {
            assert_eq!(settings.number_of_id(other), None, "{other}");
        }
    }
}
