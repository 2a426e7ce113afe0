//! The page on which the API is read and tried, in a browser.

mod tab;

use crate::protocol::page::{chromium, needed};
use crate::support::{Server, eventually};
use serde_json::{Value, json};
use tab::Tab;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The ids of all operations but HEAD and OPTIONS, which say nothing of their own.
fn operations(openapi: &Value) -> Vec<String> {
    let paths = openapi["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|item| METHODS.iter().filter_map(|method| item.get(method)));
    let mut ids: Vec<_> = operations
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

/// Sends what the form of an operation says, and waits for the status.
fn send(tab: &mut Tab, id: &str) -> String {
    tab.evaluate(&format!(
        "document.querySelector('#{id} form button').click()"
    ));
    eventually("an answer is shown", || {
        let status = format!("document.querySelector('#{id} form .status')?.textContent ?? null");
        tab.evaluate(&status).as_str().map(str::to_owned)
    })
}

#[test]
fn what_is_described_is_shown_and_can_be_tried() {
    let Some(chromium) = needed("Chromium", chromium()) else {
        return;
    };
    let server = Server::start_with(&[("my-project/TASK-003.md", Some("# A tide\n"))], &[]);
    let mut tab = Tab::open(
        &chromium,
        &format!("http://{}/api/v1/docs", server.address()),
    );
    let shown = "[...document.querySelectorAll('[data-of]')].map((one) => one.dataset.of).sort()";
    let openapi = server.json("/api/v1/openapi.json");
    let operations = operations(&openapi);
    eventually("all is shown", || {
        (tab.evaluate(shown) == json!(operations)).then_some(())
    });

    assert_eq!(send(&mut tab, "getTask"), "200 OK");
    let answer = "JSON.parse(document.querySelector('#getTask form [aria-live] > pre:last-child').textContent).title";
    eventually("the task is shown", || {
        (tab.evaluate(answer) == "A tide").then_some(())
    });
    // What the form has by itself is well.
    assert_eq!(send(&mut tab, "updateTask"), "200 OK");
    assert_eq!(send(&mut tab, "createTask"), "201 Created");
    assert_eq!(server.tasks("my-project").len(), 2);

    // The stream goes on until it is stopped, by either way.
    let wait_for = |n_clients: u64| {
        eventually("so many clients are counted", || {
            (server.json("/api/v1/ws/stats")["client_count"] == n_clients).then_some(())
        });
    };
    for id in ["connect", "followEvents"] {
        let click = format!("document.querySelector('#{id} form button').click()");
        tab.evaluate(&click);
        wait_for(1);
        tab.evaluate(&click);
        wait_for(0);
    }
    // Nothing foreign runs in it, and nothing in it has failed.
    let foreign = "{ const script = document.createElement('script'); script.textContent = 'window.ran = 1'; \
                   document.head.append(script); typeof window.ran }";
    assert_eq!(tab.evaluate(foreign), "undefined");
    let refused = tab.errors();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(
        refused[0].contains("Content Security Policy"),
        "{refused:?}"
    );
}

#[test]
fn the_page_and_what_it_is_made_of_are_asked_for_once() {
    let server = Server::start();
    for (path, kind) in [
        ("/api/v1/docs", "text/html; charset=utf-8"),
        ("/api/v1/docs/docs.css", "text/css; charset=utf-8"),
        ("/api/v1/docs/docs.js", "text/javascript; charset=utf-8"),
        ("/api/v1/openapi.json", "application/json"),
        ("/api/v1/asyncapi.json", "application/json"),
    ] {
        let first = server.get(path);
        assert_eq!((first.status, &*first.headers["content-type"]), (200, kind));
        let again = [("if-none-match", &*first.headers["etag"])];
        let again = server.send("GET", path, &again, b"");
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        let policy = first.headers.get("content-security-policy");
        let is_guarded = policy
            .is_some_and(|policy| policy.starts_with("default-src 'none'; script-src 'self';"));
        assert_eq!(is_guarded, path.contains("/docs"), "{path}");
    }
}
