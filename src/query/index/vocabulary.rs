//! All words that are known, each with its number: end to end in one text, and found by their hash.

use crate::query::search::Term;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Words with numbers, from 0 on.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    text: String,
    /// By number: where the word ends in the text. It begins where the one before ends.
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Vocabulary {
    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of a word, which gets one if it has none.
    pub(super) fn number(&mut self, word: &str) -> u32 {
        let hash = self.hasher.hash_one(word);
        let (text, ends) = (&self.text, &self.ends);
        let is_it = |number: &u32| get(text, ends, *number) == word;
        if let Some(number) = self.numbers.find(hash, is_it) {
            return *number;
        }
        let number = u32::try_from(self.ends.len()).expect("no memory holds so many words");
        self.text.push_str(word);
        self.ends.push(self.text.len());
        let (text, ends, hasher) = (&self.text, &self.ends, &self.hasher);
        self.numbers.insert_unique(hash, number, |number| {
            hasher.hash_one(get(text, ends, *number))
        });
        number
    }

    /// All words, by number.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts
            .zip(&self.ends)
            .map(|(start, end)| &self.text[*start..*end])
    }

    /// The numbers of the words that are meant. For a beginning every word is looked at, one after the other in memory:
    /// 100,000 in a fraction of a millisecond.
    pub(super) fn find(&self, term: &Term) -> Vec<u32> {
        if term.is_prefix {
            let words = (0..).zip(self.words());
            let meant = words.filter(|(_, word)| term.is(word));
            return meant.map(|(number, _)| number).collect();
        }
        let hash = self.hasher.hash_one(term.word.as_str());
        let is_it = |number: &u32| get(&self.text, &self.ends, *number) == term.word;
        Vec::from_iter(self.numbers.find(hash, is_it).copied())
    }
}

fn get<'a>(text: &'a str, ends: &[usize], number: u32) -> &'a str {
    let number = number as usize;
    let start = number.checked_sub(1).map_or(0, |before| ends[before]);
    &text[start..ends[number]]
}
