//! Laws instead of examples. `PROPTEST_CASES=100000` raises the number of cases.

use crate::yaml::{Edit, Value, edit, parse};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;
use std::ops::Range;

/// Quick enough for every run of the tests (some seconds), and enough to find what was broken on purpose.
const CASES: u32 = 10_000;

fn runner() -> TestRunner {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    // 256 is proptest's own default: nobody asked for a number.
    let cases = if config.cases == 256 {
        CASES
    } else {
        config.cases
    };
    TestRunner::new(Config { cases, ..config })
}

/// What may stand behind a key, at any length of line end (`~` stands for one, `K` for a letter of its own).
const VALUES: [&str; 46] = [
    " x",
    "   x y  z  # c",
    " 'x'",
    " 'it''s' # c",
    " \"x\"",
    " \"\\u00e9\\\"\" # c",
    "",
    " # c",
    " ~NULL",
    " null",
    " 12",
    " 1.10",
    " 045",
    " no",
    " 2026-01-15",
    " '2026-01-15 10:00'",
    " >-~  one~  two",
    " >~  one~~  two~",
    " |~  one~  two",
    " |-~  one # no~",
    " |+~  one~~",
    " | # c~    one~      two~",
    " one~  two~  three # c",
    " 'one~~  two'",
    " \"one \\~  two\"",
    " []",
    " [x]",
    " [x, 'y']",
    " [ x,y , \"z\" ] # c",
    " [~  x, # c~  y~]",
    " [x,]",
    " {}",
    " {a: 1, b: [c]}",
    "~  - x~  - y",
    "~- x~- 'y' # c",
    "~  # c~  - x # c~~  - \"y\"",
    "~  - >-~    one~    two~  - z",
    "~  -~  - x",
    "~  - a: 1~    b: 2~  - c",
    "~  a: 1~  b:~    - c",
    " &aK x",
    " !!str 5",
    " !odd x",
    "~  x",
    " 東京 🦀 # é",
    " https://example.org/a?b#c",
];

const BETWEEN: [&str; 6] = ["", "", "", "# c~", "~", "~# c: - x~~"];

/// A front matter made of known parts, so that the test knows the bytes of each entry without asking the parser.
#[derive(Clone, Debug)]
struct Written {
    text: String,
    entries: Vec<(String, Range<usize>)>,
}

fn written() -> impl Strategy<Value = Written> {
    let part = (select(&BETWEEN[..]), select(&VALUES[..]));
    (
        vec(part, 0..6),
        select(&["\n", "\r\n"][..]),
        any::<bool>(),
        select(&BETWEEN[..]),
    )
        .prop_map(|(parts, newline, ends_line, last)| {
            let expand = |text: &str| {
                text.replace("~NULL", "\u{1}")
                    .replace('~', newline)
                    .replace('\u{1}', "~")
            };
            let mut text = String::new();
            let mut entries = Vec::new();
            for (n, (between, value)) in parts.into_iter().enumerate() {
                text.push_str(&expand(between));
                let start = text.len();
                text.push_str(&format!(
                    "key{n}:{}",
                    expand(&value.replace("aK", &format!("a{n}")))
                ));
                let end = text.trim_end_matches(['\n', '\r']).len();
                entries.push((format!("key{n}"), start..end));
                text.push_str(newline);
            }
            text.push_str(&expand(last));
            let ends_line = ends_line || !text.ends_with(newline);
            let len = if ends_line {
                text.len()
            } else {
                text.trim_end_matches(['\n', '\r']).len()
            };
            text.truncate(len);
            for (_, range) in &mut entries {
                range.end = range.end.min(len);
                // All blank lines behind are content of `|+`; the last line break is the line's.
                if text[range.clone()].contains("|+") {
                    let blank = n_line_end_bytes(&text[range.end..]);
                    range.end += blank.saturating_sub(newline.len());
                }
            }
            Written { text, entries }
        })
}

/// Letters and words that mean something to some reader, and some that never should.
const BITS: &str = "a B 1 0 . : - ' \" \\ , [ ] { } & * ! | > % @ ` ? # ~ = << no Yes null 0x 1_0 12:30 2026-01-15 --- ... \
                    é 東 🦀 e5 .inf \u{FEFF} \u{0} \u{7f} \u{200b}";
const SPACED_BITS: [&str; 12] = [
    " ", " ", ": ", " #", "- ", "\n", "\r\n", "\t", "\u{85}", "\u{2028}", "\u{a0}", "x y",
];

fn scalar_text() -> impl Strategy<Value = String> {
    let bits: Vec<&str> = BITS
        .split(' ')
        .filter(|bit| !bit.is_empty())
        .chain(SPACED_BITS)
        .collect();
    vec(select(bits), 0..5).prop_map(|bits| bits.concat())
}

fn n_line_end_bytes(text: &str) -> usize {
    text.len() - text.trim_start_matches(['\n', '\r']).len()
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => scalar_text().prop_map(Value::Text),
        1 => select(&["x", "y", "z", "one two", "x # c", "c"][..]).prop_map(|text| Value::Text(text.to_owned())),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => (-(1_i64 << 53)..=1 << 53).prop_map(Value::Int),
        1 => (-1e15..1e15).prop_map(Value::Float),
        1 => (-1e-5..1e-5).prop_map(Value::Float),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            4 => vec(inner.clone(), 0..4).prop_map(Value::List),
            1 => vec(inner, 0..3).prop_map(|values| {
                Value::Map(values.into_iter().enumerate().map(|(n, value)| (format!("k {n}"), value)).collect())
            }),
        ]
    })
}

/// A new value for a list is mostly the old one with something in, out or moved.
fn changed(old: &Value, fresh: Value, at: usize, how: u8) -> Value {
    let Value::List(items) = old else {
        return fresh;
    };
    let mut items = items.clone();
    let at = at % (items.len() + 1);
    match how % 5 {
        0 => items.insert(at, fresh),
        1 if at < items.len() => items[at] = fresh,
        2 if at < items.len() => drop(items.remove(at)),
        3 => items.reverse(),
        _ => return fresh,
    }
    Value::List(items)
}

/// The bytes before and behind the entry, which an edit must leave alone.
fn is_kept(before: &str, after: &str, range: Range<usize>) -> bool {
    let (head, tail) = (&before[..range.start], &before[range.end..]);
    after.len() >= head.len() + tail.len() && after.starts_with(head) && after.ends_with(tail)
}

fn reads_as(text: &str, key: &str, value: &Value) -> bool {
    parse(text).is_ok_and(|mapping| mapping.get(key).is_some_and(|node| node.says(value)))
}

fn inserts(text: &str, fresh: &Value) -> Result<(), TestCaseError> {
    let edits = [Edit {
        key: "new".to_owned(),
        value: Some(fresh.clone()),
    }];
    let after = edit(text, &edits, "\n").map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert!(reads_as(&after, "new", fresh), "{after:?}");
    let n_same = text
        .bytes()
        .zip(after.bytes())
        .take_while(|(old, new)| old == new)
        .count();
    prop_assert!((0..=n_same).any(|at| text.is_char_boundary(at) && is_kept(text, &after, at..at)));
    Ok(())
}

#[test]
fn an_edit_changes_its_entry_and_no_other_byte_or_nothing() {
    let (n_done, n_refused) = (Cell::new(0), Cell::new(0));
    let inputs = (written(), value(), any::<usize>(), 0_u8..10);
    runner()
        .run(&inputs, |(written, fresh, at, how)| {
            let Written { text, entries } = &written;
            let mapping = parse(text).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(mapping.entries.len(), entries.len());
            let Some((key, range)) = entries.get(at % (entries.len() + 1)) else {
                n_done.set(n_done.get() + 1);
                return inserts(text, &fresh);
            };
            let old = mapping
                .get(key)
                .map(|node| node.value())
                .unwrap_or(Value::Null);
            let value = (how != 9).then(|| changed(&old, fresh, at / 7, how));
            match edit(
                text,
                &[Edit {
                    key: key.clone(),
                    value: value.clone(),
                }],
                "\n",
            ) {
                Err(error) => {
                    n_refused.set(n_refused.get() + 1);
                    let codes = ["unverified_edit", "unsupported_edit"];
                    prop_assert!(codes.contains(&error.code()), "{error}");
                }
                Ok(after) => {
                    n_done.set(n_done.get() + 1);
                    let line_break = n_line_end_bytes(&text[range.end..]);
                    let end = if value.is_none() {
                        range.end + line_break.min(2)
                    } else {
                        range.end
                    };
                    let kept = is_kept(text, &after, range.start..end);
                    prop_assert!(kept, "foreign bytes changed: {text:?} -> {after:?}");
                    match &value {
                        Some(value) => prop_assert!(reads_as(&after, key, value), "{after:?}"),
                        None => prop_assert!(
                            parse(&after).is_ok_and(|mapping| mapping.get(key).is_none())
                        ),
                    }
                }
            }
            Ok(())
        })
        .unwrap();
    let n_all = n_done.get() + n_refused.get();
    assert!(
        n_refused.get() * 500 < n_all,
        "refused {} of {n_all}",
        n_refused.get()
    );
}

#[test]
fn no_bytes_make_it_panic() {
    let noise = select(&b"\n\r\t :-#'\"[]{},&*!|>%?~\\.0aK\xC3\xA9"[..]);
    let mutation = (any::<usize>(), noise, 0_u8..4);
    runner()
        .run(
            &(written(), vec(mutation, 1..8), value(), any::<usize>()),
            |(written, mutations, value, at)| {
                let mut bytes = written.text.into_bytes();
                for (place, byte, how) in mutations {
                    let place = place % (bytes.len() + 1);
                    match how {
                        0 if place < bytes.len() => bytes[place] = byte,
                        1 if place < bytes.len() => drop(bytes.remove(place)),
                        2 => bytes.truncate(place.max(bytes.len() / 2)),
                        _ => bytes.insert(place, byte),
                    }
                }
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let key = parse(&text).ok().and_then(|mapping| {
                    let n = at % mapping.entries.len().max(1);
                    mapping.entries.get(n).map(|entry| entry.key.clone())
                });
                for key in [key.unwrap_or_default(), "new".to_owned()] {
                    for value in [Some(value.clone()), None] {
                        if let Ok(after) = edit(
                            &text,
                            &[Edit {
                                key: key.clone(),
                                value: value.clone(),
                            }],
                            "\r\n",
                        ) {
                            prop_assert!(
                                value.is_none_or(|value| reads_as(&after, &key, &value)),
                                "{after:?}"
                            );
                        }
                    }
                }
                Ok(())
            },
        )
        .unwrap();
}
