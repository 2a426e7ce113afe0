//! `/metrics`: the numbers are what has happened.

use crate::support::{Server, eventually};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The samples by name and labels. Each belongs to the family above it, which is described once.
pub fn metrics(server: &Server) -> BTreeMap<String, f64> {
    let answer = server.get("/metrics");
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.headers["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let (mut families, mut family, mut samples) = (BTreeSet::new(), String::new(), BTreeMap::new());
    for line in answer.text().lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            family = help.split_once(' ').unwrap().0.to_owned();
            assert!(families.insert(family.clone()), "{family} comes twice");
        } else if let Some(sort) = line.strip_prefix("# TYPE ") {
            let (name, sort) = sort.split_once(' ').unwrap();
            assert_eq!(name, family);
            assert!(["counter", "gauge", "histogram"].contains(&sort), "{sort}");
            let is_total = name.ends_with("_total") || name.ends_with("_info");
            assert!(is_total || sort != "counter", "{name}");
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with(&family), "{name} below {family}");
            let is_new = samples.insert(name.to_owned(), value.parse().unwrap());
            assert!(is_new.is_none(), "{name} comes twice");
        }
    }
    samples
}

#[test]
fn what_happens_is_counted() {
    let server = Server::start_with(&[("p", None), ("q", None)], &[]);
    let mut client = server.connect("p");
    let other = server.connect("p");
    server.write("p/a.md", "x");
    assert_eq!(client.next_events(1), ["created a"]);
    let body = json!({"title": "One"});
    let made = server.request("POST", "/api/v1/projects/p/tasks", Some(body));
    assert_eq!(made.status, 201);
    assert_eq!(client.next_events(1), ["created TASK-001"]);
    server.write("p/b.md", "---\n[\n---\n");
    eventually("the problem is known", || {
        (server.problems("p").len() == 1).then_some(())
    });
    drop(other);
    let expected = [
        (r#"taskmd_clients{project="p"}"#, 1.0),
        (r#"taskmd_clients{project="q"}"#, 0.0),
        (r#"taskmd_tasks{project="p"}"#, 2.0),
        (r#"taskmd_problems{project="p"}"#, 1.0),
        (
            r#"taskmd_events_total{project="p",type="task.created",source="file"}"#,
            1.0,
        ),
        (
            r#"taskmd_events_total{project="p",type="task.created",source="api"}"#,
            1.0,
        ),
        (
            r#"taskmd_events_total{project="p",type="task.deleted",source="api"}"#,
            0.0,
        ),
        (r#"taskmd_clients_gone_total{reason="left"}"#, 1.0),
        (r#"taskmd_clients_gone_total{reason="stalled"}"#, 0.0),
        (r#"taskmd_client_lag_events{project="p"}"#, 0.0),
        ("taskmd_watcher_polling", 0.0),
        ("taskmd_connections_refused_total", 0.0),
    ];
    let found = eventually("one client has gone", || {
        let found = metrics(&server);
        (found[r#"taskmd_clients_gone_total{reason="left"}"#] > 0.0).then_some(found)
    });
    for (name, value) in expected {
        assert_eq!(found.get(name), Some(&value), "{name}");
    }
    let event_bytes = found[r#"taskmd_event_bytes_total{project="p"}"#];
    // To the one that read, and to the one that may have.
    assert!(found["taskmd_sent_bytes_total"] >= event_bytes && event_bytes > 500.0);
    for times in ["taskmd_reconcile_seconds", "taskmd_request_seconds"] {
        let count = found[&format!("{times}_count")];
        assert!(count >= 1.0, "{times}");
        assert_eq!(found[&format!("{times}_bucket{{le=\"+Inf\"}}")], count);
    }
    assert!(found["process_resident_memory_bytes"] > 1e6);
}

#[test]
fn why_clients_go_is_counted() {
    let server = Server::start_with(&[("p", None)], &["--ping-interval", "100ms"]);
    let _silent = server.connect("p");
    eventually("the silent client is counted", || {
        let gone = r#"taskmd_clients_gone_total{reason="unanswered"}"#;
        (metrics(&server)[gone] == 1.0).then_some(())
    });
    let mut talker = server.connect("p");
    talker.say(tungstenite::Message::text("x".repeat(20_000)));
    assert_eq!(talker.closed().0, 1009);
    eventually("the offender is counted", || {
        let gone = r#"taskmd_clients_gone_total{reason="offence"}"#;
        (metrics(&server)[gone] == 1.0).then_some(())
    });
}
