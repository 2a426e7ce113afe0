//! Another reader of the files that Backlog.md writes: line by line, with no YAML in it and nothing of ours.

use serde_json::{Map, Value, json};

/// What a file says.
pub(super) struct Reading {
    /// Its path below the project.
    pub(super) path: String,
    /// The line that says when it was changed, if there is one.
    pub(super) updated_line: Option<String>,
    fields: Map<String, Value>,
}

impl Reading {
    /// Reads a file's text.
    pub(super) fn of(path: &str, text: &str) -> Self {
        let matter = text.strip_prefix("---\n").unwrap();
        let (matter, _) = matter.split_once("\n---\n").unwrap();
        let lines: Vec<_> = matter.lines().collect();
        let mut fields = Map::new();
        for key in ["parent", "priority", "position"] {
            fields.insert(key.to_owned(), Value::Null);
        }
        let is_key = |line: &&str| !line.starts_with([' ', '-']);
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_key(line)) {
            let below = lines[at + 1..].iter().copied();
            let below: Vec<_> = below.take_while(|line| !is_key(line)).collect();
            let (key, value) = line.split_once(':').unwrap();
            if let Some((field, value)) = field(key, value.trim(), &below) {
                fields.insert(field.to_owned(), value);
            }
        }
        let updated_line = lines.iter().find(|line| line.starts_with("updated_date:"));
        Self {
            path: path.to_owned(),
            updated_line: updated_line.map(|line| (*line).to_owned()),
            fields,
        }
    }

    /// The fields under the names that a client knows.
    pub(super) fn json(&self) -> Value {
        Value::Object(self.fields.clone())
    }
}

/// A key of Backlog.md's, in a client's words.
fn field(key: &str, value: &str, below: &[&str]) -> Option<(&'static str, Value)> {
    let field = match key {
        "labels" => return Some(("tags", list(value, below))),
        "dependencies" => return Some(("depends_on", list(value, below))),
        "assignee" => return Some(("assignees", list(value, below))),
        "ordinal" => return Some(("position", json!(value.parse::<f64>().unwrap()))),
        "id" => "id",
        "title" => "title",
        "status" => "status",
        "priority" => "priority",
        "parent_task_id" => "parent",
        "created_date" => "created_at",
        "updated_date" => "updated_at",
        _ => return None,
    };
    let text = match value {
        ">-" => below
            .iter()
            .map(|line| line.trim())
            .collect::<Vec<_>>()
            .join(" "),
        plain => unquoted(plain),
    };
    Some((field, Value::String(text)))
}

fn list(value: &str, below: &[&str]) -> Value {
    let inline = value
        .strip_prefix('[')
        .and_then(|value| value.strip_suffix(']'));
    let items: Vec<_> = match inline {
        Some(items) => items
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .collect(),
        None if below.is_empty() => vec![value],
        None => below
            .iter()
            .map(|line| line.trim().strip_prefix("- ").unwrap())
            .collect(),
    };
    items.into_iter().map(unquoted).collect()
}

fn unquoted(text: &str) -> String {
    let between = |quote| {
        text.strip_prefix(quote)
            .and_then(|text| text.strip_suffix(quote))
    };
    match (between('\''), between('"')) {
        (Some(text), _) => text.replace("''", "'"),
        (None, Some(text)) => text.replace("\\\"", "\"").replace("\\\\", "\\"),
        (None, None) => text.to_owned(),
    }
}
