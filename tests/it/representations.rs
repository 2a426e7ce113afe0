//! A task as JSON, as its file and as a page; and a file that is put in its place.

use crate::support::{QUIET, Response, Server, shorten};
use serde_json::json;

const A: &str = "/api/v1/projects/p/tasks/A";
const TEXT: &str = "---\n# mine\nid: A\ntitle: 'One'   # why\nlabels: [x]\n---\n\n# One\n\n- [ ] a < b\n\n<script>alert(1)</script>\n";

fn server() -> Server {
    Server::start_with(&[("p/A.md", Some(TEXT))], &[])
}

fn get(server: &Server, accept: &str) -> Response {
    server.send("GET", A, &[("accept", accept)], b"")
}

fn put(server: &Server, path: &str, headers: &[(&str, &str)], text: &[u8]) -> Response {
    let headers = [&[("content-type", "text/markdown")], headers].concat();
    server.send("PUT", path, &headers, text)
}

#[test]
fn what_is_answered_is_what_accept_asks_for() {
    let server = server();
    for accept in ["*/*", "application/json", "text/html;q=0.5, */*;q=0.6"] {
        let json = get(&server, accept);
        assert_eq!(json.headers["content-type"], "application/json", "{accept}");
    }
    let file = get(&server, "text/markdown");
    assert_eq!(file.text(), TEXT);
    assert_eq!(file.headers["content-type"], "text/markdown; charset=utf-8");
    let page = get(&server, "text/html,application/xhtml+xml,*/*;q=0.8");
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert!(page.headers["content-security-policy"].contains("default-src 'none'"));
    assert!(page.headers["content-security-policy"].contains("sandbox"));
    let html = page.text();
    assert!(html.starts_with("<h1>One</h1>"), "{html}");
    assert!(
        html.contains("a &lt; b") && html.contains("data-at="),
        "{html}"
    );
    assert!(!html.contains("<script"), "{html}");
    // Where the box stands is where its brackets stand.
    let at = html
        .split("data-at=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let body = server.json(A)["markdown_body"].as_str().unwrap().to_owned();
    assert!(body[at.parse::<usize>().unwrap()..].starts_with("[ ]"));
    let none = get(&server, "image/png, text/html;q=0");
    assert_eq!(none.outcome(), (406, "not_acceptable".into()));
    assert!(
        none.json()["detail"]
            .as_str()
            .unwrap()
            .contains("text/markdown")
    );
    let head = server.send("HEAD", A, &[("accept", "text/markdown")], b"");
    assert_eq!(
        (head.headers["content-length"].as_str(), head.body.len()),
        (TEXT.len().to_string().as_str(), 0)
    );
    let missing = server.send("GET", &format!("{A}x"), &[("accept", "text/html")], b"");
    assert_eq!(missing.outcome(), (404, "task_not_found".into()));
}

#[test]
fn each_has_a_tag_of_its_own_and_all_are_conditions() {
    let server = server();
    let kinds = ["application/json", "text/markdown", "text/html"];
    let tags = kinds.map(|kind| {
        let answer = get(&server, kind);
        assert!(answer.headers["vary"].contains("accept"), "{kind}");
        answer.headers["etag"].clone()
    });
    assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2]);
    for (kind, tag) in kinds.iter().zip(&tags) {
        for (other, same) in kinds.iter().map(|other| (other, other == kind)) {
            let headers = [("accept", *other), ("if-none-match", tag.as_str())];
            let answer = server.send("GET", A, &headers, b"");
            assert_eq!(
                answer.status,
                if same { 304 } else { 200 },
                "{kind} {other}"
            );
            assert_eq!(answer.body.is_empty(), same);
        }
        let headers = [("if-match", tag.as_str())];
        assert_eq!(put(&server, A, &headers, TEXT.as_bytes()).status, 200);
    }
    server.write("p/A.md", "---\nid: A\n---\nsaved\n");
    // Without a word from the watcher: what is shown is what the file holds.
    assert_eq!(
        get(&server, "text/markdown").text(),
        "---\nid: A\n---\nsaved\n"
    );
    for tag in &tags {
        let refused = put(&server, A, &[("if-match", tag.as_str())], b"x");
        assert_eq!(refused.outcome(), (412, "revision_mismatch".into()));
    }
}

#[test]
fn a_file_is_put_byte_for_byte() {
    let server = server();
    let mut client = server.connect("p");
    let text = "---\r\ntitle: Two # odd\r\nstatus: done\r\n---\r\n\r\nBody  \r\n";
    let answer = put(&server, A, &[], text.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["status"], "done");
    assert_eq!(server.read("p/A.md"), text);
    assert_eq!(put(&server, A, &[], text.as_bytes()).status, 200);
    let made = put(&server, &A.replace("/A", "/new"), &[], b"# Just a note\n");
    assert_eq!(made.status, 201);
    assert_eq!(made.headers["location"], A.replace("/A", "/new"));
    assert_eq!(server.read("p/new.md"), "# Just a note\n");
    let there = put(&server, A, &[("if-none-match", "*")], b"x");
    assert_eq!(there.outcome(), (412, "revision_mismatch".into()));
    assert_eq!(client.next_events(2), ["created new", "updated A"]);
    assert!(client.event_within(QUIET).is_none());
}

#[test]
fn a_file_that_would_not_be_this_task_is_refused_with_the_place() {
    let server = server();
    let mut client = server.connect("p");
    let refused = |text: &[u8]| put(&server, A, &[], text);
    let other = refused(b"---\nid: B\n---\n");
    assert_eq!(other.outcome(), (422, "invalid_field".into()));
    assert_eq!(other.json()["field"], "id");
    let twice = refused(b"---\nid: A\ntitle: x\nid: A\n---\n");
    assert_eq!(twice.outcome(), (422, "unreadable_task".into()));
    let problem = &twice.json()["problem"];
    assert_eq!(
        (&problem["line"], &problem["code"], &problem["path"]),
        (&json!(4), &json!("duplicate_key"), &json!("A.md"))
    );
    let latin = refused(b"---\nid: A\n---\ncaf\xe9\n");
    assert_eq!(latin.outcome(), (422, "unreadable_task".into()));
    assert_eq!(latin.json()["problem"]["code"], "not_utf8");
    let bad_id = put(&server, &A.replace("/A", "/%20a"), &[], b"x");
    assert_eq!(bad_id.status, 400, "{}", bad_id.text());
    for (kind, status) in [
        ("text/plain", 415),
        ("application/merge-patch+json", 415),
        ("text/markdown; charset=iso-8859-1", 415),
        ("text/markdown; charset=UTF-8; variant=GFM", 200),
    ] {
        let answer = server.send("PUT", A, &[("content-type", kind)], TEXT.as_bytes());
        assert_eq!(answer.status, status, "{kind}");
        if status == 415 {
            assert!(answer.headers["accept"].contains("text/markdown"));
        }
    }
    let patch = server.send("PATCH", A, &[("content-type", "text/markdown")], b"x");
    assert_eq!(patch.outcome(), (415, "unsupported_media_type".into()));
    let taken = "application/merge-patch+json, application/json";
    assert_eq!(patch.headers["accept-patch"], taken);
    let options = server.send("OPTIONS", A, &[], b"");
    assert_eq!(options.headers["accept-patch"], taken);
    assert_eq!(server.read("p/A.md"), TEXT);
    assert!(client.event_within(QUIET).is_none());
}

#[test]
fn a_broken_file_is_shown_and_mended() {
    let server = server();
    let mut client = server.connect("p");
    let broken = "---\nid: A\ntitle: [\n---\n";
    server.write("p/A.md", broken);
    assert_eq!(shorten(&client.next_event()), "updated A");
    let file = get(&server, "text/markdown");
    assert_eq!(file.text(), broken);
    let tag = file.headers["etag"].clone();
    let mended = put(&server, A, &[("if-match", &tag)], TEXT.as_bytes());
    assert_eq!(mended.status, 200, "{}", mended.text());
    assert!(server.json(A).get("problem").is_none());
    assert!(server.problems("p").is_empty());
}
