//! The index finds the same, however it came about.

use super::*;
use crate::name::TaskPath;
use crate::project::Sighting;
use crate::project::tests::{gone, project, seen};
use proptest::prelude::*;

/// What an index finds: the tasks with how the words stand in them, and how common they are.
fn found(index: &Index, text: &str) -> (Vec<(String, u32, Vec<Weight>)>, Stats) {
    let search = Search::parse(text).unwrap();
    let Hits { hits, stats } = index.find(&search);
    let hits = hits.into_iter();
    let hits = hits.map(|hit| (hit.task.id.to_string(), hit.n_words, hit.weights.to_vec()));
    (hits.collect(), stats)
}

const SEARCHES: [&str; 9] = ["a", "b", "a ", "ab ", "ab a ", "ba b", "c ", "d", "\"a b\""];

/// Files of few names and words.
fn any_sighting() -> impl Strategy<Value = (TaskPath, Sighting)> {
    let name = prop::sample::select(vec!["a.md", "b.md", "c.md", "d/a.md", "d/b.md"]);
    let text = prop_oneof![
        1 => Just(None),
        1 => Just(Some("---\nid: [broken\n---\n".to_owned())),
        4 => ("[AB]", "[abc]{1,2}", "([ab]{1,2} ){0,5}").prop_map(|(id, title, body)| {
            Some(format!("---\nid: {id}\ntitle: {title}\n---\n{body}\n"))
        }),
        4 => "([a-d]{1,2} ){0,5}".prop_map(Some),
    ];
    (name, text).prop_map(|(at, text)| match text {
        Some(text) => seen(at, &text),
        None => gone(at),
    })
}

proptest! {
    #[test]
    fn kept_up_it_finds_what_one_that_is_made_anew_finds(
        batches in prop::collection::vec(prop::collection::vec(any_sighting(), 1..5), 1..20),
        made_after in 0..20_usize,
        caught_up_after in 0..20_usize,
    ) {
        let mut project = project(&[]);
        let mut kept_up = Index::of(project.tasks());
        let mut late = None;
        for (n, batch) in batches.into_iter().enumerate() {
            for change in project.reconcile(batch) {
                kept_up.apply(&change);
            }
            if n == made_after {
                late = Some(Index::of(project.tasks()));
            }
            // Like one that was made beside the lock, while this and that changed.
            if let Some(index) = late.as_mut().filter(|_| n >= caught_up_after) {
                index.catch_up(project.tasks());
            }
            let mut cleared = Index::of(project.tasks());
            cleared.clear_out();
            let anew = Index::of(project.tasks());
            for text in SEARCHES {
                let expected = found(&anew, text);
                prop_assert_eq!(&found(&kept_up, text), &expected, "{}", text);
                prop_assert_eq!(&found(&cleared, text), &expected, "{}", text);
                if let Some(index) = late.as_ref().filter(|_| n >= caught_up_after) {
                    prop_assert_eq!(&found(index, text), &expected, "{}", text);
                }
            }
        }
    }
}

#[test]
fn what_is_gone_is_cleared_out() {
    let mut project = project(&[("keep.md", "unchanged words")]);
    let mut index = Index::of(project.tasks());
    let n_rounds = 4 * GONE_MIN;
    for n in 0..n_rounds {
        let text = format!("round {n} of many");
        for change in project.reconcile([seen("a.md", &text)]) {
            index.apply(&change);
        }
    }
    assert!(
        index.entries.len() <= GONE_MIN + 4,
        "{}",
        index.entries.len()
    );
    assert!(
        index.vocabulary.len() <= GONE_MIN + 16,
        "{}",
        index.vocabulary.len()
    );
    let last = format!("round {} ", n_rounds - 1);
    for (text, n_found) in [
        ("unchanged ", 1),
        (last.as_str(), 1),
        ("round 7 ", 0),
        ("many ", 1),
    ] {
        assert_eq!(found(&index, text).0.len(), n_found, "{text}");
    }
    // A change of anything but the words costs no key.
    let n_keys = index.entries.len();
    let text = "---\nstatus: done\n---\nunchanged words";
    for change in project.reconcile([seen("keep.md", text)]) {
        index.apply(&change);
    }
    assert_eq!(index.entries.len(), n_keys);
    let search = Search::parse("unchanged").unwrap();
    assert_eq!(index.find(&search).into_tasks()[0].status, "done");
}
