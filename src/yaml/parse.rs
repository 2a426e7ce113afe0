//! Reads a front matter: what is refused, within which budgets, and in which words.

use super::error::{ParseError, ParseErrorKind, Position};
use super::layout::{line_break, line_end};
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
    let (mut line, mut start) = (1, 0);
    while start < text.len() {
        let end = line_end(text, start);
        let marker = text[start..end]
            .get(..3)
            .is_some_and(|marker| marker == "---" || marker == "...");
        if marker && (end == start + 3 || text[start + 3..].starts_with([' ', '\t'])) {
            let at = Position { line, column: 1 };
            return Err(ParseError {
                at,
                kind: ParseErrorKind::SeveralDocuments,
            });
        }
        line += 1;
        start = end + line_break(text, end).map_or(1, str::len);
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
