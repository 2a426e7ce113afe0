//! Raw HTML in Markdown: which of its tags are shown, and as what.
//!
//! What is read here wrongly is lost or shown as text, and no more: the [`Writer`] writes the tags, not who wrote these.

use super::writer::{self, Writer};

/// Elements whose content is not for reading, or is read by rules of its own.
const HIDDEN: [&str; 14] = [
    "iframe",
    "math",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "plaintext",
    "script",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "xmp",
];

/// Longest reference to a character that is read: `#x0010FFFF;`, in bytes.
const REFERENCE_BYTES_MAX: usize = 11;

/// Shows a piece of HTML.
pub(super) fn show(html: &str, writer: &mut Writer) {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        writer.raw_text(&rest[..at]);
        rest = after_markup(&rest[at..], writer);
    }
    writer.raw_text(rest);
}

/// Shows the markup that a text begins with, and returns what comes after it.
fn after_markup<'a>(html: &'a str, writer: &mut Writer) -> &'a str {
    let until = |end: &str| html.find(end).map_or("", |at| &html[at + end.len()..]);
    let is_letter = |at: usize| html.as_bytes().get(at).is_some_and(u8::is_ascii_alphabetic);
    if html.starts_with("<!--") {
        return until("-->");
    }
    if html.starts_with("<![CDATA[") {
        return until("]]>");
    }
    if html.starts_with("<!") || html.starts_with("<?") {
        return until(">");
    }
    if html.starts_with("</") && is_letter(2) {
        if let Some(name) = writer::element(name(&html[2..])) {
            writer.close_raw(name);
        }
        return until(">");
    }
    if !is_letter(1) {
        writer.raw_text("<");
        return &html[1..];
    }
    let name = name(&html[1..]);
    let (attributes, rest) = attributes(&html[1 + name.len()..]);
    if HIDDEN
        .iter()
        .any(|hidden| hidden.eq_ignore_ascii_case(name))
    {
        return after_end(rest, name);
    }
    let attribute = |wanted: &str| {
        let mut named = attributes.iter();
        named
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| decoded(value))
    };
    start(name, attribute, writer);
    rest
}

/// Shows a start tag.
fn start(name: &str, attribute: impl Fn(&str) -> Option<String>, writer: &mut Writer) {
    if name.eq_ignore_ascii_case("img") {
        let source = attribute("src").unwrap_or_default();
        let link = writer.link(&source, &attribute("title").unwrap_or_default(), true);
        writer.text(
            &attribute("alt")
                .filter(|alt| !alt.is_empty())
                .unwrap_or(source),
        );
        writer.close(link);
        return;
    }
    let Some(name) = writer::element(name) else {
        return;
    };
    match name {
        "a" => {
            let href = attribute("href").unwrap_or_default();
            writer.link(&href, &attribute("title").unwrap_or_default(), true);
        }
        "br" | "hr" => writer.void(name, &[]),
        "details" if attribute("open").is_some() => writer.open_raw(name, &[("open", "")]),
        "abbr" => match attribute("title") {
            Some(title) => writer.open_raw(name, &[("title", &title)]),
            None => writer.open_raw(name, &[]),
        },
        "ol" => match attribute("start").and_then(|start| start.parse::<i32>().ok()) {
            Some(start) => writer.open_raw(name, &[("start", &start.to_string())]),
            None => writer.open_raw(name, &[]),
        },
        _ => writer.open_raw(name, &[]),
    }
}

/// What comes after the end tag of this name, as far as there is one.
fn after_end<'a>(html: &'a str, name: &str) -> &'a str {
    let mut rest = html;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        let is_it = rest
            .get(..name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name));
        if is_it {
            return rest.find('>').map_or("", |at| &rest[at + 1..]);
        }
    }
    ""
}

/// The name that a tag begins with.
fn name(tag: &str) -> &str {
    let end = tag.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
    &tag[..end.unwrap_or(tag.len())]
}

/// The attributes of a tag as they were written, and what comes after it.
fn attributes(tag: &str) -> (Vec<(&str, &str)>, &str) {
    let is_space = |c: char| c.is_ascii_whitespace();
    let mut attributes = Vec::new();
    let mut rest = tag;
    loop {
        rest = rest.trim_start_matches(|c| is_space(c) || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (attributes, after);
        }
        if rest.is_empty() {
            return (attributes, rest);
        }
        // A name may begin with `=`.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let ends = |c: char| is_space(c) || matches!(c, '/' | '>' | '=');
        let end = rest[first..].find(ends).map_or(rest.len(), |at| first + at);
        let name = &rest[..end];
        rest = rest[end..].trim_start_matches(is_space);
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = attribute_value(after.trim_start_matches(is_space));
        }
        attributes.push((name, value));
    }
}

/// The value of an attribute, and what comes after it.
fn attribute_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let ends = |c: char| c.is_ascii_whitespace() || c == '>';
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// An attribute's value, with the references that people write by hand or programs must; others stay as they were written.
fn decoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let mut head = rest.bytes().take(REFERENCE_BYTES_MAX);
        let end = head.position(|byte| byte == b';');
        let reference = end.map(|end| (referred(&rest[..end]), &rest[end + 1..]));
        if let Some((Some(c), after)) = reference {
            text.push(c);
            rest = after;
        } else {
            text.push('&');
        }
    }
    text.push_str(rest);
    text
}

/// The character that a reference stands for.
fn referred(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(number.ok()?)
        }
    }
}
