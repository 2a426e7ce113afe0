//! Laws of the index: whatever is seen, in whatever batches, the changes add up to what is served.

use super::*;
use crate::task::document::{self, FileTimes};
use proptest::prelude::*;

fn path(text: &str) -> TaskPath {
    TaskPath::parse(text).unwrap()
}

fn id(text: &str) -> TaskId {
    TaskId::parse(text).unwrap()
}

/// What a look at a file with this text sees.
pub(crate) fn seen(at: &str, text: &str) -> (TaskPath, Sighting) {
    let times = FileTimes {
        created: "2026-01-01T00:00:00Z".into(),
        modified: "2026-01-02T00:00:00Z".into(),
    };
    let reading = document::read(&path(at), text.as_bytes(), &times, &Settings::default());
    let revision = Some(Revision::of(text.as_bytes()));
    let stamp = Stamp::default();
    (
        path(at),
        Sighting::Read {
            stamp,
            revision,
            reading: Box::new(reading),
        },
    )
}

pub(crate) fn gone(at: &str) -> (TaskPath, Sighting) {
    (path(at), Sighting::Absent)
}

fn with_id(id: &str, title: &str) -> String {
    format!("---\nid: {id}\ntitle: {title}\n---\n")
}

pub(crate) fn project(files: &[(&str, &str)]) -> Project {
    let mut project = Project::new(ProjectId::parse("p").unwrap());
    project.reconcile(files.iter().map(|(at, text)| seen(at, text)));
    project
}

/// A name, a batch and what is expected of it.
type Case<'a> = (&'a str, Vec<(TaskPath, Sighting)>, &'a [&'a str]);

/// `updated A` for each change.
fn told(changes: &[Change]) -> Vec<String> {
    let told = |change: &Change| {
        let kind = match change {
            Change::Created { .. } => "created",
            Change::Updated { .. } => "updated",
            Change::Deleted { .. } => "deleted",
        };
        format!("{kind} {}", change.id())
    };
    changes.iter().map(told).collect()
}

#[test]
fn one_change_for_what_a_person_would_call_one() {
    let a = with_id("A", "one");
    let cases: &[Case<'_>] = &[
        ("new file", vec![seen("new.md", "x")], &["created new"]),
        (
            "edit",
            vec![seen("a.md", &with_id("A", "two"))],
            &["updated A"],
        ),
        ("same bytes", vec![seen("a.md", &a)], &[]),
        ("gone", vec![gone("a.md")], &["deleted A"]),
        (
            "rename",
            vec![gone("a.md"), seen("b.md", &a)],
            &["updated A"],
        ),
        (
            "rename, told in the other order",
            vec![seen("b.md", &a), gone("a.md")],
            &["updated A"],
        ),
        ("came and went", vec![seen("x.md", "x"), gone("x.md")], &[]),
        ("went and came", vec![gone("a.md"), seen("a.md", &a)], &[]),
        (
            "another id",
            vec![seen("a.md", &with_id("B", "one"))],
            &["deleted A", "created B"],
        ),
        (
            "a second file with the id",
            vec![seen("z.md", &with_id("A", "late"))],
            &[],
        ),
        (
            "an earlier file with the id",
            vec![seen("0.md", &with_id("A", "early"))],
            &["updated A"],
        ),
        (
            "broken",
            vec![seen("a.md", "---\nid: [\n---\n")],
            &["updated A"],
        ),
        (
            "a new broken file",
            vec![seen("bad.md", "---\nid: [\n---\n")],
            &[],
        ),
    ];
    for (name, batch, expected) in cases {
        let mut project = project(&[("a.md", &a)]);
        let mut changes = told(&project.reconcile(batch.clone()));
        changes.sort_by_key(|change| change.rsplit(' ').next().map(str::to_owned));
        assert_eq!(changes, *expected, "{name}");
    }
}

#[test]
fn a_broken_file_keeps_its_last_good_version_until_it_is_mended() {
    let mut project = project(&[("a.md", &with_id("A", "good"))]);
    project.reconcile([seen("a.md", "---\nid: [\n---\n")]);
    let task = project.task(&id("A")).unwrap();
    assert_eq!(task.title, "good");
    assert_eq!(task.problem.as_ref().unwrap().path, path("a.md"));
    assert_eq!(project.problems().len(), 1);
    let changes = project.reconcile([seen("a.md", &with_id("A", "good"))]);
    assert_eq!(told(&changes), ["updated A"]);
    assert!(project.task(&id("A")).unwrap().problem.is_none());
    assert!(project.problems().is_empty());
}

#[test]
fn a_file_that_says_the_same_again_is_the_same_task() {
    let mut project = project(&[("a.md", &with_id("A", "one"))]);
    let before = project.task(&id("A")).unwrap().clone();
    project.reconcile([seen("a.md", &with_id("A", "one"))]);
    assert!(Arc::ptr_eq(&before, project.task(&id("A")).unwrap()));
}

#[test]
fn the_file_whose_path_sorts_first_serves_an_id_and_the_others_are_told() {
    let mut project = project(&[("b.md", &with_id("A", "b")), ("c.md", &with_id("A", "c"))]);
    assert_eq!(project.task(&id("A")).unwrap().title, "b");
    let problems = project.problems();
    assert_eq!((problems.len(), &problems[0].path), (1, &path("c.md")));
    assert_eq!(
        told(&project.reconcile([seen("c.md", &with_id("A", "c2"))])),
        [""; 0]
    );
    assert_eq!(told(&project.reconcile([gone("b.md")])), ["updated A"]);
    assert_eq!(project.task(&id("A")).unwrap().title, "c2");
    assert!(project.rivals(&id("A")).is_empty());
}

#[test]
fn ids_go_on_from_the_highest_and_are_not_used_again() {
    let mut project = project(&[("TASK-002.md", "x"), ("other.md", "x"), ("task-7.md", "x")]);
    assert_eq!(project.next_id(), "TASK-008");
    project.reconcile([gone("task-7.md")]);
    assert_eq!(project.next_id(), "TASK-008");
    project.set_settings(project.settings().clone(), Vec::new());
    assert_eq!(project.next_id(), "TASK-008");
    assert!(project.has_id_like("OTHER"));
}

#[test]
fn which_files_take_an_id_along() {
    let (a, b) = (with_id("A", "one"), with_id("B", "two"));
    let cases: &[Case<'_>] = &[
        ("edited", vec![seen("a.md", &with_id("A", "other"))], &[]),
        ("gone", vec![gone("a.md")], &["a.md"]),
        ("renamed", vec![gone("a.md"), seen("z.md", &a)], &[]),
        (
            "renamed over another",
            vec![gone("a.md"), seen("b.md", &a)],
            &["b.md"],
        ),
        ("swapped", vec![seen("a.md", &b), seen("b.md", &a)], &[]),
        (
            "half of a swap",
            vec![seen("a.md", &b), gone("b.md")],
            &["a.md"],
        ),
        ("broken", vec![seen("a.md", "---\nid: [\n---\n")], &[]),
        ("gone where another has the id", vec![gone("c1.md")], &[]),
    ];
    let project = project(&[
        ("a.md", &a),
        ("b.md", &b),
        ("c1.md", &with_id("C", "x")),
        ("c2.md", &with_id("C", "y")),
    ]);
    for (name, batch, expected) in cases {
        let expected: HashSet<_> = expected.iter().map(|at| path(at)).collect();
        let lost: HashSet<_> = project.would_lose(batch).into_keys().collect();
        assert_eq!(lost, expected, "{name}");
    }
}

#[test]
fn paths_below_a_directory() {
    let project = project(&[
        ("a.md", "x"),
        ("d/a.md", "x"),
        ("d/e/b.md", "x"),
        ("d2/c.md", "x"),
    ]);
    let below = |directory: &str| project.paths_below(directory).len();
    assert_eq!(
        (below(""), below("d"), below("d/e"), below("x")),
        (4, 2, 1, 0)
    );
}

/// Files of few names and ids, so that they collide often.
fn any_sighting() -> impl Strategy<Value = (TaskPath, Sighting)> {
    let name = prop::sample::select(vec!["a.md", "b.md", "c.md", "d/a.md", "d/b.md"]);
    let text = prop_oneof![
        Just(None),
        Just(Some("---\nid: [broken\n---\n".to_owned())),
        ("[AB]", "[xy]").prop_map(|(id, title)| Some(with_id(&id, &title))),
        "[xy]".prop_map(|title| Some(format!("---\ntitle: {title}\n---\n"))),
    ];
    (name, text).prop_map(|(at, text)| match text {
        Some(text) => seen(at, &text),
        None => gone(at),
    })
}

proptest! {
    /// The law of the whole: replaying all changes from nothing equals what is served; each `before` is the last
    /// `after` of its id.
    #[test]
    fn replaying_all_changes_equals_the_list(
        batches in prop::collection::vec(prop::collection::vec(any_sighting(), 1..5), 1..20)
    ) {
        let mut project = project(&[]);
        let mut replay: BTreeMap<TaskId, Arc<Task>> = BTreeMap::new();
        for batch in batches {
            for change in project.reconcile(batch) {
                let id = change.id().clone();
                match change {
                    Change::Created { after } => prop_assert!(replay.insert(id, after).is_none()),
                    Change::Updated { before, after } => {
                        prop_assert_ne!(&before, &after);
                        prop_assert_eq!(replay.insert(id, after), Some(before));
                    }
                    Change::Deleted { before } => prop_assert_eq!(replay.remove(&id), Some(before)),
                }
            }
            let listed: BTreeMap<_, _> = project.tasks().map(|task| (task.id.clone(), task.clone())).collect();
            prop_assert_eq!(&replay, &listed);
        }
    }

    /// However a set of sightings is cut into batches, the same is served in the end.
    #[test]
    fn batches_do_not_matter(sightings in prop::collection::vec(any_sighting(), 1..20), cut in 1..20usize) {
        let mut at_once = project(&[]);
        at_once.reconcile(sightings.clone());
        let mut in_parts = project(&[]);
        for part in sightings.chunks(cut) {
            in_parts.reconcile(part.to_vec());
        }
        let titles = |project: &Project| project.tasks().map(|t| (t.id.clone(), t.title.clone())).collect::<Vec<_>>();
        prop_assert_eq!(titles(&at_once), titles(&in_parts));
    }
}
