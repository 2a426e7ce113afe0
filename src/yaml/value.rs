//! What a scalar means: the YAML 1.2 core schema, and nothing of YAML 1.1.

/// A value of the YAML 1.2 core schema, in the file's own order.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`; `yes` and `on` are text.
    Bool(bool),
    /// A whole number that a double holds exactly, so that no JSON reader rounds it.
    Int(i64),
    /// A finite number with a fraction or an exponent.
    Float(f64),
    /// Everything else, decoded.
    Text(String),
    /// A sequence.
    List(Vec<Value>),
    /// A mapping with its keys as typed.
    Map(Vec<(String, Value)>),
}

/// Largest magnitude of a number that stays a number: 2^53, beyond which doubles (and so JSON readers) skip integers.
pub(super) const NUMBER_MAX: i64 = 1 << 53;

/// Returns what a plain (unquoted) scalar means; a number that would lose digits stays the text that was typed.
pub(super) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).unwrap_or_else(|| Value::Text(text.to_owned())),
    }
}

/// Reads a number of the core schema that survives the way through a double.
pub(super) fn number(text: &str) -> Option<Value> {
    // Most scalars are words; the first byte settles it for them.
    if !matches!(text.as_bytes().first()?, b'0'..=b'9' | b'+' | b'-' | b'.') {
        return None;
    }
    int(text)
        .map(Value::Int)
        .or_else(|| float(text).map(Value::Float))
}

fn int(text: &str) -> Option<i64> {
    let number = if let Some(digits) = text.strip_prefix("0x") {
        all(digits, |byte| byte.is_ascii_hexdigit())
            .then(|| i64::from_str_radix(digits, 16).ok())??
    } else if let Some(digits) = text.strip_prefix("0o") {
        all(digits, |byte| matches!(byte, b'0'..=b'7'))
            .then(|| i64::from_str_radix(digits, 8).ok())??
    } else {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        all(digits, |byte| byte.is_ascii_digit()).then(|| text.parse().ok())??
    };
    (-NUMBER_MAX..=NUMBER_MAX)
        .contains(&number)
        .then_some(number)
}

fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    if fraction.is_none() && exponent.is_none() {
        // A whole number that `int` refused is too large: text.
        return None;
    }
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_is_right = exponent.is_none_or(|exponent| {
        all(
            exponent.strip_prefix(['+', '-']).unwrap_or(exponent),
            |byte| byte.is_ascii_digit(),
        )
    });
    let fraction = fraction.unwrap_or("");
    if !exponent_is_right
        || !digits(whole)
        || !digits(fraction)
        || (whole.is_empty() && fraction.is_empty())
    {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    let vanished = number == 0.0 && mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    (number.abs() <= NUMBER_MAX as f64 && !vanished).then_some(number)
}

fn all(digits: &str, is_digit: impl Fn(u8) -> bool) -> bool {
    !digits.is_empty() && digits.bytes().all(is_digit)
}
