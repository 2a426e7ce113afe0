//! Whole folders at once.

use super::{DESK, Scenario, run_all};
use crate::support::{Server, eventually};
use std::sync::PoisonError;

/// Twenty tasks `t1` to `t20` in ten directories, beside the project.
const TWENTY: &str = "for i in 1 2 3 4 5 6 7 8 9 10; do mkdir -p .src/d$i/e; echo one > .src/d$i/t$i.md; \
                      echo two > .src/d$i/e/t$((i + 10)).md; done";

fn twenty(name: &'static str, tools: &'static [&'static str], script: &'static str) -> Scenario {
    let scenario = Scenario::script(name, tools, script, "");
    scenario.after(TWENTY).and_many("created", "t", 1..21)
}

#[test]
fn folders_that_come() {
    run_all(&[
        twenty("cp -r", &[], "cp -r .src p/new"),
        twenty("cp -a", &[], "cp -a .src/. p"),
        twenty("a move", &[], "mv .src p/new"),
        twenty("rsync", &["rsync"], "rsync -a .src/ p/new/"),
        twenty("tar", &["tar"], "tar c -C .src . | tar x -C p"),
        twenty(
            "zip",
            &["zip", "unzip"],
            "(cd .src; zip -qr ../.all.zip .); unzip -q .all.zip -d p",
        ),
        twenty("hard links", &[], "cp -rl .src p/new"),
        twenty(
            "one by one",
            &[],
            "for i in 1 2 3 4 5 6 7 8 9 10; do mkdir -p p/d$i/e; cp .src/d$i/*.md p/d$i; \
             cp .src/d$i/e/*.md p/d$i/e; done",
        ),
        Scenario::script(
            "long ones, by tar",
            &["tar"],
            "tar c -C .src . | tar x -C p",
            "",
        )
        .after(
            "mkdir -p .src/x/y; for i in 1 2 3 4 5 6 7 8 9; do \
                 yes 'a line of a long task' | head -c 400000 > .src/x/y/t$i.md; done",
        )
        .and_many("created", "t", 1..10),
        Scenario::script(
            "a file at the bottom",
            &[],
            "mkdir -p p/1/2/3/4/5/6/7/8/9; echo deep > p/1/2/3/4/5/6/7/8/9/new.md",
            "created new",
        ),
    ]);
}

#[test]
fn folders_that_change() {
    /// A copy of the project in which one file changed, one came and one went.
    const OTHER: &str =
        "cp -r p .other; sed -i s/open/done/ .other/a.md; rm .other/b.md; echo x > .other/new.md";
    let other =
        |name, tools, script, events| Scenario::script(name, tools, script, events).after(OTHER);
    run_all(&[
        other(
            "rsync --delete",
            &["rsync"],
            "rsync -a --checksum --delete .other/ p/",
            "created new, deleted B, updated A",
        ),
        other(
            "tar over",
            &["tar"],
            "tar c -C .other . | tar x -C p",
            "created new, updated A",
        ),
        other(
            "unzip over",
            &["zip", "unzip"],
            "(cd .other; zip -qr ../.all.zip .); unzip -qo .all.zip -d p",
            "created new, updated A",
        ),
        other("cp over", &[], "cp -r .other/. p", "created new, updated A"),
        other(
            "removed, then copied",
            &[],
            "rm -r p/*; cp -r .other/. p",
            "created new, deleted B, updated A",
        ),
        other(
            "sed by find",
            &[],
            "find p -name '*.md' -exec sed -i s/open/done/ {} +",
            "updated A, updated B, updated C, updated d",
        ),
        other(
            "rm -r",
            &[],
            "rm -r p/sub p/*.md",
            "deleted A, deleted B, deleted C, deleted d",
        ),
    ]);
}

/// A project that comes with all its files is one whose tasks are all there; what comes later is an event each.
#[test]
fn a_project_at_once() {
    let folders: Vec<(String, Option<&str>)> = (1..=50)
        .map(|number| (format!(".src/d{}/t{number}.md", number % 7), Some("hi\n")))
        .collect();
    let mut entries: Vec<_> = folders
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    entries.push(("p/a.md", Some("hi\n")));
    let desk = DESK.lock().unwrap_or_else(PoisonError::into_inner);
    let server = Server::start_with(&entries, &[]);
    let mut bystander = server.connect("p");
    server.shell("cp -r .src q");
    eventually("all tasks of the project are there", || {
        let is_there = server.get("/api/v1/projects/q").status == 200;
        (is_there && server.tasks("q").len() == 50).then_some(())
    });
    drop(desk);
    let mut client = server.connect("q");
    server.shell("echo more >> q/d1/t1.md; mkdir q/deep; echo hi > q/deep/t51.md; rm q/d2/t2.md");
    assert_eq!(
        client.next_events(3),
        ["created t51", "deleted t2", "updated t1"]
    );
    client.expect_quiet();
    bystander.expect_quiet();
    assert_eq!(*client.replay(), server.tasks("q"));
}
