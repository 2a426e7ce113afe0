//! Which tasks hold which words, kept up change by change.
//!
//! A task is known by its key, a number that is never given twice: what has changed gets a new one, so that every list of
//! keys only grows at its end and can be kept in a byte or two a task. Keys that nobody has any more are cleared out when
//! there are too many of them. The index is a cache of the tasks' titles and bodies: built from the same tasks in whatever
//! order of changes, it finds the same.

mod postings;
mod vocabulary;

pub use postings::Weight;

use super::search::{Hit, Hits, Search, Stats, Term};
use super::words::Words;
use crate::name::TaskId;
use crate::project::Change;
use crate::task::Task;
use postings::Postings;
use std::collections::HashMap;
use std::sync::Arc;
use vocabulary::Vocabulary;

/// So many keys may be nobody's before they are cleared out, beside half as many as there are tasks.
const GONE_MIN: usize = 1024;

/// The words of a project's tasks.
#[derive(Debug, Default)]
pub struct Index {
    vocabulary: Vocabulary,
    /// By word: its number in the vocabulary.
    postings: Vec<Postings>,
    /// By key; `None` for one that is nobody's any more.
    entries: Vec<Option<Entry>>,
    keys: HashMap<TaskId, u32>,
    /// Words of all tasks, each as often as it stands there.
    n_words: u64,
}

#[derive(Debug)]
struct Entry {
    task: Arc<Task>,
    n_words: u32,
}

impl Index {
    /// The index of these tasks.
    #[must_use]
    pub fn of<'a>(tasks: impl IntoIterator<Item = &'a Arc<Task>>) -> Self {
        let mut index = Self::default();
        for task in tasks {
            index.put(task);
        }
        for postings in &mut index.postings {
            postings.shrink();
        }
        index
    }

    /// Takes in a change.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Created { after } | Change::Updated { after, .. } => self.put(after),
            Change::Deleted { before } => self.remove(&before.id),
        }
    }

    /// Takes in whatever has changed since: these are the tasks now.
    pub fn catch_up<'a>(&mut self, tasks: impl IntoIterator<Item = &'a Arc<Task>>) {
        let mut gone: HashMap<_, _> = self.keys.clone();
        for task in tasks {
            gone.remove(&task.id);
            self.put(task);
        }
        for id in gone.into_keys() {
            self.remove(&id);
        }
    }

    fn put(&mut self, task: &Arc<Task>) {
        let known = self.keys.get(&task.id).copied();
        let entry = known.and_then(|key| self.entries[key as usize].as_mut());
        if let Some(entry) = entry {
            let is_same = |old: &Task| old.title == task.title && old.body == task.body;
            if Arc::ptr_eq(&entry.task, task) || is_same(&entry.task) {
                entry.task = task.clone();
                return;
            }
            self.remove(&task.id);
        }
        let key = u32::try_from(self.entries.len()).expect("a project's files have a bound");
        let n_words = self.add_words(key, task);
        self.entries.push(Some(Entry {
            task: task.clone(),
            n_words,
        }));
        self.keys.insert(task.id.clone(), key);
        self.n_words += u64::from(n_words);
    }

    /// Notes the words of a task, and returns how many there are.
    fn add_words(&mut self, key: u32, task: &Task) -> u32 {
        let mut found: Vec<(u32, Weight)> = Vec::new();
        for (text, weight) in [
            (&task.title, Weight::TITLE),
            (&task.body, Weight::ONCE_IN_BODY),
        ] {
            let mut words = Words::of(text);
            while let Some((_, word)) = words.next_word() {
                found.push((self.vocabulary.number(word), weight));
            }
        }
        let n_words = found.len();
        found.sort_unstable_by_key(|(word, _)| *word);
        found.dedup_by(|(word, weight), (before, sum)| {
            let is_same = word == before;
            if is_same {
                *sum = sum.and(*weight);
            }
            is_same
        });
        let n_known = self.vocabulary.len();
        self.postings.resize_with(n_known, Postings::default);
        for (word, weight) in found {
            self.postings[word as usize].push(key, weight);
        }
        u32::try_from(n_words).unwrap_or(u32::MAX)
    }

    fn remove(&mut self, id: &TaskId) {
        let Some(key) = self.keys.remove(id) else {
            return;
        };
        if let Some(entry) = self.entries[key as usize].take() {
            self.n_words -= u64::from(entry.n_words);
        }
        let n_gone = self.entries.len() - self.keys.len();
        if n_gone > GONE_MIN + self.keys.len() / 2 {
            self.clear_out();
        }
    }

    /// Forgets the keys that are nobody's, and the words that nobody says any more.
    fn clear_out(&mut self) {
        let old = std::mem::take(self);
        let mut renamed = vec![None; old.entries.len()];
        for (key, entry) in old.entries.into_iter().enumerate() {
            let Some(entry) = entry else { continue };
            let new = u32::try_from(self.entries.len()).expect("fewer than before");
            renamed[key] = Some(new);
            self.keys.insert(entry.task.id.clone(), new);
            self.entries.push(Some(entry));
        }
        for (word, postings) in old.vocabulary.words().zip(old.postings) {
            let mut kept = Postings::default();
            for (key, weight) in postings.iter() {
                if let Some(new) = renamed[key as usize] {
                    kept.push(new, weight);
                }
            }
            if !kept.is_empty() {
                self.vocabulary.number(word);
                kept.shrink();
                self.postings.push(kept);
            }
        }
        self.n_words = old.n_words;
    }

    /// The tasks that hold all words, by id. Whether they stand side by side is not asked.
    #[must_use]
    pub fn find(&self, search: &Search) -> Hits {
        let columns: Vec<_> = search.terms().map(|term| self.weights(term)).collect();
        let count = |weights: &Vec<Weight>| {
            let there = weights.iter().zip(&self.entries);
            let there = there.filter(|(weight, entry)| weight.is_something() && entry.is_some());
            there.count()
        };
        let n_with: Vec<usize> = columns.iter().map(count).collect();
        let mut hits = Vec::with_capacity(n_with.iter().copied().min().unwrap_or(0));
        for (key, entry) in self.entries.iter().enumerate() {
            let weights = columns.iter().map(|column| column[key]);
            if let Some(entry) = entry
                && weights.clone().all(Weight::is_something)
            {
                hits.push(Hit {
                    task: entry.task.clone(),
                    n_words: entry.n_words,
                    weights: weights.collect(),
                });
            }
        }
        // Keys mostly go up with the ids: this sort makes use of it.
        hits.sort_by(|one, other| one.task.id.cmp(&other.task.id));
        let stats = Stats {
            n_tasks: self.keys.len(),
            n_words: self.n_words,
            n_with,
        };
        Hits { hits, stats }
    }

    /// By key: how a term stands in the task.
    fn weights(&self, term: &Term) -> Vec<Weight> {
        let mut weights = vec![Weight::NOTHING; self.entries.len()];
        for word in self.vocabulary.find(term) {
            for (key, weight) in self.postings[word as usize].iter() {
                let sum = &mut weights[key as usize];
                *sum = sum.and(weight);
            }
        }
        weights
    }
}

#[cfg(test)]
mod tests;
