//! A problem: a file, or a part of one, that could not be understood. Data, not failure: it is listed,
//! and costs no other file anything.

use crate::name::TaskPath;
use std::fmt;

/// What is wrong. Its [`code`](ProblemKind::code) is stable; its text may be reworded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// The file is no UTF-8.
    #[error("the file is not UTF-8 text")]
    NotUtf8,
    /// The file is larger than the limit, in bytes.
    #[error("the file is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit_bytes: u64,
    },
    /// The first line is `---` and no other line is.
    #[error("the front matter is not closed by a line `---`")]
    NotClosed,
    /// The front matter is no YAML that taskmd reads.
    #[error("{text}")]
    Yaml {
        /// The stable code of the YAML error.
        code: &'static str,
        /// What is wrong, in taskmd's own words.
        text: String,
    },
    /// A known key holds something of another shape; the task is served without it.
    #[error("`{key}` should be {expected}")]
    WrongType {
        /// The key as the file has it.
        key: String,
        /// What it should be.
        expected: &'static str,
    },
    /// Two keys stand for one field; the first wins.
    #[error("`{key}` and `{other}` mean the same; `{key}` counts")]
    TwoKeys {
        /// The key that counts.
        key: String,
        /// The key that does not.
        other: String,
    },
    /// The id cannot stand in a URL.
    #[error("the task's id cannot be used: {0}")]
    InvalidId(crate::name::NameError),
    /// Another file, which sorts first, has this id.
    #[error("the id `{id}` belongs to `{owner}`, which sorts first")]
    DuplicateId {
        /// The id.
        id: String,
        /// The file that serves it.
        owner: String,
    },
    /// A symbolic link, which is not followed.
    #[error("a symbolic link is not followed")]
    UnsafeLink,
    /// A pipe, socket, device or directory with a task's name.
    #[error("not a regular file")]
    NotAFile,
    /// The file's name is no UTF-8; the path shown has the bad bytes replaced.
    #[error("the file's name is not UTF-8")]
    NameNotUtf8,
    /// The system would not let it be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(&'static str),
    /// The project holds more tasks than the limit; this is the first one left out.
    #[error("the project holds more than {limit} tasks")]
    TooManyFiles {
        /// The limit, in files.
        limit: usize,
    },
    /// A task waits for one that is not there.
    #[error("it depends on `{id}`, which is no task of this project")]
    MissingDependency {
        /// The id that it names.
        id: String,
    },
    /// A task's parent is not there.
    #[error("its parent `{id}` is no task of this project")]
    MissingParent {
        /// The id that it names.
        id: String,
    },
    /// Tasks wait for each other, so none of them can ever be begun.
    #[error("{}", circle(.ids, *.n_more, "depends on itself", "depend on each other"))]
    DependencyCycle {
        /// The first of them, each of which waits for the next, and the last for the first.
        ids: Vec<String>,
        /// How many there are besides.
        n_more: usize,
    },
    /// Tasks are parents of each other.
    #[error("{}", circle(.ids, *.n_more, "is its own parent", "are parents of each other"))]
    ParentCycle {
        /// The first of them, each of which has the next as its parent, and the last the first.
        ids: Vec<String>,
        /// How many there are besides.
        n_more: usize,
    },
    /// `project.yaml` has a line that taskmd does not understand.
    #[error("{0}")]
    Settings(String),
}

impl ProblemKind {
    /// The stable name of this kind, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotUtf8 => "not_utf8",
            Self::TooLarge { .. } => "too_large",
            Self::NotClosed => "front_matter_not_closed",
            Self::Yaml { code, .. } => code,
            Self::WrongType { .. } => "wrong_type",
            Self::TwoKeys { .. } => "two_keys",
            Self::InvalidId(_) => "invalid_id",
            Self::DuplicateId { .. } => "duplicate_id",
            Self::UnsafeLink => "unsafe_link",
            Self::NotAFile => "not_a_file",
            Self::NameNotUtf8 => "name_not_utf8",
            Self::Unreadable(_) => "unreadable",
            Self::TooManyFiles { .. } => "too_many_files",
            Self::MissingDependency { .. } => "missing_dependency",
            Self::MissingParent { .. } => "missing_parent",
            Self::DependencyCycle { .. } => "dependency_cycle",
            Self::ParentCycle { .. } => "parent_cycle",
            Self::Settings(_) => "invalid_settings",
        }
    }
}

/// Tasks that lead in a circle, in words: what one alone does, and what several do.
fn circle(ids: &[String], n_more: usize, one: &str, several: &str) -> String {
    if ids.len() == 1 {
        return format!("it {one}");
    }
    let names: Vec<_> = ids.iter().map(|id| format!("`{id}`")).collect();
    let rest = match n_more {
        0 => String::new(),
        n_more => format!(" and {n_more} more"),
    };
    format!("in a circle these {several}: {}{rest}", names.join(", "))
}

/// One thing that could not be understood, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, below its project.
    pub path: TaskPath,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub kind: ProblemKind,
}

impl Problem {
    /// A problem of the file as a whole.
    #[must_use]
    pub fn of_file(path: &TaskPath, kind: ProblemKind) -> Self {
        Self {
            path: path.clone(),
            line: 1,
            column: 1,
            kind,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}",
            self.path, self.line, self.column, self.kind
        )
    }
}
