//! `Idempotency-Key`: what makes something may be sent again, and is done once.

use crate::support::{Response, Server, eventually};
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;
use std::thread;
use tempfile::TempDir;

const TASKS: &str = "/api/v1/projects/p/tasks";
const TITLE: &str = r#"{"title": "Once"}"#;

fn send(server: &Server, path: &str, key: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let kind = ("content-type", "application/json");
    let all = [&[("idempotency-key", key), kind][..], headers].concat();
    server.send("POST", path, &all, body.as_bytes())
}

fn post(server: &Server, key: &str, body: &str) -> Response {
    send(server, TASKS, key, &[], body)
}

/// What a client can tell two answers apart by.
fn told(answer: &Response) -> (u16, [Option<&String>; 3], &[u8]) {
    let header = |name| answer.headers.get(name);
    let headers = ["location", "etag", "content-type"].map(header);
    (answer.status, headers, &answer.body)
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn the_same_request_is_done_once_and_gets_the_first_answer() {
    let server = Server::start();
    let mut client = server.connect("p");
    let first = post(&server, "k", TITLE);
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(first.headers["location"], format!("{TASKS}/TASK-001"));
    assert_eq!(client.next_events(1), ["created TASK-001"]);
    // As it was answered then, whatever has become of it.
    server.request(
        "PATCH",
        &first.headers["location"],
        Some(json!({"title": "x"})),
    );
    assert_eq!(client.next_events(1), ["updated TASK-001"]);
    for key in ["k", "\"k\""] {
        assert_eq!(told(&post(&server, key, TITLE)), told(&first), "{key}");
    }
    client.expect_quiet();
    assert_eq!(post(&server, "other", TITLE).status, 201);
    assert_eq!(client.next_events(1), ["created TASK-002"]);
    assert_eq!(server.tasks("p").len(), 2);
}

#[test]
fn a_project_is_made_once() {
    let server = Server::start();
    let make = |key| {
        send(
            &server,
            "/api/v1/projects",
            key,
            &[],
            r#"{"id": "q", "name": "Q"}"#,
        )
    };
    let first = make("k");
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(told(&make("k")), told(&first));
    assert_eq!(make("other").outcome(), refused(409, "project_exists"));
}

#[test]
fn a_key_is_one_requests() {
    let server = Server::start_with(&[("p", None), ("q", None)], &[]);
    assert_eq!(post(&server, "k", TITLE).status, 201);
    let reused = refused(422, "idempotency_key_reused");
    let other_body = post(&server, "k", r#"{"title": "Another"}"#);
    assert_eq!(other_body.outcome(), reused);
    for path in [&format!("{TASKS}?x=1"), "/api/v1/projects/q/tasks"] {
        let other_path = send(&server, path, "k", &[], TITLE);
        assert_eq!(other_path.outcome(), reused, "{path}");
    }
    let condition = [("if-match", "\"b3-0\"")];
    let other_condition = send(&server, TASKS, "k", &condition, TITLE);
    assert_eq!(other_condition.outcome(), reused);
    for key in ["", "a b", "\"open", &"k".repeat(256)] {
        let answer = post(&server, key, TITLE);
        assert_eq!(
            answer.outcome(),
            refused(400, "invalid_idempotency_key"),
            "{key}"
        );
    }
    assert_eq!(server.tasks("p").len(), 1);
    assert_eq!(server.tasks("q").len(), 0);
}

#[test]
fn fifty_at_once_make_one_task() {
    let server = Server::start();
    let mut client = server.connect("p");
    let answers: Vec<_> = thread::scope(|scope| {
        let posts = (0..50).map(|_| scope.spawn(|| post(&server, "k", TITLE)));
        let posts: Vec<_> = posts.collect();
        posts.into_iter().map(|post| post.join().unwrap()).collect()
    });
    let made = post(&server, "k", TITLE);
    assert_eq!(made.status, 201, "{}", made.text());
    let mut n_made = 0;
    for answer in &answers {
        if answer.status == 409 {
            assert_eq!(answer.outcome(), refused(409, "idempotency_key_in_use"));
            assert_eq!(answer.headers["retry-after"], "1");
        } else {
            assert_eq!(told(answer), told(&made));
            n_made += 1;
        }
    }
    assert!(n_made >= 1);
    assert_eq!(client.next_events(1), ["created TASK-001"]);
    client.expect_quiet();
    assert_eq!(server.tasks("p").len(), 1);
}

/// Who hangs up and comes again finds what was done meanwhile, and never does it twice.
#[test]
fn who_hung_up_gets_the_answer_that_it_has_missed() {
    let server = Server::start();
    let n_keys = 100;
    for n in 0..n_keys {
        let key = format!("k{n}");
        let head = format!(
            "POST {TASKS} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             idempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{TITLE}",
            server.address(),
            TITLE.len()
        );
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        drop(stream);
        eventually("it is answered", || {
            let answer = post(&server, &key, TITLE);
            if answer.status == 201 {
                return Some(());
            }
            assert_eq!(answer.outcome(), refused(409, "idempotency_key_in_use"));
            None
        });
    }
    assert_eq!(server.tasks("p").len(), n_keys);
}

#[test]
fn what_changed_nothing_may_be_mended_and_what_was_refused_stays_so() {
    let server = Server::start();
    for wrong in [
        "",
        "nonsense",
        "[]",
        r#"{"title": null}"#,
        r#"{"path": "x"}"#,
    ] {
        let refused = post(&server, "mended", wrong);
        assert!(
            matches!(refused.status, 400 | 422),
            "{wrong}: {}",
            refused.text()
        );
    }
    let kind = [
        ("idempotency-key", "mended"),
        ("content-type", "text/plain"),
    ];
    let unread = server.send("POST", TASKS, &kind, TITLE.as_bytes());
    assert_eq!(unread.status, 415);
    let large = format!(r#"{{"title": "{}"}}"#, "x".repeat(1 << 20));
    assert_eq!(post(&server, "mended", &large).status, 413);
    assert_eq!(post(&server, "mended", TITLE).status, 201);

    let named = r#"{"id": "TASK-001", "title": "Once"}"#;
    let exists = refused(409, "task_exists");
    assert_eq!(post(&server, "late", named).outcome(), exists);
    let gone = server.request("DELETE", &format!("{TASKS}/TASK-001"), None);
    assert_eq!(gone.status, 204);
    // The client has been told that it was refused.
    assert_eq!(post(&server, "late", named).outcome(), exists);
    assert_eq!(post(&server, "new", named).status, 201);
}

#[test]
fn what_failed_here_is_tried_again() {
    let server = Server::start_with(&[("p/a.md", Some("one"))], &[]);
    let is_available = |wanted: bool| {
        eventually("it is seen", || {
            let project = server.json("/api/v1/projects/p");
            (project["available"] == wanted).then_some(())
        });
    };
    server.shell("mv p .away");
    is_available(false);
    let failed = post(&server, "k", TITLE).outcome();
    assert_eq!(failed, refused(503, "project_unavailable"));
    server.shell("mv .away p");
    is_available(true);
    assert_eq!(post(&server, "k", TITLE).status, 201);
    assert_eq!(server.tasks("p").len(), 2);
}

#[test]
fn a_restart_forgets() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("p")).unwrap();
    let mut server = Server::over(folder.path(), &[]);
    assert_eq!(post(&server, "k", TITLE).status, 201);
    server.kill();
    let server = Server::over(folder.path(), &[]);
    let again = post(&server, "k", TITLE);
    assert_eq!(again.headers["location"], format!("{TASKS}/TASK-002"));
}

#[test]
fn a_batch_and_a_move_are_done_once_too() {
    let server = Server::start_with(&[("p", None), ("q", None), ("p/a.md", Some("one"))], &[]);
    let send = |path: &str, body: Value| {
        let path = format!("{TASKS}{path}");
        let headers = [
            ("idempotency-key", "k"),
            ("content-type", "application/json"),
        ];
        server.send("POST", &path, &headers, body.to_string().as_bytes())
    };
    let batch = json!({"operations": [{"op": "create", "task": {"title": "t"}}]});
    let first = send(":batch", batch.clone());
    assert_eq!(
        (first.status, send(":batch", batch).body),
        (207, first.body)
    );
    assert_eq!(server.tasks("p").len(), 2);

    let to = json!({"project_id": "q"});
    let reused = send("/a/move", to.clone());
    assert_eq!(reused.outcome(), refused(422, "idempotency_key_reused"));
    let moved = || {
        let headers = [
            ("idempotency-key", "m"),
            ("content-type", "application/json"),
        ];
        let path = format!("{TASKS}/a/move");
        server.send("POST", &path, &headers, to.to_string().as_bytes())
    };
    assert_eq!((moved().status, moved().status), (200, 200));
    assert_eq!(server.tasks("q").len(), 1);
}
