//! The REST API, as the README has it: projects, tasks, conditions and errors.

use crate::support::{Response, Server};
use serde_json::{Value, json};

const TASKS: &str = "/api/v1/projects/p/tasks";

fn at(id: &str) -> String {
    format!("{TASKS}/{id}")
}

/// A server with `p/A.md`.
fn one_task() -> Server {
    let text = "---\n# mine\nid: A\ntitle: 'One'   # why\nstatus: open\nlabels: [x]\nestimate: 3\n---\n\nBody\n";
    Server::start_with(&[("p/A.md", Some(text))], &[])
}

#[test]
fn a_task_is_made_shown_changed_replaced_and_removed() {
    let server = Server::start();
    let made = server.request(
        "POST",
        TASKS,
        Some(json!({"title": "First", "tags": ["a"], "estimate": 3})),
    );
    assert_eq!(
        (made.status, made.headers["location"].as_str()),
        (201, at("TASK-001").as_str())
    );
    let task = made.json();
    assert_eq!(
        (&task["id"], &task["status"], &task["path"]),
        (&json!("TASK-001"), &json!("open"), &json!("TASK-001.md"))
    );
    assert_eq!(task["metadata"], json!({"estimate": 3}));
    assert_eq!(
        made.headers["etag"],
        format!("\"{}\"", task["revision"].as_str().unwrap())
    );

    let shown = server.get(&at("TASK-001"));
    assert_eq!(
        (shown.json(), &shown.headers["etag"]),
        (task, &made.headers["etag"])
    );

    let change =
        json!({"status": "done", "tags": null, "metadata": {"estimate": 5}, "points": [1, "two"]});
    let changed = server.request("PATCH", &at("TASK-001"), Some(change));
    assert_eq!(changed.status, 200);
    let task = changed.json();
    assert_eq!(
        (&task["status"], &task["tags"], &task["title"]),
        (&json!("done"), &json!([]), &json!("First"))
    );
    assert_eq!(
        task["metadata"],
        json!({"estimate": 5, "points": [1, "two"]})
    );

    let replaced = server.request(
        "PUT",
        &at("TASK-001"),
        Some(json!({"title": "Second", "markdown_body": "b\n"})),
    );
    assert_eq!(replaced.status, 200);
    assert_eq!(
        server.read("p/TASK-001.md"),
        "---\nid: TASK-001\ntitle: Second\n---\n\nb\n"
    );
    let made = server.request("PUT", &at("chosen"), Some(json!({"title": "By name"})));
    assert_eq!(
        (made.status, made.json()["id"].clone()),
        (201, json!("chosen"))
    );

    assert_eq!(server.request("DELETE", &at("TASK-001"), None).status, 204);
    assert_eq!(
        server.get(&at("TASK-001")).outcome(),
        (404, "task_not_found".into())
    );
    assert!(!server.path("p/TASK-001.md").exists());
    let next = server.request("POST", TASKS, Some(json!({"title": "A new number"})));
    assert_eq!(next.json()["id"], "TASK-002");
}

#[test]
fn a_patch_changes_what_it_names_and_not_one_other_byte() {
    let server = one_task();
    let before = server.read("p/A.md");
    let change = json!({"title": "Two", "labels": ["x", "z"]});
    assert_eq!(server.request("PATCH", &at("A"), Some(change)).status, 200);
    let expected = before.replace("'One'", "'Two'").replace("[x]", "[x, z]");
    assert_eq!(server.read("p/A.md"), expected);
    // A client may send back all that it was sent: nothing is asked by that.
    let whole = server.json(&at("A"));
    assert_eq!(server.request("PATCH", &at("A"), Some(whole)).status, 200);
    assert_eq!(server.read("p/A.md"), expected);
}

#[test]
fn conditions_are_checked_against_the_file() {
    let server = one_task();
    let tag = server.get(&at("A")).headers["etag"].clone();
    let put = |headers: &[(&str, &str)], id: &str, body: Value| -> Response {
        let headers = [&[("content-type", "application/json")], headers].concat();
        server.send("PUT", &at(id), &headers, body.to_string().as_bytes())
    };
    let unchanged = server.send("GET", &at("A"), &[("if-none-match", &tag)], b"");
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
    // An editor saves; a client that has not seen it is refused, whether the watcher was faster or not.
    server.write("p/A.md", "---\nid: A\ntitle: from the editor\n---\n");
    let refused = put(&[("if-match", &tag)], "A", json!({"title": "blind"}));
    assert_eq!(refused.outcome(), (412, "revision_mismatch".into()));
    assert_eq!(refused.json()["task"]["title"], "from the editor");
    let tag = server.get(&at("A")).headers["etag"].clone();
    let stale = server.send("DELETE", &at("A"), &[("if-match", "\"b3-00\"")], b"");
    assert_eq!(stale.outcome(), (412, "revision_mismatch".into()));
    assert_eq!(
        put(&[("if-none-match", "*")], "A", json!({"title": "x"})).status,
        412
    );
    assert_eq!(
        put(&[("if-none-match", "*")], "new", json!({"title": "x"})).status,
        201
    );
    assert_eq!(
        put(&[("if-match", "*")], "none", json!({"title": "x"})).status,
        412
    );
    assert_eq!(
        put(
            &[("if-match", &format!("\"other\", {tag}"))],
            "A",
            json!({"title": "seen"})
        )
        .status,
        200
    );
    assert_eq!(
        put(&[("if-match", "nonsense")], "A", json!({"title": "x"})).status,
        400
    );
    // The revision in a body that is sent back says the same as If-Match.
    let old = json!({"title": "late", "revision": tag.trim_matches('"')});
    assert_eq!(
        server.request("PATCH", &at("A"), Some(old)).outcome(),
        (412, "revision_mismatch".into())
    );
}

#[test]
fn a_list_is_paged_without_a_task_twice_or_lost() {
    let server = Server::start();
    server.shell("for i in $(seq 1 25); do echo $i > p/t$i.md; done");
    crate::support::eventually("all are listed", || {
        (server.tasks("p").len() == 25).then_some(())
    });
    let mut seen = Vec::new();
    let mut path = format!("{TASKS}?limit=10");
    loop {
        let page = server.json(&path);
        assert_eq!(page["total"], 25);
        seen.extend(
            page["tasks"]
                .as_array()
                .unwrap()
                .iter()
                .map(|task| task["id"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{TASKS}?limit=10&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 25);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 25);
    for bad in [
        "limit=0",
        "limit=10001",
        "limit=x",
        "limit=1&limit=2",
        "sort=a",
        "cursor=a/b",
        "state=open",
    ] {
        assert_eq!(
            server.get(&format!("{TASKS}?{bad}")).outcome(),
            (400, "invalid_query".into()),
            "{bad}"
        );
    }
}

#[test]
fn projects_are_listed_made_and_shown() {
    let server = one_task();
    let body = json!({"id": "site", "name": "My: site", "statuses": ["todo", "done"], "default_status": "todo", "id_prefix": "WEB", "id_padding": 4});
    let made = server.request("POST", "/api/v1/projects", Some(body.clone()));
    assert_eq!(
        (made.status, made.headers["location"].as_str()),
        (201, "/api/v1/projects/site")
    );
    assert_eq!(
        server.read("site/project.yaml").lines().next(),
        Some("name: 'My: site'")
    );
    let task = server
        .request(
            "POST",
            "/api/v1/projects/site/tasks",
            Some(json!({"title": "t"})),
        )
        .json();
    assert_eq!(
        (&task["id"], &task["status"]),
        (&json!("WEB-0001"), &json!("todo"))
    );
    let mut client = server.connect("site");
    server.write("site/WEB-0002.md", "x");
    assert_eq!(client.next_events(1), ["created WEB-0002"]);
    let projects = server.json("/api/v1/projects");
    let ids: Vec<_> = projects["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["id"].clone())
        .collect();
    assert_eq!(ids, [json!("p"), json!("site")]);
    let shown = server.json("/api/v1/projects/site");
    assert_eq!(
        (&shown["name"], &shown["tasks"]["by_status"]),
        (&json!("My: site"), &json!({"todo": 2}))
    );
    assert_eq!(
        server
            .request("POST", "/api/v1/projects", Some(body))
            .outcome(),
        (409, "project_exists".into())
    );
    for id in ["../x", "a/b", ".git", "con", "", "Site"] {
        let status = server
            .request("POST", "/api/v1/projects", Some(json!({"id": id})))
            .status;
        assert!(matches!(status, 400 | 409), "{id}: {status}");
    }
    for wrong in [
        json!({}),
        json!({"id": 1}),
        json!({"id": "x", "colour": "red"}),
        json!({"id": "x", "statuses": "a"}),
    ] {
        let refused = server.request("POST", "/api/v1/projects", Some(wrong.clone()));
        assert_eq!(refused.outcome(), (422, "invalid_field".into()), "{wrong}");
    }
    assert!(!server.path("x").exists());
}

#[test]
fn concurrent_creates_get_ids_of_their_own() {
    let server = Server::start_with(&[("p/TASK-003.md", Some("---\nid: [broken\n---\n"))], &[]);
    let mut ids: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let create = |_| {
                        server
                            .request("POST", TASKS, Some(json!({"title": "t"})))
                            .json()
                    };
                    (0..10)
                        .map(create)
                        .map(|task| task["id"].as_str().unwrap().to_owned())
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 80);
    // The broken file's name is taken, though the index serves no such task.
    assert!(!ids.contains(&"TASK-003".to_owned()));
    assert_eq!(server.read("p/TASK-003.md"), "---\nid: [broken\n---\n");
}

#[test]
fn concurrent_patches_of_different_fields_all_count() {
    let server = one_task();
    for round in 0..10 {
        std::thread::scope(|scope| {
            for field in ["title", "priority", "due_date", "parent"] {
                let server = &server;
                scope.spawn(move || {
                    let change = json!({field: format!("{field} {round}")});
                    assert_eq!(server.request("PATCH", &at("A"), Some(change)).status, 200);
                });
            }
        });
        let task = server.json(&at("A"));
        for field in ["title", "priority", "due_date", "parent"] {
            assert_eq!(task[field], format!("{field} {round}"));
        }
    }
}

#[test]
fn what_is_only_nearly_right_is_refused() {
    let server = Server::start();
    let tasks = "/api/v1/projects/p/tasks";
    // A title that is null is none.
    let untitled = server.request("POST", tasks, Some(json!({"title": null})));
    assert_eq!(untitled.outcome(), (422, "invalid_field".into()));
    // Nothing is there and not there.
    let made = server.request(
        "PUT",
        &format!("{tasks}/T-1"),
        Some(json!({"title": "One"})),
    );
    assert_eq!(made.status, 201);
    let put = |conditions: [(&str, &str); 2]| {
        let headers = [&conditions[..], &[("content-type", "application/json")]].concat();
        let path = format!("{tasks}/T-1");
        server
            .send("PUT", &path, &headers, br#"{"title": "Two"}"#)
            .outcome()
    };
    let exists = ("if-match", "*");
    assert_eq!(
        put([exists, ("if-none-match", "*")]),
        (412, "revision_mismatch".into())
    );
    assert_eq!(
        put([exists, ("if-none-match", "x")]),
        (400, "invalid_condition".into())
    );
    let nowhere = server.get("/api/v1/search?q=one&project=");
    assert_eq!(nowhere.outcome(), (400, "invalid_query".into()));
    // To JSON, 2.0 is a whole number.
    let project = json!({"id": "q", "id_padding": 2.0});
    assert_eq!(
        server
            .request("POST", "/api/v1/projects", Some(project))
            .status,
        201
    );
    let made = server.request(
        "POST",
        "/api/v1/projects/q/tasks",
        Some(json!({"title": "One"})),
    );
    assert_eq!(made.json()["id"], "TASK-01");
    // What no path takes is refused before any path is looked at, and with the same words.
    let traced = server.send("TRACE", tasks, &[], b"");
    assert_eq!(traced.outcome(), (405, "method_not_allowed".into()));
    assert_eq!(traced.headers["allow"], "GET, HEAD, OPTIONS, POST");
}
