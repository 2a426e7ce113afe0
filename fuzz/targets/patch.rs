//! Any request body, put on any file, is refused or leaves a file that is the same task and says what was asked.
//!
//! Input: the JSON of a request, then behind a byte FF the text of the file; without one, a file that has all.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value as Json};
use taskmd::task::patch::{Key, Patch};
use taskmd::task::{Field, Moment, Task};
use taskmd::wire::input;
use taskmd::yaml::Value;
use taskmd_fuzz::{below_gap, halves, quickly, read, unix};

const FILE: &str = "---\nid: T-1 # mine\nname: 'One'\nstate: open\nassignee: ana\ntags:\n  - a\n  - b\nordinal: 2\n\
                    created: 2026-01-15\nupdated: '2026-01-15 10:00'\nx:\n  y: [1, {z: 2}]\n---\n\n# One\n\ntext\n";
const NOW: &str = "2026-11-22T10:20:30.456Z";

fuzz_target!(|data: &[u8]| {
    let (json, text) = halves(data);
    let text = if text.is_empty() {
        FILE.as_bytes()
    } else {
        text
    };
    let (Ok(json), Ok(text)) = (
        serde_json::from_slice::<Map<String, Json>>(json),
        std::str::from_utf8(text),
    ) else {
        return;
    };
    let Ok(input) = quickly(data.len(), || input::task(json.clone())) else {
        return;
    };
    let patch = input.patch;
    let now = NOW.parse().expect("a time");
    if let Some(task) = read(text.as_bytes()).task {
        if let Ok(merged) = quickly(data.len(), || patch.apply(text, &task, now)) {
            is_done(&patch, &task, &merged);
        }
        if let Ok(replaced) = quickly(data.len(), || patch.clone().replace(text, &task, now)) {
            is_done(&patch, &task, &replaced);
        }
    }
    if let Ok(made) = quickly(data.len(), || patch.create()) {
        let id = Field::Id.name();
        assert!(read(made.as_bytes()).task.is_some(), "{id}: {made:?}");
    }
});

fn is_done(patch: &Patch, before: &Task, text: &str) {
    let reading = read(text.as_bytes());
    let Some(after) = reading.task else {
        panic!("{:?}: {text:?}", reading.problems);
    };
    assert_eq!(before.id, after.id, "{text:?}");
    for (key, asked) in &patch.keys {
        match key {
            Key::Known(field) => {
                assert!(shows(&after, *field, asked.as_ref()), "{key:?}: {text:?}")
            }
            Key::Other(key) => {
                let there = after.metadata.iter().any(|(other, _)| other == key);
                assert_eq!(there, asked.is_some(), "{key}: {text:?}");
            }
        }
    }
    if let Some(body) = &patch.body {
        assert_eq!(
            unix(below_gap(&after.body)),
            unix(below_gap(body)),
            "{text:?}"
        );
    }
}

fn shows(task: &Task, field: Field, asked: Option<&Value>) -> bool {
    let shown = task.value(field);
    match (asked, &shown) {
        // What stands in for a field that is not there: the first heading, the default status, the file's times.
        (None, _) => match field {
            Field::CreatedAt => matches!(task.created_at, Moment::Derived(_)),
            Field::UpdatedAt => matches!(task.updated_at, Moment::Derived(_)),
            Field::Id | Field::Title | Field::Status => true,
            _ => matches!(&shown, Value::Null) || shown == Value::List(Vec::new()),
        },
        // A blank title is none.
        (Some(Value::Text(text)), _) if field == Field::Title && text.trim().is_empty() => true,
        (Some(Value::Float(asked)), Value::Int(shown)) => *asked == *shown as f64,
        (Some(asked), shown) => asked == shown,
    }
}
