//! Any edits of any text are refused, or say what was asked and leave every other key as it was.
//!
//! Input: the text of a front matter, then behind a byte FF the wishes (`src/wish.rs`).

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::{BTreeMap, BTreeSet};
use taskmd::yaml::{self, Mapping, Value, edit};
use taskmd_fuzz::wish::{Wish, wishes};
use taskmd_fuzz::{halves, quickly};

fuzz_target!(|input: &[u8]| {
    let (text, rest) = halves(input);
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let Ok(before) = yaml::parse(text) else {
        let edits = [Wish {
            key: "new".to_owned(),
            value: None,
        }
        .edit()];
        let edited = quickly(input.len(), || edit(text, &edits, newline));
        assert!(
            edited.is_err(),
            "what cannot be read was edited: {edited:?}"
        );
        return;
    };
    let wishes = wishes(rest, &before);
    let mut edited = text.to_owned();
    for wish in &wishes {
        let edits = [wish.edit()];
        let Ok(after) = quickly(input.len(), || edit(&edited, &edits, newline)) else {
            continue;
        };
        is_done(&edited, &after, wish);
        assert_eq!(
            edit(&after, &edits, newline).as_ref(),
            Ok(&after),
            "asked again"
        );
        edited = after;
    }
    all_or_nothing(text, &wishes, newline);
});

fn is_done(before: &str, after: &str, wish: &Wish) {
    let (old, new) = (read(before), read(after));
    match (&wish.value, new.get(&wish.key)) {
        (Some(value), Some(node)) => assert!(node.says(value), "{wish:?}: {before:?} -> {after:?}"),
        (None, None) => {}
        (Some(_), None) | (None, Some(_)) => panic!("{wish:?}: {before:?} -> {after:?}"),
    }
    let (kept, left) = (others(&old, wish), others(&new, wish));
    assert_eq!(kept, left, "{wish:?}: {before:?} -> {after:?}");
}

fn read(text: &str) -> Mapping {
    yaml::parse(text).expect("a text before or after an edit is readable")
}

fn values(text: &str) -> BTreeMap<String, Value> {
    let entries = read(text).entries.into_iter();
    entries
        .map(|entry| (entry.key, entry.node.value()))
        .collect()
}

fn others<'a>(mapping: &'a Mapping, wish: &Wish) -> Vec<(&'a str, Value)> {
    let others = mapping.entries.iter().filter(|entry| entry.key != wish.key);
    others
        .map(|entry| (entry.key.as_str(), entry.node.value()))
        .collect()
}

/// Together the edits say what they say one after the other, or do nothing. The order of keys that go and come again, and
/// what a new value looks like among the others, may differ.
fn all_or_nothing(text: &str, wishes: &[Wish], newline: &str) {
    let edits: Vec<_> = wishes.iter().map(Wish::edit).collect();
    let Ok(together) = edit(text, &edits, newline) else {
        return;
    };
    let one_by_one = edits
        .chunks(1)
        .try_fold(text.to_owned(), |text, one| edit(&text, one, newline));
    // Of two edits of one key the last counts, so the first leaves no trace.
    let keys: BTreeSet<&str> = wishes.iter().map(|wish| wish.key.as_str()).collect();
    if let (Ok(one_by_one), true) = (one_by_one, keys.len() == wishes.len()) {
        assert_eq!(values(&one_by_one), values(&together));
    }
}
