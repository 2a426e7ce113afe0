use super::*;
use crate::name::{ProjectId, TaskPath};
use crate::project::{Project, Sighting, Stamp};
use crate::task::Revision;
use crate::task::document::{self, FileTimes};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Tasks of a project, each with what its front matter says besides its id.
fn project(tasks: &[(&str, &str)]) -> Vec<Arc<Task>> {
    let mut project = Project::new(ProjectId::parse("p").unwrap());
    let sighting = |(id, rest): &(&str, &str)| {
        let path = TaskPath::parse(&format!("{id}.md")).unwrap();
        let text = format!("---\nid: {id}\n{rest}\n---\n");
        let times = FileTimes::default();
        let reading = document::read(&path, text.as_bytes(), &times, project.settings());
        assert!(reading.problems.is_empty(), "{text}");
        let sighting = Sighting::Read {
            stamp: Stamp::default(),
            revision: Some(Revision::of(text.as_bytes())),
            reading: Box::new(reading),
        };
        (path, sighting)
    };
    let batch: Vec<_> = tasks.iter().map(sighting).collect();
    drop(project.reconcile(batch));
    project.tasks().cloned().collect()
}

/// Tasks, and what is told of them.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

fn told(tasks: &[(&str, &str)]) -> Vec<String> {
    let findings = findings(&project(tasks));
    findings
        .iter()
        .map(|finding| format!("{} {}: {}", finding.task.id, finding.names, finding.kind))
        .collect()
}

#[test]
fn what_is_told() {
    let cases: [Case<'_>; 8] = [
        (&[("A", "depends_on: [B]"), ("B", "parent: A")], &[]),
        (
            &[("A", "depends_on: [X, B, Y]"), ("B", "")],
            &[
                "A X: it depends on `X`, which is no task of this project",
                "A Y: it depends on `Y`, which is no task of this project",
            ],
        ),
        (&[("A", "depends_on: A")], &["A A: it depends on itself"]),
        (
            &[
                ("A", "blocked_by: [C]"),
                ("B", "depends_on: [A]"),
                ("C", "depends_on: [B]"),
            ],
            &["A C: in a circle these depend on each other: `A`, `C`, `B`"],
        ),
        (
            // Two circles with a task in common are one knot, and told once, by the shortest way.
            &[
                ("A", "depends_on: [B]"),
                ("B", "depends_on: [C, A]"),
                ("C", "depends_on: [B]"),
            ],
            &["A B: in a circle these depend on each other: `A`, `B`"],
        ),
        (
            &[("A", "parent: Z"), ("B", "parent: C"), ("C", "parent: B")],
            &[
                "A Z: its parent `Z` is no task of this project",
                "B C: in a circle these are parents of each other: `B`, `C`",
            ],
        ),
        // Ids are compared as they are.
        (
            &[("A", "depends_on: [b]"), ("B", "")],
            &["A b: it depends on `b`, which is no task of this project"],
        ),
        // Whoever waits for a circle is in none.
        (
            &[("A", "depends_on: [B]"), ("B", "depends_on: [B]")],
            &["B B: it depends on itself"],
        ),
    ];
    for (tasks, expected) in cases {
        assert_eq!(told(tasks), expected);
    }
}

#[test]
fn a_long_circle_is_cut_and_a_long_chain_needs_no_stack() {
    let n = 100_000;
    let id = |number: usize| format!("T{number:06}");
    let links: Vec<_> = (0..n)
        .map(|number| {
            (
                id(number),
                format!("depends_on: [{}]", id((number + 1) % n)),
            )
        })
        .collect();
    let tasks: Vec<_> = links
        .iter()
        .map(|(id, rest)| (id.as_str(), rest.as_str()))
        .collect();
    let told = told(&tasks);
    assert_eq!(told.len(), 1);
    assert!(told[0].ends_with("`T000007` and 99992 more"), "{told:?}");
}

/// Who can be reached from whom, by trying everything.
fn reaches(links: &[BTreeSet<usize>], from: usize, to: usize) -> bool {
    let mut reached = links[from].clone();
    loop {
        let next: BTreeSet<_> = reached.iter().flat_map(|at| &links[*at]).copied().collect();
        let n_before = reached.len();
        reached.extend(next);
        if reached.len() == n_before {
            return reached.contains(&to);
        }
    }
}

proptest! {
    #[test]
    fn it_tells_what_trying_everything_finds(
        links in prop::collection::vec(prop::collection::btree_set(0..9_usize, 0..4), 7)
    ) {
        let n = links.len();
        let texts: Vec<_> = links
            .iter()
            .map(|to| to.iter().map(|to| format!("T{to}")).collect::<Vec<_>>().join(", "))
            .enumerate()
            .map(|(number, ids)| (format!("T{number}"), format!("depends_on: [{ids}]")))
            .collect();
        let tasks: Vec<_> = texts.iter().map(|(id, rest)| (id.as_str(), rest.as_str())).collect();
        let within: Vec<BTreeSet<_>> = links
            .iter()
            .map(|to| to.iter().copied().filter(|to| *to < n).collect())
            .collect();
        let mut expected = BTreeSet::new();
        for (from, to) in links.iter().enumerate() {
            expected.extend(to.iter().filter(|to| **to >= n).map(|to| (from, format!("T{to}"))));
            let both = |other: usize| reaches(&within, from, other) && reaches(&within, other, from);
            let is_first = (0..from).all(|other| !both(other));
            if reaches(&within, from, from) && is_first {
                expected.insert((from, "circle".to_owned()));
            }
        }
        let mut found = BTreeSet::new();
        for finding in findings(&project(&tasks)) {
            let from: usize = finding.task.id.as_str()[1..].parse().unwrap();
            let what = match &finding.kind {
                ProblemKind::DependencyCycle { ids, .. } => {
                    // What is told is a way that there is.
                    let numbers: Vec<usize> = ids.iter().map(|id| id[1..].parse().unwrap()).collect();
                    let next = numbers.iter().cycle().skip(1);
                    for (task, next) in numbers.iter().zip(next) {
                        prop_assert!(within[*task].contains(next));
                    }
                    "circle".to_owned()
                }
                _ => finding.names.clone(),
            };
            prop_assert!(found.insert((from, what)), "told twice");
        }
        prop_assert_eq!(found, expected);
    }
}
