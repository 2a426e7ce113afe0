//! Any parameters are refused, or list tasks of the project, each once; what is shown of a body lies in it.
//!
//! Input: the query of a URL, then behind a byte FF the body of a task.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;
use taskmd::name::{ProjectId, TaskPath};
use taskmd::project::{Project, Sighting, Stamp};
use taskmd::query::search::Snippet;
use taskmd::query::{Cursor, Index, Query, Sequence};
use taskmd_fuzz::{halves, quickly, read};

const LIMIT_MAX: usize = 100;

fuzz_target!(|input: &[u8]| {
    let (parameters, body) = halves(input);
    let Ok(parameters) = std::str::from_utf8(parameters) else {
        return;
    };
    let pairs = parameters.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    let pairs: Vec<_> = pairs.collect();
    let Ok(query) = quickly(input.len(), || Query::parse(pairs.clone(), LIMIT_MAX)) else {
        return;
    };
    assert!((1..=LIMIT_MAX).contains(&query.limit));
    if let Some(cursor) = &query.cursor {
        assert_eq!(Cursor::parse(&cursor.to_string()).as_ref(), Some(cursor));
    }
    let project = project(body);
    let listed = quickly(input.len(), || listed(&query, &project));
    let ids: BTreeSet<_> = listed.iter().collect();
    assert_eq!(ids.len(), listed.len(), "{listed:?}");
});

/// A project of a task with this body, and of one that depends on it.
fn project(body: &[u8]) -> Project {
    let second = b"---\nid: T-2\nstatus: done\ndepends_on: [T-1]\ndue: 2026-12-01\ntags: [a]\n---\ntide\n";
    let files = [("T-1.md", body), ("back/T-2.md", second.as_slice())];
    let seen = files.map(|(path, bytes)| {
        let reading = Box::new(read(bytes));
        let (stamp, revision) = (Stamp::default(), None);
        let path = TaskPath::parse(path).expect("the path is clean");
        (
            path,
            Sighting::Read {
                stamp,
                revision,
                reading,
            },
        )
    });
    let mut project = Project::new(ProjectId::parse("p").expect("a fine name"));
    drop(project.reconcile(seen));
    project
}

fn listed(query: &Query, project: &Project) -> Vec<String> {
    let selection = &query.selection;
    let mut tasks = selection.tasks(project);
    if let Some(search) = &selection.search {
        let index = Index::of(project.tasks());
        let mut hits = selection.hits(search, project, &index);
        hits.check_phrases(search);
        let stats = hits.stats.clone();
        let found = hits.ranked(&stats);
        assert!(found.iter().all(|(score, _)| score.is_finite()));
        let (n_found, n_matching) = (found.len(), tasks.len());
        tasks.retain(|task| found.iter().any(|(_, hit)| hit.id == task.id));
        assert_eq!(tasks.len(), n_found, "of {n_matching}");
        for task in &tasks {
            let snippet = Snippet::of(task, search);
            let n_units = snippet.text.encode_utf16().count();
            let mut end = 0;
            for [from, to] in snippet.matches {
                assert!(end <= from && from < to && to <= n_units, "{}", snippet.text);
                end = to;
            }
        }
    }
    if let Sequence::Order(order) = selection.sequence() {
        tasks = order.sorted(&tasks, &project.settings().statuses);
    }
    tasks.iter().map(|task| task.id.to_string()).collect()
}
