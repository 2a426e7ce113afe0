//! Where things really stand: lines, the `:` behind a key, the `-` before an item, the true end of a block.
//!
//! The parser reports exact places for tokens, but ends a block where the next token starts. Everything here starts
//! from an exact place and walks over blanks, line breaks and comments only.

use super::node::{Entry, Kind, Node, Style};
use std::ops::Range;

/// Where a value stands: its anchor and tag, then what it says. Both may be empty.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) properties: Range<usize>,
    pub(super) content: Range<usize>,
}

/// Returns the place behind blanks, line breaks and comments.
pub(super) fn skip_blank(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'#' => at = line_end(text, at),
            _ => break,
        }
    }
    at
}

/// Returns where the line that holds this place starts.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind(['\n', '\r']).map_or(0, |found| found + 1)
}

/// Returns where the line that holds this place ends, before its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..]
        .find(['\n', '\r'])
        .map_or(text.len(), |found| at + found)
}

/// Returns the line break at this place, if there is one.
pub(super) fn line_break(text: &str, at: usize) -> Option<&'static str> {
    ["\r\n", "\n", "\r"]
        .into_iter()
        .find(|line_break| text[at..].starts_with(line_break))
}

/// Returns where the line before this line start ends; the first line has none before it.
pub(super) fn line_end_before(text: &str, line_start: usize) -> Option<usize> {
    let before = &text[..line_start];
    let line = before
        .strip_suffix("\r\n")
        .or_else(|| before.strip_suffix(['\n', '\r']))?;
    Some(line.len())
}

/// Returns what stands between two places. Where they are in no order, what was worked out does not hold for this text: then
/// nothing does, and the edit will not prove.
pub(super) fn between(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or_default()
}

/// Returns the place behind the `:` of this key; nothing for a key that stands alone (`? key`, or `{key}`).
pub(super) fn behind_colon(text: &str, entry: &Entry) -> Option<usize> {
    let at = skip_blank(text, entry.key_span.end);
    if text.as_bytes().get(at) != Some(&b':') {
        return None;
    }
    // `? a` and then `:b: 1` is a second key that starts with a colon.
    let is_absent = matches!(
        entry.node.kind,
        Kind::Scalar {
            style: Style::Absent,
            ..
        }
    );
    let next = text.as_bytes().get(at + 1);
    let is_indicator = next.is_none_or(|next| b" \t\n\r,]}".contains(next));
    (is_indicator || !is_absent).then_some(at + 1)
}

/// Returns where a value stands, given the place behind the indicator (`:`, `-`, `[`, `,`) that introduces it.
pub(super) fn place(text: &str, node: &Node, from: usize) -> Place {
    let mut properties = from..from;
    let mut at = skip_blank(text, from);
    while at < node.span.start && text[at..].starts_with(['&', '!']) {
        if properties.is_empty() {
            properties.start = at;
        }
        // `!<tag:yaml.org,2002:str>` has a comma that ends nothing.
        let is_verbatim = text[at..].starts_with("!<");
        let ends: &[char] = if is_verbatim {
            &[' ', '\t', '\n', '\r']
        } else {
            &[' ', '\t', '\n', '\r', ',', ']', '}']
        };
        let word = text[at..].find(ends).unwrap_or(text.len() - at);
        properties.end = (at + word).min(node.span.start);
        at = skip_blank(text, properties.end);
    }
    let content = match &node.kind {
        _ if node.is_alias => node.span.clone(),
        Kind::Scalar {
            style: Style::Absent,
            ..
        } => properties.end..properties.end,
        Kind::Scalar {
            style: Style::Plain | Style::Single | Style::Double,
            ..
        } => node.span.clone(),
        Kind::Scalar {
            text: decoded,
            style: Style::Literal { indent } | Style::Folded { indent },
        } => at..block_scalar_end(text, at, node, decoded, *indent),
        Kind::List { flow: true, .. } | Kind::Map { flow: true, .. } => node.span.clone(),
        Kind::List { .. } => {
            // The parser starts a list that is not indented behind its first dash.
            let end = dashes(text, node, at)
                .last()
                .map_or(at, |(_, item)| item.content.end);
            at..end
        }
        Kind::Map { entries, .. } => {
            let end = entries
                .last()
                .map_or(node.span.start, |entry| entry_end(text, entry));
            node.span.start..end
        }
    };
    Place {
        properties,
        content,
    }
}

/// Returns where an entry's value ends, or its key when it has no value.
pub(super) fn entry_end(text: &str, entry: &Entry) -> usize {
    match behind_colon(text, entry) {
        Some(from) => place(text, &entry.node, from).content.end,
        None => entry.key_span.end,
    }
}

/// Returns where the row of an entry starts in a block mapping: at its `?`, its key's anchor or tag, or its key.
pub(super) fn row_start(text: &str, entry: &Entry) -> usize {
    let key = entry.key_span.start;
    let line = line_start(text, key);
    let mut before = &text[line..key];
    // The dashes of lists, and the colon of an explicit key, may stand on the same line.
    while let Some(rest) = before.trim_start_matches(' ').strip_prefix(['-', ':'])
        && rest.starts_with([' ', '\t'])
    {
        before = rest;
    }
    let own = before.trim_start_matches([' ', '\t']);
    if own.starts_with(['?', '&', '!']) {
        key - own.len()
    } else {
        key
    }
}

/// Returns, for each item of a block list, its dash and its place.
pub(super) fn dashes(text: &str, list: &Node, first: usize) -> Vec<(usize, Place)> {
    let mut from = first;
    let mut dashes = Vec::new();
    for item in list.items().unwrap_or_default() {
        let dash = skip_blank(text, from);
        let behind = if text[dash..].starts_with('-') {
            dash + 1
        } else {
            dash
        };
        let place = place(text, item, behind);
        from = place.content.end;
        dashes.push((dash, place));
    }
    dashes
}

/// Returns where each element between the brackets of a flow collection starts, given where each one ends.
pub(super) fn elements(
    text: &str,
    open: usize,
    mut end_of: impl FnMut(usize, usize) -> usize,
    n: usize,
) -> Vec<Range<usize>> {
    let mut at = open + 1;
    let mut elements: Vec<Range<usize>> = Vec::with_capacity(n);
    for index in 0..n {
        at = skip_blank(text, at);
        if index > 0 && text[at..].starts_with(',') {
            at = skip_blank(text, at + 1);
        }
        let end = end_of(index, at).max(at);
        elements.push(at..end);
        at = end;
    }
    elements
}

/// Returns the end of a block scalar's last line, before its line break.
///
/// Blank lines behind it are layout, not content, unless its header says to keep them (`|+`).
fn block_scalar_end(
    text: &str,
    header: usize,
    node: &Node,
    decoded: &str,
    indent: Option<usize>,
) -> usize {
    let header_end = line_end(text, header);
    let indicators = text[header..header_end]
        .split([' ', '\t'])
        .next()
        .unwrap_or_default();
    let reported = &text[..node.span.end.max(header_end)];
    if indicators.contains('+') {
        if decoded.is_empty() {
            return header_end;
        }
        // The parser stops where the next token starts: behind the indentation of its line.
        let lines = reported.trim_end_matches([' ', '\t']);
        let lines = if lines.ends_with(['\n', '\r']) {
            lines
        } else {
            reported
        };
        return line_end_before(text, lines.len())
            .unwrap_or(lines.len())
            .max(header_end);
    }
    let Some(indent) = indent.filter(|_| node.span.start > header_end) else {
        return header_end;
    };
    let mut end = header_end;
    let mut at = line_start(text, node.span.start);
    while at < reported.len() {
        let stop = line_end(reported, at);
        let line = &reported[at..stop];
        // Lines of at most `indent` blanks are empty lines.
        if line.trim_start_matches(' ').is_empty() && line.len() <= indent {
        } else {
            end = stop;
        }
        at = stop + line_break(reported, stop).map_or(1, str::len);
    }
    end
}
