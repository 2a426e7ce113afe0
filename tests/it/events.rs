//! `/events`: what the WebSocket says, as Server-Sent Events.

mod browser;
mod poll;
pub mod source;
mod vanished;

use crate::dice::asked_for;
use crate::resume::follower::{Follower, cut_anywhere, seq};
use crate::support::{DEADLINE, Server, eventually};
use serde_json::{Value, json};
use source::Source;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::Duration;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

const EVENTS: &str = "/api/v1/projects/p/events";
/// A text that no socket takes at once.
const BIG_BYTES: usize = 200_000;

/// The WebSocket of `p`, bare.
fn web_socket(server: &Server, query: &str) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let url = format!("ws://{}/api/v1/projects/p/ws{query}", server.address());
    let client = tungstenite::client(url.into_client_request().unwrap(), stream);
    client.unwrap().0
}

/// The next text of a WebSocket.
fn text(socket: &mut WebSocket<TcpStream>) -> String {
    loop {
        if let Message::Text(text) = socket.read().unwrap() {
            return text.to_string();
        }
    }
}

/// Makes events of all kinds and sizes, and returns how many.
fn live_through(server: &Server) -> u64 {
    let tasks = "/api/v1/projects/p/tasks";
    let body = "größer – 日本語 🦀\r\n\r\ndata: x\n\nid: 9\n\u{2028}\u{0}\u{feff}";
    let created = server.request(
        "POST",
        tasks,
        Some(json!({"title": body.trim_end(), "markdown_body": "b"})),
    );
    assert_eq!(created.status, 201, "{}", created.text());
    server.write("p/small.md", body);
    eventually("the file is told", || (seq(server) == 2).then_some(()));
    server.write("p/big.md", &"b".repeat(BIG_BYTES));
    eventually("the big one is told", || (seq(server) == 3).then_some(()));
    server.shell("sed -i 's/größer/kleiner/' p/small.md");
    eventually("the edit is told", || (seq(server) == 4).then_some(()));
    assert_eq!(
        server
            .request("DELETE", &format!("{tasks}/TASK-001"), None)
            .status,
        204
    );
    5
}

/// The position that a message says it is at.
fn position(message: &str) -> String {
    let message: Value = serde_json::from_str(message).unwrap();
    let epoch = message["epoch"].as_str().unwrap();
    format!("{epoch}:{}", message["seq"])
}

#[test]
fn the_messages_are_the_web_sockets_byte_for_byte() {
    let server = Server::start();
    let mut source = Source::open(&server, "", None);
    let mut socket = web_socket(&server, "");
    let n_events = live_through(&server);
    for _ in 0..n_events {
        let said = text(&mut socket);
        assert_eq!(source.next().unwrap().as_deref(), Some(&*said));
        assert_eq!(source.last_event_id, position(&said));
    }
    // The same again from the log, in runs; and how it ended.
    let first = source.last_event_id.replace(":5", ":0");
    let mut again = Source::open(&server, &format!("?since={first}"), None);
    let mut socket = web_socket(&server, &format!("?since={first}"));
    for _ in 0..n_events {
        assert_eq!(again.next().unwrap(), Some(text(&mut socket)));
    }
    let mut snapshot = Source::open(&server, "?since=0", None);
    let mut socket = web_socket(&server, "?since=0");
    assert_eq!(snapshot.next().unwrap(), Some(text(&mut socket)));
    assert_eq!(snapshot.last_event_id, source.last_event_id);
}

#[test]
fn a_browser_is_told_what_it_needs_to_come_again() {
    let server = Server::start();
    let mut source = Source::open(&server, "", None);
    let headers = &source.head.headers;
    assert_eq!(headers["content-type"], "text/event-stream");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(source.block().unwrap().as_deref(), Some(""));
    let retry_ms = source.retry_ms.unwrap();
    assert!((1_000..5_000).contains(&retry_ms), "{retry_ms}");
    // It has had no event, and yet misses none.
    let page = server.json("/api/v1/projects/p/tasks");
    let here = format!("{}:0", page["epoch"].as_str().unwrap());
    assert_eq!(source.last_event_id, here);
    drop(source);
    server.write("p/a.md", "x");
    eventually("it is told", || (seq(&server) == 1).then_some(()));
    let mut source = Source::open(&server, "", Some(&here));
    let message = source.next().unwrap().unwrap();
    assert!(
        message.starts_with(r#"{"type":"task.created""#),
        "{message}"
    );
}

/// What the first message of a stream is, for a query and a Last-Event-ID: the number of an event, or a snapshot.
#[test]
fn where_a_stream_begins() {
    let server = Server::start_with(&[("p", None)], &["--replay-events", "5"]);
    for n in 1..=10 {
        server.write(&format!("p/t{n}.md"), "x");
        eventually("it is told", || (seq(&server) == n).then_some(()));
    }
    let page = server.json("/api/v1/projects/p/tasks?limit=1");
    let epoch = page["epoch"].as_str().unwrap();
    let at = |seq: u64| format!("{epoch}:{seq}");
    let foreign = "0123456789abcdef:7".to_owned();
    let none = String::new();
    let live = Some(("task.created", 11));
    let snapshot = Some(("snapshot", 10));
    let after = |seq: u64| Some(("task.created", seq + 1));
    let cases = [
        (&none, None, live),
        (&none, Some(none.clone()), live),
        (&none, Some(at(7)), after(7)),
        (&none, Some(at(10)), live),
        (&none, Some(at(4)), snapshot),
        (&none, Some(at(11)), snapshot),
        (&none, Some(foreign.clone()), snapshot),
        (&none, Some("0".to_owned()), snapshot),
        (&none, Some("nonsense".to_owned()), snapshot),
        (&none, Some("\u{e9}".to_owned()), snapshot),
        (
            &none,
            Some(format!("{}\r\nlast-event-id: {}", at(7), at(8))),
            snapshot,
        ),
        (&at(6), None, after(6)),
        (&at(6), Some(none.clone()), after(6)),
        (&at(6), Some(at(8)), after(8)),
        (&at(6), Some("nonsense".to_owned()), snapshot),
        (&foreign, None, snapshot),
        (&foreign, Some(at(9)), after(9)),
        (&"0".to_owned(), None, snapshot),
        (&"0".to_owned(), Some(at(9)), after(9)),
    ]
    .map(|(since, last, expected)| {
        let query = if since.is_empty() {
            none.clone()
        } else {
            format!("?since={since}")
        };
        (
            format!("{query} {last:?}"),
            Source::open(&server, &query, last.as_deref()),
            expected,
        )
    });
    // The live ones wait for this one.
    server.write("p/t11.md", "x");
    for (case, mut source, expected) in cases {
        let message: Value = serde_json::from_str(&source.next().unwrap().unwrap()).unwrap();
        let seq = message["seq"].as_u64().unwrap();
        assert_eq!(
            Some((message["type"].as_str().unwrap(), seq)),
            expected,
            "{case}"
        );
    }
}

#[test]
fn what_is_no_request_for_a_stream_is_refused() {
    let server = Server::start();
    let outcome = |query: &str| server.get(&format!("{EVENTS}{query}")).outcome();
    let invalid = (400, "invalid_query".to_owned());
    for query in [
        "?since=",
        "?since=1",
        "?since=x",
        "?since=a:-1",
        "?since=0&since=0",
        "?sicne=0",
    ] {
        assert_eq!(outcome(query), invalid, "{query}");
    }
    assert_eq!(
        server.get("/api/v1/projects/none/events").outcome(),
        (404, "project_not_found".into())
    );
    assert_eq!(
        server.request("POST", EVENTS, None).outcome(),
        (405, "method_not_allowed".into())
    );
    // Who wants JSON is not to wait for the end of a stream; whoever does not say, gets it.
    let json = ("accept", "application/json");
    let refused = server.send("GET", EVENTS, &[json], b"");
    assert_eq!(refused.outcome(), (406, "not_acceptable".into()));
    for method in ["HEAD", "head"] {
        let answer = server.send(method, EVENTS, &[("accept", "*/*")], b"");
        let is_head = method == "HEAD";
        assert_eq!(answer.status, if is_head { 200 } else { 405 });
        assert!(!is_head || answer.headers["content-type"] == "text/event-stream");
        assert!(!is_head || answer.body.is_empty());
    }
    let stats = server.json("/api/v1/ws/stats?project_id=p");
    assert_eq!(stats["client_count"], 0, "nobody follows");
}

#[test]
fn a_stream_is_a_client_as_long_as_it_lasts() {
    let server = Server::start();
    let count = || server.json("/api/v1/ws/stats?project_id=p")["client_count"].as_u64();
    let (source, _socket) = (Source::open(&server, "", None), server.connect("p"));
    assert_eq!(count(), Some(2));
    drop(source);
    eventually("the stream is not counted any more", || {
        (count() == Some(1)).then_some(())
    });
}

#[test]
fn silence_is_broken_now_and_then() {
    let server = Server::start_with(&[("p", None)], &["--ping-interval", "50ms"]);
    let mut source = Source::open(&server, "", None);
    while source.n_comments < 3 {
        assert_eq!(source.block().unwrap().as_deref(), Some(""));
    }
}

/// A client that nothing comes to lets go as well.
const PATIENCE: Duration = Duration::from_millis(50);
/// How often clients are cut.
const CUTS: usize = 500;

#[test]
fn cut_at_any_byte_a_stream_misses_nothing() {
    let server = Server::start();
    let follow = |follower: &mut Follower, n_bytes, until: Option<u64>| {
        let last = Some(follower.last_event_id.clone()).filter(|id| !id.is_empty());
        let source = Source::open_for(&server, "?since=0", last.as_deref(), n_bytes);
        let Ok(mut source) = source else { return };
        let patience = if until.is_some() { DEADLINE } else { PATIENCE };
        source.stream().set_read_timeout(Some(patience)).unwrap();
        while until != Some(follower.seq()) {
            let message = source.next();
            follower.last_event_id = source.last_event_id.clone();
            let Ok(Some(message)) = message else { return };
            follower.apply(&serde_json::from_str(&message).unwrap());
            assert_eq!(source.last_event_id, follower.since());
        }
    };
    let n_cuts = asked_for("TASKMD_CUTS", CUTS);
    let followers = cut_anywhere(&server, n_cuts, |follower, n_bytes| {
        follow(follower, n_bytes, None);
    });
    let (tasks, last) = (server.tasks("p"), seq(&server));
    for mut follower in followers {
        follow(&mut follower, usize::MAX, Some(last));
        assert_eq!((follower.seq(), &follower.tasks), (last, &tasks));
        assert_eq!(follower.n_snapshots, 1);
    }
}

#[test]
fn cut_inside_a_snapshot_a_client_is_nowhere_yet() {
    let server = Server::start_with(&[("p/a.md", Some(&"x".repeat(2_000)))], &[]);
    let mut n_whole = 0;
    for n_bytes in (300..4_000).step_by(37) {
        let mut source = Source::open_for(&server, "?since=0", None, n_bytes).unwrap();
        match source.next() {
            Ok(_) => n_whole += 1,
            Err(_) => assert_eq!(source.last_event_id, "", "after {n_bytes} bytes"),
        }
    }
    assert!((1..99).contains(&n_whole), "{n_whole}");
}

#[test]
fn a_stream_ends_with_the_server_and_begins_anew_with_the_next() {
    let mut server = Server::start();
    let mut source = Source::open(&server, "", None);
    server.write("p/a.md", "x");
    assert!(source.next().unwrap().is_some());
    assert_eq!(server.end("-TERM"), Some(0));
    // Not cut: it has an end of its own.
    assert_eq!(source.next().unwrap(), None);

    let next = Server::over(&server.path(""), &[]);
    let mut source = Source::open(&next, "", Some(&source.last_event_id));
    let message: Value = serde_json::from_str(&source.next().unwrap().unwrap()).unwrap();
    assert_eq!(
        (&message["type"], &message["seq"]),
        (&json!("snapshot"), &json!(0))
    );
    assert_eq!(message["data"][0]["id"], "a");
}

#[test]
fn who_is_overtaken_comes_to_an_end_and_again_to_a_snapshot() {
    let server = Server::start_with(&[("p", None)], &["--replay-events", "5"]);
    let mut source = Source::open(&server, "", None);
    assert_eq!(source.block().unwrap().as_deref(), Some(""));
    let body = "x".repeat(BIG_BYTES);
    for n in 1..=60 {
        server.write("p/a.md", &format!("{n} {body}"));
        eventually("it is told", || (seq(&server) == n).then_some(()));
    }
    let mut n_had = 0;
    while let Some(message) = source.next().unwrap() {
        n_had += 1;
        assert!(position(&message).ends_with(&format!(":{n_had}")));
    }
    assert!(n_had < 60, "all of it had room");
    let mut source = Source::open(&server, "", Some(&source.last_event_id));
    let message = source.next().unwrap().unwrap();
    assert!(message.starts_with(r#"{"type":"snapshot""#) && message.len() > BIG_BYTES);
    assert!(source.last_event_id.ends_with(":60"));
}

/// What the kernel holds for this client and has not sent, by the server's end of the connection.
fn waiting_bytes(client: &TcpStream) -> u64 {
    let ends = [client.peer_addr().unwrap(), client.local_addr().unwrap()];
    let [server, client] = ends.map(|end| format!("0100007F:{:04X}", end.port()));
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let line = table
        .lines()
        .find(|line| line.contains(&format!("{server} {client}")));
    let queues = line.unwrap().split_ascii_whitespace().nth(4).unwrap();
    u64::from_str_radix(queues.split(':').next().unwrap(), 16).unwrap()
}

#[test]
fn a_stream_that_nobody_reads_is_cut_and_the_others_go_on() {
    let server = Server::start_with(&[("p", None)], &["--ping-interval", "10ms"]);
    let stalled = Source::open(&server, "", None);
    let mut other = Source::open(&server, "", None);
    let body = "x".repeat(BIG_BYTES);
    for n in 1..=40 {
        server.write("p/a.md", &format!("{n} {body}"));
        let message = other.next().unwrap().unwrap();
        assert!(position(&message).ends_with(&format!(":{n}")));
    }
    let n_bytes = waiting_bytes(stalled.stream());
    assert!((1..1 << 20).contains(&n_bytes), "{n_bytes}");
    let error = eventually("the stalled one is cut", || {
        stalled.stream().take_error().unwrap()
    });
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let stats = server.json("/api/v1/ws/stats?project_id=p");
    assert_eq!(stats["client_count"], 1);
    server.write("p/b.md", "x");
    assert!(
        other
            .next()
            .unwrap()
            .unwrap()
            .starts_with(r#"{"type":"task.created""#)
    );
}
