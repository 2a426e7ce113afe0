//! What settings are made of: times, origins, formats, as people type them.

use clap::ValueEnum;
use serde::Deserialize;
use std::str::FromStr;
use std::time::Duration;

/// How log lines are written.
#[derive(ValueEnum, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line, for programs.
    Json,
}

/// A length of time as people type it: `54s`, `1m 30s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(pub Duration);

impl FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let span = humantime::parse_duration(text)
            .map_err(|_| "a time looks like 54s or 1m".to_owned())?;
        if span < Duration::from_millis(10) {
            Err("a time is at least 10ms".to_owned())
        } else {
            Ok(Self(span))
        }
    }
}

impl TryFrom<String> for Span {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The origin of a web page: `https://board.example.com`, with a port where it is not the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Origin(String);

impl Origin {
    /// The origin as browsers send it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.to_ascii_lowercase();
        let host = text
            .strip_prefix("http://")
            .or_else(|| text.strip_prefix("https://"));
        let is_host_char =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        match host {
            Some(host) if !host.is_empty() && host.chars().all(is_host_char) => Ok(Self(text)),
            Some(_) | None => {
                Err("an origin looks like https://board.example.com, without a path".to_owned())
            }
        }
    }
}

impl TryFrom<String> for Origin {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!(
            "HTTP://LocalHost:5173".parse::<Origin>().unwrap().as_str(),
            "http://localhost:5173"
        );
        for text in [
            "*",
            "localhost",
            "http://",
            "http://a/b",
            "http://a b",
            "null",
            "file://",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
