//! Changes to files of every shape that the corpus has, and the lines that each of them costs.

use super::{Copy, form};
use serde_json::{Value, json};
use std::path::Path;

/// The line of a file that says when it was changed, masked.
const UPDATED: &str = "updated_date: '9999-99-99 99:99'";

fn ours() -> Copy {
    Copy::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/backlog-md"))
}

/// Changes a task, and expects these lines to go and come. The time of the change goes and comes as well, in a file
/// that has it, and in no other.
fn expect(copy: &Copy, id: &str, patch: &Value, expected: &[&str]) {
    let task = &copy.server.tasks("backlog")[id];
    let has_time = copy.text("backlog", task).contains("\nupdated_date: ");
    let lines = copy.patch("backlog", task, patch);
    let is_time = |line: &&String| form(line).ends_with(UPDATED);
    let (times, others): (Vec<_>, Vec<_>) = lines.iter().partition(is_time);
    assert_eq!(others, expected, "{id}: {patch}");
    let times: Vec<_> = times.iter().map(|line| line[..1].to_owned()).collect();
    let expected: &[_] = if has_time { &["-", "+"] } else { &[] };
    assert_eq!(times, expected, "{id}: {patch}");
    let after = &copy.server.tasks("backlog")[id];
    for (key, value) in patch.as_object().unwrap() {
        let now = after.get(key).or_else(|| after["metadata"].get(key));
        assert_eq!(now.unwrap_or(&Value::Null), value, "{id}: {key}");
    }
}

#[test]
fn lists() {
    let copy = ours();
    // A block list grows and shrinks by a line, wherever that line is.
    let tags = json!({"tags": ["web-ui", "enhancement", "markdown", "new"]});
    expect(&copy, "BACK-208", &tags, &["+  - new"]);
    let tags = json!({"tags": ["web-ui", "markdown", "new"]});
    expect(&copy, "BACK-208", &tags, &["-  - enhancement"]);
    let tags = json!({"tags": ["first", "web-ui", "markdown", "new"]});
    expect(&copy, "BACK-208", &tags, &["+  - first"]);
    let tags = json!({"tags": ["tui", "web", "new"]});
    expect(&copy, "BACK-601", &tags, &["+  - new"]);
    // What needs quotes gets them, and what has them keeps them.
    let assignees = json!({"assignees": ["@codex-types-cli", "@ana"]});
    expect(&copy, "BACK-355.02", &assignees, &["+  - '@ana'"]);
    let dependencies = json!({"depends_on": ["task-24.1", "task-208", "BACK-355.02"]});
    expect(&copy, "BACK-200", &dependencies, &["+  - BACK-355.02"]);
    // An item of two lines stays two lines when another one comes.
    let references = json!({"references": [
        "https://cursor.com/docs (verify current rules/skills paths when implementing)", "new.md"]});
    expect(&copy, "BACK-410", &references, &["+  - new.md"]);
    // An empty list is one line, and stays in its key's place.
    let tags = json!({"tags": ["new"]});
    expect(&copy, "BACK-636", &tags, &["-labels: []", "+labels: [new]"]);
    let none = json!({"tags": []});
    expect(&copy, "BACK-636", &none, &["-labels: [new]", "+labels: []"]);
    let emptied = ["-labels:", "-  - web", "+labels: []"];
    expect(&copy, "BACK-553", &none, &emptied);
}

#[test]
fn scalars() {
    let copy = ours();
    // A title of many lines gives way to one line.
    let folded = [
        "-title: >-",
        "-  Parse block-style YAML lists in config and fix config set guidance for list",
        "-  keys",
        "+title: One line",
    ];
    expect(&copy, "BACK-540", &json!({"title": "One line"}), &folded);
    let quoted = [
        "-title: 'Take over PR #808: hide empty board columns in the TUI'",
        "+title: 'Take over PR #809: done'",
    ];
    expect(
        &copy,
        "BACK-615",
        &json!({"title": "Take over PR #809: done"}),
        &quoted,
    );
    let unquoted = [
        "-title: Add paste-as-markdown support in Web UI",
        "+title: 'A: plain one'",
    ];
    expect(
        &copy,
        "BACK-208",
        &json!({"title": "A: plain one"}),
        &unquoted,
    );
    let parent = ["-parent_task_id: BACK-355", "+parent_task_id: BACK-355.10"];
    expect(
        &copy,
        "BACK-355.02",
        &json!({"parent": "BACK-355.10"}),
        &parent,
    );
    let position = ["-ordinal: 198000", "+ordinal: 1.5"];
    expect(&copy, "BACK-553", &json!({"position": 1.5}), &position);
    let milestone = ["-milestone: m-8", "+milestone: m-9"];
    expect(&copy, "BACK-430", &json!({"milestone": "m-9"}), &milestone);
}

#[test]
fn keys_that_come_and_go() {
    let copy = ours();
    expect(
        &copy,
        "BACK-222",
        &json!({"priority": "high"}),
        &["+priority: high"],
    );
    let due = json!({"due_date": "2026-12-01"});
    expect(&copy, "BACK-24.02", &due, &["+due_date: 2026-12-01"]);
    let own = json!({"estimate": {"days": 3, "by": ["ana"]}});
    expect(
        &copy,
        "BACK-596",
        &own,
        &["+estimate: {days: 3, by: [ana]}"],
    );
    let nothing = json!({"parent": null, "priority": null});
    expect(&copy, "BACK-555", &nothing, &["-priority: medium"]);
    expect(
        &copy,
        "BACK-430",
        &json!({"milestone": null}),
        &["-milestone: m-8"],
    );
    let references = json!({"references": null});
    expect(
        &copy,
        "BACK-401",
        &references,
        &[
            "-references:",
            "-  - 'https://github.com/MrLesk/Backlog.md/issues/551'",
        ],
    );
}

#[test]
fn bodies() {
    let copy = ours();
    let task = &copy.server.tasks("backlog")["BACK-540"];
    let body = task["markdown_body"].as_str().unwrap();
    let checked = body.replacen("- [x] #1", "- [ ] #1", 1);
    let lines = copy.patch("backlog", task, &json!({"markdown_body": checked}));
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(
        lines[2].starts_with("-- [x] #1") && lines[3].starts_with("+- [ ] #1"),
        "{lines:?}"
    );
}
