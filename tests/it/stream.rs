//! The WebSocket, as the user's document has it.

use crate::support::{Server, eventually};
use serde_json::json;
use tungstenite::Message;

#[test]
fn the_messages_are_those_of_the_document() {
    let server = Server::start();
    let mut client = server.connect("p");
    let created = json!({"title": "New Task", "markdown_body": "..."});
    assert_eq!(
        server
            .request("POST", "/api/v1/projects/p/tasks", Some(created))
            .status,
        201
    );
    let event = client.next_event();
    assert_eq!(event["type"], "task.created");
    assert_eq!(
        (&event["project_id"], &event["task_id"]),
        (&json!("p"), &json!("TASK-001"))
    );
    assert_eq!(
        event["data"],
        server.json("/api/v1/projects/p/tasks/TASK-001")
    );
    assert_eq!(
        (&event["seq"], &event["source"]),
        (&json!(1), &json!("api"))
    );

    server.shell("sed -i 's/^status: .*/status: in_progress/' p/TASK-001.md");
    let event = client.next_event();
    assert_eq!(event["type"], "task.updated");
    assert_eq!(event["data"]["status"], "in_progress");
    assert_eq!(event["changes"], json!({"status": ["open", "in_progress"]}));
    assert_eq!(
        (&event["seq"], &event["source"]),
        (&json!(2), &json!("file"))
    );

    assert_eq!(
        server
            .request("DELETE", "/api/v1/projects/p/tasks/TASK-001", None)
            .status,
        204
    );
    let event = client.next_event();
    assert_eq!(event["type"], "task.deleted");
    assert_eq!(event["data"], json!({"id": "TASK-001"}));
    let page = server.json("/api/v1/projects/p/tasks");
    assert_eq!((&page["seq"], &page["epoch"]), (&json!(3), &event["epoch"]));
    client.expect_quiet();
}

#[test]
fn a_client_hears_of_its_own_project_only() {
    let server = Server::start_with(&[("p", None), ("q", None)], &[]);
    let (mut of_p, mut of_q) = (server.connect("p"), server.connect("q"));
    server.write("p/canary.md", "x");
    assert_eq!(of_p.next_events(1), ["created canary"]);
    of_q.expect_quiet();
}

#[test]
fn the_statistics_are_those_of_the_document() {
    let server = Server::start_with(&[("p", None), ("q", None)], &[]);
    let clients = [
        server.connect("p"),
        server.connect("p"),
        server.connect("q"),
    ];
    let one = server.json("/api/v1/ws/stats?project_id=p");
    assert_eq!(
        one,
        json!({"status": "ok", "project_id": "p", "client_count": 2})
    );
    let all = server.json("/api/v1/ws/stats");
    assert_eq!(
        all,
        json!({"status": "ok", "client_count": 3, "projects": {"p": 2, "q": 1}})
    );
    drop(clients);
    eventually("the clients are not counted any more", || {
        (server.json("/api/v1/ws/stats")["client_count"] == 0).then_some(())
    });
    assert_eq!(
        server.get("/api/v1/ws/stats?project_id=x").outcome(),
        (404, "project_not_found".into())
    );
}

#[test]
fn what_a_client_says_reaches_nobody() {
    let server = Server::start();
    let (mut talker, mut other) = (server.connect("p"), server.connect("p"));
    talker.say(Message::text(r#"{"type":"task.created","canary":true}"#));
    talker.say(Message::binary(vec![1, 2, 3]));
    other.expect_quiet();
    server.write("p/a.md", "x");
    assert_eq!(talker.next_events(1), ["created a"]);
    assert_eq!(other.next_events(1), ["created a"]);
}

#[test]
fn a_message_that_is_too_big_ends_the_stream() {
    let server = Server::start();
    let mut client = server.connect("p");
    client.say(Message::text("x".repeat(20_000)));
    assert_eq!(client.closed().0, 1009);
}

#[test]
fn pings_come_and_a_client_that_does_not_answer_is_dropped() {
    let server = Server::start_with(&[("p", None)], &["--ping-interval", "100ms"]);
    let mut client = server.connect("p");
    let first = client.next_within(crate::support::DEADLINE);
    assert!(matches!(first, Some(Message::Ping(_))), "{first:?}");
    // This one never reads, so it never answers.
    let _silent = server.connect("p");
    eventually("the silent client is gone", || {
        // Reading answers the pings of the other.
        assert!(client.next_within(crate::support::DEADLINE).is_some());
        (server.json("/api/v1/ws/stats")["client_count"] == 1).then_some(())
    });
}

#[test]
fn a_client_that_never_reads_delays_nobody() {
    let server = Server::start_with(&[("p", None)], &["--replay-events", "50"]);
    let _silent = server.connect("p");
    let mut client = server.connect("p");
    let body = "x".repeat(200_000);
    for n in 0..200 {
        server.write("p/a.md", &format!("{n} {body}"));
        assert_eq!(client.next_event()["seq"], n + 1);
    }
}

#[test]
fn a_burst_reaches_a_client_whole_and_in_order() {
    let server = Server::start();
    let mut client = server.connect("p");
    server.shell("for i in $(seq 1 1500); do echo $i > p/t$i.md; done");
    for seq in 1..=1500 {
        assert_eq!(client.next_event()["seq"], seq);
    }
    assert_eq!(*client.replay(), server.tasks("p"));
}

#[test]
fn handshakes_that_are_none() {
    let server = Server::start();
    let path = "/api/v1/projects/p/ws";
    let key = ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let upgrade = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        key,
    ];
    let send = |headers: &[(&str, &str)]| server.send("GET", path, headers, b"").outcome();
    assert_eq!(send(&[]), (426, "upgrade_required".into()));
    assert_eq!(send(&upgrade[..2]), (426, "upgrade_required".into()));
    assert_eq!(send(&upgrade[..3]), (400, "invalid_handshake".into()));
    for short_or_long in [
        "short",
        "dGhlIHNhbXBsZSBub25j",
        "dGhlIHNhbXBsZSBub25jZSE=",
        "dGhlIHNhbXBsZSBub25jZSEhIQ==",
    ] {
        let key = [("sec-websocket-key", short_or_long)];
        let bad = [&upgrade[..3], &key].concat();
        assert_eq!(send(&bad), (400, "invalid_handshake".into()));
    }
    let two = [&upgrade[..], &[key]].concat();
    assert_eq!(send(&two), (400, "invalid_handshake".into()));
    for other in [("upgrade", "h2c"), ("sec-websocket-version", "12")] {
        let mut bad = upgrade.to_vec();
        bad.retain(|(name, _)| *name != other.0);
        bad.push(other);
        let refused = server.send("GET", path, &bad, b"");
        assert_eq!(refused.outcome(), (426, "upgrade_required".into()));
        assert_eq!(refused.headers["upgrade"], "websocket");
        assert_eq!(refused.headers["sec-websocket-version"], "13");
    }
    let mut old = format!("GET {path} HTTP/1.0\r\nhost: localhost\r\n");
    for (name, value) in upgrade {
        old += &format!("{name}: {value}\r\n");
    }
    let refused = server.raw(format!("{old}\r\n").as_bytes());
    assert_eq!(refused.outcome(), (426, "upgrade_required".into()));
    let foreign = [&upgrade[..], &[("origin", "http://evil.example")]].concat();
    assert_eq!(send(&foreign), (403, "origin_not_allowed".into()));
    let unknown = server.send("GET", "/api/v1/projects/nope/ws", &upgrade, b"");
    assert_eq!(unknown.outcome(), (404, "project_not_found".into()));
    assert_eq!(
        server.send("POST", path, &upgrade, b"").outcome(),
        (405, "method_not_allowed".into())
    );
}

#[test]
fn a_stop_says_good_bye_with_the_last_position() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Server::start();
        let mut client = server.connect("p");
        server.write("p/a.md", "x");
        let event = client.next_event();
        let ended = std::thread::spawn(move || server.end(signal));
        let position = format!("{}:1", event["epoch"].as_str().unwrap());
        assert_eq!(client.closed(), (1001, position));
        // Reading on answers the close; the server then goes.
        assert_eq!(ended.join().unwrap(), Some(0));
    }
}
