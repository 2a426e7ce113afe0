//! Laws instead of examples. `PROPTEST_CASES=100000` raises the number of cases.

use super::act::{Act, Tree, act};
use super::generated::{Child, Step, Written, value, written};
use crate::yaml::{Edit, Value, edit, parse};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};
use serde_yaml::Value as Second;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Quick enough for every run of the tests (some seconds), and enough to find what was broken on purpose.
const CASES: u32 = 5_000;

pub(super) fn runner() -> TestRunner {
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

/// How often what came of the cases.
#[derive(Default)]
pub(super) struct Tally(RefCell<BTreeMap<String, usize>>);

impl Tally {
    pub(super) fn count(&self, what: &str) -> TestCaseResult {
        *self.0.borrow_mut().entry(what.to_owned()).or_default() += 1;
        Ok(())
    }

    /// Says the shares, which refusing everything would change, and returns that of the refusals.
    pub(super) fn refused(&self, law: &str) -> f64 {
        let counts = self.0.borrow();
        println!("{law}: {counts:?}");
        let sum = |is_counted: &dyn Fn(&str) -> bool| -> usize {
            let counted = counts.iter().filter(|(what, _)| is_counted(what));
            counted.map(|(_, n)| n).sum()
        };
        let n_refused = sum(&|what| what.starts_with("refused"));
        let n_edits = sum(&|what| !what.starts_with("not"));
        n_refused as f64 / n_edits.max(1) as f64
    }
}

/// The whole front matter as a map.
pub(super) fn whole(text: &str) -> Value {
    let mapping = parse(text).unwrap();
    let entries = mapping.entries.iter();
    Value::Map(
        entries
            .map(|entry| (entry.key.clone(), entry.node.value()))
            .collect(),
    )
}

/// As the second parser reads it: a custom tag stays on what is put in its place.
pub(super) fn whole_again(text: &str) -> Option<Second> {
    // Behind a front matter there is always a line end.
    let line_end = if text.ends_with(['\n', '\r']) {
        ""
    } else {
        "\n"
    };
    let read: Second = serde_yaml::from_str(&format!("{text}{line_end}")).ok()?;
    let read = untagged(read);
    Some(if read.is_null() {
        Second::Mapping(serde_yaml::Mapping::new())
    } else {
        read
    })
}

fn untagged(value: Second) -> Second {
    match value {
        Second::Tagged(tagged) => untagged(tagged.value),
        Second::Sequence(items) => Second::Sequence(items.into_iter().map(untagged).collect()),
        Second::Mapping(pairs) => {
            let pairs = pairs.into_iter();
            Second::Mapping(
                pairs
                    .map(|(key, value)| (untagged(key), untagged(value)))
                    .collect(),
            )
        }
        other => other,
    }
}

/// The text without what an edit may add or take along: blanks, commas, and the brackets of what is empty.
fn squeezed(text: &str) -> String {
    let text: String = text.split([' ', '\t', '\n', '\r', ',']).collect();
    text.replace("{}", "").replace("[]", "")
}

fn is_inserted(before: &str, after: &str) -> bool {
    let same = |pair: &(u8, u8)| pair.0 == pair.1;
    let n_before = before.bytes().zip(after.bytes()).take_while(same).count();
    let n_behind = before
        .bytes()
        .rev()
        .zip(after.bytes().rev())
        .take_while(same)
        .count();
    n_before + n_behind >= before.len()
}

/// The bytes that are the child's own; all blank lines behind are content of `|+`, but for the last line's break.
fn own<'a>(text: &'a str, child: &Child) -> (&'a str, &'a str, &'a str) {
    let mut end = child.span.end;
    if text[child.span.clone()].contains("|2+") {
        let behind = &text[end..];
        let blank = behind.len() - behind.trim_start_matches(['\n', '\r', ' ']).len();
        end += behind[..blank]
            .rfind('\n')
            .map_or(0, |last| last - usize::from(behind[..last].ends_with('\r')));
    }
    (
        &text[..child.span.start],
        &text[child.span.start..end],
        &text[end..],
    )
}

fn says_all(
    before: &str,
    text: &str,
    asked: &Value,
    asked_again: &Second,
) -> Result<(), TestCaseError> {
    let Value::Map(pairs) = asked else {
        return Err(TestCaseError::fail("no map"));
    };
    let mapping = parse(text).map_err(|error| TestCaseError::fail(format!("{text:?}: {error}")))?;
    prop_assert_eq!(mapping.entries.len(), pairs.len(), "{:?}", text);
    for (key, value) in pairs {
        let says = mapping.get(key).is_some_and(|node| node.says(value));
        prop_assert!(says, "{key} of {text:?} is not {value:?}");
    }
    let read = whole_again(text).unwrap_or_default();
    let agrees = agrees(&read, asked_again, before);
    prop_assert!(agrees, "{text:?} is {read:?} and not {asked_again:?}");
    Ok(())
}

/// Tells whether the second parser reads what was asked; a bare `10` that stood there may go on to stand for "10".
fn agrees(is: &Second, asked: &Second, before: &str) -> bool {
    match (is, asked) {
        (Second::Sequence(is), Second::Sequence(asked)) => {
            let mut pairs = is.iter().zip(asked);
            is.len() == asked.len() && pairs.all(|(is, asked)| agrees(is, asked, before))
        }
        (Second::Mapping(is), Second::Mapping(asked)) => {
            let agrees_at = |(key, is)| {
                asked
                    .get(key)
                    .is_some_and(|asked| agrees(is, asked, before))
            };
            is.len() == asked.len() && is.iter().all(agrees_at)
        }
        (Second::Number(_) | Second::Bool(_), Second::String(text)) => {
            before.contains(text)
                && serde_yaml::from_str::<Second>(text).is_ok_and(|bare| bare == *is)
        }
        (is, asked) => is == asked,
    }
}

/// Checks that no byte of anything else changed.
fn keeps(before: &str, after: &str, child: &Child, act: &Act) -> Result<(), TestCaseError> {
    let (head, _, tail) = own(before, child);
    let comment = child.end.saturating_sub(child.span.end).min(tail.len());
    let kept = match act {
        // A list or a map may come in lines below the comment.
        Act::Set(_) | Act::Reverse => after.strip_prefix(head).is_some_and(|after| {
            let new = after.strip_suffix(&tail[comment..]);
            new.is_some_and(|new| new.contains(tail[..comment].trim()))
                && (after.ends_with(tail)
                    || matches!(act, Act::Set(Value::List(_) | Value::Map(_))))
        }),
        Act::Insert(..) if child.holds.is_some_and(|holds| holds.lines) => {
            is_inserted(before, after)
        }
        Act::Insert(..) => is_inserted(&squeezed(before), &squeezed(after)),
        Act::Remove => {
            // The comment that trails it may go or stay.
            let gone = squeezed(&format!("{head} {}", &tail[comment..]));
            squeezed(after) == gone || squeezed(after) == squeezed(&format!("{head} {tail}"))
        }
    };
    prop_assert!(kept, "foreign bytes changed: {before:?} -> {after:?}");
    Ok(())
}

#[test]
fn an_edit_changes_its_entry_and_no_other_byte_or_nothing() {
    let tally = Tally::default();
    let inputs = (written(), any::<prop::sample::Index>(), act());
    let result = runner().run(&inputs, |(Written { text, children }, at, act)| {
        let (mut asked, mut asked_again) = (whole(&text), whole_again(&text).unwrap());
        let unchanged = asked.clone();
        let child = match children.is_empty() {
            true => return tally.count("not edited: empty"),
            false => at.get(&children),
        };
        let twin = matches!(act, Act::Remove) && has_twin(&mut asked.clone(), &child.path);
        if twin || asked.act(&child.path, &act).is_none() {
            return tally.count("not edited: no such place");
        }
        asked_again.act(&child.path, &act);
        let [Step::Key(key), ..] = &child.path[..] else {
            return Err(TestCaseError::fail("no key"));
        };
        let (key, value) = (key.clone(), asked.at(key).cloned());
        match edit(&text, &[Edit { key, value }], "\n") {
            Err(error) => {
                tally.count(&format!("refused: {}", error.code()))?;
            }
            Ok(after) if asked == unchanged => prop_assert_eq!(&after, &text),
            Ok(after) => {
                let is_within = child.path.len() > 1;
                tally.count(if is_within { "edited within" } else { "edited" })?;
                says_all(&text, &after, &asked, &asked_again)?;
                keeps(&text, &after, child, &act)?;
            }
        }
        Ok(())
    });
    let refused = tally.refused("one edit");
    result.unwrap();
    assert!(refused < 0.002, "refused {refused}");
}

/// Tells whether another item says the same as this one: then either may go.
pub(super) fn has_twin(tree: &mut Value, path: &[Step]) -> bool {
    let Some((Step::Item(n), above)) = path.split_last() else {
        return false;
    };
    let list = above.iter().try_fold(tree, |tree, step| tree.child(step));
    let items = list.and_then(|list| list.items());
    items.is_some_and(|items| items.iter().filter(|item| **item == items[*n]).count() > 1)
}

#[test]
fn several_edits_are_each_what_they_are_alone() {
    let tally = Tally::default();
    let change = (
        any::<prop::sample::Index>(),
        prop::option::weighted(0.7, value()),
    );
    let inputs = (written(), prop::collection::vec(change, 1..5));
    let result = runner().run(&inputs, |(Written { text, .. }, changes)| {
        let (mut asked, mut asked_again) = (whole(&text), whole_again(&text).unwrap());
        let mut edits = Vec::new();
        for (n, (at, value)) in changes.iter().enumerate() {
            let keys: Vec<String> = parse(&text)
                .unwrap()
                .entries
                .into_iter()
                .map(|entry| entry.key)
                .collect();
            let key = at.get(&[&keys[..], &[format!("new {n}")]].concat()).clone();
            asked.put(&key, value.clone());
            asked_again.put(&key, value.as_ref().map(Second::of));
            edits.push(Edit {
                key,
                value: value.clone(),
            });
        }
        match edit(&text, &edits, "\n") {
            Err(error) => {
                tally.count(&format!("refused: {}", error.code()))?;
            }
            Ok(after) => {
                tally.count("edited")?;
                // What says it already stays as typed, so the second parser may have it differently.
                says_all(&text, &after, &asked, &whole_again(&after).unwrap())?;
                let one_by_one = edits.iter().try_fold(text.clone(), |text, one| {
                    edit(&text, std::slice::from_ref(one), "\n")
                });
                let apart: Result<Value, _> = one_by_one.map(|text| whole(&text));
                prop_assert!(
                    apart.is_err() || apart.is_ok_and(|apart| same(&apart, &whole(&after)))
                );
            }
        }
        Ok(())
    });
    let refused = tally.refused("several edits");
    result.unwrap();
    assert!(refused < 0.005, "refused {refused}");
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len() && one.iter().all(|pair| other.contains(pair))
        }
        (one, other) => one == other,
    }
}
