//! What is searched for, and how well a task fits it.
//!
//! All words must stand in the title or the body. The last one may be the beginning of a word, as long as it is being typed:
//! no space follows it. Words that are typed without a space between them (`TASK-001`) or between quotes stand side by side.

mod snippet;

pub use snippet::Snippet;

use super::SEARCH_WORDS_MAX;
use super::index::Weight;
use super::words::Words;
use crate::cores::on_all_cores;
use crate::task::Task;
use smallvec::SmallVec;
use std::ops::Range;
use std::sync::Arc;

/// To read a body of 1 KiB takes some 2 microseconds.
const TASKS_A_THREAD_MIN: usize = 256;

/// What is searched for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Search {
    terms: Vec<Term>,
    /// The terms that stand side by side.
    phrases: Vec<Range<usize>>,
}

/// One word of a search.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// The word, in lower case.
    pub word: String,
    /// Is it the beginning of one?
    pub is_prefix: bool,
}

impl Term {
    /// Is this word meant?
    #[must_use]
    pub fn is(&self, word: &str) -> bool {
        if self.is_prefix {
            word.starts_with(&self.word)
        } else {
            word == self.word
        }
    }
}

impl Search {
    /// Reads what was typed.
    ///
    /// # Errors
    /// What it should be, when there is no word in it or too many.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut search = Self {
            terms: Vec::new(),
            phrases: Vec::new(),
        };
        for (n, part) in text.split('"').enumerate() {
            let is_quoted = n % 2 == 1;
            if is_quoted {
                search.add(part);
            } else {
                part.split_whitespace().for_each(|chunk| search.add(chunk));
            }
        }
        let rest = text.rsplit(char::is_alphanumeric).next().unwrap_or(text);
        if let Some(last) = search.terms.last_mut() {
            last.is_prefix = !rest.contains(|c: char| c == '"' || c.is_whitespace());
        }
        match search.terms.len() {
            0 => Err("at least one word".to_owned()),
            n_words if n_words > SEARCH_WORDS_MAX => {
                Err(format!("at most {SEARCH_WORDS_MAX} words"))
            }
            _ => Ok(search),
        }
    }

    /// Adds words that stand side by side.
    fn add(&mut self, chunk: &str) {
        let first = self.terms.len();
        let mut words = Words::of(chunk);
        while let Some((_, word)) = words.next_word() {
            self.terms.push(Term {
                word: word.to_owned(),
                is_prefix: false,
            });
        }
        if self.terms.len() > first + 1 {
            self.phrases.push(first..self.terms.len());
        }
    }

    /// Its words.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        self.terms.iter()
    }

    /// Do the words that are to stand side by side do so, in the title or in the body?
    fn has_phrases(&self, task: &Task) -> bool {
        self.phrases.iter().all(|phrase| {
            let terms = &self.terms[phrase.clone()];
            stand_side_by_side(terms, &task.title) || stand_side_by_side(terms, &task.body)
        })
    }
}

fn stand_side_by_side(terms: &[Term], text: &str) -> bool {
    // How many words of it have been seen, for each place where it may have begun.
    let mut begun: SmallVec<[usize; 8]> = SmallVec::new();
    let mut words = Words::of(text);
    while let Some((_, word)) = words.next_word() {
        let begins = terms.first().is_some_and(|first| first.is(word));
        // Mostly it is some other word, and nothing had begun.
        if !begins && begun.is_empty() {
            continue;
        }
        begun.retain(|n_seen| {
            let goes_on = terms[*n_seen].is(word);
            *n_seen += 1;
            goes_on
        });
        if begins {
            begun.push(1);
        }
        if begun.first() == Some(&terms.len()) {
            return true;
        }
    }
    false
}

/// The tasks that match, and what is to be known to tell which of them fit best.
#[derive(Debug)]
pub struct Hits {
    pub(super) hits: Vec<Hit>,
    /// How common the words are.
    pub stats: Stats,
}

/// A task that matches.
#[derive(Debug)]
pub struct Hit {
    pub(super) task: Arc<Task>,
    pub(super) n_words: u32,
    /// How each term stands in it.
    pub(super) weights: SmallVec<[Weight; 16]>,
}

/// How common the words of a search are, in one project or in several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub(super) n_tasks: usize,
    pub(super) n_words: u64,
    /// In how many tasks each term stands.
    pub(super) n_with: Vec<usize>,
}

impl Hits {
    /// Keeps those of which this is true.
    pub(super) fn retain(&mut self, mut is_kept: impl FnMut(&Task) -> bool) {
        self.hits.retain(|hit| is_kept(&hit.task));
    }

    /// Keeps those in which the words that are to stand side by side do so. The bodies are read for that, so it is no work to
    /// be done under a lock.
    pub fn check_phrases(&mut self, search: &Search) {
        if search.phrases.is_empty() {
            return;
        }
        let has_phrases = |hits: &[Hit]| -> Vec<bool> {
            hits.iter()
                .map(|hit| search.has_phrases(&hit.task))
                .collect()
        };
        let mut have = on_all_cores(&self.hits, TASKS_A_THREAD_MIN, has_phrases)
            .into_iter()
            .flatten();
        self.hits.retain(|_| have.next().unwrap_or(false));
    }

    /// The tasks, by id.
    #[must_use]
    pub fn into_tasks(self) -> Vec<Arc<Task>> {
        self.hits.into_iter().map(|hit| hit.task).collect()
    }

    /// The tasks with their scores by these figures, the best first; what fits as well comes by id.
    #[must_use]
    pub fn ranked(self, stats: &Stats) -> Vec<(f64, Arc<Task>)> {
        let ranks = stats.ranks();
        let scored = self.hits.into_iter();
        let mut scored: Vec<_> = scored.map(|hit| (ranks.score(&hit), hit.task)).collect();
        // They come by id, and a stable sort leaves equals as they are.
        scored.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        scored
    }
}

impl Stats {
    /// Takes in those of another project.
    pub fn add(&mut self, other: &Self) {
        self.n_tasks += other.n_tasks;
        self.n_words += other.n_words;
        let n_terms = self.n_with.len().max(other.n_with.len());
        self.n_with.resize(n_terms, 0);
        for (sum, n_with) in self.n_with.iter_mut().zip(&other.n_with) {
            *sum += n_with;
        }
    }

    fn ranks(&self) -> Ranks {
        let n_tasks = to_f64(self.n_tasks as u64);
        let rarity = |n_with: &usize| {
            let n_with = to_f64(*n_with as u64);
            ((n_tasks - n_with + 0.5) / (n_with + 0.5)).ln_1p()
        };
        Ranks {
            rarities: self.n_with.iter().map(rarity).collect(),
            n_words_mean: (to_f64(self.n_words) / n_tasks.max(1.0)).max(1.0),
        }
    }
}

/// How well tasks fit: BM25 with a title beside the body.
///
/// Each word counts the more, the fewer tasks hold it. In the title it counts ten times what it counts at most in the body;
/// there it counts the more, the more often it stands, but less and less so, and the shorter the task is.
struct Ranks {
    rarities: Vec<f64>,
    n_words_mean: f64,
}

impl Ranks {
    const IN_TITLE: f64 = 10.0;
    /// How soon a word that stands there again says nothing new: the usual value.
    const SATURATION: f64 = 1.2;
    /// How much of that depends on the task's length: the usual value.
    const BY_LENGTH: f64 = 0.75;

    fn score(&self, hit: &Hit) -> f64 {
        let length = f64::from(hit.n_words) / self.n_words_mean;
        let slowness = Self::SATURATION * (1.0 - Self::BY_LENGTH + Self::BY_LENGTH * length);
        let weights = self.rarities.iter().zip(&hit.weights);
        let scores = weights.map(|(rarity, weight)| {
            let n_in_body = f64::from(weight.n_in_body());
            let in_title = if weight.is_in_title() {
                Self::IN_TITLE
            } else {
                0.0
            };
            rarity * (in_title + n_in_body / (n_in_body + slowness))
        });
        scores.sum()
    }
}

#[expect(clippy::cast_precision_loss, reason = "2^53 words fit into no memory")]
fn to_f64(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
