//! What can be wrong with a front matter or with an edit of one, in our words and with stable codes.

use std::fmt;

/// Where something stands in the text given to `parse`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// Why a text is not a front matter, and where that shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The first place at which the text cannot be right.
    pub at: Position,
    /// What is wrong there.
    pub kind: ParseErrorKind,
}

/// What is wrong with a front matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// It is not YAML.
    Syntax,
    /// A mapping, the root or a nested one, has this key twice: readers disagree on which one counts.
    DuplicateKey(String),
    /// Collections are nested deeper than `DEPTH_MAX`.
    TooDeep,
    /// It holds, or its aliases expand to, more than the budget.
    TooManyNodes,
    /// It has more bytes than `TEXT_BYTES_MAX`.
    TooLong,
    /// The root is a list or a scalar.
    NotAMapping,
    /// It has a `---` or `...` line, which starts or ends a document.
    SeveralDocuments,
    /// It has a `%` directive.
    Directive,
    /// A list or a map is used as a key.
    UnsupportedKey,
    /// An alias names no anchor that is complete above it.
    UnknownAlias,
}

/// Why an edit was refused; the text stays as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditError {
    /// The text cannot be read before the edit, so nothing certain can be said about what an edit would change.
    Unparsable(ParseError),
    /// The entry with this key holds an anchor that another entry refers to: changing one would change the other.
    ReferencedAnchor(String),
    /// The new value has this key twice.
    DuplicateKey(String),
    /// The new value for this key has no exact form here (not finite, beyond 2^53, nested too deep), or the entry is
    /// written in a way that this editor does not rewrite.
    Unsupported(String),
    /// The result would be more than a front matter may hold.
    TooLong,
    /// The result, read again by two parsers, did not say exactly what was asked for this key and the same for the rest.
    Unverified(String),
}

impl ParseError {
    /// Returns the stable name of what is wrong, for clients.
    pub fn code(&self) -> &'static str {
        match self.kind {
            ParseErrorKind::Syntax => "yaml_syntax",
            ParseErrorKind::DuplicateKey(_) => "duplicate_key",
            ParseErrorKind::TooDeep => "yaml_too_deep",
            ParseErrorKind::TooManyNodes => "yaml_too_many_nodes",
            ParseErrorKind::TooLong => "front_matter_too_long",
            ParseErrorKind::NotAMapping => "not_a_mapping",
            ParseErrorKind::SeveralDocuments => "several_documents",
            ParseErrorKind::Directive => "yaml_directive",
            ParseErrorKind::UnsupportedKey => "unsupported_key",
            ParseErrorKind::UnknownAlias => "unknown_alias",
        }
    }
}

impl EditError {
    /// Every code that there is.
    pub const CODES: [&'static str; 13] = [
        "yaml_syntax",
        "duplicate_key",
        "yaml_too_deep",
        "yaml_too_many_nodes",
        "front_matter_too_long",
        "not_a_mapping",
        "several_documents",
        "yaml_directive",
        "unsupported_key",
        "unknown_alias",
        "referenced_anchor",
        "unsupported_edit",
        "unverified_edit",
    ];

    /// Returns the stable name of the refusal, for clients; an unreadable text answers with what is wrong with it.
    pub fn code(&self) -> &'static str {
        match self {
            EditError::Unparsable(error) => error.code(),
            EditError::ReferencedAnchor(_) => "referenced_anchor",
            EditError::DuplicateKey(_) => "duplicate_key",
            EditError::Unsupported(_) => "unsupported_edit",
            EditError::TooLong => "front_matter_too_long",
            EditError::Unverified(_) => "unverified_edit",
        }
    }
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseErrorKind::Syntax => f.write_str("not valid YAML"),
            ParseErrorKind::DuplicateKey(key) => {
                write!(f, "key `{key}` comes twice in one mapping")
            }
            ParseErrorKind::TooDeep => write!(f, "nested deeper than {} levels", super::DEPTH_MAX),
            ParseErrorKind::TooManyNodes => {
                write!(f, "holds more than {} values", super::NODES_MAX)
            }
            ParseErrorKind::TooLong => write!(f, "longer than {} bytes", super::TEXT_BYTES_MAX),
            ParseErrorKind::NotAMapping => f.write_str("not a mapping of keys to values"),
            ParseErrorKind::SeveralDocuments => f.write_str("a `---` or `...` line stands inside"),
            ParseErrorKind::Directive => f.write_str("a `%` directive stands in it"),
            ParseErrorKind::UnsupportedKey => f.write_str("a key is a list or a map"),
            ParseErrorKind::UnknownAlias => {
                f.write_str("an alias refers to an anchor that is not there")
            }
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (line {}, column {})",
            self.kind, self.at.line, self.at.column
        )
    }
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EditError::Unparsable(error) => write!(f, "cannot be edited: {error}"),
            EditError::ReferencedAnchor(key) => {
                write!(
                    f,
                    "value of `{key}` is shared with another key through an anchor"
                )
            }
            EditError::DuplicateKey(key) => write!(f, "key `{key}` comes twice in the new value"),
            EditError::Unsupported(key) => {
                write!(f, "new value of `{key}` cannot be written exactly")
            }
            EditError::TooLong => f.write_str("front matter would hold more than it may"),
            EditError::Unverified(key) => {
                write!(
                    f,
                    "changing `{key}` could not be proven to leave the rest as it is"
                )
            }
        }
    }
}

impl std::error::Error for ParseError {}

impl std::error::Error for EditError {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The next kind of error in a text: the compiler wants a new one to be named here.
    fn next(kind: &ParseErrorKind) -> Option<ParseErrorKind> {
        Some(match kind {
            ParseErrorKind::Syntax => ParseErrorKind::DuplicateKey(String::new()),
            ParseErrorKind::DuplicateKey(_) => ParseErrorKind::TooDeep,
            ParseErrorKind::TooDeep => ParseErrorKind::TooManyNodes,
            ParseErrorKind::TooManyNodes => ParseErrorKind::TooLong,
            ParseErrorKind::TooLong => ParseErrorKind::NotAMapping,
            ParseErrorKind::NotAMapping => ParseErrorKind::SeveralDocuments,
            ParseErrorKind::SeveralDocuments => ParseErrorKind::Directive,
            ParseErrorKind::Directive => ParseErrorKind::UnsupportedKey,
            ParseErrorKind::UnsupportedKey => ParseErrorKind::UnknownAlias,
            ParseErrorKind::UnknownAlias => return None,
        })
    }

    fn next_refusal(error: &EditError) -> Option<EditError> {
        let text = String::new();
        Some(match error {
            EditError::Unparsable(_) => EditError::ReferencedAnchor(text),
            EditError::ReferencedAnchor(_) => EditError::DuplicateKey(text),
            EditError::DuplicateKey(_) => EditError::Unsupported(text),
            EditError::Unsupported(_) => EditError::TooLong,
            EditError::TooLong => EditError::Unverified(text),
            EditError::Unverified(_) => return None,
        })
    }

    #[test]
    fn all_codes_are_listed() {
        let at = Position { line: 1, column: 1 };
        let kinds = std::iter::successors(Some(ParseErrorKind::Syntax), next);
        let unparsable: Vec<_> = kinds
            .map(|kind| EditError::Unparsable(ParseError { at, kind }))
            .collect();
        let others = std::iter::successors(unparsable.last().cloned(), next_refusal);
        let codes = unparsable.iter().cloned().chain(others);
        let codes: BTreeSet<_> = codes.map(|error| error.code()).collect();
        assert_eq!(codes, BTreeSet::from(EditError::CODES));
    }
}
