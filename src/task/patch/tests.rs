//! What a patch does to a file's text: the named keys, and nothing else.

use super::*;
use crate::name::TaskPath;
use crate::project::settings::Settings;
use crate::task::document::{self, FileTimes};
use std::sync::Arc;

fn now() -> Timestamp {
    "2026-11-22T10:20:30.456Z".parse().unwrap()
}

fn read(text: &str) -> Arc<Task> {
    let times = FileTimes {
        created: "2026-01-01T00:00:00Z".into(),
        modified: "2026-01-02T00:00:00Z".into(),
    };
    let path = TaskPath::parse("T-1.md").unwrap();
    document::read(&path, text.as_bytes(), &times, &Settings::default())
        .task
        .unwrap()
}

/// A patch of these fields; `None` removes.
fn patch(fields: &[(Field, Option<Value>)]) -> Patch {
    let mut patch = Patch::default();
    for (field, value) in fields {
        patch.set(*field, value.clone()).unwrap();
    }
    patch
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

fn list(items: &[&str]) -> Option<Value> {
    Some(Value::List(
        items
            .iter()
            .map(|&item| Value::Text(item.to_owned()))
            .collect(),
    ))
}

fn apply(patch: &Patch, to: &str) -> Result<String, PatchError> {
    patch.apply(to, &read(to), now())
}

#[test]
fn a_field_is_written_under_the_key_that_the_file_uses() {
    let file = "---\nid: T-1   # mine\nname: 'One'\nstate: open\nassignee: ana\nlabels:\n  - a\n---\nbody\n";
    let change = patch(&[
        (Field::Title, text("Two")),
        (Field::Status, text("done")),
        (Field::Assignees, list(&["bo"])),
        (Field::Tags, list(&["a", "b"])),
    ]);
    let expected = "---\nid: T-1   # mine\nname: 'Two'\nstate: done\nassignee: bo\nlabels:\n  - a\n  - b\n---\nbody\n";
    assert_eq!(apply(&change, file).unwrap(), expected);
}

#[test]
fn what_the_task_shows_already_is_not_written() {
    let file = "---\nid: T-1\n---\n# Heading\n";
    let change = patch(&[
        (Field::Title, text("Heading")),
        (Field::Status, text("open")),
        (Field::Tags, list(&[])),
        (Field::Priority, None),
        (Field::CreatedAt, text("2026-01-01T00:00:00Z")),
    ]);
    assert_eq!(apply(&change, file).unwrap(), file);
}

#[test]
fn the_files_own_time_moves_on_in_its_own_form_and_only_with_a_change() {
    for (old, new) in [
        ("2026-08-08", "2026-11-22"),
        ("'2026-08-08 15:14'", "'2026-11-22 10:20'"),
        ("2026-08-08T15:14", "2026-11-22T10:20"),
        ("2026-08-08 15:14:01", "2026-11-22 10:20:30"),
        ("2026-08-08T15:14:01Z", "2026-11-22T10:20:30Z"),
        ("2026-08-08T15:14:01.123Z", "2026-11-22T10:20:30.456Z"),
        ("2026-08-08T15:14:01+02:00", "2026-11-22T10:20:30Z"),
    ] {
        let file = |status: &str, time: &str| {
            format!("---\nstatus: {status}\nupdated_date: {time}\n---\n")
        };
        let done = apply(&patch(&[(Field::Status, text("done"))]), &file("open", old)).unwrap();
        assert_eq!(done, file("done", new), "{old}");
        let same = apply(&patch(&[(Field::Status, text("open"))]), &file("open", old)).unwrap();
        assert_eq!(same, file("open", old), "{old}");
    }
}

#[test]
fn a_note_without_front_matter_gets_one() {
    let done = patch(&[(Field::Status, text("done"))]);
    assert_eq!(
        apply(&done, "# Note\n").unwrap(),
        "---\nstatus: done\n---\n\n# Note\n"
    );
    assert_eq!(
        apply(&done, "\u{feff}# Note\r\n").unwrap(),
        "\u{feff}---\r\nstatus: done\r\n---\r\n\r\n# Note\r\n"
    );
    assert_eq!(apply(&done, "").unwrap(), "---\nstatus: done\n---\n");
}

#[test]
fn a_body_is_replaced_and_the_gap_above_it_stays() {
    let body = |text: &str| Patch {
        body: Some(text.to_owned()),
        ..Patch::default()
    };
    for (file, new, expected) in [
        (
            "---\nid: T-1\n---\n\n\nold\n",
            "new",
            "---\nid: T-1\n---\n\n\nnew",
        ),
        (
            "---\nid: T-1\n---\nold\n",
            "new\n",
            "---\nid: T-1\n---\nnew\n",
        ),
        ("---\nid: T-1\n---\n", "new\n", "---\nid: T-1\n---\n\nnew\n"),
        ("---\nid: T-1\n---", "new\n", "---\nid: T-1\n---\n\nnew\n"),
        (
            "---\r\nid: T-1\r\n---\r\n\r\nold\r\n",
            "a\nb\n",
            "---\r\nid: T-1\r\n---\r\n\r\na\r\nb\r\n",
        ),
        ("---\nid: T-1\n---\n\nold\n", "", "---\nid: T-1\n---\n\n"),
        (
            "---\nid: T-1\n---\n\nold\n",
            "\n\nnew\n",
            "---\nid: T-1\n---\n\nnew\n",
        ),
        (
            "---\nid: T-1\n---\n\nold\n",
            "---\nx: 1\n---\n",
            "---\nid: T-1\n---\n\n---\nx: 1\n---\n",
        ),
        ("old", "new", "new"),
    ] {
        let written = apply(&body(new), file).unwrap();
        assert_eq!(written, expected, "{file:?}");
        let same_lines = |text: &str| {
            text.replace("\r\n", "\n")
                .trim_start_matches('\n')
                .to_owned()
        };
        assert_eq!(
            same_lines(&read(&written).body),
            same_lines(new),
            "{file:?}"
        );
    }
    let refused = apply(&body("---\nid: X\n---\n"), "a note");
    assert!(matches!(
        refused,
        Err(PatchError::Refused {
            code: "body_reads_as_front_matter",
            ..
        })
    ));
}

#[test]
fn a_replacement_removes_what_it_does_not_name_but_the_id() {
    let file = "---\n# top\nid: T-1\ntitle: One\nstatus: done\nlabels: [a]\nmine: 1\n---\n\nold\n";
    let written = patch(&[(Field::Title, text("Two"))])
        .replace(file, &read(file), now())
        .unwrap();
    assert_eq!(written, "---\n# top\nid: T-1\ntitle: Two\n---\n\n");
}

#[test]
fn other_keys_merge_as_the_rfc_has_it() {
    let file = "---\nmeta: {a: 1, b: 2}\n---\n";
    let int = Value::Int;
    let mut change = Patch::default();
    let value = Value::Map(vec![("b".into(), Value::Null), ("c".into(), int(3))]);
    change.keys.insert(Key::Other("meta".into()), Some(value));
    change
        .keys
        .insert(Key::Other("estimate".into()), Some(int(5)));
    let written = apply(&change, file).unwrap();
    let task = read(&written);
    let meta = Value::Map(vec![("a".into(), int(1)), ("c".into(), int(3))]);
    assert_eq!(
        task.metadata,
        [("meta".into(), meta), ("estimate".into(), int(5))]
    );
}

#[test]
fn values_cannot_break_out_of_the_front_matter() {
    let nasty = "a\n---\nstatus: done\n---\n";
    let written = apply(
        &patch(&[(Field::Title, text(nasty))]),
        "---\nid: T-1\n---\n",
    )
    .unwrap();
    let task = read(&written);
    assert_eq!((task.title.as_str(), task.status.as_str()), (nasty, "open"));
}

#[test]
fn values_of_the_wrong_shape() {
    let mut change = Patch::default();
    for (field, value) in [
        (Field::Title, Value::Int(1)),
        (Field::Tags, Value::List(vec![Value::Int(1)])),
        (Field::Position, Value::Text("1".into())),
        (Field::DueDate, Value::List(vec![])),
    ] {
        assert!(
            matches!(
                change.set(field, Some(value)),
                Err(PatchError::InvalidField { .. })
            ),
            "{field:?}"
        );
    }
}

#[test]
fn a_new_file() {
    let mut new = patch(&[
        (Field::Id, text("T-1")),
        (Field::Title, text("It: works")),
        (Field::Tags, list(&["a", "b"])),
    ]);
    new.body = Some("Do it.\n".into());
    assert_eq!(
        new.create().unwrap(),
        "---\nid: T-1\ntitle: 'It: works'\ntags: [a, b]\n---\n\nDo it.\n"
    );
}

#[test]
fn what_a_body_or_an_empty_text_would_take_along_is_kept() {
    // The title stood in the body that goes.
    let mut both = patch(&[(Field::Title, text("Heading"))]);
    both.body = Some("# Other\n".to_owned());
    let written = apply(&both, "---\nid: T-1\n---\n# Heading\n").unwrap();
    assert_eq!(read(&written).title, "Heading", "{written}");
    // An empty text for a list would be no item.
    let written = apply(&patch(&[(Field::Tags, list(&[""]))]), "---\ntags: a\n---\n").unwrap();
    assert_eq!(Some(read(&written).value(Field::Tags)), list(&[""]));
    // A byte order mark of the body would become the file's.
    let marked = Patch {
        body: Some("\u{feff}x".to_owned()),
        ..Patch::default()
    };
    assert!(apply(&marked, "hello").is_err());
}
