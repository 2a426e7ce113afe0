//! `?wait=`: one answer at a time, for those who can do neither.

use super::{EVENTS, live_through, text, web_socket};
use crate::line::Line;
use crate::resume::follower::seq;
use crate::support::{Response, Server, eventually};
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn poll(server: &Server, query: &str) -> Response {
    let answer = server.get(&format!("{EVENTS}?{query}"));
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    assert_eq!(answer.headers["content-type"], "application/json");
    answer
}

/// Where an answer says to go on.
fn position(answer: &Value) -> String {
    format!("{}:{}", answer["epoch"].as_str().unwrap(), answer["seq"])
}

#[test]
fn the_messages_are_the_web_sockets_byte_for_byte() {
    let server = Server::start();
    let first = poll(&server, "wait=0").json();
    assert_eq!(first["events"], json!([]));
    let (mut socket, since) = (web_socket(&server, ""), position(&first));
    let n_events = live_through(&server);
    let texts: Vec<_> = (0..n_events).map(|_| text(&mut socket)).collect();
    let epoch = first["epoch"].as_str().unwrap();
    // As many as go at once: the fourth has no room beside the third, nor that beside the others.
    let mut answers = vec![];
    let mut since = since;
    while answers.len() < texts.len() {
        let answer = poll(&server, &format!("wait=0&since={since}"));
        let n_events = answer.json()["events"].as_array().unwrap().len();
        let (from, to) = (answers.len(), answers.len() + n_events);
        answers.extend_from_slice(&texts[from..to]);
        let events = texts[from..to].join(",");
        assert_eq!(
            answer.text(),
            format!(r#"{{"events":[{events}],"epoch":"{epoch}","seq":{to}}}"#)
        );
        since = position(&answer.json());
    }
    let mut socket = web_socket(&server, "?since=0");
    let snapshot = text(&mut socket);
    let answer = poll(&server, "wait=30s&since=0").text();
    assert_eq!(
        answer,
        format!(r#"{{"snapshot":{snapshot},"events":[],"epoch":"{epoch}","seq":{n_events}}}"#)
    );
}

/// Waits until so many follow `p`: a poll is one of them while it waits.
fn until_counted(server: &Server, n_clients: u64) {
    let path = "/api/v1/ws/stats?project_id=p";
    eventually("so many wait", || {
        (server.json(path)["client_count"] == n_clients).then_some(())
    });
}

#[test]
fn a_poll_waits_for_the_next_event_and_no_longer_than_it_says() {
    let server = Server::start();
    let started = Instant::now();
    let answer = poll(&server, "wait=200ms").json();
    assert!(started.elapsed() >= Duration::from_millis(200));
    assert_eq!((&answer["events"], &answer["seq"]), (&json!([]), &json!(0)));
    let here = position(&answer);
    for (n, since) in [
        (1, String::new()),
        (2, "&since=".to_owned() + &here.replace(":0", ":1")),
    ] {
        let answer = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| poll(&server, &format!("wait=1m{since}")).json());
            until_counted(&server, 1);
            server.write("p/a.md", &n.to_string());
            waiting.join().unwrap()
        });
        let seqs = (&answer["events"][0]["seq"], &answer["seq"]);
        assert_eq!(seqs, (&json!(n), &json!(n)));
        assert_eq!(answer["events"].as_array().unwrap().len(), 1);
    }
    // What is there already is not waited for.
    let answer = poll(&server, &format!("wait=60s&since={here}")).json();
    assert_eq!(answer["events"].as_array().unwrap().len(), 2);
}

#[test]
fn a_poll_that_is_abandoned_is_over() {
    let server = Server::start();
    let path = format!("{EVENTS}?wait=60s");
    let waiting = TcpStream::connect(server.address()).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    (&waiting).write_all(request.as_bytes()).unwrap();
    until_counted(&server, 1);
    drop(waiting);
    until_counted(&server, 0);
}

#[test]
fn where_the_log_does_not_reach_a_poll_says_how_the_project_stands() {
    let server = Server::start_with(&[("p", None)], &["--replay-events", "2"]);
    for n in 1..=4 {
        server.write(&format!("p/t{n}.md"), "x");
        eventually("it is told", || (seq(&server) == n).then_some(()));
    }
    let here = position(&poll(&server, "wait=0s").json());
    let at = |n: u64| here.replace(":4", &format!(":{n}"));
    for since in [
        at(1),
        at(5),
        "0123456789abcdef:3".to_owned(),
        "0".to_owned(),
    ] {
        let answer = poll(&server, &format!("wait=60s&since={since}")).json();
        assert_eq!(answer["events"], json!([]), "{since}");
        assert_eq!(position(&answer), here, "{since}");
        let snapshot = &answer["snapshot"];
        assert_eq!(
            (&snapshot["type"], &snapshot["seq"]),
            (&json!("snapshot"), &json!(4))
        );
        assert_eq!(snapshot["data"].as_array().unwrap().len(), 4);
    }
    let answer = poll(&server, &format!("wait=60s&since={}", at(2))).json();
    assert_eq!(answer["events"].as_array().unwrap().len(), 2);
    assert_eq!(answer["snapshot"], Value::Null);
}

#[test]
fn an_answer_holds_a_thousand_events() {
    let server = Server::start();
    let here = position(&poll(&server, "wait=0").json());
    server.shell("for i in $(seq 1 1100); do echo $i > p/t$i.md; done");
    eventually("all are told", || (seq(&server) == 1100).then_some(()));
    let (mut since, mut n_events) = (here, 0);
    while n_events < 1100 {
        let answer = poll(&server, &format!("wait=0&since={since}")).json();
        let events = answer["events"].as_array().unwrap();
        assert!((1..=1000).contains(&events.len()));
        for event in events {
            n_events += 1;
            assert_eq!(event["seq"], n_events);
        }
        since = position(&answer);
    }
}

#[test]
fn what_is_no_time_to_wait_is_refused() {
    let server = Server::start();
    for wait in [
        "",
        "1",
        "x",
        "61s",
        "-1s",
        "1h",
        "99999999999999999999s",
        "1s&wait=1s",
    ] {
        let outcome = server.get(&format!("{EVENTS}?wait={wait}")).outcome();
        assert_eq!(outcome, (400, "invalid_query".to_owned()), "{wait}");
    }
    // Nobody sees what a HEAD is answered.
    let head = server.send("HEAD", &format!("{EVENTS}?wait=60s"), &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.headers["content-type"], "application/json");
    // A poll is JSON, and so may be asked for as such.
    let json = ("accept", "application/json");
    assert_eq!(
        server
            .send("GET", &format!("{EVENTS}?wait=0"), &[json], b"")
            .status,
        200
    );
}

#[test]
fn a_poll_is_answered_when_the_server_stops() {
    let mut server = Server::start();
    let mut line = Line::to(&server);
    let waiting = std::thread::spawn(move || line.get(&format!("{EVENTS}?wait=60s")));
    until_counted(&server, 1);
    assert_eq!(server.end("-TERM"), Some(0));
    let answer = waiting.join().unwrap();
    assert_eq!((answer.status, &answer.json()["events"]), (200, &json!([])));
}
