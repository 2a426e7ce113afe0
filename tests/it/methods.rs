//! What each path takes, and what is said where it does not.

use crate::support::Server;
use serde_json::json;
use std::collections::BTreeSet;

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// A path of each kind that is described.
fn paths(server: &Server) -> Vec<String> {
    let openapi = server.json("/api/v1/openapi.json");
    let paths = openapi["paths"].as_object().unwrap().keys();
    let example = |path: &String| path.replace("{projectId}", "p").replace("{taskId}", "none");
    paths.map(example).collect()
}

#[test]
fn options_and_refusals_say_what_a_path_takes() {
    let server = Server::start();
    for path in &paths(&server) {
        let options = server.request("OPTIONS", path, None);
        assert_eq!(options.status, 204, "{path}");
        let allowed = options.headers["allow"].clone();
        let allowed: BTreeSet<_> = allowed.split(", ").collect();
        assert!(allowed.contains("OPTIONS"), "{path}: {allowed:?}");
        for method in METHODS {
            let accept = [("accept", "application/json")];
            let answer = server.send(method, path, &accept, b"");
            let is_refused = answer.status == 405;
            assert_eq!(is_refused, !allowed.contains(method), "{method} {path}");
            // What is told of is there.
            let is_missing = method != "HEAD" && answer.outcome().1 == "not_found";
            assert!(!is_missing, "{method} {path}");
            if is_refused {
                assert_eq!(answer.headers["allow"], options.headers["allow"]);
                assert!(method == "HEAD" || answer.outcome().1 == "method_not_allowed");
            }
        }
    }
    let nowhere = server.request("OPTIONS", "/api/v1/nowhere", None);
    assert_eq!(nowhere.outcome(), (404, "not_found".into()));
}

#[test]
fn head_is_get_without_its_body() {
    let server = Server::start();
    let made = json!({"title": "One"});
    let made = server.request("POST", "/api/v1/projects/p/tasks", Some(made));
    assert_eq!(made.status, 201);
    for path in [
        "/api/v1/projects",
        "/api/v1/projects/p/tasks",
        "/api/v1/projects/p/tasks/TASK-001",
        "/api/v1/projects/p/tasks/none",
        "/healthz",
    ] {
        let (get, head) = (server.get(path), server.request("HEAD", path, None));
        assert_eq!((get.status, head.body.len()), (head.status, 0), "{path}");
        let told = |name: &str| (get.headers.get(name), head.headers.get(name));
        for name in ["content-type", "content-length", "etag", "cache-control"] {
            let (of_get, of_head) = told(name);
            assert_eq!(of_get, of_head, "{name} of {path}");
        }
    }
}
