//! New keys, and keys that go.

use super::{list, removes, set, sets, text};
use crate::yaml::{Edit, Value, edit};

const INSERTED: &[(&str, &str)] = &[
    ("a: 1\n", "a: 1\nk: x\n"),
    ("a: 1", "a: 1\nk: x"),
    ("", "k: x\n"),
    ("\n", "\nk: x\n"),
    ("# only\n", "# only\nk: x\n"),
    ("# only", "# only\nk: x"),
    ("# only\r\n", "# only\r\nk: x\r\n"),
    ("a: 1\r\n", "a: 1\r\nk: x\r\n"),
    ("a: 1\r\nb: 2", "a: 1\r\nb: 2\r\nk: x"),
    ("a: 1\r\nb: 2\n", "a: 1\r\nb: 2\nk: x\n"),
    ("a: 1\rb: 2\r", "a: 1\rb: 2\rk: x\r"),
    ("a: 1 # why\n# end\n", "a: 1 # why\nk: x\n# end\n"),
    ("a: 1\n\n\n", "a: 1\nk: x\n\n\n"),
    ("  a: 1\n  b: 2\n", "  a: 1\n  b: 2\n  k: x\n"),
    ("a:\n", "a:\nk: x\n"),
    ("a:", "a:\nk: x"),
    ("a: |\n  t\n\n# end\n", "a: |\n  t\nk: x\n\n# end\n"),
    ("a: |\n  t", "a: |\n  t\nk: x"),
    ("a: |+\n  t\n\n", "a: |+\n  t\n\nk: x\n"),
    ("a: >-\n  t\n  u\n", "a: >-\n  t\n  u\nk: x\n"),
    ("a:\n  - 1\n  - 2 # two\n", "a:\n  - 1\n  - 2 # two\nk: x\n"),
    (
        "a:\n  - 1\n  # - 2\n# end\n",
        "a:\n  - 1\n  # - 2\nk: x\n# end\n",
    ),
    ("a:\n- 1\n", "a:\n- 1\nk: x\n"),
    (
        "a:\n  b:\n    c: [1,\n      2]\n",
        "a:\n  b:\n    c: [1,\n      2]\nk: x\n",
    ),
    ("a: 'p\n\n  q'\n", "a: 'p\n\n  q'\nk: x\n"),
    ("a: &m 1\nb: *m\n", "a: &m 1\nb: *m\nk: x\n"),
    ("? a\n: 1\n", "? a\n: 1\nk: x\n"),
    (
        "a: 123456789012345678901234567890\nb: !odd 1\n",
        "a: 123456789012345678901234567890\nb: !odd 1\nk: x\n",
    ),
    ("<<: {p: 1}\n", "<<: {p: 1}\nk: x\n"),
    ("{a: 1}\n", "{a: 1, k: x}\n"),
    ("{}\n", "{k: x}\n"),
    ("{\"a\":1,\"b\":[]}", "{\"a\":1,\"b\":[],\"k\": \"x\"}"),
    ("{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n  \"k\": \"x\"\n}\n"),
    ("{\n  a: 1, # why\n}\n", "{\n  a: 1, # why\n  k: x\n}\n"),
];

#[test]
fn a_new_key_goes_behind_the_last_entry() {
    for &(before, after) in INSERTED {
        sets(before, "k", text("x"), after);
    }
}

#[test]
fn an_empty_text_takes_the_files_line_end() {
    let edits = [
        Edit {
            key: "a".into(),
            value: Some(text("x")),
        },
        Edit {
            key: "b".into(),
            value: Some(list(&["u"])),
        },
    ];
    assert_eq!(edit("", &edits, "\r\n").unwrap(), "a: x\r\nb: [u]\r\n");
    assert_eq!(
        edit("z: 1", &edits, "\r\n").unwrap(),
        "z: 1\r\na: x\r\nb: [u]"
    );
}

#[test]
fn odd_keys_are_quoted() {
    let keys = [
        ("no", "'no'"),
        ("1", "'1'"),
        ("a: b", "'a: b'"),
        ("", "''"),
        ("<<", "'<<'"),
        ("é", "é"),
        ("a b", "a b"),
        ("p\nq", "\"p\\nq\""),
    ];
    for (key, written) in keys {
        sets("a: 1\n", key, text("x"), &format!("a: 1\n{written}: x\n"));
    }
    assert_eq!(
        set("a: 1\n", "__proto__", Value::Null).unwrap(),
        "a: 1\n__proto__: null\n"
    );
}

const REMOVED: &[(&str, &str)] = &[
    ("r: 1\nb: 2\n", "b: 2\n"),
    ("a: 1\nr: 2\n", "a: 1\n"),
    ("a: 1\nr: 2", "a: 1"),
    ("r: 2", ""),
    ("a: 1\r\nr: 2\r\nb: 3\r\n", "a: 1\r\nb: 3\r\n"),
    (
        "# on r\nr: 1 # why\n# on b\nb: 2\n",
        "# on r\n# on b\nb: 2\n",
    ),
    (
        "r:\n  - 1\n  # in\n  - 2 # two\n  # below\nb: 2\n",
        "  # below\nb: 2\n",
    ),
    ("r: |\n  t\n\n  u\n\nb: 2\n", "\nb: 2\n"),
    ("r: |+\n  t\n\n\nb: 2\n", "b: 2\n"),
    ("r: |\nb: 2\n", "b: 2\n"),
    ("r: >-\n  t\n  u\nb: 2\n", "b: 2\n"),
    ("r:\nb: 2\n", "b: 2\n"),
    ("r: {p: 1,\n  q: 2} # why\nb: 2\n", "b: 2\n"),
    ("r: p\n  q\nb: 2\n", "b: 2\n"),
    ("r:\n  p:\n    - 1\nb: 2\n", "b: 2\n"),
    ("? r\n: 1\nb: 2\n", "b: 2\n"),
    ("? r\nb: 2\n", "b: 2\n"),
    ("&m r: 1\nb: 2\n", "b: 2\n"),
    ("a: &m 1\nr: *m\n", "a: &m 1\n"),
    ("r: &m 1\nb: 2\n", "b: 2\n"),
    ("r: &m [1]\nb: &m [2]\nc: *m\n", "b: &m [2]\nc: *m\n"),
    ("{r: 1, b: 2}\n", "{b: 2}\n"),
    ("{a: 1, r: 2}\n", "{a: 1}\n"),
    ("{a: 1, r, b: 2}\n", "{a: 1, b: 2}\n"),
    ("{ r: 1 }\n", "{}\n"),
    ("{\n  \"a\": 1,\n  \"r\": 2\n}\n", "{\n  \"a\": 1\n}\n"),
    ("a: 1\n", "a: 1\n"),
    ("", ""),
];

#[test]
fn an_entry_goes_with_its_lines_and_nothing_else() {
    for &(before, after) in REMOVED {
        removes(before, "r", after);
    }
}

#[test]
fn a_flow_root_is_edited_inside_its_braces() {
    sets("{a: 1, b: 2}\n", "a", text("x"), "{a: x, b: 2}\n");
    sets("{a: 1, b: 2}\n", "b", text("x, u"), "{a: 1, b: 'x, u'}\n");
    sets("{a, b: 2}\n", "a", text("x"), "{a: x, b: 2}\n");
    sets("{a: , b: 2}\n", "a", text("x"), "{a: x , b: 2}\n");
    sets(
        "{\"a\":1,\"b\":\"x\"}",
        "a",
        text("u"),
        "{\"a\":\"u\",\"b\":\"x\"}",
    );
    sets(
        "{\"a\":1,\"b\":[\"x\"]}",
        "b",
        list(&["x", "u"]),
        "{\"a\":1,\"b\":[\"x\", \"u\"]}",
    );
    sets(
        "{\"a\": []}",
        "a",
        list(&["x", "u"]),
        "{\"a\": [\"x\", \"u\"]}",
    );
}
