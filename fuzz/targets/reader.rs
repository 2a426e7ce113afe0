//! Any bytes are read as a task or as a problem with its place, and what is read holds together.

#![no_main]

use libfuzzer_sys::fuzz_target;
use taskmd::task::document::Reading;
use taskmd::yaml::{self, Mapping, Value};
use taskmd_fuzz::{quickly, read};

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input)
        && let Ok(mapping) = quickly(input.len(), || yaml::parse(text))
    {
        holds_together(&mapping);
    }
    let Reading { task, problems } = quickly(input.len(), || read(input));
    assert!(task.is_some() || problems.len() == 1, "{problems:?}");
    let n_lines = 1 + input
        .iter()
        .filter(|byte| **byte == b'\n' || **byte == b'\r')
        .count();
    for problem in &problems {
        assert!((1..=n_lines + 1).contains(&problem.line), "{problem:?}");
        assert!(problem.column >= 1, "{problem:?}");
    }
    if let Some(task) = task {
        assert!(!task.title.is_empty());
        assert!(task.position.is_none_or(f64::is_finite));
    }
});

fn holds_together(mapping: &Mapping) {
    for entry in &mapping.entries {
        let value = entry.node.value();
        assert!(is_exact(&value), "{value:?}");
        assert!(entry.node.says(&value), "{value:?}");
        assert_eq!(entry.node.is_null(), value == Value::Null);
    }
    let mut keys: Vec<_> = mapping.entries.iter().map(|entry| &entry.key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), mapping.entries.len());
}

/// Does every JSON reader read these numbers as they are?
fn is_exact(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Text(_) => true,
        Value::Int(number) => number.unsigned_abs() <= 1 << 53,
        Value::Float(number) => number.is_finite(),
        Value::List(items) => items.iter().all(is_exact),
        Value::Map(pairs) => pairs.iter().all(|(_, value)| is_exact(value)),
    }
}
