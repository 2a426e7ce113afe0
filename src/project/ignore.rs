//! Which files of a project are tasks.
//!
//! The fixed rules, which the README lists, then the user's own: `ignore` in `project.yaml` and the lines of a
//! `.taskmdignore` at the top of the project, both in gitignore syntax.

use crate::name::TaskPath;
use ::ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The name of the user's own list, at the top of a project.
pub const FILE_NAME: &str = ".taskmdignore";

/// Texts that stand beside tasks in many repositories and are none. Case does not count: `readme.md` is one too.
const NO_TASKS: [&str; 4] = ["readme.md", "agents.md", "claude.md", "changelog.md"];

/// The rules of one project.
#[derive(Clone, Debug)]
pub struct Ignore {
    lines: Vec<String>,
    user: Gitignore,
}

impl PartialEq for Ignore {
    fn eq(&self, other: &Self) -> bool {
        self.lines == other.lines
    }
}

impl Default for Ignore {
    fn default() -> Self {
        Self {
            lines: Vec::new(),
            user: Gitignore::empty(),
        }
    }
}

impl Ignore {
    /// The rules with these lines of the user's. A line that is no pattern is left out.
    pub fn new<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let lines: Vec<_> = lines.into_iter().map(str::to_owned).collect();
        let mut builder = GitignoreBuilder::new("");
        for line in &lines {
            // The crate's own error is all it does with a bad line; the good ones count.
            if builder.add_line(None, line).is_err() {
                continue;
            }
        }
        Self {
            lines,
            user: builder.build().unwrap_or_else(|_| Gitignore::empty()),
        }
    }

    /// Is this path a task's, by its name?
    #[must_use]
    pub fn is_task(&self, path: &TaskPath) -> bool {
        let directory = path.directory();
        let below = directory.is_empty() || directory.split('/').all(is_open_directory);
        below && is_task_name(path.file_name()) && !self.matches(path.as_str(), false)
    }

    /// May a directory hold tasks? `path` is relative to the project.
    #[must_use]
    pub fn is_entered(&self, path: &str) -> bool {
        path.split('/').all(is_open_directory) && !self.matches(path, true)
    }

    fn matches(&self, path: &str, is_directory: bool) -> bool {
        self.user
            .matched_path_or_any_parents(path, is_directory)
            .is_ignore()
    }
}

/// A task's name ends in `.md`, so the droppings of editors (`a.md~`, `#a.md#`, `.a.md.swp`, `4913`, `a.md.tmp`)
/// are out without a list.
fn is_task_name(name: &str) -> bool {
    name.ends_with(".md")
        && !name.starts_with('.')
        && !NO_TASKS.contains(&name.to_lowercase().as_str())
}

fn is_open_directory(name: &str) -> bool {
    !name.starts_with('.') && !matches!(name, "node_modules" | "target")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_rules() {
        let ignore = Ignore::default();
        let is_task = |path: &str| ignore.is_task(&TaskPath::parse(path).unwrap());
        for path in [
            "a.md",
            "x/y/a b.md",
            "targets/a.md",
            "readme2.md",
            "4913.md",
        ] {
            assert!(is_task(path), "{path}");
        }
        let others = "a.txt a.md~ #a.md# .#a.md .a.md.swp 4913 a.md.tmp .hidden.md README.md x/Readme.md AGENTS.md \
                      CLAUDE.md CHANGELOG.md .git/a.md x/.obsidian/a.md node_modules/p/a.md a/target/b.md a.MD";
        for path in others.split_ascii_whitespace() {
            assert!(!is_task(path), "{path}");
        }
    }

    #[test]
    fn the_users_rules() {
        let ignore = Ignore::new(["drafts/", "*.draft.md", "!keep.draft.md", "", "# note"]);
        let is_task = |path: &str| ignore.is_task(&TaskPath::parse(path).unwrap());
        assert!(is_task("a.md") && is_task("keep.draft.md") && is_task("drafts.md"));
        assert!(!is_task("drafts/a.md") && !is_task("x/drafts/y/a.md") && !is_task("x/b.draft.md"));
        assert!(!ignore.is_entered("drafts") && ignore.is_entered("x"));
    }
}
