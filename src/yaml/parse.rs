//! Reads a front matter: what is refused, within which budgets, and in which words.

use super::error::{ParseError, ParseErrorKind, Position};
use super::node::Mapping;
use super::tree::Reader;
use granit_parser::{ErrorKind, Marker, Parser, options};

/// Most bytes of a front matter (64 KiB): a hundred times the longest real one, and small enough to read at once.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Most collections inside one another, the root included: people stop at 4; recursion over the tree stays harmless.
pub const DEPTH_MAX: usize = 16;
/// Most keys and values, those that aliases stand for included: bounds what one file can make us hold.
pub const NODES_MAX: usize = 10_000;
/// Most bytes of text that aliases may add (256 KiB): 10,000 aliases of one long text would be within `NODES_MAX`.
pub const ALIAS_BYTES_MAX: usize = 256 * 1024;

/// Reads the text of a front matter; empty text, or only comments, is the empty mapping.
pub fn parse(text: &str) -> Result<Mapping, ParseError> {
    refuse_by_look(text)?;
    let options = options! {
        disallow_directives: true,
        emit_comments: false,
        // One more than ours, so that our own count is the one that speaks.
        flow_nesting_limit: DEPTH_MAX + 1,
        block_nesting_limit: DEPTH_MAX + 1,
    };
    let mut reader = Reader::new();
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((event, span)) => reader.take(event, span)?,
            Err(error) => {
                return Err(ParseError {
                    at: position(error.marker()),
                    kind: kind(error.kind()),
                });
            }
        }
    }
    Ok(reader.mapping)
}

/// Refuses what is cheaper, or only possible, to see before parsing.
fn refuse_by_look(text: &str) -> Result<(), ParseError> {
    let start = Position { line: 1, column: 1 };
    if text.len() > TEXT_BYTES_MAX {
        return Err(ParseError {
            at: start,
            kind: ParseErrorKind::TooLong,
        });
    }
    // The caller took the file's BOM; the parser would silently skip a second one.
    if text.starts_with('\u{FEFF}') {
        return Err(ParseError {
            at: start,
            kind: ParseErrorKind::Syntax,
        });
    }
    // A lone `...` makes no event at all. No content, not even of a block scalar, can stand in column 1 like this.
    if !text.contains("---") && !text.contains("...") {
        return Ok(());
    }
    for (n, line) in text
        .split_inclusive('\n')
        .flat_map(|line| line.split_inclusive('\r'))
        .filter(|line| *line != "\n")
        .enumerate()
    {
        if let Some(rest) = line
            .strip_prefix("---")
            .or_else(|| line.strip_prefix("..."))
            && (rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
        {
            let at = Position {
                line: n + 1,
                column: 1,
            };
            return Err(ParseError {
                at,
                kind: ParseErrorKind::SeveralDocuments,
            });
        }
    }
    Ok(())
}

pub(super) fn position(marker: &Marker) -> Position {
    Position {
        line: marker.line(),
        column: marker.col() + 1,
    }
}

fn kind(error: &ErrorKind) -> ParseErrorKind {
    if *error == ErrorKind::RecursionLimitExceeded {
        ParseErrorKind::TooDeep
    } else if *error == ErrorKind::UnknownAnchor {
        ParseErrorKind::UnknownAlias
    } else if *error == ErrorKind::DirectiveDisallowed {
        ParseErrorKind::Directive
    } else {
        ParseErrorKind::Syntax
    }
}
