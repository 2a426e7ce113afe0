//! Links between tasks that lead nowhere or in a circle, and that `taskmd check` and the server tell the same.

use crate::support::{QUIET, Server, eventually, put, taskmd};
use serde_json::{Value, json};
use std::os::unix::fs::symlink;

const P: &str = "/api/v1/projects/p";

/// What the server says is wrong in all of its projects, as `taskmd check --json` has it.
fn told(server: &Server) -> Vec<Value> {
    let projects = server.json("/api/v1/projects?sync=1");
    let of = |project: &Value| {
        let id = project["id"].as_str().unwrap();
        let problems = server.json(&format!("/api/v1/projects/{id}/problems"));
        let problems = problems["problems"].as_array().unwrap();
        assert_eq!(project["problem_count"], problems.len());
        let with_id = |problem: &Value| {
            let mut problem = problem.clone();
            problem["project_id"] = json!(id);
            problem
        };
        problems.iter().map(with_id).collect::<Vec<_>>()
    };
    let projects = projects["projects"].as_array().unwrap().iter();
    projects.flat_map(of).collect()
}

/// What `taskmd check` says of the same folder.
fn checked(server: &Server) -> Vec<Value> {
    let root = server.path("");
    let output = taskmd()
        .args(["check", "--json"])
        .arg(root)
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(output.status.code(), Some(i32::from(!lines.is_empty())));
    lines
}

#[test]
fn check_and_server_tell_the_same() {
    let large = "x".repeat((1 << 20) + 1);
    let entries = [
        ("p/project.yaml", Some("id_padding: many\n")),
        ("p/twice.md", Some("---\nid: twice\nid: again\n---\n")),
        ("p/open.md", Some("---\nid: open\n")),
        (
            "p/type.md",
            Some("---\nid: type\ntags: {a: b}\nlabels: [c]\n---\n"),
        ),
        ("p/id.md", Some("---\nid: a/b\n---\n")),
        ("p/one.md", Some("---\nid: same\n---\n")),
        ("p/other.md", Some("---\nid: same\n---\n")),
        ("p/large.md", Some(&*large)),
        (
            "p/waits.md",
            Some("---\ntags: [x]\nblocked_by:\n  - good\n  - gone # soon\n---\n"),
        ),
        ("p/good.md", Some("---\nparent: nobody\n---\n")),
        ("p/c1.md", Some("---\ndepends_on: [good, c2]\n---\n")),
        ("p/c2.md", Some("---\ndepends_on: [c1]\n---\n")),
        ("q/self.md", Some("---\nparent: self\n---\n")),
    ];
    let server = Server::start_with(&entries, &[]);
    put(&server.path("p/latin.md"), b"caf\xe9");
    symlink("good.md", server.path("p/link.md")).unwrap();
    let told = eventually("what was made last is seen", || {
        let told = told(&server);
        let is_seen = |name: &str| told.iter().any(|problem| problem["path"] == name);
        (is_seen("latin.md") && is_seen("link.md")).then_some(told)
    });
    let shown: Vec<_> = told
        .iter()
        .map(|problem| {
            let text = |key: &str| problem[key].as_str().unwrap();
            let (line, column) = (&problem["line"], &problem["column"]);
            format!("{}:{line}:{column} {}", text("path"), text("code"))
        })
        .collect();
    for problem in [
        "c1.md:2:20 dependency_cycle",
        "good.md:2:9 missing_parent",
        "waits.md:5:5 missing_dependency",
        "self.md:2:9 parent_cycle",
        "large.md:1:1 too_large",
        "link.md:1:1 unsafe_link",
        "project.yaml:1:13 invalid_settings",
    ] {
        assert!(
            shown.iter().any(|shown| shown == problem),
            "{problem}: {shown:#?}"
        );
    }
    assert_eq!(shown.len(), 14, "{shown:#?}");
    assert_eq!(checked(&server), told);
}

#[test]
fn a_link_is_told_as_long_as_it_leads_nowhere_and_is_no_mark_on_its_task() {
    let server = Server::start();
    let mut client = server.connect("p");
    let tasks = format!("{P}/tasks");
    let new = json!({"id": "A", "title": "a", "depends_on": ["B"]});
    assert_eq!(server.request("POST", &tasks, Some(new)).status, 201);
    let codes = || server.problems("p").into_values().collect::<Vec<_>>();
    assert_eq!(codes(), ["missing_dependency"]);
    assert!(server.tasks("p")["A"].get("problem").is_none());
    // It keeps nobody from writing, and what is made later is found.
    let change = json!({"status": "done"});
    assert_eq!(
        server
            .request("PATCH", &format!("{tasks}/A"), Some(change))
            .status,
        200
    );
    server.write("p/B.md", "---\ndepends_on: A\n---\n");
    eventually("both wait for each other", || {
        (codes() == ["dependency_cycle"]).then_some(())
    });
    server.write("p/B.md", "---\ntitle: B\n---\n");
    eventually("neither does", || codes().is_empty().then_some(()));
    let events = client.next_events(4);
    assert_eq!(events, ["created A", "created B", "updated A", "updated B"]);
    assert!(client.event_within(QUIET).is_none());
}
