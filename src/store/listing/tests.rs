//! Pages, whatever happens between them.

use super::super::absorb::Certainty::Final;
use super::super::tests::{absorb, project, put, remove};
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use tempfile::TempDir;

/// A project of tasks that stay as they are, and some that do not.
struct Busy {
    root: TempDir,
    shelf: Arc<Shelf>,
    n_changes: usize,
}

const N_STEADY: usize = 23;
const N_RESTLESS: usize = 11;

impl Busy {
    fn new() -> Self {
        let steady = (0..N_STEADY).map(|n| {
            let text = format!("---\ntitle: {}\nstatus: open\n---\nword\n", n * 7 % 10);
            (format!("{n:02}-steady.md"), text)
        });
        let files: Vec<_> = steady.collect();
        let files: Vec<_> = files
            .iter()
            .map(|(at, text)| (at.as_str(), text.as_str()))
            .collect();
        let (root, shelf) = project(&files);
        let n_changes = 0;
        Self {
            root,
            shelf,
            n_changes,
        }
    }

    /// Something happens to one of the restless.
    fn change(&mut self, which: usize) {
        self.n_changes += 1;
        let n = self.n_changes;
        let name = format!("{:02}-restless.md", which % N_RESTLESS * 3);
        if n.is_multiple_of(3)
            && self
                .shelf
                .knows(&crate::name::TaskPath::parse(&name).unwrap())
        {
            remove(&self.root, &name);
        } else {
            let status = if n.is_multiple_of(2) { "open" } else { "done" };
            let text = format!("---\ntitle: {}\nstatus: {status}\n---\nword {n}\n", n % 10);
            put(&self.root, &name, &text);
        }
        absorb(&self.shelf, &[(name.as_str(), Final)]);
    }
}

fn query(text: &str, cursor: Option<&str>) -> Query {
    let pairs = text.split('&').chain(cursor.filter(|c| !c.is_empty()));
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or(("cursor", pair));
        (name.to_owned(), value.to_owned())
    };
    Query::parse(pairs.map(pair), 1000).unwrap()
}

fn ids(tasks: &[Arc<Task>]) -> Vec<String> {
    tasks.iter().map(|task| task.id.to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every task that is there and matches throughout comes on one page; and where the order may change, all pages are of
    /// one cut.
    #[test]
    fn no_task_comes_twice_or_is_left_out(
        text in prop::sample::select(vec![
            "limit=4", "status=open&limit=5", "q=word&sort=id&limit=3",
            "sort=title&limit=4", "sort=-status,title&limit=7", "q=word&limit=5", "q=wo&sort=-id&limit=6",
        ]),
        changes in prop::collection::vec(prop::collection::vec(0..N_RESTLESS, 0..3), 12),
    ) {
        let mut busy = Busy::new();
        changes.iter().flatten().for_each(|which| busy.change(*which));
        let kept = Kept::new(&Limits::default());
        let whole = query(text, None);
        let (tasks, cut) = busy.shelf.arranged(&whole.selection);
        let mut seen = Vec::new();
        let mut cursor: Option<String> = None;
        let mut changes = changes.iter().cycle();
        loop {
            let page = busy.shelf.list(&query(text, cursor.as_deref()), &kept).unwrap();
            prop_assert!(page.tasks.len() <= whole.limit);
            seen.extend(ids(&page.tasks));
            match whole.selection.sequence() {
                Sequence::Order(_) | Sequence::Rank => {
                    prop_assert_eq!((page.cut, page.n_total), (cut, tasks.len()));
                }
                Sequence::Id => prop_assert!(page.n_total >= N_STEADY),
            }
            let Some(next) = page.next_cursor else { break };
            cursor = Some(next);
            changes.next().into_iter().flatten().for_each(|which| busy.change(*which));
        }
        match whole.selection.sequence() {
            Sequence::Order(_) | Sequence::Rank => prop_assert_eq!(&seen, &ids(&tasks)),
            Sequence::Id => prop_assert!(seen.is_sorted()),
        }
        let mut n_times = BTreeMap::new();
        seen.into_iter().for_each(|id| *n_times.entry(id).or_insert(0) += 1);
        prop_assert!(n_times.values().all(|n| *n == 1), "{:?}", n_times);
        let n_steady = n_times.keys().filter(|id| id.ends_with("steady")).count();
        prop_assert_eq!(n_steady, N_STEADY);
    }
}

/// The next page of a list by title, or none where it is gone.
fn next(busy: &Busy, cursor: &str, kept: &Kept) -> Result<Vec<String>, CursorExpired> {
    let page = busy
        .shelf
        .list(&query("sort=title&limit=5", Some(cursor)), kept)?;
    Ok(ids(&page.tasks))
}

fn first(busy: &Busy, kept: &Kept) -> String {
    let page = busy.shelf.list(&query("sort=title&limit=5", None), kept);
    page.unwrap().next_cursor.unwrap()
}

#[test]
fn a_list_that_is_gone_is_made_again_only_if_it_is_the_same() {
    let mut busy = Busy::new();
    let limits = Limits::default();
    let kept = Kept::new(&limits);
    let cursor = first(&busy, &kept);
    let second = next(&busy, &cursor, &kept).unwrap();
    // Whoever keeps nothing can go on as long as nothing changes.
    let forgetful = Kept::new(&Limits {
        kept_list_time: Duration::ZERO,
        ..limits.clone()
    });
    assert_eq!(next(&busy, &cursor, &forgetful).as_ref(), Ok(&second));
    busy.change(0);
    assert_eq!(next(&busy, &cursor, &kept).as_ref(), Ok(&second));
    assert_eq!(next(&busy, &cursor, &forgetful), Err(CursorExpired));
    // What is done and in which order, the settings say as well, and they are no event.
    let cursor = first(&busy, &forgetful);
    let seq = busy.shelf.log().position().seq;
    put(&busy.root, "project.yaml", "statuses: [done, open]\n");
    absorb(&busy.shelf, &[("project.yaml", Final)]);
    assert_eq!(busy.shelf.log().position().seq, seq);
    assert_eq!(next(&busy, &cursor, &forgetful), Err(CursorExpired));
}

#[test]
fn as_many_lists_are_kept_as_there_is_room_for() {
    let mut busy = Busy::new();
    for (kept_lists, kept_list_tasks) in [(2, 1000), (64, 3 * N_STEADY)] {
        let kept = Kept::new(&Limits {
            kept_lists,
            kept_list_tasks,
            ..Limits::default()
        });
        let one = first(&busy, &kept);
        busy.change(1);
        let two = first(&busy, &kept);
        assert!(next(&busy, &one, &kept).is_ok());
        busy.change(2);
        let three = first(&busy, &kept);
        busy.change(4);
        // The one that was asked for last stays.
        let is_there = [&one, &two, &three].map(|cursor| next(&busy, cursor, &kept).is_ok());
        assert_eq!(is_there, [true, false, true], "{kept_lists}");
    }
}

#[test]
fn a_cursor_behind_the_end_is_the_end() {
    let busy = Busy::new();
    let kept = Kept::new(&Limits::default());
    let cursor = first(&busy, &kept);
    let (head, _) = cursor.rsplit_once('.').unwrap();
    for n_before in ["23", "99", "18446744073709551615"] {
        let cursor = format!("{head}.{n_before}");
        assert_eq!(next(&busy, &cursor, &kept), Ok(Vec::new()), "{n_before}");
    }
}
