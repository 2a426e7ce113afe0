//! The names of things: projects, tasks and files, valid by construction.
//!
//! Reading is liberal: any UTF-8 name that a file system holds is served, as long as it can stand as one
//! path segment of a URL. Writing is conservative: names that the server makes pass [`plain`] as well.
//! What this module refuses to know: the file system, and whether a name is in use.

use std::fmt;
use std::sync::Arc;

/// The longest id that is read, in bytes: a file name's limit on every file system in use.
pub const ID_BYTES_MAX: usize = 255;
/// The longest name that the server makes, in bytes. It reads longer ones.
pub const PLAIN_BYTES_MAX: usize = 128;
/// The longest path below a project that is read, in bytes: Linux's `PATH_MAX`.
pub const PATH_BYTES_MAX: usize = 4096;

/// Why a name was refused. The text is fit for a client: it never repeats the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing at all, or only dots.
    #[error("an id is not empty, `.` or `..`")]
    Empty,
    /// Past [`ID_BYTES_MAX`].
    #[error("an id is at most {ID_BYTES_MAX} bytes long")]
    TooLong,
    /// A slash, a backslash, a control character or a percent-encoding that is still there after one decoding.
    #[error("an id holds no slash, backslash, control character or second percent-encoding")]
    Character,
    /// A name that the server would not make: see [`plain`].
    #[error(
        "a new id starts with a letter or digit, goes on with letters, digits, `.`, `_` or `-`, has at most {PLAIN_BYTES_MAX} bytes, no final dot, and is no device name of Windows"
    )]
    NotPlain,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Returns the name that this text is, or why it is none.
            ///
            /// # Errors
            /// [`NameError`], when the text cannot be one decoded segment of a URL.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                check_segment(text).map(|()| Self(text.into()))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

name!(
    /// The id of a project: the name of its directory.
    ProjectId
);
name!(
    /// The id of a task: `id` in its front matter, else the stem of its file's name.
    TaskId
);

impl ProjectId {
    /// Returns the project that a directory of this name is, if it is one: hidden directories and those
    /// that hold other programs' files are none.
    #[must_use]
    pub fn of_directory(name: &str) -> Option<Self> {
        let hidden = name.starts_with('.') || matches!(name, "node_modules" | "target");
        if hidden { None } else { Self::parse(name).ok() }
    }
}

/// The path of a task's file below its project, with `/` between the segments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskPath(Arc<str>);

impl TaskPath {
    /// Returns the path, if it is relative, clean (no empty, `.` or `..` segment) and not too long.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let clean = !text.is_empty()
            && text.len() <= PATH_BYTES_MAX
            && !text.contains('\0')
            && text.split('/').all(|s| !matches!(s, "" | "." | ".."));
        clean.then(|| Self(text.into()))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The directory below the project; empty at the top.
    #[must_use]
    pub fn directory(&self) -> &str {
        self.0
            .rsplit_once('/')
            .map_or("", |(directory, _)| directory)
    }

    /// The file's name without `.md`.
    #[must_use]
    pub fn stem(&self) -> &str {
        let name = self.file_name();
        name.strip_suffix(".md").unwrap_or(name)
    }
}

/// A path sorts as its text does, so a map of paths can be searched by text.
impl std::borrow::Borrow<str> for TaskPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check_segment(text: &str) -> Result<(), NameError> {
    if matches!(text, "" | "." | "..") {
        return Err(NameError::Empty);
    }
    if text.len() > ID_BYTES_MAX {
        return Err(NameError::TooLong);
    }
    let bad = |c: char| matches!(c, '/' | '\\') || c.is_control();
    if text.contains(bad) || holds_encoding(text) {
        return Err(NameError::Character);
    }
    Ok(())
}

/// Is there a `%2e` left after the one decoding that a segment gets? `100%` alone is a fine name.
fn holds_encoding(text: &str) -> bool {
    let is_encoding =
        |w: &[u8]| w[0] == b'%' && w[1].is_ascii_hexdigit() && w[2].is_ascii_hexdigit();
    text.as_bytes().windows(3).any(is_encoding)
}

/// Checks that a name may be made by the server, on any system that the folder is carried to.
///
/// # Errors
/// [`NameError::NotPlain`], see its text.
pub fn plain(text: &str) -> Result<(), NameError> {
    let first = text
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphanumeric());
    let rest = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    let fine = first
        && rest
        && text.len() <= PLAIN_BYTES_MAX
        && !text.ends_with('.')
        && !is_windows_device(text);
    if fine {
        Ok(())
    } else {
        Err(NameError::NotPlain)
    }
}

/// Windows reserves these with any extension: `con.md` cannot be checked out there.
fn is_windows_device(text: &str) -> bool {
    let stem = text.split('.').next().unwrap_or(text).to_ascii_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        other => other
            .strip_prefix("COM")
            .or_else(|| other.strip_prefix("LPT"))
            .is_some_and(|n| n.len() == 1 && n != "0" && n.chars().all(|c| c.is_ascii_digit())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_is_liberal() {
        for name in [
            "TASK-001",
            "back-1 - Add a thing",
            "日本語",
            "100%",
            "a.b",
            "-x",
            ".x",
            "CON",
        ] {
            assert!(TaskId::parse(name).is_ok(), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "..\\x",
            "a\0",
            "a\nb",
            "%2e%2e%2f",
            "%252e",
        ] {
            assert!(TaskId::parse(name).is_err(), "{name:?}");
        }
        assert_eq!(TaskId::parse(&"x".repeat(256)), Err(NameError::TooLong));
    }

    #[test]
    fn writing_is_conservative() {
        for name in ["TASK-001", "a", "0", "x.y_z-1", "console", "com10", "COM0"] {
            assert!(plain(name).is_ok(), "{name}");
        }
        let long = "x".repeat(129);
        for name in [
            "", "-a", ".a", "a b", "a.", "con", "NUL.x", "lpt1", "Com9.md", "é", "a/b", &long,
        ] {
            assert!(plain(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_path_is_clean() {
        for path in ["a.md", "x/y/z.md", "with space/ü.md"] {
            assert!(TaskPath::parse(path).is_some(), "{path}");
        }
        for path in [
            "", "/a.md", "a//b.md", "../a.md", "a/./b.md", "a/", "a\0.md",
        ] {
            assert!(TaskPath::parse(path).is_none(), "{path:?}");
        }
        let path = TaskPath::parse("backend/api/T-1.md").unwrap();
        assert_eq!((path.directory(), path.stem()), ("backend/api", "T-1"));
    }

    #[test]
    fn what_is_no_project() {
        assert!(ProjectId::of_directory("web site").is_some());
        for name in [".git", "node_modules", "target", ""] {
            assert!(ProjectId::of_directory(name).is_none(), "{name}");
        }
    }
}
