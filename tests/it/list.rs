//! `taskmd list`: what a person sees of a directory and of a server, and what a program reads.

use crate::support::{Server, taskmd};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

const FILES: [(&str, Option<&str>); 4] = [
    (
        "p/A.md",
        Some(
            "---\ntitle: Tide table\nstatus: open\npriority: high\ndue: 2026-12-01\n---\nLong body.\n",
        ),
    ),
    (
        "p/B.md",
        Some("---\ntitle: \"Evil \\e[2J\\u202e title\"\nstatus: done\nassignees: [ana, bo]\n---\n"),
    ),
    ("p/C.md", Some("---\ntitle: 天気\nstatus: open\n---\n")),
    ("q/D.md", Some("# The tide of q\n")),
];

/// The lines that a command prints when all is well.
fn lines(arguments: &[&str]) -> Vec<String> {
    let output = taskmd().arg("list").args(arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), said.as_str()),
        (Some(0), ""),
        "{arguments:?}"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn tasks_are_listed_of_a_directory_and_of_a_server_alike() {
    let server = Server::start_with(&FILES, &[]);
    let url = format!("http://{}", server.address());
    let root = server.path(".");
    let root = root.to_str().unwrap();
    for (words, expected) in [
        (
            &["-p", "p"][..],
            &[
                "ID  STATUS  PRIORITY  TITLE                         ASSIGNEES  DUE DATE",
                "A   open    high      Tide table                               2026-12-01",
                r"B   done              Evil \u{1b}[2J\u{202e} title  ana, bo",
                "C   open              天気",
            ][..],
        ),
        (
            &["status=open", "sort=-title"],
            &[
                "PROJECT  ID  STATUS  PRIORITY  TITLE          DUE DATE",
                "p        C   open              天気",
                "p        A   open    high      Tide table     2026-12-01",
                "q        D   open              The tide of q",
            ],
        ),
        (
            &["q=tide", "fields=title,id"],
            &[
                "PROJECT  TITLE          ID",
                "p        Tide table     A",
                "q        The tide of q  D",
            ],
        ),
        (
            &["status!=open", "--project", "p", "fields=id"],
            &["ID", "B"],
        ),
        (&["status=none"], &[]),
    ] {
        let of_directory = lines(&[&[root], words].concat());
        assert_eq!(of_directory, expected, "{words:?}");
        let of_server = lines(&[&["--server", &url], words].concat());
        assert_eq!(of_server, expected, "{words:?}");
    }
    // Without a directory it is the current one, and the server may be named by the environment.
    let mut here = taskmd();
    here.current_dir(root)
        .args(["list", "status=done", "fields=id"]);
    assert_eq!(here.output().unwrap().stdout, b"ID\nB\n");
    let mut there = taskmd();
    there.args(["list", "status=done", "fields=id"]);
    there.env("TASKMD_SERVER", &url);
    assert_eq!(there.output().unwrap().stdout, b"ID\nB\n");
}

#[test]
fn the_json_is_that_of_the_api() {
    let server = Server::start_with(&FILES, &[]);
    let url = format!("http://{}", server.address());
    let root = server.path(".");
    let query = "status=open&sort=title&limit=1";
    let answer = server
        .get(&format!("/api/v1/projects/p/tasks?{query}"))
        .text();
    let words: Vec<_> = query.split('&').chain(["--json", "-p", "p"]).collect();
    let of_server = lines(&[&["--server", &url], words.as_slice()].concat());
    assert_eq!(of_server, [answer.as_str()]);
    let of_directory = lines(&[&[root.to_str().unwrap()], words.as_slice()].concat());
    let [of_server, of_directory] = [of_server, of_directory].map(|lines| {
        let list: Value = serde_json::from_str(&lines[0]).unwrap();
        (list["tasks"].clone(), list["total"].clone())
    });
    assert_eq!(of_directory, of_server);
    // A line a project.
    let all = lines(&["--server", &url, "--json"]);
    let totals = all
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["total"].clone());
    assert!(totals.eq([3, 1]));
}

#[test]
fn all_pages_are_listed_and_a_reader_may_leave() {
    let server = Server::start();
    server.shell("for i in $(seq 1 300); do echo text > p/t$i.md; done");
    let root = server.path(".");
    assert_eq!(lines(&[root.to_str().unwrap(), "sort=-id"]).len(), 301);
    let mut seven = taskmd();
    seven.args(["list", root.to_str().unwrap(), "limit=7"]);
    let output = seven.output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 8);
    assert_eq!(output.stderr, b"taskmd: 7 of 300 tasks\n");
    let reads_two_lines = format!("{} list {} | head -2", program(), root.display());
    let output = Command::new("sh")
        .args(["-c", &reads_two_lines])
        .stderr(Stdio::piped())
        .output();
    let output = output.unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

fn program() -> String {
    let command = taskmd();
    Path::new(command.get_program()).display().to_string()
}

#[test]
fn what_cannot_be_listed_is_told_and_exits_2() {
    let server = Server::start();
    let url = format!("http://{}", server.address());
    let root = server.path(".");
    let root = root.to_str().unwrap();
    for (arguments, words) in [
        (vec!["/nowhere/at/all"], "cannot read `/nowhere/at/all`"),
        (vec![root, "state=open"], "`state` should be left out"),
        (vec!["sort=colour"], "`sort` should be names of fields"),
        (vec![root, "open"], "`open` is no NAME=VALUE"),
        (vec![root, "-p", "no"], "there is no project `no`"),
        (
            vec!["--server", &url, "-p", "no"],
            "there is no project of this id",
        ),
        (
            vec!["--server", "http://127.0.0.1:9"],
            "cannot reach http://127.0.0.1:9",
        ),
        (
            vec![root, "--server", &url],
            "cannot be used with `--server`",
        ),
    ] {
        let output = taskmd().arg("list").args(&arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(
            said.starts_with("taskmd: ") && said.contains(words),
            "{arguments:?}: {said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
