//! What the store takes in at once, and what it asks for again.

use super::absorb::Certainty::{Final, Fresh, Held};
use super::*;
use crate::disk::write::WriteError;
use crate::log::RunMax;
use crate::name::TaskId;
use crate::task::Field;
use crate::task::patch::{Key, Patch};
use crate::yaml::Value;
use std::collections::HashSet;
use tempfile::TempDir;

/// A project with these files, and its folder.
pub(super) fn project(files: &[(&str, &str)]) -> (TempDir, Arc<Shelf>) {
    let root = TempDir::new().unwrap();
    std::fs::create_dir(root.path().join("p")).unwrap();
    files.iter().for_each(|(name, text)| put(&root, name, text));
    let store = Store::new(root.path(), Limits::default()).unwrap();
    store.open_all().unwrap();
    let shelf = store.shelf(&ProjectId::parse("p").unwrap()).unwrap();
    (root, shelf)
}

#[expect(clippy::disallowed_methods, reason = "the tests are the editor")]
pub(super) fn put(root: &TempDir, name: &str, text: &str) {
    std::fs::write(root.path().join("p").join(name), text).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "the tests are the editor")]
pub(super) fn remove(root: &TempDir, name: &str) {
    std::fs::remove_file(root.path().join("p").join(name)).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "the tests are the user")]
fn move_away(from: &std::path::Path, to: &std::path::Path) {
    std::fs::rename(from, to).unwrap();
}

fn path(name: &str) -> TaskPath {
    TaskPath::parse(name).unwrap()
}

/// What is asked for again.
pub(super) fn absorb(shelf: &Shelf, files: &[(&str, absorb::Certainty)]) -> HashSet<String> {
    let files = files
        .iter()
        .map(|(name, certainty)| (path(name), *certainty))
        .collect();
    shelf
        .absorb(files)
        .unwrap()
        .into_iter()
        .map(|(path, _)| path.to_string())
        .collect()
}

/// The types of the events so far, with their tasks.
fn events(shelf: &Shelf) -> Vec<String> {
    let max = RunMax {
        events: 100,
        bytes: usize::MAX,
    };
    let entries = shelf.log().read(0, max).unwrap();
    let shorten = |text: &str| {
        let event: serde_json::Value = serde_json::from_str(text).unwrap();
        format!(
            "{} {}",
            event["type"].as_str().unwrap(),
            event["task_id"].as_str().unwrap()
        )
    };
    entries
        .iter()
        .map(|entry| shorten(std::str::from_utf8(&entry.frame.text()).unwrap()))
        .collect()
}

const A: &str = "---\nid: A\n---\n";
const C: &str = "---\nid: C\n---\n";

fn title(text: &str) -> Patch {
    let title = (Key::Known(Field::Title), Some(Value::Text(text.to_owned())));
    Patch {
        keys: [title].into_iter().collect(),
        ..Patch::default()
    }
}

#[test]
fn an_id_under_way_to_a_file_that_must_wait_waits_with_it() {
    let (root, shelf) = project(&[("a.md", A), ("c.md", C)]);
    // Copied over another, then removed: the copy would take C along, so it waits, and the original with it.
    put(&root, "c.md", A);
    remove(&root, "a.md");
    let both = HashSet::from(["a.md".to_owned(), "c.md".to_owned()]);
    assert_eq!(absorb(&shelf, &[("a.md", Held), ("c.md", Fresh)]), both);
    assert_eq!(events(&shelf), [""; 0]);
    assert_eq!(
        absorb(&shelf, &[("a.md", Held), ("c.md", Held)]),
        HashSet::new()
    );
    assert_eq!(events(&shelf), ["task.updated A", "task.deleted C"]);
}

#[test]
fn what_is_final_goes_alone() {
    let (root, shelf) = project(&[("a.md", A), ("c.md", C)]);
    put(&root, "c.md", A);
    remove(&root, "a.md");
    assert_eq!(
        absorb(&shelf, &[("a.md", Final), ("c.md", Fresh)]),
        HashSet::from(["c.md".to_owned()])
    );
    assert_eq!(events(&shelf), ["task.deleted A"]);
}

#[test]
fn what_looks_half_saved_is_asked_for_again_until_it_is_final() {
    let (root, shelf) = project(&[("a.md", A)]);
    for half in ["", "---\nid: A\n"] {
        put(&root, "a.md", half);
        for certainty in [Fresh, Held] {
            assert_eq!(absorb(&shelf, &[("a.md", certainty)]).len(), 1, "{half:?}");
        }
        assert_eq!(events(&shelf), [""; 0]);
    }
    assert_eq!(absorb(&shelf, &[("a.md", Final)]).len(), 0);
    assert_eq!(events(&shelf), ["task.updated A"]);
    let task = shelf.task(&TaskId::parse("A").unwrap()).unwrap();
    assert!(task.problem.is_some());
}

#[test]
fn only_what_was_not_there_has_been_waited_for() {
    let (root, shelf) = project(&[("a.md", A)]);
    let next = |certainty| shelf.absorb(vec![(path("a.md"), certainty)]).unwrap();
    put(&root, "a.md", "");
    // It may be moved aside in a moment, and that is not to be told at once.
    assert_eq!(next(Fresh), [(path("a.md"), Fresh)]);
    remove(&root, "a.md");
    assert_eq!(next(Fresh), [(path("a.md"), Held)]);
    assert_eq!(next(Held), []);
    assert_eq!(events(&shelf), ["task.deleted A"]);
}

#[test]
fn a_save_that_nobody_told_of_is_an_event_before_the_patch_that_meets_it() {
    let (root, shelf) = project(&[("a.md", "---\nid: A\nstatus: open\n---\n")]);
    put(
        &root,
        "a.md",
        "---\nid: A\nstatus: open\ntitle: from the editor\n---\n",
    );
    let mut patch = Patch::default();
    patch
        .set(crate::task::Field::Status, Some(Value::Text("done".into())))
        .unwrap();
    let task = shelf
        .update(&TaskId::parse("A").unwrap(), &patch, &Precondition::None)
        .unwrap();
    assert_eq!(
        (task.title.as_str(), task.status.as_str()),
        ("from the editor", "done")
    );
    assert_eq!(events(&shelf), ["task.updated A", "task.updated A"]);
    assert_eq!(absorb(&shelf, &[("a.md", Fresh)]), HashSet::new());
    assert_eq!(events(&shelf).len(), 2);
}

#[test]
fn a_write_that_meets_half_a_save_is_refused_and_tells_nobody() {
    let (root, shelf) = project(&[("a.md", A)]);
    let id = TaskId::parse("A").unwrap();
    let halves: [&dyn Fn(); 3] = [
        &|| put(&root, "a.md", ""),
        &|| put(&root, "a.md", "---\nid: A\n"),
        &|| remove(&root, "a.md"),
    ];
    for half in halves {
        half();
        let updated = shelf.update(&id, &Patch::default(), &Precondition::None);
        assert!(
            matches!(updated, Err(StoreError::Write(WriteError::Lost))),
            "{updated:?}"
        );
        let deleted = shelf.delete(&id, &Precondition::None);
        assert!(
            matches!(deleted, Err(StoreError::Write(WriteError::Lost))),
            "{deleted:?}"
        );
        assert_eq!(events(&shelf), [""; 0]);
    }
    put(&root, "a.md", "---\nid: A\ntitle: whole\n---\n");
    assert!(shelf.delete(&id, &Precondition::None).is_ok());
    assert_eq!(events(&shelf), ["task.updated A", "task.deleted A"]);
}

#[test]
fn nothing_is_written_into_a_directory_that_was_moved_away() {
    let (root, shelf) = project(&[("a.md", A)]);
    let aside = root.path().join("elsewhere");
    move_away(&root.path().join("p"), &aside);
    let made = shelf.create(Some("b"), title("new"));
    assert!(matches!(made, Err(StoreError::Unavailable)), "{made:?}");
    let changed = shelf.update(
        &TaskId::parse("A").unwrap(),
        &title("x"),
        &Precondition::None,
    );
    assert!(matches!(changed, Err(StoreError::Unavailable)));
    assert_eq!(std::fs::read_dir(&aside).unwrap().count(), 1);
    assert_eq!(std::fs::read_to_string(aside.join("a.md")).unwrap(), A);
}

#[test]
fn a_project_that_is_gone_takes_no_write_and_loses_no_task() {
    let (root, shelf) = project(&[("a.md", A)]);
    std::fs::remove_dir_all(root.path().join("p")).unwrap();
    absorb(&shelf, &[("a.md", Final)]);
    assert!(!shelf.is_available());
    let id = TaskId::parse("A").unwrap();
    assert!(shelf.task(&id).is_some());
    assert!(matches!(
        shelf.delete(&id, &Precondition::None),
        Err(StoreError::Unavailable)
    ));
    assert_eq!(events(&shelf), [""; 0]);
    assert_eq!(
        StoreError::from(WriteError::Full).to_string(),
        "no space is left"
    );
}

#[test]
fn settings_of_a_directory_that_goes_meanwhile_hold_when_it_is_back() {
    let (root, shelf) = project(&[("a.md", "x")]);
    let status = || {
        shelf
            .task(&TaskId::parse("a").unwrap())
            .unwrap()
            .status
            .clone()
    };
    let (here, aside) = (root.path().join("p"), root.path().join(".aside"));
    put(&root, "project.yaml", "default_status: later\n");
    move_away(&here, &aside);
    // Its settings are read, for it is held open; its tasks are not touched, for it is not there.
    assert_eq!(absorb(&shelf, &[("project.yaml", Fresh)]), HashSet::new());
    assert!(!shelf.is_available());
    move_away(&aside, &here);
    let differences = shelf.survey(&mut |_| {}).unwrap();
    let differences = differences.into_iter().map(|path| (path, Fresh));
    shelf.absorb(differences.collect()).unwrap();
    assert_eq!(status(), "later");
    assert_eq!(events(&shelf), ["task.updated a"]);
}
