//! Texts that nobody would write: odd ones, and known ones with bytes and lines put in, taken out and moved.

use super::act::{Tree, act};
use super::generated::{Step, written};
use super::properties::{Tally, runner, whole, whole_again};
use crate::yaml::layout::{entry_end, line_end, line_start, row_start};
use crate::yaml::node::Root;
use crate::yaml::{Edit, Mapping, Value, edit, parse};
use granit_parser::{Event, Parser, options};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_yaml::Value as Second;

const ODD: [&str; 24] = [
    "a: &x {b: 1}\nc: *x\nd: [*x, &y z, *y]\n",
    "base: &b\n  k: 1 # c\nuse:\n  <<: *b\n  l: 2\n",
    "? a\n: 1\n? b\n? - c\n",
    "? a # c\n:   - x\n    - y\n? |\n  k\n: v\n",
    "a: [b: 1, c, {d}, e: , : f]\n",
    "{a, b: , \"c\":1, 'd':[x,], ? e : f}\n",
    "a:\n\t- x\nb:\t1\t# c\n",
    "a:\t\n  b:\t'x'\t\n\n",
    "a: x\u{85}b\nc: \"x\u{2028}y\"\nd: x # c\u{2029}e: 1\n",
    "a: \u{FEFF}x\n\u{FEFF}b: 1\n",
    "a: 1\r\nb:\r\n  - x\r  - y\nc: |\r\n  z\r\n",
    "a: |+\n\n  x\n\n# c\nb: >-\n\n  y\n z\n",
    "a: |1\n  x\nb: >+2\n    y\n\n\nc: |-\n",
    "a: !!map\n  b: !!seq\n  - !<tag:yaml.org,2002:str> 1\nc: !!int '3'\n",
    "a: \"x\\\n  y\\\n\n  z\"\nb: 'x\n\n  ''y'\n",
    "- a\n- b: 1\n",
    "a:\n- b\n-\n  - c\n  -\n    d: 1\n    e:\n    - f\n",
    "a:\n- - - b\n    - c\n  - d: e\n    f: g\n- h\n",
    "'a b': 1\n\"c\\\"d\": 2\ne f: 3\n-g: 4\n:h: 5\n?i: 6\n",
    "a: b: c\n",
    "a: 12345678901234567890123\nb: 0b11\nc: 1_000\nd: .inf\ne: ~\n",
    "a: --- x\nb: ...\n--- c\n",
    "a: [x # c\n  , y # d\n  ,\n  # e\n]\n# f",
    "a: { # c\n  b: 1, # d\n\n  # e\n  c: {\n  }\n # f\n }\nd:   # g\n",
];

/// How a text is spoilt: where, and with what.
#[derive(Clone, Debug)]
enum Blow {
    Replace(Index, u8),
    Insert(Index, u8),
    Remove(Index, usize),
    /// A line of the text, or of an odd one, comes in between two lines.
    Line(Index, Index, Option<usize>),
    Cut(Index),
}

fn blow() -> impl Strategy<Value = Blow> {
    let byte = || select(&b"\n\r\t :-#'\"[]{},&*!|>%?~\\.0aK\xC3\xA9"[..]);
    prop_oneof![
        3 => (any::<Index>(), byte()).prop_map(|(at, byte)| Blow::Replace(at, byte)),
        3 => (any::<Index>(), byte()).prop_map(|(at, byte)| Blow::Insert(at, byte)),
        2 => (any::<Index>(), 1_usize..4).prop_map(|(at, n)| Blow::Remove(at, n)),
        3 => (any::<Index>(), any::<Index>(), prop::option::of(0..ODD.len()))
            .prop_map(|(from, to, odd)| Blow::Line(from, to, odd)),
        1 => any::<Index>().prop_map(Blow::Cut),
    ]
}

fn spoilt(text: &str, blows: &[Blow]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for blow in blows {
        let n = bytes.len();
        let place = |at: &Index| at.index(n + 1);
        match blow {
            Blow::Replace(at, byte) if n > 0 => bytes[at.index(n)] = *byte,
            Blow::Replace(at, byte) | Blow::Insert(at, byte) => bytes.insert(place(at), *byte),
            Blow::Remove(at, length) => drop(bytes.drain(place(at)..(place(at) + length).min(n))),
            Blow::Line(from, to, odd) => {
                let source = odd.map_or(bytes.clone(), |odd| ODD[odd].as_bytes().to_vec());
                let lines: Vec<&[u8]> = source.split_inclusive(|byte| *byte == b'\n').collect();
                let line = lines.get(from.index(lines.len().max(1))).copied();
                let starts: Vec<usize> = (0..=n)
                    .filter(|at| *at == 0 || bytes[at - 1] == b'\n')
                    .collect();
                let start = *to.get(&starts);
                bytes.splice(start..start, line.unwrap_or_default().iter().copied());
            }
            Blow::Cut(at) => bytes.truncate(place(at).max(n / 2)),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn path_in(tree: &Value, picks: &[Index]) -> Vec<Step> {
    let mut path = Vec::new();
    let mut tree = tree;
    for pick in picks {
        tree = match tree {
            Value::Map(pairs) if !pairs.is_empty() => {
                let (key, value) = pick.get(pairs);
                path.push(Step::Key(key.clone()));
                value
            }
            Value::List(items) if !items.is_empty() => {
                let n = pick.index(items.len());
                path.push(Step::Item(n));
                &items[n]
            }
            _ => break,
        };
    }
    path
}

/// The comments of a text with their places.
fn comments(text: &str) -> Vec<(usize, String)> {
    let options = options! { emit_comments: true };
    let events = Parser::new_from_str_with_options(text, options).map_while(Result::ok);
    let comments = events.filter_map(|(event, span)| match event {
        Event::Comment(comment, ..) => Some((span.byte_range()?.start, comment.to_string())),
        _ => None,
    });
    comments.collect()
}

/// The text up to what leads to a key and goes with it: blanks, a comma, a `?`, and its anchor and tag.
fn without_lead(head: &str) -> &str {
    let head = head.trim_end_matches([' ', '\t', '\n', '\r', ',', '?']);
    match head.rfind([' ', '\t', '\n', '\r', ',', '{']) {
        Some(at) if head[at + 1..].starts_with(['!', '&']) => without_lead(&head[..=at]),
        Some(_) | None => head,
    }
}

/// Checks that everything before the key's own row, and from the next key's row on, stands as it did, and that all
/// comments outside of the entry are still there.
fn keeps_others(
    before: &str,
    mapping: &Mapping,
    after: &str,
    key: &str,
    is_gone: bool,
) -> Result<(), TestCaseError> {
    // Where a key is a block scalar itself, its row starts above its place.
    let has_block_keys = before.contains("? |") || before.contains("? >");
    let n = mapping.entries.iter().position(|entry| entry.key == key);
    let Some(n) = n.filter(|_| after != before && !has_block_keys) else {
        return Ok(());
    };
    let is_flow = matches!(mapping.root, Root::Flow { .. });
    let start = |n: usize| {
        let entry = &mapping.entries[n];
        if is_flow {
            entry.key_span.start
        } else {
            row_start(before, entry)
        }
    };
    let end = entry_end(before, &mapping.entries[n]);
    let head = if is_gone {
        without_lead(&before[..start(n)])
    } else {
        &before[..mapping.entries[n].key_span.end]
    };
    let tail = match mapping.entries.get(n + 1) {
        Some(_) if is_flow => &before[start(n + 1)..],
        Some(_) => &before[line_start(before, start(n + 1))..],
        None if is_flow => "",
        None => &before[line_end(before, end)..],
    };
    let tail = if is_gone {
        tail.trim_start_matches(['\r', '\n'])
    } else {
        tail
    };
    let kept =
        after.starts_with(head) && after.ends_with(tail) && after.len() >= head.len() + tail.len();
    prop_assert!(kept, "foreign bytes changed: {before:?} -> {after:?}");
    let own = start(n)..line_end(before, end);
    let mut left = comments(after).into_iter();
    for (at, comment) in comments(before) {
        let is_there = own.contains(&at) || left.any(|(_, left)| left == comment);
        prop_assert!(is_there, "{comment:?} is lost: {before:?} -> {after:?}");
    }
    Ok(())
}

#[test]
fn whatever_the_text_an_edit_does_what_was_asked_or_nothing() {
    let tally = Tally::default();
    let known = written().prop_map(|written| written.text);
    let odd = select(&ODD[..]).prop_map(str::to_owned);
    let text = (prop_oneof![known, odd], vec(blow(), 0..6))
        .prop_map(|(text, blows)| spoilt(&text, &blows));
    let inputs = (text, vec(any::<Index>(), 1..5), act());
    let result = runner().run(&inputs, |(text, picks, act)| {
        let Ok(mapping) = parse(&text) else {
            let is_refused = edit(&text, &[], "\n").is_err();
            prop_assert!(is_refused);
            return tally.count("not edited: no front matter");
        };
        let mut asked = whole(&text);
        let path = path_in(&asked, &picks);
        let [Step::Key(key), ..] = &path[..] else {
            return tally.count("not edited: empty");
        };
        if asked.act(&path, &act).is_none() {
            return tally.count("not edited: no such place");
        }
        let value = asked.at(key).cloned();
        let is_gone = value.is_none();
        let edits = [Edit {
            key: key.clone(),
            value,
        }];
        let after = match edit(&text, &edits, "\n") {
            Ok(after) => after,
            Err(error) => {
                prop_assert!(after_refusal(error.code()), "{error}");
                return tally.count(&format!("refused: {}", error.code()));
            }
        };
        tally.count("edited")?;
        let Value::Map(pairs) = &asked else {
            return Err(TestCaseError::fail("no map"));
        };
        let read = parse(&after).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(read.entries.len(), pairs.len());
        for (entry, (key, value)) in read.entries.iter().zip(pairs) {
            let says = &entry.key == key && entry.node.says(value);
            prop_assert!(says, "{after:?}: {key}");
        }
        if let Some(mut again) = whole_again(&text)
            && again.act(&path, &act).is_some()
        {
            // Within the entry the parsers may have read different things from the start.
            let others = |mut all: Second| {
                all.put(key, None);
                all
            };
            let (is, asked) = (whole_again(&after).map(others), others(again));
            prop_assert_eq!(is, Some(asked), "{:?}", after);
        }
        keeps_others(&text, &mapping, &after, key, is_gone)
    });
    let refused = tally.refused("any text");
    result.unwrap();
    assert!(refused < 0.1, "refused {refused}");
}

/// Tells whether this is a refusal that a text which was read can meet.
fn after_refusal(code: &str) -> bool {
    ["unverified_edit", "referenced_anchor", "unsupported_edit"].contains(&code)
}
