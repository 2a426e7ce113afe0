//! `taskmd new`, `edit` and `show`: one task, of a directory and of a server, and the bytes of its file.

#[path = "commands/editor.rs"]
mod editor;
#[path = "commands/refusals.rs"]
mod refusals;

use crate::support::{Server, eventually, taskmd};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// A file with what an edit must leave alone.
const A: &str = "---\r\ntitle: One   # as it was\r\nlabels: [api, 'time']\r\ndue: 2027-01-01\r\n\
                 created: 2026-01-01\r\nestimate: 3\r\n---\r\n\r\nText\twith a tab.\r\n\x1b[2J\r\n";
const A_EDITED: &str = "---\r\ntitle: One   # as it was\r\nlabels: [api, 'bug']\r\n\
                        created: 2026-01-01\r\nestimate: 0.5\r\nstatus: done\r\n---\r\n\r\nText\twith a tab.\r\n\x1b[2J\r\n";
const FILES: [(&str, Option<&str>); 4] = [
    ("p/A.md", Some(A)),
    ("p/both.md", Some("in p\n")),
    ("q/B.md", Some(A)),
    ("q/both.md", Some("in q\n")),
];

/// The exit code, what was printed, and what was said beside it.
fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// What a command prints when all is well.
fn printed(arguments: &[&str]) -> String {
    let (code, out, said) = run(taskmd().args(arguments));
    assert_eq!((code, said.as_str()), (Some(0), ""), "{arguments:?}");
    out
}

/// A server, its directory, and its address, for whom each test is done the same.
fn both(server: &Server) -> (String, String) {
    let root = server.path(".");
    let url = format!("http://{}", server.address());
    (root.to_str().unwrap().to_owned(), url)
}

/// The task as the server answers it, once it has heard of this status.
fn answered(server: &Server, path: &str, status: &str) -> String {
    eventually("the server has heard of it", || {
        let answer = server.get(&format!("/api/v1/projects/{path}"));
        let is_new = answer.status == 200 && answer.json()["status"] == status;
        is_new.then(|| answer.text())
    })
}

#[test]
fn a_task_is_made_in_a_directory_and_at_a_server_alike() {
    let server = Server::start_with(&[("p", None), ("q", None)], &[]);
    let (root, url) = both(&server);
    let words = [
        "Fix: the clock",
        "tag=api, time",
        "due=2027-01-01",
        "tags=v1",
        "estimate=3",
        "version=1.10",
        "created=2026-01-01",
        "priority=",
        "--body",
        "# Look\n\nhere",
    ];
    let expected = "---\nid: TASK-001\ntitle: 'Fix: the clock'\nstatus: open\ntags: [api, time, v1]\n\
                    due_date: 2027-01-01\ncreated_at: 2026-01-01\nestimate: 3\nversion: '1.10'\n---\n\n\
                    # Look\n\nhere\n";
    let of_directory = printed(&[&["new", &root, "-p", "p"], &words[..]].concat());
    assert_eq!(of_directory, "TASK-001 p/TASK-001.md\n");
    assert_eq!(server.read("p/TASK-001.md"), expected);
    let of_server = printed(&[&["new", "--server", &url, "-p", "q"], &words[..]].concat());
    assert_eq!(of_server, "TASK-001 q/TASK-001.md\n");
    assert_eq!(server.read("q/TASK-001.md"), expected);
    // What is printed as JSON is what the API says of it. A title that looks like a pair is told as one.
    let named = ["title=a=b", "id=Mine", "status=now", "--json"];
    for place in [
        &[root.as_str(), "-p", "p"][..],
        &["--server", &url, "-p", "q"],
    ] {
        let json = printed(&[&["new"], place, &named[..]].concat());
        let project = place.last().unwrap();
        let of_api = answered(&server, &format!("{project}/tasks/Mine"), "now");
        assert_eq!(json, of_api + "\n");
        assert_eq!(
            serde_json::from_str::<Value>(&json).unwrap()["title"],
            "a=b"
        );
    }
}

#[test]
fn an_edit_touches_what_it_names_and_nothing_else() {
    let server = Server::start_with(&FILES, &[]);
    let (root, url) = both(&server);
    let words = ["status=done", "tag=api", "tag=bug", "due=", "estimate=0.5"];
    assert_eq!(printed(&[&["edit", &root, "A"], &words[..]].concat()), "");
    assert_eq!(server.read("p/A.md"), A_EDITED);
    let json = printed(&[&["edit", "--json", "--server", &url, "B"], &words[..]].concat());
    assert_eq!(server.read("q/B.md"), A_EDITED);
    assert_eq!(json, server.get("/api/v1/projects/q/tasks/B").text() + "\n");
    let json = printed(&["edit", &root, "A", "--json", "--body", "Anew"]);
    assert_eq!(json, answered(&server, "p/tasks/A", "done") + "\n");
    assert!(server.read("p/A.md").ends_with("---\r\n\r\nAnew\r\n"));
    // A change may be bound to the revision that one has seen: it happens once.
    let task: Value = serde_json::from_str(&json).unwrap();
    let bound = ["A", "--if-match", task["revision"].as_str().unwrap()];
    let by_directory = [&["edit", &root, "priority=high"], &bound[..]].concat();
    let by_server = [&["edit", "--server", &url, "priority=low"], &bound[..]].concat();
    assert_eq!(printed(&by_directory), "");
    let text = server.read("p/A.md");
    assert!(text.contains("priority: high"), "{text}");
    for late in [by_directory, by_server] {
        let (code, out, said) = run(taskmd().args(&late));
        assert_eq!((code, out.as_str()), (Some(1), ""), "{late:?}: {said}");
        assert_eq!(
            (said.lines().count(), server.read("p/A.md")),
            (1, text.clone())
        );
    }
}

#[test]
fn a_server_hears_of_a_command_as_of_any_editor() {
    let server = Server::start_with(&FILES, &[]);
    let (root, _) = both(&server);
    let mut client = server.connect("p");
    printed(&["new", &root, "-p", "p", "Two"]);
    printed(&["edit", &root, "A", "status=done"]);
    // Nothing is changed by this.
    printed(&["edit", &root, "A", "status=done"]);
    assert_eq!(
        client.next_events(2),
        ["created TASK-001", "updated A"],
        "{:?}",
        client.history()
    );
    client.expect_quiet();
    assert!(
        client
            .history()
            .iter()
            .all(|event| event["source"] == "file")
    );
    let left = std::fs::read_dir(server.path("p")).unwrap();
    assert_eq!(left.count(), 3, "nothing but the tasks");
}

#[test]
fn tasks_that_are_made_at_once_get_an_id_each() {
    let server = Server::start();
    let (root, url) = both(&server);
    let places = [vec![root.as_str()], vec!["--server", &url]];
    let processes: Vec<_> = places
        .iter()
        .cycle()
        .take(12)
        .map(|place| {
            let mut command = taskmd();
            command.arg("new").args(place).arg("One of many");
            command.stdout(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let outputs = processes
        .into_iter()
        .map(|one| one.wait_with_output().unwrap());
    let mut ids: Vec<_> = outputs.map(|output| output.stdout).collect();
    ids.sort_unstable();
    let expected = (1..=12).map(|n| format!("TASK-{n:03} p/TASK-{n:03}.md\n").into_bytes());
    assert_eq!(ids, expected.collect::<Vec<_>>());
    eventually("the server has all", || {
        (server.tasks("p").len() == 12).then_some(())
    });
}

#[test]
fn a_body_comes_from_standard_input() {
    let server = Server::start();
    let (root, _) = both(&server);
    let new = |body: &[u8]| {
        let mut process = taskmd()
            .args(["new", &root, "Piped", "created=2026-01-01", "--body", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One that is too long is not read to its end.
        drop(process.stdin.take().unwrap().write_all(body));
        let output = process.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    assert_eq!(new(b"no\nend"), (Some(0), String::new()));
    let text = server.read("p/TASK-001.md");
    assert!(text.ends_with("---\n\nno\nend"), "{text}");
    for (body, words) in [
        (
            vec![b'a'; (1 << 20) + 1],
            "the body is larger than 1048576 bytes",
        ),
        (b"\xff".to_vec(), "cannot read the body"),
    ] {
        let (code, said) = new(&body);
        assert_eq!(code, Some(2));
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_task_is_shown_of_a_directory_and_of_a_server_alike() {
    let server = Server::start_with(&FILES, &[]);
    let (root, url) = both(&server);
    let json = server.get("/api/v1/projects/p/tasks/A").text();
    let task: Value = serde_json::from_str(&json).unwrap();
    let told = |name: &str| task[name].as_str().unwrap().to_owned();
    let expected = format!(
        "A  One\n\n\
         status      open\n\
         tags        api, time\n\
         due_date    2027-01-01\n\
         created_at  2026-01-01\n\
         updated_at  {}\n\
         estimate    3\n\
         path        p/A.md\n\
         revision    {}\n\n\
         Text\twith a tab.\n\\u{{1b}}[2J\n",
        told("updated_at"),
        told("revision")
    );
    for place in [&[root.as_str()][..], &["--server", &url]] {
        assert_eq!(printed(&[&["show"], place, &["A"]].concat()), expected);
        let of_command = printed(&[&["show", "--json"], place, &["A"]].concat());
        assert_eq!(of_command, format!("{json}\n"));
    }
    assert_eq!(printed(&["show", &root, "A", "--raw"]), A);
    assert_eq!(printed(&["show", "--server", &url, "A", "--raw"]), A);
    // Of a file that cannot be read any more, a server shows what it was, and why.
    server.write("p/A.md", "---\nid: [\n---\n");
    eventually("the problem is shown", || {
        let shown = printed(&["show", "--server", &url, "A"]);
        let problem = "problem     not valid YAML\n";
        (shown.contains(problem) && shown.starts_with("A  One\n")).then_some(())
    });
}

#[test]
fn a_directory_with_a_project_yaml_is_a_project() {
    let mut files = FILES.to_vec();
    files.push(("p/project.yaml", Some("name: P\n")));
    files.push(("q/broken.md", Some("---\nid: [\n---\n")));
    let server = Server::start_with(&files, &[]);
    let at =
        |place: &str, words: &[&str]| run(taskmd().current_dir(server.path(place)).args(words));
    let made = at("p", &["new", "Here"]);
    assert_eq!(
        made,
        (
            Some(0),
            "TASK-001 p/TASK-001.md\n".to_owned(),
            String::new()
        )
    );
    assert_eq!(at("p", &["show", "both", "--raw"]).1, "in p\n");
    assert_eq!(at("p", &["show", "both", "--raw", "-p", "q"]).1, "in q\n");
    assert_eq!(at(".", &["show", "p", "both", "--raw"]).1, "in p\n");
    assert_eq!(at("p", &["list", "fields=id"]).1, "ID\nA\nTASK-001\nboth\n");
    assert_eq!(at("p", &["check"]).0, Some(0));
    assert_eq!(at(".", &["check"]).0, Some(1));
    // Without one it may as well hold projects.
    let (code, _, said) = at("q", &["new", "Here"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("no project to make it in"), "{said}");
}
