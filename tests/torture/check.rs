//! At rest, everybody must agree: the folder, the server, a fresh server, and every client.

use crate::model;
use crate::support::{Client, DEADLINE, Server, eventually};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// A project's tasks and the number of the last event, once everything on disk has been seen.
pub fn synced(server: &Server, project: &str) -> (BTreeMap<String, Value>, u64) {
    let path = format!("/api/v1/projects/{project}/tasks?sync=1&limit=10000");
    let page = eventually("the project can be listed", || {
        let answer = server.get(&path);
        (answer.status == 200).then(|| answer.json())
    });
    let tasks = page["tasks"].as_array().unwrap().iter();
    let tasks = tasks.map(|task| (task["id"].as_str().unwrap().to_owned(), task.clone()));
    (tasks.collect(), page["seq"].as_u64().unwrap())
}

/// Lets a client read on until it has had this event.
fn catch_up(client: &mut Client, seq: u64) {
    let started = Instant::now();
    while client.seq() < seq {
        let event = client.event_within(Duration::from_secs(1));
        assert!(
            event.is_some() || started.elapsed() < DEADLINE,
            "event {seq} never came; the last was {}",
            client.seq()
        );
    }
}

/// Says where two maps differ, and no more.
fn expect_equal(what: &str, is: &BTreeMap<String, Value>, must: &BTreeMap<String, Value>) {
    for id in is.keys().chain(must.keys()) {
        let (is, must) = (is.get(id), must.get(id));
        assert!(is == must, "{what}: {id}\n is   {is:?}\n must {must:?}");
    }
}

/// The folder, the server and the clients agree on a project.
pub fn project(root: &Path, server: &Server, project: &str, clients: &mut [&mut Client]) {
    let (listed, seq) = synced(server, project);
    for client in &mut *clients {
        catch_up(client, seq);
        expect_equal("a client", client.replay(), &listed);
    }
    let listed = listed
        .iter()
        .map(|(id, task)| (id.clone(), model::as_read(task)));
    expect_equal("the list", &listed.collect(), &model::tasks(root, project));
}

/// The streams of a project's clients have no gap, and are the same where they overlap.
pub fn streams(clients: &[&Client]) {
    let mut texts: BTreeMap<u64, &Value> = BTreeMap::new();
    for client in clients {
        let mut last = client.first_seq();
        for event in client.history() {
            let seq = event["seq"].as_u64().unwrap();
            assert_eq!(seq, last + 1, "a gap in the stream");
            last = seq;
            let first = texts.entry(seq).or_insert(event);
            assert_eq!(**first, *event, "two clients heard different things");
        }
    }
}

/// A server that starts now says the same, and clears up what is not the user's.
pub fn afresh(root: &Path, server: &Server, projects: &[&str]) {
    let fresh = Server::over(root, &[]);
    for project in projects {
        let strip = |(tasks, _): (BTreeMap<String, Value>, u64)| {
            let strip = |(id, mut task): (String, Value)| {
                for key in ["created_at", "updated_at"] {
                    task.as_object_mut().unwrap().remove(key);
                }
                (id, task)
            };
            tasks.into_iter().map(strip).collect::<BTreeMap<_, _>>()
        };
        expect_equal(
            "a fresh server",
            &strip(synced(&fresh, project)),
            &strip(synced(server, project)),
        );
    }
}

/// Nothing of the server's own is left in the folder.
pub fn no_leftovers(root: &Path) {
    let mut pending = vec![root.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(&directory).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            assert!(!name.starts_with(".taskmd-"), "{name} is left");
            if entry.file_type().unwrap().is_dir() && name != ".git" {
                pending.push(entry.path());
            }
        }
    }
}
