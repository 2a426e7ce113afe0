//! Compares a collection with what it is to say: which children stay, and what becomes of the others.
//!
//! A child that already says its value is never touched. What is between two such children is a [`Hunk`].

use super::node::{Entry, Node};
use super::value::Value;
use std::collections::{HashMap, VecDeque};
use std::ops::Range;

/// A run of children that changes. At least one child that stays stands between it and the next hunk.
#[derive(Debug)]
pub(super) struct Hunk<T> {
    /// The old children that change or go; empty where new ones come in between.
    pub(super) old: Range<usize>,
    /// What they become; with each, the old child to make it from, if there is one.
    pub(super) new: Vec<(Option<usize>, T)>,
}

impl<T> Hunk<T> {
    /// Turns what is asked into the text that says it.
    pub(super) fn write(self, mut write: impl FnMut(Option<usize>, T) -> String) -> Hunk<String> {
        let new = self.new.into_iter();
        Hunk {
            old: self.old,
            new: new.map(|(from, one)| (from, write(from, one))).collect(),
        }
    }
}

/// Compares entries with what is asked of them. Keys that are not named stay; of a key named twice, the last word
/// counts; keys that are not there yet come in the order in which they are asked for.
pub(super) fn entries<'a>(
    entries: &'a [Entry],
    asked: impl Iterator<Item = (&'a str, Option<&'a Value>)>,
) -> Vec<Hunk<(&'a str, &'a Value)>> {
    let asked: Vec<_> = asked.collect();
    let mut open: HashMap<&str, Option<&Value>> = asked.iter().copied().collect();
    let mut hunks: Vec<Hunk<(&str, &Value)>> = Vec::new();
    for (n, entry) in entries.iter().enumerate() {
        let Some(value) = open.remove(entry.key.as_str()) else {
            continue;
        };
        if value.is_some_and(|value| entry.node.says(value)) {
            continue;
        }
        let hunk = hunk_at(&mut hunks, n);
        hunk.old.end = n + 1;
        let pair = value.map(|value| (entry.key.as_str(), value));
        hunk.new.extend(pair.map(|pair| (Some(n), pair)));
    }
    for (key, _) in asked {
        if let Some(Some(value)) = open.remove(key) {
            let hunk = hunk_at(&mut hunks, entries.len());
            hunk.new.push((None, (key, value)));
        }
    }
    hunks
}

/// Returns the hunk that ends before this child, or a new one there.
fn hunk_at<T>(hunks: &mut Vec<Hunk<T>>, n: usize) -> &mut Hunk<T> {
    let at = match hunks.last() {
        Some(last) if last.old.end == n => hunks.len() - 1,
        Some(_) | None => {
            let (old, new) = (n..n, Vec::new());
            hunks.push(Hunk { old, new });
            hunks.len() - 1
        }
    };
    &mut hunks[at]
}

/// Compares the items of a list with the values that it is to hold. As many items as possible stay; of the others,
/// one that only moves takes its quoting and its comment along, and what is left on both sides counts as renamed.
pub(super) fn items<'a>(items: &[Node], values: &'a [Value]) -> Vec<Hunk<&'a Value>> {
    let sources = sources(items, values);
    let mut is_free = vec![true; items.len()];
    for source in sources.iter().flatten() {
        is_free[*source] = false;
    }
    let mut stays = longest_rising(&sources);
    // A last one that stays, so that what is behind the last is a hunk as well.
    stays.push((items.len(), values.len()));
    let mut hunks = Vec::new();
    let (mut old_start, mut new_start) = (0, 0);
    for (n_old, n_new) in stays {
        let old = old_start..n_old;
        let mut renamed = old.clone().filter(|n| is_free[*n]);
        let new: Vec<_> = (new_start..n_new)
            .map(|n| (sources[n].or_else(|| renamed.next()), &values[n]))
            .collect();
        if !old.is_empty() || !new.is_empty() {
            hunks.push(Hunk { old, new });
        }
        (old_start, new_start) = (n_old + 1, n_new + 1);
    }
    hunks
}

/// Finds for each value an item that already says it; no item twice.
fn sources(items: &[Node], values: &[Value]) -> Vec<Option<usize>> {
    let mut sources: Vec<Option<usize>> = vec![None; values.len()];
    let says = |(item, value): &(&Node, &Value)| item.says(value);
    let n_before = items.iter().zip(values).take_while(says).count();
    let (rest, asked) = (&items[n_before..], &values[n_before..]);
    let n_behind = rest.iter().rev().zip(asked.iter().rev());
    let n_behind = n_behind.take_while(says).count();
    let (old_end, new_end) = (items.len() - n_behind, values.len() - n_behind);
    for n in (0..n_before).chain(new_end..values.len()) {
        sources[n] = Some(if n < n_before {
            n
        } else {
            n + old_end - new_end
        });
    }
    // By what they say, for comparing each with each would be quadratic.
    let mut by_text: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (n, item) in (n_before..old_end).zip(&items[n_before..old_end]) {
        by_text.entry(name(&item.value())).or_default().push_back(n);
        let is_text = |value: &Value| matches!(value, Value::Text(_));
        if let (Some(text), false) = (item.text(), is_text(&item.value())) {
            let typed = name(&Value::Text(text.to_owned()));
            by_text.entry(typed).or_default().push_back(n);
        }
    }
    let mut is_taken = vec![false; items.len()];
    for n in n_before..new_end {
        let same = by_text.get_mut(&name(&values[n]));
        sources[n] = same.and_then(|same| {
            let fits = |n: &usize| !is_taken[*n];
            std::iter::from_fn(|| same.pop_front()).find(fits)
        });
        if let Some(source) = sources[n] {
            is_taken[source] = true;
        }
    }
    sources
}

/// A name for what a value says.
fn name(value: &Value) -> String {
    format!("{value:?}")
}

/// Returns the longest run of sources that rises, each with its place: these can stay where they are.
fn longest_rising(sources: &[Option<usize>]) -> Vec<(usize, usize)> {
    // For each length, the run of that length that ends lowest; each element knows the one before it.
    let mut lowest: Vec<usize> = Vec::new();
    let mut elements: Vec<(usize, usize, Option<usize>)> = Vec::new();
    for (place, source) in sources.iter().enumerate() {
        let Some(source) = *source else { continue };
        let length = lowest.partition_point(|&last| elements[last].0 < source);
        let before = length.checked_sub(1).map(|shorter| lowest[shorter]);
        match lowest.get_mut(length) {
            Some(last) => *last = elements.len(),
            None => lowest.push(elements.len()),
        }
        elements.push((source, place, before));
    }
    let mut run = Vec::new();
    let mut next = lowest.last().copied();
    while let Some((source, place, before)) = next.map(|element| elements[element]) {
        run.push((source, place));
        next = before;
    }
    run.reverse();
    run
}
