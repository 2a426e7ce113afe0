//! What a front matter says, and where.

use super::{list, text};
use crate::yaml::{Position, Value, parse};

fn value(written: &str) -> Value {
    parse(&format!("a: {written}\n"))
        .unwrap()
        .get("a")
        .unwrap()
        .value()
}

#[test]
fn scalars_mean_what_the_core_schema_says() {
    let cases = [
        ("", Value::Null),
        ("~", Value::Null),
        ("null", Value::Null),
        ("NULL", Value::Null),
        ("nUll", text("nUll")),
        ("'null'", text("null")),
        ("''", text("")),
        ("true", Value::Bool(true)),
        ("False", Value::Bool(false)),
        ("yes", text("yes")),
        ("off", text("off")),
        ("12", Value::Int(12)),
        ("-12", Value::Int(-12)),
        ("+12", Value::Int(12)),
        ("045", Value::Int(45)),
        ("0o17", Value::Int(15)),
        ("0x1F", Value::Int(31)),
        ("0b11", text("0b11")),
        ("1_000", text("1_000")),
        ("0x", text("0x")),
        ("12:30:45", text("12:30:45")),
        ("9007199254740992", Value::Int(1 << 53)),
        ("9007199254740993", text("9007199254740993")),
        (
            "123456789012345678901234567890",
            text("123456789012345678901234567890"),
        ),
        ("0xFFFFFFFFFFFFFFFF", text("0xFFFFFFFFFFFFFFFF")),
        ("1.10", Value::Float(1.1)),
        ("1.", Value::Float(1.0)),
        (".5", Value::Float(0.5)),
        ("1e3", Value::Float(1000.0)),
        ("1.5E-3", Value::Float(0.0015)),
        (".", text(".")),
        ("e3", text("e3")),
        ("1e", text("1e")),
        ("1e400", text("1e400")),
        ("1e-400", text("1e-400")),
        (".inf", text(".inf")),
        ("-.Inf", text("-.Inf")),
        (".nan", text(".nan")),
        ("2026-01-15", text("2026-01-15")),
        ("!!str 5", text("5")),
        ("! 5", text("5")),
        ("!<tag:yaml.org,2002:str> 5", text("5")),
        ("!!str", text("")),
        ("!!int '5'", Value::Int(5)),
        ("!!int x", text("x")),
        ("!!float 1", Value::Float(1.0)),
        ("!!null ''", Value::Null),
        ("!!python/object 5", Value::Int(5)),
        ("!include x.yaml", text("x.yaml")),
        (
            "[a, 'b', [c]]",
            Value::List(vec![text("a"), text("b"), list(&["c"])]),
        ),
        (
            "{a: 1, 2: b}",
            Value::Map(vec![("a".into(), Value::Int(1)), ("2".into(), text("b"))]),
        ),
        ("|\n  x\n\n  y\n", text("x\n\ny\n")),
        (">-\n  x\n  y\n", text("x y")),
        ("\"\\u00e9\\n\"", text("é\n")),
    ];
    for (written, expected) in cases {
        assert_eq!(value(written), expected, "{written:?}");
    }
}

#[test]
fn text_is_what_was_typed() {
    let cases = [
        ("045", Some("045")),
        ("no", Some("no")),
        ("1.10", Some("1.10")),
        ("true", Some("true")),
        ("'it''s'", Some("it's")),
        ("''", Some("")),
        ("", None),
        ("~", None),
        ("[a]", None),
        ("{a: b}", None),
    ];
    for (written, expected) in cases {
        let mapping = parse(&format!("a: {written}\n")).unwrap();
        assert_eq!(mapping.get("a").unwrap().text(), expected, "{written:?}");
    }
}

#[test]
fn aliases_stand_for_what_they_name() {
    let mapping = parse("a: &x [1, &y 2]\nb: *x\nc: {d: *y}\n<<: *x\n&k k: 1\nl: *k\n").unwrap();
    assert_eq!(
        mapping.get("b").unwrap().value(),
        mapping.get("a").unwrap().value()
    );
    assert_eq!(
        mapping.get("c").unwrap().value(),
        Value::Map(vec![("d".into(), Value::Int(2))])
    );
    assert_eq!(mapping.get("<<").unwrap().items().map(<[_]>::len), Some(2));
    assert_eq!(mapping.get("l").unwrap().text(), Some("k"));
    assert_eq!(mapping.get("m").map(|node| node.value()), None);
}

#[test]
fn everything_has_its_place() {
    let mapping = parse("# é\nä: x\nb:   'y'\nc:\n  - z\n").unwrap();
    let places: Vec<_> = mapping
        .entries
        .iter()
        .map(|entry| (entry.at, entry.node.at))
        .collect();
    let at = |line, column| Position { line, column };
    assert_eq!(
        places,
        [
            (at(2, 1), at(2, 4)),
            (at(3, 1), at(3, 6)),
            (at(4, 1), at(5, 3))
        ]
    );
}

#[test]
fn nothing_is_an_empty_mapping() {
    for text in ["", "\n", "# only\n", "  \n\t\n", "\r\n# x"] {
        assert!(parse(text).unwrap().entries.is_empty(), "{text:?}");
    }
}

#[test]
fn sixteen_levels_are_enough_and_allowed() {
    let nested = format!("a: {}{}", "[".repeat(15), "]".repeat(15));
    assert!(parse(&nested).is_ok());
}
