//! Projects as wholes: what they say of themselves is changed, and they are removed.

use crate::support::{QUIET, Server, eventually, shorten};
use serde_json::json;
use std::os::unix::fs::symlink;

const P: &str = "/api/v1/projects/p";
const YAML: &str = "# ours\nname: 'Old'   # why\nstatuses:\n  - open\n  - done\nmine: {a: 1}\n";

#[test]
fn a_patch_changes_the_lines_that_it_names() {
    let entries = [
        ("p/project.yaml", Some(YAML)),
        ("p/a.md", Some("---\nid: A\n---\n")),
    ];
    let server = Server::start_with(&entries, &[]);
    let mut client = server.connect("p");
    let change = json!({"name": "New", "default_status": "todo", "description": null});
    let answer = server.request("PATCH", P, Some(change));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let project = answer.json();
    assert_eq!(
        (&project["name"], &project["default_status"]),
        (&json!("New"), &json!("todo"))
    );
    let expected = YAML.replace("'Old'", "'New'") + "default_status: todo\n";
    assert_eq!(server.read("p/project.yaml"), expected);
    // The task that names no status has another one now, and it was we who made it so.
    let event = client.next_event();
    assert_eq!(shorten(&event), "updated A");
    assert_eq!(
        (&event["source"], &event["data"]["status"]),
        (&json!("api"), &json!("todo"))
    );
    assert!(client.event_within(QUIET).is_none());

    let removed = json!({"default_status": null, "id": "p"});
    assert_eq!(server.request("PATCH", P, Some(removed)).status, 200);
    assert_eq!(
        server.read("p/project.yaml"),
        YAML.replace("'Old'", "'New'")
    );
    assert_eq!(client.next_event()["data"]["status"], "open");
}

#[test]
fn a_project_without_settings_gets_some_and_a_bad_one_none() {
    let server = Server::start();
    let put = |body| server.request("PATCH", P, Some(body));
    assert_eq!(put(json!({})).status, 200);
    assert!(!server.path("p/project.yaml").exists());
    for (body, field) in [
        (json!({"id": "q"}), "id"),
        (json!({"id_prefix": "a/b"}), "id_prefix"),
        (json!({"id_padding": 21}), "id_padding"),
        (json!({"statuses": "open"}), "statuses"),
        (json!({"tasks": {}}), "tasks"),
        (json!({"name": 1}), "name"),
    ] {
        let answer = put(body);
        assert_eq!(answer.outcome(), (422, "invalid_field".into()));
        assert_eq!(answer.json()["field"], field);
    }
    assert!(!server.path("p/project.yaml").exists());
    assert_eq!(put(json!({"name": "P", "id_prefix": "X"})).status, 200);
    assert_eq!(server.read("p/project.yaml"), "name: P\nid_prefix: X\n");
    let made = server.request("POST", &format!("{P}/tasks"), Some(json!({"title": "t"})));
    assert_eq!(made.json()["id"], "X-001");
    // What cannot be understood is not edited.
    server.write("p/project.yaml", "name: [\n");
    let answer = put(json!({"name": "Q"}));
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert_eq!(server.read("p/project.yaml"), "name: [\n");
    let stale = server.send(
        "PATCH",
        P,
        &[
            ("if-match", "\"b3-00\""),
            ("content-type", "application/json"),
        ],
        b"{}",
    );
    assert_eq!(stale.outcome(), (412, "revision_mismatch".into()));
}

#[test]
fn a_project_is_removed_when_nothing_is_in_it_or_by_force() {
    let entries = [
        ("p/project.yaml", Some(YAML)),
        ("p/sub/a.md", Some("---\nid: A\n---\n")),
        ("p/.hidden/x", Some("x")),
        ("q/notes.txt", Some("mine")),
        ("r/project.yaml", Some("name: R\n")),
        ("s/.git/HEAD", Some("ref: x\n")),
        ("kept.txt", Some("kept")),
    ];
    let server = Server::start_with(&entries, &[]);
    symlink(server.path("kept.txt"), server.path("p/link")).unwrap();
    symlink(server.path("q"), server.path("p/folder")).unwrap();
    let mut client = server.connect("p");
    let delete = |path: &str| server.request("DELETE", path, None).outcome();
    let not_empty = || (409, "project_not_empty".to_owned());
    assert_eq!(delete(P), not_empty());
    assert_eq!(delete("/api/v1/projects/q"), not_empty());
    assert_eq!(delete("/api/v1/projects/s?force=true"), not_empty());
    assert_eq!(delete("/api/v1/projects/p?force=yes").0, 400);
    assert!(server.path("s/.git/HEAD").exists() && server.path("p/sub/a.md").exists());

    assert_eq!(delete("/api/v1/projects/r").0, 204);
    assert!(!server.path("r").exists());
    assert_eq!(delete("/api/v1/projects/p?force=true").0, 204);
    assert_eq!(client.closed().0, 4404);
    assert!(!server.path("p").exists());
    // No link was followed, and nothing of it is left under another name.
    assert_eq!(server.read("kept.txt"), "kept");
    assert_eq!(server.read("q/notes.txt"), "mine");
    let left: Vec<_> = std::fs::read_dir(server.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(left, [""; 0]);
    assert_eq!(server.get(P).outcome(), (404, "project_not_found".into()));
    assert_eq!(delete(P), (404, "project_not_found".into()));

    // Another one of that name is another one.
    let made = server.request("POST", "/api/v1/projects", Some(json!({"id": "p"})));
    assert_eq!((made.status, made.json()["seq"].clone()), (201, json!(0)));
    let mut client = server.connect("p");
    server.write("p/new.md", "---\nid: new\n---\n");
    assert_eq!(shorten(&client.next_event()), "created new");
}

#[test]
fn streams_of_a_removed_project_end_and_one_that_went_by_hand_is_forgotten() {
    let server = Server::start_with(&[("p/a.md", Some("a")), ("q/a.md", Some("a"))], &[]);
    std::thread::scope(|scope| {
        let streams = ["events?wait=60s&since=", "events?since="].map(|path| {
            let seq = &server.json(&format!("{P}/tasks"))["epoch"];
            let path = format!("{P}/{path}{}:0", seq.as_str().unwrap());
            let headers = [("accept", "application/json, text/event-stream")];
            let server = &server;
            scope.spawn(move || server.send("GET", &path, &headers, b""))
        });
        eventually("both are heard of", || {
            let stats = server.json("/api/v1/ws/stats?project_id=p");
            (stats["client_count"] == 2).then_some(())
        });
        assert_eq!(
            server
                .request("DELETE", &format!("{P}?force=true"), None)
                .status,
            204
        );
        for stream in streams {
            assert_eq!(stream.join().unwrap().status, 200);
        }
    });
    server.shell("rm -r q");
    let q = "/api/v1/projects/q";
    eventually("it is gone", || {
        (server.json(q)["available"] == false).then_some(())
    });
    assert_eq!(
        server.request("DELETE", q, None).outcome(),
        (409, "project_not_empty".into())
    );
    let forced = server.request("DELETE", &format!("{q}?force=true"), None);
    assert_eq!(forced.status, 204);
    assert_eq!(server.get(q).status, 404);
}

#[test]
fn what_a_crash_has_left_of_a_removal_is_cleared_up() {
    let aside = ".taskmd-0123456789abcdef.gone/sub/a.md";
    let server = Server::start_with(&[("p", None), (aside, Some("a"))], &[]);
    assert!(!server.path(".taskmd-0123456789abcdef.gone").exists());
}
