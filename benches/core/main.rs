//! What the server does between its sockets, by itself: `cargo bench --bench core`, or one part: `… -- scan`, `reconcile`, `query`.
//!
//! `scan` opens a project, beside the least that anybody must do for that: list the directory and read the bytes. `reconcile` takes
//! in what was seen. `query` answers lists, with and without the bytes that go out. All of a project of 10,000 tasks of 1 KiB,
//! which lies in the kernel's memory.

mod folder;

use criterion::{BatchSize, Criterion, Throughput};
use folder::{FILE_BYTES, TASKS};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use taskmd::config::Limits;
use taskmd::name::{ProjectId, TaskPath};
use taskmd::project::dependencies::findings;
use taskmd::project::settings::Settings;
use taskmd::project::{Project, Sighting, Stamp};
use taskmd::query::{Index, Query};
use taskmd::store::{Kept, Shelf, Store};
use taskmd::task::document::{self, FileTimes};
use taskmd::task::{Revision, Task};
use taskmd::wire;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .measurement_time(Duration::from_secs(4))
        .configure_from_args();
    let folder = tempfile::tempdir().expect("a folder for the files");
    folder::fill(folder.path()).expect("the files are written");
    scan(&mut criterion, folder.path());
    reconcile(&mut criterion);
    query(&mut criterion, folder.path());
    criterion.final_summary();
}

/// Reads a project anew.
fn open(root: &Path) -> Arc<Shelf> {
    let store = Store::new(root, Limits::default()).expect("the root is there");
    let id = ProjectId::parse(folder::PROJECT).expect("a plain name");
    store.open(&id, &mut |_| {}).expect("the project is read");
    store.shelf(&id).expect("it was opened")
}

fn scan(criterion: &mut Criterion, root: &Path) {
    let mut group = criterion.benchmark_group("scan");
    group.throughput(Throughput::Elements(TASKS as u64));
    let directory = root.join(folder::PROJECT);
    group.bench_function("bytes alone, one thread", |bencher| {
        bencher.iter(|| {
            let files = fs::read_dir(&directory).expect("it is there");
            let read = files.map(|file| fs::read(file.expect("it is listed").path()));
            read.map(|bytes| bytes.expect("it is read").len())
                .sum::<usize>()
        });
    });
    group.bench_function("project", |bencher| {
        bencher.iter_with_large_drop(|| open(root));
    });
    let text = folder::text(7);
    group.throughput(Throughput::Bytes(FILE_BYTES as u64));
    group.bench_function("one file, read already", |bencher| {
        let path = TaskPath::parse("TASK-7.md").expect("a plain name");
        let (times, settings) = (times(), Settings::default());
        bencher.iter(|| {
            let reading = document::read(&path, text.as_bytes(), &times, &settings);
            (Revision::of(text.as_bytes()), reading)
        });
    });
    group.finish();
}

fn times() -> FileTimes {
    FileTimes {
        created: "2026-01-01T00:00:00Z".into(),
        modified: "2026-01-02T00:00:00Z".into(),
    }
}

/// What a look at the n-th file sees.
fn seen(n: usize, text: &str) -> (TaskPath, Sighting) {
    let path = TaskPath::parse(&folder::file_name(n)).expect("a plain name");
    let reading = document::read(&path, text.as_bytes(), &times(), &Settings::default());
    let sighting = Sighting::Read {
        stamp: Stamp::default(),
        revision: Some(Revision::of(text.as_bytes())),
        reading: Box::new(reading),
    };
    (path, sighting)
}

fn all_seen() -> Vec<(TaskPath, Sighting)> {
    (0..TASKS).map(|n| seen(n, &folder::text(n))).collect()
}

fn empty() -> Project {
    Project::new(ProjectId::parse(folder::PROJECT).expect("a plain name"))
}

fn reconcile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reconcile");
    group.bench_function("10,000 new files", |bencher| {
        let new = || (empty(), all_seen());
        bencher.iter_batched(
            new,
            |(mut project, batch)| {
                let changes = project.reconcile(batch);
                (project, changes)
            },
            BatchSize::PerIteration,
        );
    });
    let mut project = empty();
    drop(project.reconcile(all_seen()));
    let mut n_saves = 0;
    group.bench_function("one save among 10,000", |bencher| {
        let save = || {
            n_saves += 1;
            let text = folder::text(7).replace("status: open", &format!("status: s{n_saves}"));
            vec![seen(7, &text)]
        };
        bencher.iter_batched(
            save,
            |batch| project.reconcile(batch),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("links of 10,000 that lead nowhere", |bencher| {
        let tasks: Vec<_> = project.tasks().cloned().collect();
        bencher.iter(|| findings(&tasks));
    });
    group.bench_function("10,000 files as they were", |bencher| {
        bencher.iter_batched(
            all_seen,
            |batch| project.reconcile(batch),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// Lists that people ask for, by what they are called here.
const LISTS: [(&str, &str); 8] = [
    ("a page", "limit=100"),
    ("all", "limit=10000"),
    ("all, without bodies", "limit=10000&body=false"),
    ("a filter", "status=open&tag!=t3&limit=100"),
    ("ready, by urgency", "ready=true&sort=priority,-updated_at"),
    ("a word", "q=harbour "),
    ("the beginning of a word", "q=har"),
    ("two words side by side", "q=\"tide table\""),
];

fn parse(text: &str) -> Query {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    let pairs = pairs.map(|(name, value)| match name.strip_suffix('!') {
        Some(bare) => (format!("{bare}!"), value.to_owned()),
        None => (name.to_owned(), value.to_owned()),
    });
    Query::parse(pairs, Limits::default().page_tasks).expect("a query")
}

fn query(criterion: &mut Criterion, root: &Path) {
    let mut group = criterion.benchmark_group("query");
    let shelf = open(root);
    for (name, text) in LISTS {
        let query = parse(text);
        let list = || {
            // Nothing is kept from one to the next, as after a change.
            let kept = Kept::new(&Limits::default());
            shelf.list(&query, &kept).expect("no cursor to expire")
        };
        group.bench_function(name, |bencher| bencher.iter_with_large_drop(list));
        let page = list();
        group.bench_function(format!("{name}: the bytes"), |bencher| {
            bencher.iter_with_large_drop(|| wire::task_page(shelf.id(), &page, query.fields));
        });
    }
    let tasks: Vec<Arc<Task>> = shelf.view(|project, _| project.tasks().cloned().collect());
    group.bench_function("the index of all words", |bencher| {
        bencher.iter_with_large_drop(|| Index::of(&tasks));
    });
    let mut project = empty();
    drop(project.reconcile(all_seen()));
    let mut index = Index::of(project.tasks());
    let mut n_saves = 0;
    group.bench_function("the index after a save", |bencher| {
        let save = || {
            n_saves += 1;
            let text = folder::text(7) + &format!("saved {n_saves} times\n");
            project.reconcile([seen(7, &text)]).remove(0)
        };
        bencher.iter_batched(save, |change| index.apply(&change), BatchSize::SmallInput);
    });
    group.finish();
}
