//! One scalar over another: its style, spacing and comment stay.

use super::{sets, text};
use crate::yaml::Value;

#[test]
fn keeps_the_style_of_the_old_text() {
    let cases = [
        ("a: x\n", "u", "a: u\n"),
        ("a: 'x'\n", "u", "a: 'u'\n"),
        ("a: \"x\"\n", "u", "a: \"u\"\n"),
        ("a: 'x'\n", "it's", "a: 'it''s'\n"),
        (
            "a: \"x\"\n",
            "say \"hi\" \\",
            "a: \"say \\\"hi\\\" \\\\\"\n",
        ),
        ("a: x\n", "it's", "a: it's\n"),
        ("a: x\n", "'tis", "a: \"'tis\"\n"),
        ("a: x\n", "'tis \"so\"", "a: '''tis \"so\"'\n"),
        ("a: x\n", "say \"hi\"", "a: say \"hi\"\n"),
        ("a: x\n", "\"hi\"", "a: '\"hi\"'\n"),
        ("a: 'x'\n", "two\nlines", "a: \"two\\nlines\"\n"),
        ("a: x\n", "a\tb", "a: \"a\\tb\"\n"),
        ("a: x\n", "", "a: ''\n"),
        ("a: \"x\"\n", "", "a: \"\"\n"),
        ("a: x\n", "déjà vu 東京 🦀", "a: déjà vu 東京 🦀\n"),
        ("a: x", "u", "a: u"),
        ("a: x\r\nb: 1\r\n", "u", "a: u\r\nb: 1\r\n"),
        ("a: x\rb: 1\r", "u", "a: u\rb: 1\r"),
        ("b: 1\r\na: x\nc: 2\r\n", "u", "b: 1\r\na: u\nc: 2\r\n"),
        ("a:    x   # why\n", "u", "a:    u   # why\n"),
        ("a:\tx\t# why\n", "u", "a:\tu\t# why\n"),
        ("a : x\n", "u", "a : u\n"),
        ("'a': x\n", "u", "'a': u\n"),
        ("\"a\": x\n", "u", "\"a\": u\n"),
        ("\"\\x61\": x\n", "u", "\"\\x61\": u\n"),
        (
            "# top\n\na: x # why\n\n# end\n",
            "u",
            "# top\n\na: u # why\n\n# end\n",
        ),
        ("a:\n  x # why\nb: 1\n", "u", "a:\n  u # why\nb: 1\n"),
        ("a: # why\n  x\n", "u", "a: # why\n  u\n"),
        ("? a\n: x # why\nb: 1\n", "u", "? a\n: u # why\nb: 1\n"),
        ("  a: x\n  b: 1\n", "u", "  a: u\n  b: 1\n"),
    ];
    for (before, new, after) in cases {
        sets(before, "a", text(new), after);
    }
}

#[test]
fn quotes_what_another_reader_would_misread() {
    let words = "yes No ON off y N null Null ~ true FALSE = << 1 -1 +1 007 1.10 1. .5 1e3 1_000 0x1F 0o17 0b11 12:30:45 12:30 \
                 190:20:30.15 .inf -.INF .nan 123456789012345678901234567890 a: - --- ? :a [a {a ] } , #a &a *a !a | > %a @a `a \
                 -1.5e3 \"";
    let quoted = words
        .split_whitespace()
        .chain([" x", "x ", "a: b", "a #b", "- a", "...x: y", "? a"]);
    for new in quoted {
        sets(
            "a: x # why\n",
            "a",
            text(new),
            &format!("a: '{new}' # why\n"),
        );
    }
    sets("a: x\n", "a", text("'"), "a: \"'\"\n");
    let words = "x nobody 1.2.3 v1 1st a:b a#b https://example.org/x?y=1&z -a x=y 50% 2026-01-15 2026-01-15T10:00:00Z \
                 2026-01-15T10:00:00.5+02:00 e3 1/2";
    let bare = words.split_whitespace().chain([
        "yes sir",
        "a, b",
        "a [b] {c}",
        "a - b",
        "To Do",
        "2026-01-15 10:00",
    ]);
    for new in bare {
        sets("a: x # why\n", "a", text(new), &format!("a: {new} # why\n"));
    }
}

#[test]
fn escapes_what_cannot_stand_in_a_file() {
    let cases = [
        ("a\u{0}b", "\"a\\x00b\""),
        ("a\u{1b}b", "\"a\\x1Bb\""),
        ("a\u{7f}b", "\"a\\x7Fb\""),
        ("a\u{85}b", "\"a\\x85b\""),
        ("a\u{2028}b", "\"a\\u2028b\""),
        ("a\u{2029}b", "\"a\\u2029b\""),
        ("\u{FEFF}b", "\"\\uFEFFb\""),
        ("a\u{FFFF}b", "\"a\\uFFFFb\""),
        ("a\r\nb", "\"a\\r\\nb\""),
        ("a\n---\nstatus: done", "\"a\\n---\\nstatus: done\""),
        ("é\n", "\"é\\n\""),
    ];
    for (new, written) in cases {
        sets(
            "a: x\nb: 1\n",
            "a",
            text(new),
            &format!("a: {written}\nb: 1\n"),
        );
        sets(
            "a: 'x'\nb: 1\n",
            "a",
            text(new),
            &format!("a: {written}\nb: 1\n"),
        );
    }
}

#[test]
fn dates_are_written_as_they_were() {
    sets(
        "a: 2026-01-15\n",
        "a",
        text("2026-02-01"),
        "a: 2026-02-01\n",
    );
    sets(
        "a: '2026-01-15'\n",
        "a",
        text("2026-02-01"),
        "a: '2026-02-01'\n",
    );
    sets(
        "a: '2026-01-15 10:00'\n",
        "a",
        text("2026-01-16 11:30"),
        "a: '2026-01-16 11:30'\n",
    );
    sets(
        "a: \"x\"\n",
        "a",
        text("2026-02-01T10:00:00Z"),
        "a: \"2026-02-01T10:00:00Z\"\n",
    );
    sets(
        "a: []\n",
        "a",
        super::list(&["2026-02-01T10:00:00Z"]),
        "a: [2026-02-01T10:00:00Z]\n",
    );
}

#[test]
fn writes_every_kind_of_value() {
    let cases = [
        (Value::Null, "null"),
        (Value::Bool(true), "true"),
        (Value::Int(-5), "-5"),
        (Value::Int(1 << 53), "9007199254740992"),
        (Value::Float(1.5), "1.5"),
        (Value::Float(2.0), "2.0"),
        (Value::Float(1e-7), "1.0e-7"),
        (Value::Float(1.25e-9), "1.25e-9"),
        (Value::List(vec![]), "[]"),
        (Value::Map(vec![]), "{}"),
        (
            Value::List(vec![text("a, b"), Value::Int(1), text("no")]),
            "['a, b', 1, 'no']",
        ),
        (
            Value::Map(vec![
                ("k: v".into(), text("x")),
                ("l".into(), Value::List(vec![text("u")])),
                ("1".into(), Value::Null),
            ]),
            "{'k: v': x, l: [u], '1': null}",
        ),
    ];
    for (value, written) in cases {
        sets(
            "a: x # why\nb: 1\n",
            "a",
            value.clone(),
            &format!("a: {written} # why\nb: 1\n"),
        );
        sets("b: 1\n", "a", value, &format!("b: 1\na: {written}\n"));
    }
    sets("a: 1\n", "a", text("2"), "a: '2'\n");
    sets("a: '1'\n", "a", Value::Int(2), "a: 2\n");
}

#[test]
fn fills_in_absent_values() {
    sets("a:\nb: 1\n", "a", text("x"), "a: x\nb: 1\n");
    sets("a: \nb: 1\n", "a", text("x"), "a: x \nb: 1\n");
    sets("a: # why\nb: 1\n", "a", text("x"), "a: x # why\nb: 1\n");
    sets("a:", "a", text("x"), "a: x");
    sets("a: ~\n", "a", text("x"), "a: x\n");
    sets("a: null # why\n", "a", Value::Int(3), "a: 3 # why\n");
    sets("a: &z\nb: 1\n", "a", text("x"), "a: &z x\nb: 1\n");
    sets("a: !!str\nb: 1\n", "a", text("x"), "a: x\nb: 1\n");
    sets("a:\n\n# c\nb: 1\n", "a", text("x"), "a: x\n\n# c\nb: 1\n");
}

#[test]
fn replaces_text_over_several_lines() {
    let folded = "id: 1\ntitle: >-\n  Parse block-style YAML lists in config and fix\n  keys\nstatus: Done\n";
    sets(
        folded,
        "title",
        text("Short: one"),
        "id: 1\ntitle: 'Short: one'\nstatus: Done\n",
    );
    sets(
        folded,
        "title",
        text("a\nb"),
        "id: 1\ntitle: \"a\\nb\"\nstatus: Done\n",
    );
    sets(
        folded,
        "title",
        Value::Null,
        "id: 1\ntitle: null\nstatus: Done\n",
    );
    sets(
        "a: > # why\n  x\n\n  u\n\nb: 1\n",
        "a",
        text("z"),
        "a: z # why\n\nb: 1\n",
    );
}

#[test]
fn replaces_literal_blocks() {
    sets("a: |\n  x\n  u\n\nb: 1\n", "a", text("z"), "a: z\n\nb: 1\n");
    sets(
        "a: |\n  x\n  u\n\nb: 1\n",
        "a",
        text("p\nq\n"),
        "a: |\n  p\n  q\n\nb: 1\n",
    );
    sets(
        "a: | # why\n    x\nb: 1\n",
        "a",
        text("p\n\nq"),
        "a: |- # why\n    p\n\n    q\nb: 1\n",
    );
    sets(
        "a: |-\r\n  x\r\nb: 1\r\n",
        "a",
        text("p\nq\n"),
        "a: |\r\n  p\r\n  q\r\nb: 1\r\n",
    );
    sets("a: |\n  x\n", "a", text("  p\nq\n"), "a: \"  p\\nq\\n\"\n");
    sets("a: |\n  x\n", "a", text("p\n\n"), "a: \"p\\n\\n\"\n");
    sets("a: |+\n  x\n\n\nb: 1\n", "a", text("p"), "a: p\nb: 1\n");
    sets("a: |+\n  x\n\n", "a", text("p\nq\n"), "a: |\n  p\n  q\n");
    sets(
        "a: |2\n   x\nb: 1\n",
        "a",
        text("p\nq\n"),
        "a: |\n  p\n  q\nb: 1\n",
    );
    sets(
        "a: |\nb: 1\n",
        "a",
        text("p\nq\n"),
        "a: |\n  p\n  q\nb: 1\n",
    );
    sets(
        "a: |\n  x\n     \n\nb: 1\n",
        "a",
        text("p"),
        "a: p\n\nb: 1\n",
    );
    sets("a: |\n  x", "a", text("p\nq\n"), "a: |\n  p\n  q");
    sets(
        "a: x\n  u\n  z # why\nb: 1\n",
        "a",
        text("w"),
        "a: w # why\nb: 1\n",
    );
    sets("a: 'x\n\n  u'\nb: 1\n", "a", text("w"), "a: 'w'\nb: 1\n");
    sets(
        "a: \"x \\\n  u\" # why\nb: 1\n",
        "a",
        text("w"),
        "a: \"w\" # why\nb: 1\n",
    );
}

#[test]
fn what_already_stands_there_changes_nothing() {
    let cases = [
        ("id: 045\n", "id", text("045")),
        ("id: 045\n", "id", Value::Int(45)),
        ("a: no\n", "a", text("no")),
        ("a: 1.10\n", "a", text("1.10")),
        ("a: 1.10\n", "a", Value::Float(1.1)),
        ("a: 0x1F\n", "a", Value::Int(31)),
        ("a:   \"x\"   # why\n", "a", text("x")),
        ("a: ~\n", "a", Value::Null),
        ("a:\n", "a", Value::Null),
        ("a: >-\n  x\n  u\n", "a", text("x u")),
        ("a:\n  - x # 1\n  - 'u'\n", "a", super::list(&["x", "u"])),
        ("a: [ 1.10 , no ]\n", "a", super::list(&["1.10", "no"])),
        (
            "a: {b: [1], c: d}\n",
            "a",
            Value::Map(vec![
                ("b".into(), Value::List(vec![Value::Int(1)])),
                ("c".into(), text("d")),
            ]),
        ),
        ("a: &x 1\nb: *x\n", "a", Value::Int(1)),
        ("a: &x 1\nb: *x\n", "b", Value::Int(1)),
        ("a: !!str 5\n", "a", text("5")),
    ];
    for (before, key, value) in cases {
        sets(before, key, value, before);
    }
}

#[test]
fn anchors_and_tags() {
    sets("a: &x 1\nb: 2\n", "a", Value::Int(3), "a: &x 3\nb: 2\n");
    sets("a: &x 1\nb: *x\n", "b", Value::Int(3), "a: &x 1\nb: 3\n");
    sets(
        "a: &x [1]\nb: *x # why\n",
        "b",
        super::list(&["u"]),
        "a: &x [1]\nb: [u] # why\n",
    );
    sets("a: !!str 5\n", "a", Value::Int(6), "a: 6\n");
    sets("a: !!str 5\n", "a", text("6"), "a: '6'\n");
    sets(
        "a: !custom 5 # why\n",
        "a",
        text("x"),
        "a: !custom x # why\n",
    );
    sets("a: !custom\n  - x\n", "a", text("u"), "a: !custom u\n");
    sets(
        "a: &x # why\n  - x\nb: 1\n",
        "a",
        text("u"),
        "a: &x u # why\nb: 1\n",
    );
}
