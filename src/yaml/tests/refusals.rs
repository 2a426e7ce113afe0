//! What is refused, with which code, and that the answer never quotes the parser.

use super::{list, remove, set, text};
use crate::yaml::{TEXT_BYTES_MAX, Value, parse};
use std::time::{Duration, Instant};

#[test]
fn texts_that_are_no_front_matter() {
    let nested = format!("a: {}{}", "[".repeat(16), "]".repeat(16));
    let wide = "- 1\n".repeat(12_000);
    let wide = format!("a:\n{wide}");
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
    let fat = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(30_000),
        "*a, ".repeat(5_000)
    );
    let long = format!("a: {}", "x".repeat(TEXT_BYTES_MAX));
    let cases = [
        ("a: [1\n", "yaml_syntax", 1, 4),
        ("a: 'x\n", "yaml_syntax", 1, 4),
        ("a: 1\n b: 2\n", "yaml_syntax", 2, 3),
        ("a:\n\t- 1\n", "yaml_syntax", 2, 2),
        ("a: \u{1}\n", "yaml_syntax", 1, 4),
        ("é: 'x\u{0}'\n", "yaml_syntax", 1, 6),
        ("\u{FEFF}a: 1\n", "yaml_syntax", 1, 1),
        ("a: 1\nb: 2\na: 3\n", "duplicate_key", 3, 1),
        ("a: 1\n'a': 3\n", "duplicate_key", 2, 1),
        ("z:\n  a: 1\n  a: 2\n", "duplicate_key", 3, 3),
        ("z: {a: 1, a: 2}\n", "duplicate_key", 1, 11),
        ("a: *x\n", "unknown_alias", 1, 4),
        ("a: &x [*x]\n", "unknown_alias", 1, 8),
        ("&r\na: *r\n", "unknown_alias", 2, 4),
        ("- a\n", "not_a_mapping", 1, 1),
        ("just text\n", "not_a_mapping", 1, 1),
        ("~\n", "not_a_mapping", 1, 1),
        ("a: 1\n---\nb: 1\n", "several_documents", 2, 1),
        ("a: 1\r\n\r\n--- # x\r\nb: 1\n", "several_documents", 3, 1),
        ("a: 1\n...\n", "several_documents", 2, 1),
        ("---\n", "several_documents", 1, 1),
        ("...", "several_documents", 1, 1),
        ("%YAML 1.2\na: 1\n", "yaml_directive", 1, 1),
        ("[a]: 1\n", "unsupported_key", 1, 1),
        ("? {a: 1}\n: 1\n", "unsupported_key", 1, 3),
        (nested.as_str(), "yaml_too_deep", 1, 19),
        (wide.as_str(), "yaml_too_many_nodes", 9_999, 3),
        (bomb, "yaml_too_many_nodes", 5, 8),
        (fat.as_str(), "yaml_too_many_nodes", 2, 37),
        (long.as_str(), "front_matter_too_long", 1, 1),
    ];
    for (text, code, line, column) in cases {
        let error = parse(text).unwrap_err();
        let start: String = text.chars().take(60).collect();
        assert_eq!(
            (error.code(), error.at.line, error.at.column),
            (code, line, column),
            "in {start:?}"
        );
        let shown = error.to_string();
        assert!(shown.chars().all(|letter| !letter.is_control()), "{shown}");
        assert_eq!(
            set(text, "n", text_of("x")).unwrap_err().code(),
            code,
            "in {start:?}"
        );
    }
}

#[test]
fn deep_nesting_is_refused_at_once() {
    let deep = "[".repeat(60_000);
    let braces = format!("a: {}", "{a: ".repeat(5_000));
    let dashes = format!("a:\n  {}", "- ".repeat(20_000));
    let questions = "? ".repeat(20_000);
    for text in [&deep, &braces, &dashes, &questions] {
        let begun = Instant::now();
        assert_eq!(parse(text).unwrap_err().code(), "yaml_too_deep");
        assert!(
            begun.elapsed() < Duration::from_millis(50),
            "took {:?}",
            begun.elapsed()
        );
    }
}

fn text_of(new: &str) -> Value {
    text(new)
}

#[test]
fn shared_anchors_stay_as_they_are() {
    refuses(&[
        (
            "a: &x 1\nb: *x\n",
            "a",
            Some(Value::Int(2)),
            "referenced_anchor",
        ),
        ("a: &x 1\nb: *x\n", "a", None, "referenced_anchor"),
        (
            "a: {c: [&x 1]}\nb: [*x]\n",
            "a",
            Some(Value::Null),
            "referenced_anchor",
        ),
        ("&x a: 1\nb: *x\n", "a", Some(Value::Int(2)), "ok"),
        ("&x a: 1\nb: *x\n", "a", None, "referenced_anchor"),
        (
            "a:\n  - &x 1\n  - 2\n*x : 3\n",
            "a",
            Some(list(&["y"])),
            "referenced_anchor",
        ),
        (
            "a: [&x 1, *x]\n",
            "a",
            Some(Value::List(vec![text("y"), Value::Int(1)])),
            "referenced_anchor",
        ),
    ]);
}

#[test]
fn edits_that_are_not_certain() {
    let deep = (0..16).fold(Value::Null, |value, _| Value::List(vec![value]));
    let big = text(&"x".repeat(TEXT_BYTES_MAX));
    let twice = Value::Map(vec![("k".into(), Value::Null), ("k".into(), Value::Null)]);
    refuses(&[
        (
            "a: 1\n",
            "a",
            Some(Value::Float(f64::NAN)),
            "unsupported_edit",
        ),
        (
            "a: 1\n",
            "a",
            Some(Value::Float(f64::INFINITY)),
            "unsupported_edit",
        ),
        (
            "a: 1\n",
            "a",
            Some(Value::Int(i64::MAX)),
            "unsupported_edit",
        ),
        ("a: 1\n", "a", Some(Value::Float(1e300)), "unsupported_edit"),
        ("a: 1\n", "a", Some(deep), "unsupported_edit"),
        ("a: 1\n", "a", Some(big), "front_matter_too_long"),
        ("a: 1\n", "n", Some(twice), "duplicate_key"),
        (
            "a: [\n x, # 1\n y]\n",
            "a",
            Some(list(&["y", "x", "z"])),
            "ok",
        ),
        (
            "a: |\n  t\nr:\n  - 1\n  # below\n",
            "r",
            None,
            "unverified_edit",
        ),
        ("!!map\na: 1\n", "a", None, "unverified_edit"),
        (
            "a: 1\n",
            &"k".repeat(2_000),
            Some(Value::Null),
            "unverified_edit",
        ),
    ]);
}

#[track_caller]
fn refuses(cases: &[(&str, &str, Option<Value>, &str)]) {
    for (before, key, value, code) in cases {
        let result = match value.clone() {
            Some(value) => set(before, key, value),
            None => remove(before, key),
        };
        let answer = result.as_ref().map_or_else(|error| error.code(), |_| "ok");
        assert_eq!(answer, *code, "in {before:?}: {result:?}");
    }
}

#[test]
fn one_refused_edit_refuses_them_all() {
    use crate::yaml::{Edit, edit};
    let edits = [
        Edit {
            key: "a".into(),
            value: Some(text("x")),
        },
        Edit {
            key: "a".into(),
            value: Some(Value::Float(f64::NAN)),
        },
    ];
    assert_eq!(
        edit("a: 1\n", &edits, "\n").unwrap_err().code(),
        "unsupported_edit"
    );
}

#[test]
fn blank_lines_count_in_positions() {
    for text in [
        "a: 1\n\n---\n",
        "a: 1\r\n\r\n---\r\n",
        "a: 1\r\r---\r",
        "a: 1\n\n...  x",
    ] {
        assert_eq!(parse(text).unwrap_err().at.line, 3, "{text:?}");
    }
}

#[test]
fn rows_in_no_order_end_no_request() {
    use crate::yaml::{Edit, edit};
    // Keys without values behind lone carriage returns: the fuzzer's.
    let text = include_str!("no_order.yaml");
    let entries = parse(text).unwrap().entries;
    for value in [None, Some(Value::Null), Some(list(&["x"]))] {
        let edits = entries.iter().map(|entry| Edit {
            key: entry.key.clone(),
            value: value.clone(),
        });
        if let Ok(after) = edit(text, &edits.collect::<Vec<_>>(), "\n") {
            assert!(parse(&after).is_ok(), "{after:?}");
        }
    }
}
