//! Words, as they are searched for: runs of letters and digits, in lower case.
//!
//! Where people put no spaces between words, in Chinese and Japanese, every character is a word. A query's text is taken apart
//! the same way, so what is found is what was typed.

use std::ops::Range;

/// A longer word is known by its beginning, in bytes: no one types more of it.
pub const WORD_BYTES_MAX: usize = 64;

/// By byte: what it is in a word. To find the words is most of the work of a search, and of an index.
const KINDS: [u8; 256] = {
    let mut kinds = [NO_LETTER; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        kinds[byte as usize] = match byte {
            b'0'..=b'9' | b'a'..=b'z' => PLAIN,
            b'A'..=b'Z' => CAPITAL,
            _ => NO_LETTER,
        };
        kinds[byte as usize + 128] = NOT_ASCII;
        byte += 1;
    }
    kinds
};
const NO_LETTER: u8 = 0b000;
const PLAIN: u8 = 0b001;
const CAPITAL: u8 = 0b010;
const NOT_ASCII: u8 = 0b100;

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
        let bytes = self.text.as_bytes();
        let is = |at: usize| {
            bytes
                .get(at)
                .map_or(NO_LETTER, |byte| KINDS[usize::from(*byte)])
        };
        while self.at < bytes.len() && is(self.at) == NO_LETTER {
            self.at += 1;
        }
        let (start, mut end, mut kinds) = (self.at, self.at, NO_LETTER);
        while is(end) != NO_LETTER {
            kinds |= is(end);
            end += 1;
        }
        if kinds & NOT_ASCII != 0 {
            return self.next_word_of_any_script();
        }
        self.at = end;
        let word = &self.text[start..end.min(start + WORD_BYTES_MAX)];
        if kinds & CAPITAL == 0 {
            return (!word.is_empty()).then_some((start..end, word));
        }
        self.word.clear();
        self.word.push_str(word);
        self.word.make_ascii_lowercase();
        Some((start..end, &self.word))
    }

    fn next_word_of_any_script(&mut self) -> Option<(Range<usize>, &str)> {
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
    use proptest::prelude::*;

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
            (
                "naïve café—bar “Quoted”",
                &["naïve", "café", "bar", "quoted"],
            ),
            ("1é2 ÉA", &["1é2", "éa"]),
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

    proptest! {
        #[test]
        fn the_short_way_finds_the_same_words(text in "[aB1é東’ .-]{0,40}") {
            let (mut short, mut long) = (Words::of(&text), Words::of(&text));
            loop {
                let found = long.next_word_of_any_script();
                prop_assert_eq!(short.next_word(), found.clone());
                if found.is_none() {
                    break;
                }
            }
        }
    }
}
