//! Whole front matters, as people and tools leave them.

use super::{list, removes, sets, text};

const TASK: &str = "\
id: BACK-438\ntitle: >-\n  Parse block-style YAML lists in config and fix config set guidance for list\n  keys\n\
status: To Do # one of three\nassignee:\n  - '@alex-agent'\ncreated_date: '2026-04-25 21:37'\nlabels:\n  - feature\n  - core\n\
dependencies: []\nreferences:\n  - 'https://github.com/MrLesk/Backlog.md/issues/556'\n  - >-\n    backlog/tasks/back-412 -\n    Add-touched-files.md\n\
# manual order\nordinal: 168000\n";

/// Checks that a task's text changes in exactly one place.
#[track_caller]
fn changes(key: &str, value: crate::yaml::Value, old: &str, new: &str) {
    assert_eq!(TASK.matches(old).count(), 1, "{old:?}");
    sets(TASK, key, value, &TASK.replacen(old, new, 1));
    let crlf = |text: &str| text.replace('\n', "\r\n");
    if let Some(value) = Some(
        crate::yaml::parse(&TASK.replacen(old, new, 1))
            .unwrap()
            .get(key)
            .unwrap()
            .value(),
    ) {
        sets(&crlf(TASK), key, value, &crlf(&TASK.replacen(old, new, 1)));
    }
}

#[test]
fn one_place_of_a_real_task_changes() {
    changes("status", text("Done"), "To Do # one", "Done # one");
    changes(
        "labels",
        list(&["feature", "core", "web"]),
        "  - core\n",
        "  - core\n  - web\n",
    );
    changes("labels", list(&["core"]), "  - feature\n", "");
    changes(
        "labels",
        list(&[]),
        "labels:\n  - feature\n  - core\n",
        "labels: []\n",
    );
    changes(
        "dependencies",
        list(&["BACK-1"]),
        "dependencies: []",
        "dependencies:\n  - BACK-1",
    );
    changes(
        "assignee",
        list(&["@alex-agent", "@bo"]),
        "'@alex-agent'\n",
        "'@alex-agent'\n  - '@bo'\n",
    );
    changes(
        "created_date",
        text("2026-05-01 10:00"),
        "'2026-04-25 21:37'",
        "'2026-05-01 10:00'",
    );
    changes("ordinal", crate::yaml::Value::Int(1), "168000", "1");
    changes(
        "priority",
        text("high"),
        "168000\n",
        "168000\npriority: high\n",
    );
}

#[test]
fn the_comment_above_a_removed_entry_stays() {
    removes(TASK, "ordinal", &TASK.replacen("ordinal: 168000\n", "", 1));
}
