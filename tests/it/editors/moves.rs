//! Files and directories that change their names.

use super::{DESK, Scenario, run_all};
use crate::support::{QUIET, Server, shorten};
use std::sync::PoisonError;
use tungstenite::Message;

#[test]
fn files_that_move() {
    run_all(&[
        Scenario::script(
            "a rename that keeps the id",
            &[],
            "mv p/a.md p/z.md",
            "updated A",
        ),
        Scenario::script(
            "a rename of what is named by its stem",
            &[],
            "mv p/sub/d.md p/sub/e.md",
            "created e, deleted d",
        ),
        Scenario::script(
            "into a directory",
            &[],
            "mv p/a.md p/b.md p/sub",
            "updated A, updated B",
        ),
        Scenario::script(
            "over another",
            &[],
            "mv p/a.md p/b.md",
            "deleted B, updated A",
        ),
        Scenario::script("out", &[], "mv p/a.md .", "deleted A"),
        Scenario::script("in", &[], "mv .new.md p/new.md", "created new")
            .after("echo hi > .new.md"),
        Scenario::script("hidden", &[], "mv p/a.md p/.a.md", "deleted A"),
        Scenario::script(
            "hidden for a moment",
            &[],
            "mv p/a.md p/.a; mv p/.a p/z.md",
            "updated A",
        ),
        Scenario::script("aside and back", &[], "mv p/a.md p/.a; mv p/.a p/a.md", ""),
        Scenario::script(
            "copied, then removed",
            &[],
            "cp p/a.md p/z.md; rm p/a.md",
            "updated A",
        ),
        Scenario::script(
            "a swap by three renames",
            &[],
            "mv p/a.md p/.t; mv p/b.md p/a.md; mv p/.t p/b.md",
            "updated A, updated B",
        ),
        Scenario::script(
            "a swap of stems",
            &[],
            "mv p/sub/d.md p/sub/.t; mv p/sub/e.md p/sub/d.md; mv p/sub/.t p/sub/e.md",
            "updated d, updated e",
        )
        .after("echo fifth > p/sub/e.md"),
        Scenario::script(
            "a ring of three",
            &[],
            "mv p/a.md p/.t; mv p/b.md p/a.md; mv p/sub/c.md p/b.md; mv p/.t p/sub/c.md",
            "updated A, updated B, updated C",
        ),
    ]);
}

#[test]
fn directories_that_move() {
    /// Five more tasks below `p/sub`.
    const FIVE: &str = "mkdir -p p/sub/x; for i in 1 2 3 4 5; do echo hi > p/sub/x/t$i.md; done";
    let five = |name, script, events, kind: &str| {
        let scenario = Scenario::script(name, &[], script, events).after(FIVE);
        scenario.and_many(kind, "t", 1..6)
    };
    run_all(&[
        five(
            "within",
            "mv p/sub p/other",
            "updated C, updated d",
            "updated",
        ),
        five(
            "deeper",
            "mkdir p/1; mv p/sub p/1/2",
            "updated C, updated d",
            "updated",
        ),
        five("out", "mv p/sub .", "deleted C, deleted d", "deleted"),
        five(
            "hidden",
            "mv p/sub p/.sub",
            "deleted C, deleted d",
            "deleted",
        ),
        five("removed", "rm -r p/sub", "deleted C, deleted d", "deleted"),
        Scenario::script("in", &[], "mv .new p/new", "")
            .after("mkdir -p .new/x; for i in 1 2 3 4 5; do echo hi > .new/x/t$i.md; done")
            .and_many("created", "t", 1..6),
        Scenario::script(
            "in, and used at once",
            &[],
            "mv .new p/new; echo hi > p/new/x/t6.md",
            "",
        )
        .after("mkdir -p .new/x; for i in 1 2 3 4 5; do echo hi > .new/x/t$i.md; done")
        .and_many("created", "t", 1..7),
        five(
            "within, and used at once",
            "mv p/sub p/other; echo hi > p/other/x/t6.md",
            "created t6, updated C, updated d",
            "updated",
        ),
        Scenario::script(
            "a file into a new directory",
            &[],
            "mkdir p/done; mv p/a.md p/done",
            "updated A",
        ),
        Scenario::script(
            "a file into a directory that moved",
            &[],
            "mv p/sub p/other; mv p/a.md p/other",
            "updated A, updated C, updated d",
        ),
        Scenario::script(
            "into another project",
            &[],
            "mv p/sub q",
            "deleted C, deleted d",
        )
        .after("mkdir q"),
        Scenario::script(
            "empty ones",
            &[],
            "mkdir -p p/1/2 p/3; mv p/1 p/4; rmdir p/3 p/4/2",
            "",
        ),
    ]);
}

/// There and back is two renames for whoever has the time to hear of them …
#[test]
fn a_name_there_and_back() {
    let server = Server::start_with(&[("p/a.md", Some("---\nid: A\n---\n"))], &[]);
    let mut client = server.connect("p");
    for script in ["mv p/a.md p/b.md", "mv p/b.md p/a.md"] {
        server.shell(script);
        assert_eq!(client.next_events(1), ["updated A"]);
    }
    client.expect_quiet();
    assert_eq!(*client.replay(), server.tasks("p"));
}

/// … and none for whoever comes when all is as it was: one rename alone would be wrong.
#[test]
fn a_name_there_and_back_at_once() {
    let server = Server::start_with(&[("p/a.md", Some("---\nid: A\n---\n"))], &[]);
    let mut client = server.connect("p");
    let before = server.tasks("p");
    let desk = DESK.lock().unwrap_or_else(PoisonError::into_inner);
    server.shell("mv p/a.md p/b.md; mv p/b.md p/a.md");
    drop(desk);
    let mut paths = Vec::new();
    while let Some(Message::Text(text)) = client.next_within(QUIET) {
        let event: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(shorten(&event), "updated A");
        paths.push(event["data"]["path"].as_str().unwrap().to_owned());
    }
    assert!(paths.is_empty() || paths == ["b.md", "a.md"], "{paths:?}");
    assert_eq!(server.tasks("p"), before);
}
