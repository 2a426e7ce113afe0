//! The part of a task's body that shows why it was found.

use super::{Search, Term};
use crate::query::words::Words;
use crate::task::Task;
use std::ops::Range;

/// How many characters are shown.
const CHARS_MAX: usize = 160;
/// How many of them stand before the first word that was found.
const CHARS_BEFORE: usize = 40;
/// How many places of a body are looked at for the one where most words stand together.
const PLACES_MAX: usize = 256;

/// A part of a body on one line, and where in it the words stand that were searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The text: Markdown, as it is.
    pub text: String,
    /// From and to, in UTF-16 code units, as `slice` of JavaScript counts.
    pub matches: Vec<[usize; 2]>,
}

impl Snippet {
    /// The part of a task's body where most words stand together; its beginning, where none does.
    #[must_use]
    pub fn of(task: &Task, search: &Search) -> Self {
        let places = places(&task.body, &search.terms);
        let n_together = |first: usize| {
            let reach = places[first].0.start + CHARS_MAX - CHARS_BEFORE;
            let near = places[first..].iter().take_while(|(at, _)| at.end <= reach);
            let mut terms: Vec<_> = near.map(|(_, term)| term).collect();
            terms.sort_unstable();
            terms.dedup();
            terms.len()
        };
        // Of equals the last is taken, so the first is to be the last.
        let best = (0..places.len())
            .rev()
            .max_by_key(|first| n_together(*first));
        let start = best.map_or(0, |first| begin(&task.body, places[first].0.start));
        let places = places.into_iter().map(|(place, _)| place);
        cut(
            &task.body,
            start,
            places.filter(|place| place.start >= start),
        )
    }
}

/// Where the terms stand in a text, and which.
fn places(text: &str, terms: &[Term]) -> Vec<(Range<usize>, usize)> {
    let mut places = Vec::new();
    let mut words = Words::of(text);
    while let Some((place, word)) = words.next_word() {
        if let Some(term) = terms.iter().position(|term| term.is(word)) {
            places.push((place, term));
            if places.len() == PLACES_MAX {
                break;
            }
        }
    }
    places
}

/// Where a snippet begins that has this place in it: at a word, a little before.
fn begin(text: &str, place: usize) -> usize {
    let before = text[..place].char_indices().rev();
    let Some((start, _)) = before.take(CHARS_BEFORE).last() else {
        return place;
    };
    if start == 0 {
        return 0;
    }
    let space = text[start..place].find(char::is_whitespace);
    space.map_or(place, |n| start + n)
}

/// Copies a text from a place on, as one line, and notes where the words stand in it.
fn cut(text: &str, start: usize, mut words: impl Iterator<Item = Range<usize>>) -> Snippet {
    let mut snippet = Snippet::default();
    let (mut n_units, mut n_chars) = (0, 0);
    let mut word = words.next();
    let mut is_space = false;
    if !text[..start].trim().is_empty() {
        snippet.text.push('…');
        (n_units, n_chars) = (1, 1);
    }
    for (n, c) in text[start..].char_indices() {
        let at = start + n;
        if c.is_whitespace() || c.is_control() {
            is_space = true;
            continue;
        }
        if n_chars >= CHARS_MAX - 1 {
            snippet.text.push('…');
            break;
        }
        if std::mem::take(&mut is_space) && n_chars > 0 {
            snippet.text.push(' ');
            (n_units, n_chars) = (n_units + 1, n_chars + 1);
        }
        if word.as_ref().is_some_and(|word| word.start == at) {
            snippet.matches.push([n_units, n_units]);
        }
        snippet.text.push(c);
        (n_units, n_chars) = (n_units + c.len_utf16(), n_chars + 1);
        if word
            .as_ref()
            .is_some_and(|word| word.start <= at && at < word.end)
            && let Some(last) = snippet.matches.last_mut()
        {
            last[1] = n_units;
        }
        if word
            .as_ref()
            .is_some_and(|word| at + c.len_utf8() >= word.end)
        {
            word = words.next();
        }
    }
    snippet
}
