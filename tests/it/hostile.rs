//! What a hostile or careless client may send, and what a folder may hold: a clear answer, never a crash or a loss.

use crate::support::{DEADLINE, Server, eventually};
use serde_json::json;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const TASKS: &str = "/api/v1/projects/p/tasks";

fn at(id: &str) -> String {
    format!("{TASKS}/{id}")
}

/// A server with `p/A.md`.
fn one_task() -> Server {
    Server::start_with(
        &[("p/A.md", Some("---\nid: A\ntitle: One\n---\n\nBody\n"))],
        &[],
    )
}

#[test]
fn a_head_that_does_not_come_is_cut_and_a_connection_that_rests_is_not() {
    let server = one_task();
    let started = std::time::Instant::now();
    let open = |bytes: &[u8]| {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.write_all(bytes).unwrap();
        stream
    };
    let mut silent = open(b"");
    let mut slow = open(b"GET /healthz HTTP/1.1\r\nhost: loc");
    let mut resting = open(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let mut answer = [0; 1024];
    assert!(resting.read(&mut answer).unwrap() > 0);
    for stream in [&mut silent, &mut slow] {
        // Closed, with or without a word.
        assert!(
            !matches!(stream.read_to_end(&mut Vec::new()), Err(error) if error.kind() == ErrorKind::WouldBlock)
        );
    }
    assert!(started.elapsed() >= Duration::from_secs(9));
    resting
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .unwrap();
    assert!(resting.read(&mut answer).unwrap() > 0);
}

#[test]
fn a_client_that_does_not_take_its_answer_is_cut() {
    let server = Server::start_with(&[("p", None)], &["--connections", "1"]);
    // More than is sent to who does not read, and less than the kernel would take in advance if it were let.
    let body = "x".repeat(700_000);
    for n in 0..3 {
        server.write(&format!("p/{n}.md"), &body);
    }
    let list = format!("{TASKS}?sync=1");
    eventually("all are there", || {
        let answer = server.get(&list);
        (answer.status == 200 && answer.json()["total"] == 3).then_some(())
    });
    let mut stalled = eventually("there is a place", || {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let request = format!("GET {list} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        head.ends_with(b" 200").then_some(stream)
    });
    assert_eq!(server.get("/healthz").status, 503);
    eventually("its place is free", || {
        (server.get("/healthz").status == 200).then_some(())
    });
    let mut rest = Vec::new();
    drop(stalled.read_to_end(&mut rest));
    assert!(rest.len() < 2_000_000, "{} bytes came", rest.len());
}

#[test]
fn heads_that_are_too_large_are_refused() {
    let server = one_task();
    let ask = |path: &str, headers: &str| {
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n");
        server.raw(head.as_bytes()).status
    };
    let many = |n_headers| {
        (0..n_headers)
            .map(|n| format!("x-{n}: y\r\n"))
            .collect::<String>()
    };
    let long = |n_bytes| format!("x: {}\r\n", "y".repeat(n_bytes));
    assert_eq!(ask("/healthz", &many(60)), 200);
    assert_eq!(ask("/healthz", &many(70)), 431);
    assert_eq!(ask("/healthz", &long(12_000)), 200);
    assert_eq!(ask("/healthz", &long(20_000)), 431);
    let path = format!("/healthz?{}", "y".repeat(20_000));
    assert!([414, 431].contains(&ask(&path, "")));
}

#[test]
fn a_body_that_does_not_come_is_cut() {
    let server = one_task();
    let head = format!(
        "PATCH {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{{\"title\":",
        at("A")
    );
    // The rest of it never comes.
    let answer = server.raw(head.as_bytes());
    assert_eq!(answer.outcome(), (408, "body_timeout".into()));
}

#[test]
fn names_that_are_none() {
    let server = one_task();
    let get = |id: &str| server.get(&at(id)).outcome();
    let invalid = (400, "invalid_id".to_owned());
    for id in [
        "..%2fx",
        "%2e%2e%2fetc%2fpasswd",
        "%252e%252e%252f",
        "%c0%ae",
        "%ff",
        "%00",
        "a%0ab",
        "..%5cx",
        "%2e%2e",
        "a%2fb",
    ] {
        assert_eq!(get(id), invalid, "{id}");
    }
    assert_eq!(get("none"), (404, "task_not_found".into()));
    assert_eq!(
        server.get("/api/v1/projects/..%2f/tasks").outcome(),
        invalid
    );
    assert_eq!(
        server.get("/api/v1/projects/none/tasks").outcome(),
        (404, "project_not_found".into())
    );
    for id in ["../x", "a b", "con", "x.", "-x", "a/b", ""] {
        let refused = server.request("POST", TASKS, Some(json!({"title": "t", "id": id})));
        assert_eq!(refused.outcome(), (422, "invalid_field".into()), "{id}");
    }
    let taken = server.request("POST", TASKS, Some(json!({"title": "t", "id": "a"})));
    assert_eq!(taken.outcome(), (409, "task_exists".into()));
}

#[test]
fn bodies_that_are_none() {
    let server = one_task();
    let before = server.read("p/A.md");
    let json_type = ("content-type", "application/json");
    let send = |headers: &[(&str, &str)], body: &[u8]| {
        server.send("PATCH", &at("A"), headers, body).outcome()
    };
    assert_eq!(
        send(&[json_type], b"{\"title\":"),
        (400, "invalid_json".into())
    );
    assert_eq!(send(&[json_type], b""), (400, "invalid_json".into()));
    assert_eq!(send(&[json_type], b"[]"), (400, "invalid_json".into()));
    assert_eq!(send(&[json_type], b"\xff"), (400, "invalid_json".into()));
    assert_eq!(
        send(&[json_type], "[".repeat(10_000).as_bytes()),
        (400, "invalid_json".into())
    );
    assert_eq!(
        send(&[json_type], &vec![b' '; (1 << 20) + 1]),
        (413, "body_too_large".into())
    );
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "multipart/form-data",
    ] {
        assert_eq!(
            send(&[("content-type", kind)], b"{}"),
            (415, "unsupported_media_type".into()),
            "{kind}"
        );
    }
    assert_eq!(send(&[], b"{}"), (415, "unsupported_media_type".into()));
    assert_eq!(
        send(&[json_type, ("content-encoding", "gzip")], b"{}"),
        (415, "unsupported_media_type".into())
    );
    for wrong in [
        json!({"title": 5}),
        json!({"tags": [1]}),
        json!({"position": "first"}),
        json!({"metadata": []}),
        json!({"metadata": {"title": "x"}}),
        json!({"tags": ["a"], "labels": ["b"]}),
        json!({"id": "B"}),
        json!({"path": "B.md"}),
        json!({"problem": null}),
        json!({"": 1}),
    ] {
        let refused = server.request("PATCH", &at("A"), Some(wrong.clone()));
        assert_eq!(refused.outcome(), (422, "invalid_field".into()), "{wrong}");
    }
    let big = json!({"markdown_body": "x".repeat((1 << 20) - 21)});
    assert_eq!(
        server.request("PATCH", &at("A"), Some(big)).outcome(),
        (413, "task_too_large".into())
    );
    assert_eq!(server.read("p/A.md"), before);
    let chunked = format!(
        "PATCH {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/merge-patch+json\r\n\
         transfer-encoding: chunked\r\n\r\n10\r\n{{\"title\": \"Two\"}}\r\n0\r\n\r\n",
        at("A")
    );
    assert_eq!(server.raw(chunked.as_bytes()).status, 200);
}

#[test]
fn every_error_has_the_one_shape_and_paths_that_are_none_are_told() {
    let server = one_task();
    for (method, path, expected) in [
        ("GET", "/", (404, "not_found")),
        ("GET", "/api/v1", (404, "not_found")),
        ("GET", "/api/v1/nope", (404, "not_found")),
        ("POST", "/api/v1/nope", (404, "not_found")),
        ("DELETE", "/api/v1/projects", (405, "method_not_allowed")),
        ("POST", "/healthz", (405, "method_not_allowed")),
        ("TRACE", "/healthz", (405, "method_not_allowed")),
        ("GET", "/api/v1/projects//tasks", (404, "not_found")),
    ] {
        let outcome = server.request(method, path, None).outcome();
        assert_eq!((outcome.0, outcome.1.as_str()), expected, "{method} {path}");
    }
    assert_eq!(server.json("/healthz"), json!({"status": "ok"}));
    assert_eq!(server.json("/readyz")["watching"], "notified");
}

#[test]
fn only_this_machines_own_pages_get_in() {
    let server = Server::start_with(&[("p", None)], &["--cors-origin", "http://board.example"]);
    let get = |head: &str| {
        server.raw(
            format!("GET /api/v1/projects HTTP/1.1\r\n{head}connection: close\r\n\r\n").as_bytes(),
        )
    };
    assert_eq!(get("host: localhost\r\n").status, 200);
    assert_eq!(
        get("host: evil.example\r\n").outcome(),
        (421, "host_not_allowed".into())
    );
    assert_eq!(get("").outcome(), (400, "invalid_host".into()));
    assert_eq!(
        get("host: localhost\r\nhost: localhost\r\n").outcome(),
        (400, "invalid_host".into())
    );
    for origin in [
        "http://evil.example",
        "null",
        "http://localhost:1",
        "https://board.example",
        "http://board.example.evil",
    ] {
        let refused = get(&format!("host: localhost\r\norigin: {origin}\r\n"));
        assert_eq!(
            refused.outcome(),
            (403, "origin_not_allowed".into()),
            "{origin}"
        );
        assert!(!refused.headers.contains_key("access-control-allow-origin"));
    }
    assert_eq!(
        get("host: localhost:99\r\norigin: http://localhost:99\r\n").status,
        200
    );
    let listed = get("host: localhost\r\norigin: http://board.example\r\n");
    assert_eq!(
        (
            listed.status,
            listed.headers["access-control-allow-origin"].as_str()
        ),
        (200, "http://board.example")
    );
    let origin = ("origin", "http://board.example");
    let preflight = server.send(
        "OPTIONS",
        TASKS,
        &[origin, ("access-control-request-method", "PATCH")],
        b"",
    );
    assert_eq!(preflight.status, 204);
    assert!(preflight.headers["access-control-allow-methods"].contains("PATCH"));
    assert!(preflight.headers["access-control-allow-headers"].contains("last-event-id"));
}

#[test]
fn files_that_are_no_tasks_are_problems_and_cost_the_others_nothing() {
    let server = Server::start_with(&[("p/good.md", Some("fine\n"))], &[]);
    server.shell(
        "cd p; printf 'caf\\351' > latin.md; printf -- '---\\nid: x\\n' > open.md; printf -- '---\\na: b: c\\n---\\n' > yaml.md
         truncate -s 5M big.md; { printf -- '---\\na: '; head -c 60000 /dev/zero | tr '\\0' '['; printf '\\n---\\n'; } > deep.md
         mkfifo pipe.md; ln -s /etc/passwd link.md; ln -s . loop; mkdir dir.md; printf 'x' > \"$(printf 'bad\\377.md')\"",
    );
    let expected = [
        ("bad\u{fffd}.md", "name_not_utf8"),
        ("big.md", "too_large"),
        ("deep.md", "front_matter_too_long"),
        ("dir.md", "not_a_file"),
        ("latin.md", "not_utf8"),
        ("link.md", "unsafe_link"),
        ("loop", "unsafe_link"),
        ("open.md", "front_matter_not_closed"),
        ("pipe.md", "not_a_file"),
        ("yaml.md", "yaml_syntax"),
    ];
    // A server that starts over such a folder tells all of them; one that watched it come does too, but for names
    // that only a walk sees.
    let fresh = Server::over(&server.path("."), &[]);
    let told = fresh.problems("p");
    let told: Vec<_> = told
        .iter()
        .map(|(path, code)| (path.as_str(), code.as_str()))
        .collect();
    assert_eq!(
        told.iter().map(|t| t.0).collect::<Vec<_>>(),
        expected.iter().map(|e| e.0).collect::<Vec<_>>()
    );
    for (told, expected) in told.iter().zip(&expected) {
        let is_nesting = expected.0 == "deep.md" && told.1 == "yaml_too_deep";
        assert!(told == expected || is_nesting, "{told:?} {expected:?}");
    }
    for server in [&server, &fresh] {
        crate::support::eventually("the bad files are told", || {
            (server.problems("p").len() >= 8).then_some(())
        });
        assert_eq!(server.tasks("p").keys().collect::<Vec<_>>(), ["good"]);
        assert_eq!(
            server
                .request("PATCH", &at("good"), Some(json!({"status": "done"})))
                .status,
            200
        );
    }
}
