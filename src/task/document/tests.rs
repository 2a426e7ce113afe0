//! What a file's bytes say.

use super::*;

fn read_at(path: &str, bytes: &[u8]) -> Reading {
    let times = FileTimes {
        created: "2026-01-01T00:00:00Z".into(),
        modified: "2026-01-02T00:00:00Z".into(),
    };
    read(
        &TaskPath::parse(path).unwrap(),
        bytes,
        &times,
        &Settings::default(),
    )
}

fn task(text: &str) -> Arc<Task> {
    let reading = read_at("dir/file stem.md", text.as_bytes());
    reading
        .task
        .unwrap_or_else(|| panic!("{:?}", reading.problems))
}

/// `line:column code` of every problem.
fn problems(bytes: &[u8]) -> Vec<String> {
    let problems = read_at("a.md", bytes).problems;
    problems
        .iter()
        .map(|p| format!("{}:{} {}", p.line, p.column, p.kind.code()))
        .collect()
}

#[test]
fn every_field_by_its_own_key() {
    let task = task(
        "---\nid: 045\ntitle: A title\nstatus: To Do\npriority: high\nassignees: [ana, bo]\ntags: one\n\
         due_date: 2026-12-01\ndepends_on: [1, T-2]\nparent: 1.10\nposition: 2.5\ncreated_at: 2026-01-15\n\
         updated_at: '2026-01-16 10:00'\nestimate: 3\nnested: {a: [1, null]}\n---\n\nBody\n",
    );
    assert_eq!(
        (task.id.as_str(), task.title.as_str(), task.status.as_str()),
        ("045", "A title", "To Do")
    );
    assert_eq!(
        (task.priority.as_deref(), task.parent.as_deref()),
        (Some("high"), Some("1.10"))
    );
    assert_eq!(task.assignees, ["ana", "bo"]);
    assert_eq!(task.tags, ["one"]);
    assert_eq!(task.depends_on, ["1", "T-2"]);
    assert_eq!(
        (task.due_date.as_deref(), task.position),
        (Some("2026-12-01"), Some(2.5))
    );
    assert_eq!(task.created_at, Moment::Typed("2026-01-15".into()));
    assert_eq!(task.updated_at, Moment::Typed("2026-01-16 10:00".into()));
    assert_eq!(task.body, "Body\n");
    let keys: Vec<_> = task.metadata.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["estimate", "nested"]);
}

#[test]
fn every_field_by_every_alias() {
    for field in Field::ALL {
        for key in field.keys() {
            let value = if field == Field::Position {
                "7"
            } else {
                "seven"
            };
            let task = task(&format!("---\n{key}: {value}\n---\n"));
            let expected = match field.shape() {
                super::super::field::Shape::TextList => {
                    Value::List(vec![Value::Text(value.into())])
                }
                super::super::field::Shape::OptionalNumber => Value::Int(7),
                super::super::field::Shape::Text | super::super::field::Shape::OptionalText => {
                    Value::Text(value.into())
                }
            };
            assert_eq!(task.value(field), expected, "{key}");
            assert!(task.metadata.is_empty(), "{key}");
        }
    }
}

#[test]
fn what_stands_in_for_what_is_missing() {
    let empty = task("");
    assert_eq!(
        (empty.id.as_str(), empty.title.as_str()),
        ("file stem", "file stem")
    );
    assert_eq!((empty.status.as_str(), empty.body.as_str()), ("open", ""));
    assert_eq!(
        empty.created_at,
        Moment::Derived("2026-01-01T00:00:00Z".into())
    );
    assert_eq!(
        empty.updated_at,
        Moment::Derived("2026-01-02T00:00:00Z".into())
    );
    assert_eq!(
        task("text\n\n## The `first` *heading*\n\n# second\n").title,
        "The first heading"
    );
    assert_eq!(task("Setext\n======\n").title, "Setext");
    assert_eq!(task("```\n# code\n```\n").title, "file stem");
    assert_eq!(
        task("---\ntitle:\nassignees:\nid: ~\n---\n# H\n").title,
        "H"
    );
    assert_eq!(task("---\ntitle: ' '\n---\n").title, "file stem");
}

#[test]
fn where_the_parts_end() {
    let body = |text: &str| task(text).body.clone();
    assert_eq!(body("---\nid: x\n---\nbody"), "body");
    assert_eq!(body("---\nid: x\n---\n\n\nbody\n"), "body\n");
    assert_eq!(
        body("\u{feff}---\r\nid: x\r\n---\r\n\r\nbody\r\n"),
        "body\r\n"
    );
    assert_eq!(body("---  \nid: x\n---\t\nbody"), "body");
    assert_eq!(body("---\n---\nbody"), "body");
    assert_eq!(body("---\nid: x\n---"), "");
    assert_eq!(body(" ---\nno front matter\n"), " ---\nno front matter\n");
    assert_eq!(body("----\nno front matter\n"), "----\nno front matter\n");
    assert_eq!(
        body("---\nid: x\n---\n---\na: b\n---\n"),
        "---\na: b\n---\n"
    );
    assert_eq!(task("---\nid: x\ntext: |\n  ---\n---\nbody").body, "body");
}

#[test]
fn what_cannot_be_understood_is_told_with_its_place() {
    assert_eq!(problems(b"one\ntwo\xff"), ["2:1 not_utf8"]);
    assert_eq!(problems(b"---\nid: x\n"), ["1:1 front_matter_not_closed"]);
    assert_eq!(problems(b"---\nid: x\nid: y\n---\n"), ["3:1 duplicate_key"]);
    assert_eq!(problems(b"---\n- a\n---\n").len(), 1);
    assert_eq!(problems(b"---\nid: a/b\n---\n"), ["2:5 invalid_id"]);
    assert_eq!(problems(b"---\nid: [a]\n---\n"), ["2:5 invalid_id"]);
    assert_eq!(problems(b"---\ntags: {a: 1}\n---\n"), ["2:7 wrong_type"]);
    assert_eq!(
        problems(b"---\nposition: first\n---\n"),
        ["2:11 wrong_type"]
    );
    assert_eq!(
        problems(b"---\ntags: [a]\nlabels: [b]\n---\n"),
        ["3:9 two_keys"]
    );
    let nested = format!("---\na: {}\n---\n", "[".repeat(60_000));
    assert_eq!(problems(nested.as_bytes()).len(), 1);
    let long = format!("---\na: {}\n---\n", "x".repeat(70_000));
    assert_eq!(problems(long.as_bytes()).len(), 1);
}
