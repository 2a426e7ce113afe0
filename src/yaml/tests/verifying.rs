//! The net under the editor: changes that a wrong splice would make, handed to it directly.

use super::{list, text};
use crate::yaml::Edit;
use crate::yaml::Value;
use crate::yaml::verify::{Document, holds};

/// Asks whether setting, inserting or removing `a` could have made the one text of the other.
fn proves(before: &str, after: &str, value: Option<Value>) -> bool {
    let read = |text: &str| Document::read(text.to_owned()).unwrap();
    let key = "a".to_owned();
    holds(&read(before), &read(after), &[Edit { key, value }])
}

#[test]
fn what_was_asked_passes() {
    assert!(proves("a: 1\nb: 2\n", "a: x\nb: 2\n", Some(text("x"))));
    assert!(proves("b: 2\n", "b: 2\na: x\n", Some(text("x"))));
    assert!(proves("a: 1\nb: 2\n", "b: 2\n", None));
    assert!(proves(
        "a: [045]\n",
        "a: [045, x]\n",
        Some(list(&["045", "x"]))
    ));
}

#[test]
fn anything_else_is_caught() {
    let set = |before, after, value| proves(before, after, Some(value));
    // The entry does not say it.
    assert!(!set("a: 1\n", "a: z\n", text("x")));
    assert!(!set("a: 1\n", "a: 5\n", text("5")));
    assert!(!set("a: [x]\n", "a: [x, 045]\n", list(&["x", "045"])));
    assert!(!set("a: 1\n", "b: x\n", text("x")));
    // Another entry changed: its value, its quoting, its key, its place, its comment inside.
    assert!(!set("a: 1\nb: 2\n", "a: x\nb: 3\n", text("x")));
    assert!(!set("a: 1\nb: 'y'\n", "a: x\nb: y\n", text("x")));
    assert!(!set("a: 1\nb: 2\n", "a: x\nc: 2\n", text("x")));
    assert!(!set("a: 1\nb: 2\nc: 3\n", "a: x\nc: 3\nb: 2\n", text("x")));
    assert!(!set(
        "a: 1\nb: [1, # y\n 2]\n",
        "a: x\nb: [1, # z\n 2]\n",
        text("x")
    ));
    // The same bytes say something else, and only one parser can read them (30 digits).
    let big = "c: 123456789012345678901234567890\n";
    let before = format!("a: 1\nz: &k 1\nb: *k\n{big}");
    assert!(proves(
        &before,
        &before.replacen("1", "2", 1),
        Some(Value::Int(2))
    ));
    let (before, after) = (
        format!("z: &k 1\na: 1\nb: *k\n{big}"),
        format!("z: &k 1\na: &k 2\nb: *k\n{big}"),
    );
    assert!(!proves(&before, &after, Some(Value::Int(2))));
    // Entries came or went.
    assert!(!set("a: 1\n", "a: x\nb: 2\n", text("x")));
    assert!(!set("a: 1\nb: 2\n", "a: x\n", text("x")));
    assert!(!proves("b: 2\n", "a: x\nb: 2\n", Some(text("x"))));
    assert!(!proves("b: 2\n", "b: 2\n", Some(text("x"))));
    assert!(!proves("a: 1\nb: 2\nc: 3\n", "c: 3\n", None));
}

#[test]
fn the_second_parser_has_a_say() {
    // A line break to YAML 1.1, a character to YAML 1.2: the parsers do not agree on what the entry says.
    assert!(!proves(
        "a: 1\n",
        "a: x\u{2028}y\n",
        Some(text("x\u{2028}y"))
    ));
    // A number in base two to one of them.
    assert!(!proves("a: 1\n", "a: 0b11\n", Some(text("0b11"))));
    assert!(proves(
        "a: [0b11]\n",
        "a: [0b11, x]\n",
        Some(list(&["0b11", "x"]))
    ));
    // It gives up on the text afterwards, which it could read before: 30 digits are too many for it.
    let digits = "123456789012345678901234567890";
    assert!(!proves(
        "a: 1\n",
        &format!("a: {digits}\n"),
        Some(text(digits))
    ));
    // A comment ends at U+2028 to YAML 1.1 only: the anchor behind it gives another entry another value.
    let before = "z: &k 1\na: [5]\nb: *k\n";
    let after = |comment: &str| before.replace("[5]", &format!("[ # {comment}\n 2]"));
    let asked = || Some(Value::List(vec![Value::Int(2)]));
    assert!(proves(before, &after("&k"), asked()));
    assert!(!proves(before, &after("\u{2028} &k"), asked()));
}
