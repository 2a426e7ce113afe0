//! Writes a value on one line, with the least quoting that every reader, of YAML 1.1 or 1.2, reads as that same value.

use super::node::Style;
use super::value::Value;

/// How text is quoted where a choice is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    /// None, if it is safe.
    Plain,
    /// `'…'`, if it can hold the text.
    Single,
    /// `"…"`, which holds any text.
    Double,
}

/// What surrounds the value to write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) quote: Quote,
    /// Within `[]` or `{}`, where more characters end a plain text.
    pub(super) flow: bool,
}

impl Quote {
    /// Returns the quoting that goes on where a scalar of this style stood.
    pub(super) fn like(style: Style) -> Quote {
        match style {
            Style::Single => Quote::Single,
            Style::Double => Quote::Double,
            Style::Absent | Style::Plain | Style::Literal { .. } | Style::Folded { .. } => {
                Quote::Plain
            }
        }
    }
}

/// Writes a value on one line.
pub(super) fn inline(value: &Value, manner: Manner) -> String {
    let within = Manner {
        flow: true,
        ..manner
    };
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => float(*number),
        Value::Text(text) => self::text(text, manner),
        Value::List(values) => {
            let items: Vec<String> = values.iter().map(|value| inline(value, within)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(pairs) => {
            let entries: Vec<String> = pairs
                .iter()
                .map(|(key, value)| entry(key, value, within))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// Writes a key and its value on one line.
pub(super) fn entry(key: &str, value: &Value, manner: Manner) -> String {
    format!("{}: {}", text(key, manner), inline(value, manner))
}

/// Writes a text on one line.
pub(super) fn text(text: &str, manner: Manner) -> String {
    match manner.quote {
        Quote::Plain if is_plain_safe(text, manner.flow) => text.to_owned(),
        // An apostrophe is easier on the eye between double quotes, if those need no escape.
        Quote::Plain
            if is_single_safe(text) && (!text.contains('\'') || text.contains(['"', '\\'])) =>
        {
            single(text)
        }
        Quote::Single if is_single_safe(text) => single(text),
        Quote::Plain | Quote::Single | Quote::Double => double(text),
    }
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn double(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for letter in text.chars() {
        match letter {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            '\r' => written.push_str("\\r"),
            _ if is_printable(letter) => written.push(letter),
            _ if u32::from(letter) <= 0xFF => {
                written.push_str(&format!("\\x{:02X}", u32::from(letter)));
            }
            _ => written.push_str(&format!("\\u{:04X}", u32::from(letter))),
        }
    }
    written.push('"');
    written
}

/// Writes a finite number so that YAML 1.1, which wants a dot and a signed exponent, reads it as a number too.
fn float(number: f64) -> String {
    let written = format!("{number:?}");
    match written.split_once('e') {
        None => written,
        Some((mantissa, exponent)) => {
            let dot = if mantissa.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with('-') { "" } else { "+" };
            format!("{mantissa}{dot}e{sign}{exponent}")
        }
    }
}

/// Tells whether a character can stand in a file as it is: no control, no line break of any kind, nothing invisible
/// that an editor or a reader may drop.
pub(super) fn is_printable(letter: char) -> bool {
    !letter.is_control()
        && !matches!(
            letter,
            '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}'
        )
}

fn is_single_safe(text: &str) -> bool {
    text.chars().all(is_printable)
}

/// Tells whether both a YAML 1.1 and a YAML 1.2 reader take the bare text as this same text.
///
/// Dates pass although YAML 1.1 has a type for them: every tool writes them bare, and quoting them would touch more.
pub(super) fn is_plain_safe(text: &str, flow: bool) -> bool {
    let is_one_line = !text.is_empty() && text.trim() == text && text.chars().all(is_printable);
    is_one_line
        && starts_like_text(text, flow)
        && !text.contains(": ")
        && !text.ends_with(':')
        && !text.contains(" #")
        && (!flow || is_flow_safe(text))
        && !is_word_with_meaning(text)
        && !looks_like_number(text)
}

fn starts_like_text(text: &str, flow: bool) -> bool {
    let mut letters = text.chars();
    match letters.next() {
        Some('-') => !flow && letters.next().is_some_and(char::is_alphabetic),
        Some(first) => !"?:,[]{}#&*!|>'\"%@`".contains(first),
        None => false,
    }
}

/// Old readers end a plain text in brackets at any `:` or `?`; dates are common enough to be left alone.
fn is_flow_safe(text: &str) -> bool {
    !text.contains([',', '[', ']', '{', '}', '?']) && (!text.contains(':') || is_date_time(text))
}

fn is_date_time(text: &str) -> bool {
    let is_date = text.len() > 10
        && text.bytes().take(10).enumerate().all(|(n, byte)| match n {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_date
        && text
            .bytes()
            .skip(10)
            .all(|byte| byte.is_ascii_digit() || b"Tt:.Zz+- ".contains(&byte))
}

fn is_word_with_meaning(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "null", "~", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<",
    ];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Tells whether any reader could take the text as a number; says yes to some that none does.
fn looks_like_number(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = text.to_ascii_lowercase();
    if matches!(lower.as_str(), ".inf" | ".nan" | "inf" | "nan" | "infinity") {
        return true;
    }
    if let Some(digits) = ["0x", "0o", "0b"]
        .iter()
        .find_map(|prefix| lower.strip_prefix(prefix))
    {
        return digits
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'_');
    }
    if !lower.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return false;
    }
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, ""));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_digits = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    // `1.2.3` is text to everyone; `12:30:45` counts in sixties in YAML 1.1.
    let is_decimal = mantissa.bytes().filter(|byte| *byte == b'.').count() <= 1
        && mantissa
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'.' | b':'));
    is_decimal && is_digits(exponent) && mantissa.bytes().any(|byte| byte.is_ascii_digit())
}
