//! A query finds what a model finds that is written as the promise reads.

use super::{listed, project_of};
use crate::project::Project;
use crate::task::Task;
use proptest::prelude::*;
use std::cmp::Ordering;

/// A file of few words, so that they meet often.
fn any_file() -> impl Strategy<Value = (String, String)> {
    let pick = |texts: &[&'static str]| prop::sample::select(texts.to_vec());
    let matter = (
        pick(&["status: open", "status: done", "status: odd", ""]),
        pick(&["priority: high", "priority: Low", "priority: zeal", ""]),
        pick(&["tags: [x]", "tags: [x, y]", "tags: y", ""]),
        pick(&["position: 1", "position: -2.5", "position: 0", ""]),
        pick(&[
            "due: 2026-12-01",
            "due: 2026-11-30T23:00:00-05:00",
            "due: later",
            "",
        ]),
        pick(&["depends_on: [t1]", "depends_on: [t2, t9]", ""]),
        "(title: [a-cA-C]{1,2})?",
    );
    let body = "([abAB]{1,2}[ .\n-]){0,6}";
    (0..12_u32, matter, body).prop_map(|(n, matter, body)| {
        let (a, b, c, d, e, f, g) = matter;
        let lines = [a, b, c, d, e, f, &g]
            .into_iter()
            .filter(|line| !line.is_empty());
        let matter = lines.map(|line| format!("{line}\n")).collect::<String>();
        (format!("t{n}.md"), format!("---\n{matter}---\n{body}"))
    })
}

/// A parameter, and what it promises of a task.
type Promise = (&'static str, fn(&Task, &Project) -> bool);

const PROMISES: [Promise; 13] = [
    ("status=open", |task, _| task.status == "open"),
    ("status!=done", |task, _| task.status != "done"),
    ("priority=high", |task, _| {
        task.priority.as_deref() == Some("high")
    }),
    ("priority!=Low", |task, _| {
        task.priority.as_deref() != Some("Low")
    }),
    ("tag=y", |task, _| task.tags.iter().any(|tag| tag == "y")),
    ("tag!=x", |task, _| task.tags.iter().all(|tag| tag != "x")),
    ("path=t1.md", |task, _| task.path.as_str() == "t1.md"),
    ("has=position", |task, _| task.position.is_some()),
    ("has!=due_date", |task, _| task.due_date.is_none()),
    ("due_before=2026-12-01", |task, _| {
        task.due_date.as_deref() == Some("2026-11-30T23:00:00-05:00")
    }),
    ("due_after=2026-11-30T23:59:59Z", |task, _| {
        task.due_date.as_ref().is_some_and(|due| due != "later")
    }),
    ("ready=true", ready),
    ("ready=false", |task, project| !ready(task, project)),
];

fn ready(task: &Task, project: &Project) -> bool {
    let is_done = |id: &String| {
        let mut tasks = project.tasks();
        tasks.any(|other| other.id.as_str() == id && other.status == "done")
    };
    task.status != "done" && task.depends_on.iter().all(is_done)
}

/// What was searched for, word by word, and what it promises.
fn has_words(task: &Task, words: &[String], prefix: bool) -> bool {
    let text = format!("{} {}", task.title, task.body).to_lowercase();
    let there: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).collect();
    let (last, others) = words.split_last().unwrap();
    let has_last = there.iter().any(|word| {
        if prefix {
            word.starts_with(last.as_str())
        } else {
            word == last
        }
    });
    has_last && others.iter().all(|word| there.contains(&word.as_str()))
}

/// The value by which a model sorts: `None` is missing.
fn sort_value(task: &Task, field: &str) -> Option<(f64, String)> {
    let found = |words: &[&str], word: &str| words.iter().position(|w| *w == word);
    let ranked = |words: &[&str], word: &str| match found(words, word) {
        Some(at) => (at as f64, String::new()),
        None => (99.0, word.to_lowercase()),
    };
    match field {
        "title" => Some((0.0, task.title.to_lowercase())),
        "status" => Some(ranked(&[], &task.status)),
        "priority" => task
            .priority
            .as_ref()
            .map(|p| ranked(&["high", "low"], &p.to_lowercase())),
        "position" => task.position.map(|position| (position, String::new())),
        "due_date" => {
            let dates = ["2026-12-01", "2026-11-30T23:00:00-05:00"];
            task.due_date.as_ref().map(|due| ranked(&dates, due))
        }
        "tags" => (!task.tags.is_empty()).then(|| (0.0, task.tags.join("\0"))),
        other => panic!("{other}"),
    }
}

const SORTED_BY: [&str; 6] = [
    "title", "status", "priority", "position", "due_date", "tags",
];

fn by(field: &str, is_descending: bool, one: &Task, other: &Task) -> Ordering {
    match (sort_value(one, field), sort_value(other, field)) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(one), Some(other)) => {
            let ordering = one.partial_cmp(&other).unwrap();
            if is_descending {
                ordering.reverse()
            } else {
                ordering
            }
        }
    }
}

proptest! {
    /// Whatever the tasks are and whatever is asked, what comes is what each parameter promises, in the order that a stable
    /// sort by each key, the last one first, makes of it.
    #[test]
    fn a_query_is_answered_as_its_parameters_read(
        files in prop::collection::vec(any_file(), 0..14),
        promises in prop::collection::vec(prop::sample::select(PROMISES.to_vec()), 0..3),
        words in prop::option::of((prop::collection::vec("[ab]{1,2}", 1..3), any::<bool>())),
        keys in prop::collection::vec((prop::sample::select(SORTED_BY.to_vec()), any::<bool>()), 1..4),
    ) {
        let project = project_of(&files);
        let mut text = promises.iter().map(|(text, _)| format!("{text}&")).collect::<String>();
        let mut names: Vec<_> = promises.iter().map(|(text, _)| text.split_once('=').unwrap().0).collect();
        names.sort_unstable();
        names.dedup();
        // Twice the same parameter means either, which is for the examples.
        prop_assume!(names.len() == promises.len());
        if let Some((words, is_prefix)) = &words {
            let space = if *is_prefix { "" } else { " " };
            text += &format!("q={}{space}&", words.join(" "));
        }
        let key = |(field, is_descending): &(&str, bool)| {
            format!("{}{field}", if *is_descending { "-" } else { "" })
        };
        text += &format!("sort={}", keys.iter().map(key).collect::<Vec<_>>().join(","));
        let mut expected: Vec<_> = project.tasks().cloned().collect();
        expected.retain(|task| promises.iter().all(|(_, holds)| holds(task, &project)));
        if let Some((words, is_prefix)) = &words {
            expected.retain(|task| has_words(task, words, *is_prefix));
        }
        for (field, is_descending) in keys.iter().rev() {
            expected.sort_by(|one, other| by(field, *is_descending, one, other));
        }
        let expected: Vec<_> = expected.iter().map(|task| task.id.to_string()).collect();
        prop_assert_eq!(listed(&project, &text), expected, "{}", text);
    }
}
