//! The examples of the user's document, run as they stand there: in Chromium, and the JavaScript one in Node too.
//!
//! A page of the test's own runs the example and posts what the example logs, shows and holds back to the test, each
//! time something is new. The test makes changes the way people do and reads the reports in order: one too many, one
//! too few or a warning fails it. `tests/browser/` has what runs around the examples.

pub mod page;

use crate::support::{Server, eventually, put};
use page::{Page, Program, browse, chromium, needed};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The user's document, to the byte.
const DOCUMENT: &str = include_str!("../protocol/websocket.md");

#[test]
fn the_javascript_example_runs_in_a_browser() {
    let Some(chromium) = needed("Chromium", chromium()) else {
        return;
    };
    let page = Page::of(example("javascript").to_owned());
    let server = page.server();
    let _browser = browse(&chromium, &page, server.address());
    follow_javascript(&page, server);
}

#[test]
fn the_javascript_example_runs_in_node() {
    let Some(mut node) = needed("Node with a WebSocket", node()) else {
        return;
    };
    let page = Page::of(String::new());
    let server = page.server();
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("example.js");
    put(&script, example("javascript").as_bytes());
    node.arg("--require")
        .arg(browser_folder().join("observe.js"))
        .arg("--require")
        .arg(browser_folder().join("reroute.js"))
        .arg(script)
        .env("REPORT_TO", page.origin())
        .env("TASKMD_PORT", server.address().port().to_string());
    let mut program = Program::start(node, folder);
    follow_javascript(&page, server);
    let status = eventually("Node ends", || program.process.try_wait().unwrap());
    assert!(status.success(), "{status}");
}

#[test]
fn the_react_example_runs_in_a_browser() {
    let esbuild = browser_folder().join("node_modules/.bin/esbuild");
    let esbuild = esbuild.is_file().then_some(esbuild);
    let Some(esbuild) = needed("React (npm ci --prefix tests/browser)", esbuild) else {
        return;
    };
    let Some(chromium) = needed("Chromium", chromium()) else {
        return;
    };
    let page = Page::of(bundle(&esbuild, example("typescript")));
    let server = page.server();
    let _browser = browse(&chromium, &page, server.address());
    follow_react(&page, server);
}

/// The block of the document in this language.
fn example(language: &str) -> &'static str {
    let fence = format!("```{language}\n");
    let mut blocks = DOCUMENT.split(&fence).skip(1);
    let (block, _) = blocks
        .next()
        .and_then(|rest| rest.split_once("\n```\n"))
        .expect("the document has an example");
    assert_eq!(blocks.next(), None, "which example in {language}?");
    block
}

/// Lives through the changes with the JavaScript example, which logs everything.
fn follow_javascript(page: &Page, mut server: Server) {
    assert_eq!(page.next(), json!({"log": ["WebSocket connected"]}));

    post_a_task(&server);
    let created = page.logged("task.created", "New task created:");
    assert_eq!(created, task(&server, "TASK-001"));
    assert_eq!(created["title"], "Buy milk");

    write_a_task(&server);
    let created = page.logged("task.created", "New task created:");
    assert_eq!(created, task(&server, "TASK-002"));

    edit_the_first(&server);
    let updated = page.logged("task.updated", "Task updated:");
    assert_eq!(updated, task(&server, "TASK-001"));
    assert_eq!(updated["title"], "Buy oat milk");

    remove_the_first(&server);
    assert_eq!(page.logged("task.deleted", "Task deleted:"), "TASK-001");

    assert_eq!(server.end("-TERM"), Some(0));
    assert_eq!(page.next(), json!({"log": ["WebSocket disconnected"]}));
}

/// Lives through the same changes with the React example, which shows its status and holds the tasks.
fn follow_react(page: &Page, mut server: Server) {
    assert_eq!(page.held("Disconnected"), json!([]));
    assert_eq!(page.next(), json!({"log": ["WebSocket connected"]}));
    assert_eq!(page.held("Connected"), json!([]));

    post_a_task(&server);
    let first = task(&server, "TASK-001");
    assert_eq!(page.held("Connected"), json!([first]));

    write_a_task(&server);
    let held = page.held("Connected");
    let second = task(&server, "TASK-002");
    assert_eq!(held, json!([first, second]));

    edit_the_first(&server);
    let held = page.held("Connected");
    let first = task(&server, "TASK-001");
    assert_eq!(first["title"], "Buy oat milk");
    assert_eq!(held, json!([first, second]));

    remove_the_first(&server);
    assert_eq!(page.held("Connected"), json!([second]));

    assert_eq!(server.end("-TERM"), Some(0));
    assert_eq!(page.next(), json!({"log": ["WebSocket disconnected"]}));
    assert_eq!(page.held("Disconnected"), json!([second]));
}

/// Creates TASK-001 as a program does.
fn post_a_task(server: &Server) {
    let body = json!({"title": "Buy milk"});
    let response = server.request("POST", "/api/v1/projects/my-project/tasks", Some(body));
    assert_eq!(response.status, 201, "{}", response.text());
}

/// Creates TASK-002 as an editor does.
fn write_a_task(server: &Server) {
    server.write("my-project/TASK-002.md", "---\ntitle: Bake bread\n---\n");
}

fn edit_the_first(server: &Server) {
    server.shell("sed -i 's/Buy milk/Buy oat milk/' my-project/TASK-001.md");
}

fn remove_the_first(server: &Server) {
    server.shell("rm my-project/TASK-001.md");
}

fn task(server: &Server, id: &str) -> Value {
    server.json(&format!("/api/v1/projects/my-project/tasks/{id}"))
}

impl Page {
    /// What the JavaScript example says with these words, after it has logged the message as such.
    fn logged(&self, kind: &str, words: &str) -> Value {
        let received = self.next();
        assert_eq!(received["log"][0], "Received:", "{received}");
        assert_eq!(received["log"][1]["type"], kind, "{received}");
        let mut said = self.next();
        assert_eq!(said["log"][0], words, "{said}");
        said["log"][1].take()
    }

    /// The tasks that the React example holds, when next it shows or holds something else.
    fn held(&self, status: &str) -> Value {
        let mut report = self.next();
        assert_eq!(report["shown"], format!("Status: {status}"), "{report}");
        report["tasks"].take()
    }
}

/// Makes one script of the React example, React, and the lines that put it into the page.
fn bundle(esbuild: &Path, example: &str) -> String {
    let folder = TempDir::new().unwrap();
    let (module, script) = (
        folder.path().join("example.tsx"),
        folder.path().join("example.js"),
    );
    put(
        &module,
        format!("{example}\nexport {{ TaskList }};\n").as_bytes(),
    );
    let status = Command::new(esbuild)
        .arg(browser_folder().join("mount.tsx"))
        .args(["--bundle", "--jsx=automatic", "--log-level=warning"])
        .arg(format!("--alias:example={}", module.display()))
        .arg(format!("--outfile={}", script.display()))
        .env("NODE_PATH", browser_folder().join("node_modules"))
        .status()
        .unwrap();
    assert!(status.success(), "esbuild: {status}");
    std::fs::read_to_string(script).unwrap()
}

/// Node, such that a script has a WebSocket: 22 or newer as it is, 20 when told.
fn node() -> Option<Command> {
    let told: [&[&str]; 2] = [&[], &["--experimental-websocket"]];
    told.into_iter().find_map(|arguments| {
        let node = || {
            let mut command = Command::new("node");
            command.args(arguments);
            command
        };
        let has_one = node()
            .args([
                "--eval",
                "process.exit(typeof WebSocket === 'function' ? 0 : 1)",
            ])
            .stderr(Stdio::null())
            .status();
        has_one.is_ok_and(|status| status.success()).then(node)
    })
}

fn browser_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser")
}
