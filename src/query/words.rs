//! Words, as they are searched for: runs of letters and digits, in lower case.
//!
//! Where people put no spaces between words, in Chinese and Japanese, every character is a word. A query's text is taken apart
//! the same way, so what is found is what was typed.

use std::ops::Range;

/// A longer word is known by its beginning, in bytes: no one types more of it.
pub const WORD_BYTES_MAX: usize = 64;

/// The words of a text, one after the other.
#[derive(Debug)]
pub struct Words<'a> {
    text: &'a str,
    at: usize,
    word: String,
}

impl<'a> Words<'a> {
    /// The words of this text.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            word: String::new(),
        }
    }

    /// The next word, and where it stands.
    pub fn next_word(&mut self) -> Option<(Range<usize>, &str)> {
        self.word.clear();
        let mut start = None;
        let mut end = self.text.len();
        for (n, c) in self.text[self.at..].char_indices() {
            let at = self.at + n;
            let is_letter = c.is_alphanumeric();
            let is_alone = is_letter && stands_alone(c);
            match start {
                None if !is_letter => continue,
                None => start = Some(at),
                Some(_) if is_letter && !is_alone => {}
                Some(_) => {
                    end = at;
                    break;
                }
            }
            self.push(c);
            if is_alone {
                end = at + c.len_utf8();
                break;
            }
        }
        self.at = end;
        Some((start?..end, &self.word))
    }

    fn push(&mut self, c: char) {
        if c.is_ascii() {
            if self.word.len() < WORD_BYTES_MAX {
                self.word.push(c.to_ascii_lowercase());
            }
        } else if self.word.len() + c.len_utf8() <= WORD_BYTES_MAX {
            self.word.extend(c.to_lowercase());
        }
    }
}

/// Is it a character of a script that is written without spaces between words?
fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{3040}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_word_is() {
        let long = "x".repeat(100);
        for (text, words) in [
            ("", &[][..]),
            ("--- !", &[]),
            ("Fix the API, v1.2!", &["fix", "the", "api", "v1", "2"]),
            ("TASK-001_b", &["task", "001", "b"]),
            ("Größe ÜBER", &["größe", "über"]),
            ("東京の天気 ok", &["東", "京", "の", "天", "気", "ok"]),
            ("a東b", &["a", "東", "b"]),
            ("한국어 문서", &["한국어", "문서"]),
            (&long, &[&long[..WORD_BYTES_MAX]]),
        ] {
            let mut found = Words::of(text);
            let mut expected = words.iter();
            while let Some((place, word)) = found.next_word() {
                assert_eq!(Some(&word), expected.next(), "{text}");
                let same = text[place].to_lowercase();
                assert!(same.starts_with(word), "{same} {word}");
            }
            assert_eq!(expected.next(), None, "{text}");
        }
    }
}
