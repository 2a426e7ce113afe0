//! Lists: block stays block, flow stays flow, and items that stay keep their bytes.

use super::{list, sets, text};
use crate::yaml::Value;

const BLOCK: &[(&str, &[&str], &str)] = &[
    (
        "a:\n  - x\n  - u\n",
        &["x", "u", "z"],
        "a:\n  - x\n  - u\n  - z\n",
    ),
    (
        "a:\n  - x\n  - u\n",
        &["z", "x", "u"],
        "a:\n  - z\n  - x\n  - u\n",
    ),
    (
        "a:\n  - x\n  - u\n",
        &["x", "z", "u"],
        "a:\n  - x\n  - z\n  - u\n",
    ),
    ("a:\n  - x\n  - u\nb: 1\n", &["x"], "a:\n  - x\nb: 1\n"),
    ("a:\n  - x\n  - u\nb: 1\n", &["u"], "a:\n  - u\nb: 1\n"),
    ("a:\n- x\n- u\nb: 1\n", &["x", "z"], "a:\n- x\n- z\nb: 1\n"),
    (
        "a:\n      -   x\nb: 1\n",
        &["x", "z"],
        "a:\n      -   x\n      -   z\nb: 1\n",
    ),
    ("a:\n  - x", &["x", "z"], "a:\n  - x\n  - z"),
    ("a:\n  - x\n  - u", &["x"], "a:\n  - x"),
    ("a:\n  - x", &[], "a: []"),
    ("a:\n  - x\nb: 1\n", &[], "a: []\nb: 1\n"),
    ("a: # why\n  - x # 1\nb: 1\n", &[], "a: [] # why\nb: 1\n"),
    (
        "a:\n  # above\n  - x\n\n  # below\n  - u\n# end\n",
        &[],
        "a: []\n  # above\n\n  # below\n# end\n",
    ),
    (
        "a:\r\n  - x\r\nb: 1\r\n",
        &["x", "u"],
        "a:\r\n  - x\r\n  - u\r\nb: 1\r\n",
    ),
    ("a:\r\n  - x\r\n  - u\r\n", &["u"], "a:\r\n  - u\r\n"),
    (
        "a:\n  - x # 1\n  - u # 2\n  - z # 3\n",
        &["x", "z"],
        "a:\n  - x # 1\n  - z # 3\n",
    ),
    (
        "a:\n  - x # 1\n  - u # 2\n  - z # 3\n",
        &["x", "w", "z"],
        "a:\n  - x # 1\n  - w # 2\n  - z # 3\n",
    ),
    (
        "a:\n  - x # 1\n  - u # 2\n",
        &["u", "x"],
        "a:\n  - u # 2\n  - x # 1\n",
    ),
    (
        "a:\n  # on x\n  - x\n  # on u\n  - u\n",
        &["u"],
        "a:\n  # on x\n  # on u\n  - u\n",
    ),
    (
        "a:\n  # on x\n  - x\n  # on u\n  - u\n",
        &["x"],
        "a:\n  # on x\n  - x\n  # on u\n",
    ),
    (
        "a:\n  - x\n\n  - u\n  # between\n  - z\n  - w\n",
        &["x", "w"],
        "a:\n  - x\n\n  # between\n  - w\n",
    ),
    (
        "a:\n  - 'x'\n  - 'u'\n",
        &["x", "z"],
        "a:\n  - 'x'\n  - 'z'\n",
    ),
    ("a:\n  - '@x'\n", &["@x", "z"], "a:\n  - '@x'\n  - 'z'\n"),
    ("a:\n  - \"x\"\n", &["x", "z"], "a:\n  - \"x\"\n  - \"z\"\n"),
    (
        "a:\n  - 'x'\n  - u\n",
        &["x", "u", "z"],
        "a:\n  - 'x'\n  - u\n  - z\n",
    ),
    ("a:\n  - x\n", &["x", "@z"], "a:\n  - x\n  - '@z'\n"),
    ("a:\n  - x\n", &["x", "a, b"], "a:\n  - x\n  - a, b\n"),
    ("a:\n  - x\n", &["x", "p\nq"], "a:\n  - x\n  - \"p\\nq\"\n"),
    (
        "a:\n  - >-\n    x\n    u\n\n  - z\n",
        &["x u", "z", "w"],
        "a:\n  - >-\n    x\n    u\n\n  - z\n  - w\n",
    ),
    ("a:\n  - >-\n    x\n    u\n  - z\n", &["z"], "a:\n  - z\n"),
    (
        "a:\n  - z\n  - >-\n    x\n    u\n",
        &["z", "w"],
        "a:\n  - z\n  - w\n",
    ),
    ("a:\n  -\n  - x\n", &["u", "x"], "a:\n  - u\n  - x\n"),
    (
        "a:\n  - 045\n  - no\n",
        &["045", "no", "x"],
        "a:\n  - 045\n  - no\n  - x\n",
    ),
    ("? a\n: - x\n  - u\nb: 1\n", &["x"], "? a\n: - x\nb: 1\n"),
];

#[test]
fn block_lists_change_by_the_line() {
    for &(before, new, after) in BLOCK {
        sets(before, "a", list(new), after);
    }
}

const FLOW: &[(&str, &[&str], &str)] = &[
    ("a: [x, u]\n", &["x", "u", "z"], "a: [x, u, z]\n"),
    ("a: [x, u]\n", &["z", "x", "u"], "a: [z, x, u]\n"),
    ("a: [x, u]\n", &["x", "z", "u"], "a: [x, z, u]\n"),
    ("a: [x, u, z]\n", &["x", "z"], "a: [x, z]\n"),
    ("a: [x, u, z]\n", &["u", "z"], "a: [u, z]\n"),
    ("a: [x, u, z]\n", &["x", "u"], "a: [x, u]\n"),
    ("a: [x, u, z]\n", &["x", "w", "z"], "a: [x, w, z]\n"),
    ("a: [x, u, z]\n", &["z"], "a: [z]\n"),
    ("a: [x, u, z, w]\n", &["x", "z"], "a: [x, z]\n"),
    ("a: ['x']\n", &["x", "u"], "a: ['x', 'u']\n"),
    ("a: [\"x\", \"u\"]\n", &["x", "w"], "a: [\"x\", \"w\"]\n"),
    ("a: [x,u]\n", &["x", "u", "z"], "a: [x,u,z]\n"),
    ("a: [ x , u ]\n", &["x", "u", "z"], "a: [ x , u , z ]\n"),
    ("a: [x, u,]\n", &["x", "u", "z"], "a: [x, u, z,]\n"),
    ("a: [x, u,]\n", &["x"], "a: [x,]\n"),
    ("a: [x] # why\n", &["x", "a, b"], "a: [x, 'a, b'] # why\n"),
    ("a: [x]\n", &["x", "a:b"], "a: [x, 'a:b']\n"),
    ("a: [x]\n", &["x", "[u]"], "a: [x, '[u]']\n"),
    ("a: []\n", &["x", "u"], "a: [x, u]\n"),
    ("a: [ ] # why\n", &["x"], "a: [x] # why\n"),
    ("a: [x, u] # why\n", &[], "a: [] # why\n"),
    (
        "a: [\n  x,\n  u\n]\n",
        &["x", "u", "z"],
        "a: [\n  x,\n  u,\n  z\n]\n",
    ),
    (
        "a: [\r\n  x\r\n]\r\n",
        &["x", "u"],
        "a: [\r\n  x,\r\n  u\r\n]\r\n",
    ),
    (
        "a: [\n  x, # 1\n  u # 2\n]\n",
        &["x", "u", "z"],
        "a: [\n  x, # 1\n  u, # 2\n  z\n]\n",
    ),
    (
        "a: [\n  x, # 1\n  u, # 2\n]\n",
        &["x", "u", "z"],
        "a: [\n  x, # 1\n  u, # 2\n  z\n]\n",
    ),
    (
        "a: [\n  x, # 1\n  u # 2\n]\n",
        &["x", "w"],
        "a: [\n  x, # 1\n  w # 2\n]\n",
    ),
    (
        "a: [\n  x, # 1\n  u # 2\n]\n",
        &["x"],
        "a: [\n  x, # 1\n]\n",
    ),
    ("a: [\n  x, # 1\n  u # 2\n]\n", &["u"], "a: [\n  u # 2\n]\n"),
    (
        "a: [\n  x, # 1\n  u, # 2\n  z # 3\n]\n",
        &["x", "z"],
        "a: [\n  x, # 1\n  z # 3\n]\n",
    ),
    ("a: [x, {b: 1}, [c]]\n", &["x"], "a: [x]\n"),
    ("a: [x, 'u']\n", &["u", "x"], "a: ['u', x]\n"),
    ("a:\n  [x,\n   u]\nb: 1\n", &["x"], "a:\n  [x]\nb: 1\n"),
    ("a: [&k x, !t u]\n", &["x", "z"], "a: [&k x, !t z]\n"),
];

#[test]
fn flow_lists_change_by_the_item() {
    for &(before, new, after) in FLOW {
        sets(before, "a", list(new), after);
    }
}

#[test]
fn between_lists_and_everything_else() {
    sets(
        "assignee: ana\n",
        "assignee",
        list(&["ana", "bo"]),
        "assignee: [ana, bo]\n",
    );
    sets(
        "assignee: '@ana' # why\n",
        "assignee",
        list(&["@ana", "@bo"]),
        "assignee: ['@ana', '@bo'] # why\n",
    );
    sets("a:\nb: 1\n", "a", list(&["x"]), "a: [x]\nb: 1\n");
    sets(
        "a: >-\n  x\n  u\nb: 1\n",
        "a",
        list(&["x u"]),
        "a: [x u]\nb: 1\n",
    );
    sets(
        "a: # why\n  - x\n  - u # 2\nb: 1\n",
        "a",
        text("z"),
        "a: z # why\nb: 1\n",
    );
    sets(
        "a: # why\n  k: v\n  l:\n    - 1\nb: 1\n",
        "a",
        text("z"),
        "a: z # why\nb: 1\n",
    );
    sets(
        "a:\n  k: v\n\nb: 1\n",
        "a",
        list(&["x"]),
        "a: [x]\n\nb: 1\n",
    );
    sets("a: {k: v}\n", "a", list(&["x"]), "a: [x]\n");
}

#[test]
fn items_that_parsers_disagree_on_may_stay() {
    for odd in [
        "9007199254740993",
        ".inf",
        "0b11",
        "1e300",
        "045",
        "no",
        "12:30",
        "1_000",
    ] {
        let asked = list(&[odd, "x", "new"]);
        sets(
            &format!("a: [{odd}, x]\n"),
            "a",
            asked.clone(),
            &format!("a: [{odd}, x, new]\n"),
        );
        sets(
            &format!("a:\n  - {odd}\n  - x\n"),
            "a",
            asked,
            &format!("a:\n  - {odd}\n  - x\n  - new\n"),
        );
    }
}

#[test]
fn long_lists_are_compared_in_time() {
    let old: Vec<String> = (0..9_000).map(|n| format!("{n:04}")).collect();
    let new: Vec<&str> = old.iter().rev().map(String::as_str).collect();
    let text = format!("a: [{}]\n", old.join(","));
    let begun = std::time::Instant::now();
    assert!(super::set(&text, "a", list(&new)).is_ok());
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(5),
        "took {:?}",
        begun.elapsed()
    );
}

#[test]
fn maps_and_nested_lists() {
    let map = || Value::Map(vec![("k".into(), text("w"))]);
    sets("a:\n  k: v\nb: 1\n", "a", map(), "a:\n  k: w\nb: 1\n");
    sets("a: {k: v} # why\n", "a", map(), "a: {k: w} # why\n");
    sets(
        "a:\n  - x\n",
        "a",
        Value::List(vec![text("x"), map()]),
        "a:\n  - x\n  - {k: w}\n",
    );
    sets(
        "a:\n  - k: v\n    l: 1\n  - x\n",
        "a",
        Value::List(vec![map(), text("x")]),
        "a:\n  - k: w\n  - x\n",
    );
    sets(
        "a:\n  - - x\n    - u\n  - z\n",
        "a",
        Value::List(vec![list(&["x"]), text("z")]),
        "a:\n  - - x\n  - z\n",
    );
    sets(
        "a:\n  -\n    - x\n    - u\n  - z\n",
        "a",
        Value::List(vec![list(&["x"]), text("z")]),
        "a:\n  -\n    - x\n  - z\n",
    );
    sets(
        "a: &k # why\n  - x\nb: 1\n",
        "a",
        list(&["x", "u"]),
        "a: &k # why\n  - x\n  - u\nb: 1\n",
    );
    sets(
        "a: &k\n  - x\nb: *k\n",
        "b",
        list(&["u"]),
        "a: &k\n  - x\nb: [u]\n",
    );
    sets(
        "a: [1, 2]\n",
        "a",
        Value::List(vec![Value::Int(1), Value::Int(3)]),
        "a: [1, 3]\n",
    );
}
