//! A watcher that fails, and one that hears nothing any more.

use super::*;
use crate::config::Limits;
use std::path::Path;
use std::time::Instant;
use tempfile::TempDir;

/// A watched root with an empty project.
fn watched() -> (TempDir, Arc<Store>, Watch) {
    let root = TempDir::new().unwrap();
    std::fs::create_dir(root.path().join("p")).unwrap();
    let store = Arc::new(Store::new(root.path(), Limits::default()).unwrap());
    let (watch, opening) = Watch::start(store.clone(), false).unwrap();
    // Not on this thread, which may be a runtime's.
    let opened = std::thread::spawn(|| opening.blocking_recv());
    opened.join().unwrap().unwrap().unwrap();
    (root, store, watch)
}

#[expect(clippy::disallowed_methods, reason = "the tests are the editor")]
fn put(root: &Path, name: &str) {
    std::fs::write(root.join("p").join(name), "hello").unwrap();
}

/// Waits until so many tasks are known.
fn expect_tasks(store: &Store, n_tasks: usize) {
    let started = Instant::now();
    let shelf = store.shelf(&ProjectId::parse("p").unwrap()).unwrap();
    while shelf.view(|project, _| project.n_files()) != n_tasks {
        assert!(started.elapsed() < Duration::from_secs(20), "never seen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_watcher_that_fails_is_started_anew() {
    let (root, store, watch) = watched();
    put(root.path(), "a.md");
    expect_tasks(&store, 1);
    watch.messages.send(Message::Fail).unwrap();
    put(root.path(), "b.md");
    expect_tasks(&store, 2);
    put(root.path(), "c.md");
    expect_tasks(&store, 3);
    watch.stop();
}

#[tokio::test]
async fn a_watcher_that_hears_nothing_is_noticed_and_mended() {
    let (root, store, watch) = watched();
    watch.messages.send(Message::Deafen).unwrap();
    put(root.path(), "a.md");
    // The mark does not come out; who waits for it is told after the walk that follows.
    watch.probe().sync(None).await.unwrap();
    expect_tasks(&store, 1);
    put(root.path(), "b.md");
    expect_tasks(&store, 2);
    watch.stop();
}

#[tokio::test]
async fn who_asks_hears_of_everything_that_came_before() {
    let (root, store, watch) = watched();
    for n in 0..100 {
        put(root.path(), &format!("{n}.md"));
        watch
            .probe()
            .sync(ProjectId::parse("p").ok())
            .await
            .unwrap();
        let shelf = store.shelf(&ProjectId::parse("p").unwrap()).unwrap();
        assert_eq!(shelf.view(|project, _| project.n_files()), n + 1);
    }
    watch.stop();
}
