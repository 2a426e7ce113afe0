//! A file that changes, by whatever hand, is one event.

use crate::support::{Client, Server};

/// A server with `p/a.md` and `p/sub/b.md`, and a client of it.
fn two_tasks() -> (Server, Client) {
    let a = "---\nid: A\ntitle: first\nstatus: open\n---\n\nbody\n";
    let b = "---\ntitle: second\n---\n";
    let server = Server::start_with(&[("p/a.md", Some(a)), ("p/sub/b.md", Some(b))], &[]);
    let client = server.connect("p");
    (server, client)
}

/// Runs a script and expects exactly these events; at the end the replay is the list.
fn expect(script: &str, expected: &[&str]) {
    let (server, mut client) = two_tasks();
    server.shell(script);
    assert_eq!(client.next_events(expected.len()), expected, "{script}");
    client.expect_quiet();
    assert_eq!(*client.replay(), server.tasks("p"), "{script}");
}

#[test]
fn a_save_in_place() {
    expect(
        "printf -- '---\\nid: A\\ntitle: other\\n---\\n' > p/a.md",
        &["updated A"],
    );
}

#[test]
fn a_save_by_rename() {
    expect(
        "sed s/open/done/ p/a.md > p/.tmp && mv p/.tmp p/a.md",
        &["updated A"],
    );
}

#[test]
fn sed_in_place() {
    expect("sed -i s/open/done/ p/a.md", &["updated A"]);
}

#[test]
fn a_rename_that_keeps_the_id() {
    expect("mv p/a.md p/sub/renamed.md", &["updated A"]);
}

#[test]
fn a_rename_of_a_file_that_is_named_by_its_stem() {
    expect("mv p/sub/b.md p/c.md", &["created c", "deleted b"]);
}

#[test]
fn a_removal() {
    expect("rm p/a.md", &["deleted A"]);
}

#[test]
fn removed_and_made_again_at_once() {
    expect(
        "rm p/a.md; printf -- '---\\nid: A\\ntitle: again\\n---\\n' > p/a.md",
        &["updated A"],
    );
}

#[test]
fn a_copied_folder() {
    expect(
        "mkdir src && for i in 1 2 3 4 5 6 7 8; do mkdir -p src/d$i/e; echo hi > src/d$i/t$i.md; echo ho > src/d$i/e/u$i.md; done; cp -r src p/copy",
        &[
            "created t1",
            "created t2",
            "created t3",
            "created t4",
            "created t5",
            "created t6",
            "created t7",
            "created t8",
            "created u1",
            "created u2",
            "created u3",
            "created u4",
            "created u5",
            "created u6",
            "created u7",
            "created u8",
        ],
    );
}

#[test]
fn a_folder_moved_in_and_used() {
    let (server, mut client) = two_tasks();
    server.shell("mkdir -p out/x && echo hi > out/x/t.md && mv out p/in");
    assert_eq!(client.next_events(1), ["created t"]);
    server.shell("echo more >> p/in/x/t.md");
    assert_eq!(client.next_events(1), ["updated t"]);
    client.expect_quiet();
    assert_eq!(*client.replay(), server.tasks("p"));
}

#[test]
fn a_folder_moved_within() {
    expect("mv p/sub p/other", &["updated b"]);
}

#[test]
fn a_folder_moved_out() {
    expect("mv p/sub .", &["deleted b"]);
}

#[test]
fn a_folder_removed_and_made_again() {
    expect(
        "rm -r p/sub; mkdir p/sub; printf -- '---\\ntitle: third\\n---\\n' > p/sub/b.md",
        &["updated b"],
    );
}

#[test]
fn nothing_for_a_touch_a_chmod_a_read_an_identical_rewrite_and_what_is_no_task() {
    expect(
        "touch p/a.md; chmod 640 p/a.md; cat p/a.md p/sub/b.md > /dev/null; cp p/a.md p/.x; mv p/.x p/a.md;
         cat p/sub/b.md > x; cat x > p/sub/b.md; echo x > p/notes.txt; echo x > p/.hidden.md; echo x > p/README.md;
         mkdir p/.git p/node_modules; echo x > p/.git/a.md; echo x > p/node_modules/a.md",
        &[],
    );
}

#[test]
fn a_hard_link_is_found() {
    expect("echo linked > x; ln x p/x.md", &["created x"]);
}

#[test]
fn a_slow_save_in_place_is_one_event() {
    expect(
        "exec 3> p/a.md; printf -- '---\\nid: A\\n' >&3; sleep 0.1; printf 'title: slow\\n' >&3; sleep 0.1; printf -- '---\\n' >&3; sleep 0.1; echo end >&3; exec 3>&-",
        &["updated A"],
    );
}

#[test]
fn a_file_that_is_emptied_for_a_moment() {
    expect(
        ": > p/a.md; sleep 0.2; printf -- '---\\nid: A\\ntitle: filled\\n---\\n' > p/a.md",
        &["updated A"],
    );
}

#[test]
fn a_new_project_is_served() {
    let (server, _client) = two_tasks();
    server.shell("mkdir q; printf -- 'hello\\n' > q/first.md");
    crate::support::eventually("the project is there with its task", || {
        let projects = server.json("/api/v1/projects");
        let projects = projects["projects"].as_array().unwrap();
        projects
            .iter()
            .any(|p| p["id"] == "q" && p["tasks"]["total"] == 1)
            .then_some(())
    });
    let mut client = server.connect("q");
    server.shell("mkdir q/deep; echo x > q/deep/second.md");
    assert_eq!(client.next_events(1), ["created second"]);
}

#[test]
fn a_project_whose_directory_goes_deletes_no_task() {
    let (server, mut client) = two_tasks();
    server.shell("mv p elsewhere");
    crate::support::eventually("the project is unavailable", || {
        (server.json("/api/v1/projects/p")["available"] == false).then_some(())
    });
    assert_eq!(server.tasks("p").len(), 2);
    let patch = serde_json::json!({"status": "done"});
    let refused = server.request("PATCH", "/api/v1/projects/p/tasks/A", Some(patch));
    assert_eq!(refused.outcome(), (503, "project_unavailable".into()));
    client.expect_quiet();
    server.shell("rm elsewhere/sub/b.md; mv elsewhere p");
    assert_eq!(client.next_events(1), ["deleted b"]);
    client.expect_quiet();
    server.shell("sed -i s/open/done/ p/a.md");
    assert_eq!(client.next_events(1), ["updated A"]);
}

#[test]
fn a_bad_save_keeps_the_last_good_version_and_hides_no_other() {
    let (server, mut client) = two_tasks();
    server.write("p/a.md", "---\nid: A\ntitle: [unclosed\n---\n");
    let event = client.next_event();
    assert_eq!(
        (&event["type"], &event["data"]["title"]),
        (&"task.updated".into(), &"first".into())
    );
    assert_eq!(event["data"]["problem"]["path"], "a.md");
    assert_eq!(server.problems("p").len(), 1);
    assert_eq!(server.tasks("p").len(), 2);
    server.write("p/a.md", "---\nid: A\ntitle: mended\n---\n");
    let event = client.next_event();
    assert_eq!(event["data"]["title"], "mended");
    assert!(event["data"].get("problem").is_none());
    assert!(server.problems("p").is_empty());
    assert_eq!(*client.replay(), server.tasks("p"));
}

#[test]
fn two_files_with_one_id_do_not_flap() {
    let (server, mut client) = two_tasks();
    server.shell("cp p/a.md p/zz.md");
    crate::support::eventually("the second is a problem", || {
        (server.problems("p").get("zz.md").map(String::as_str) == Some("duplicate_id"))
            .then_some(())
    });
    server.shell("echo more >> p/zz.md; echo more >> p/zz.md");
    client.expect_quiet();
    let patch = serde_json::json!({"status": "done"});
    let refused = server.request("PATCH", "/api/v1/projects/p/tasks/A", Some(patch));
    assert_eq!(refused.outcome(), (409, "duplicate_id".into()));
    server.shell("rm p/a.md");
    let event = client.next_event();
    assert_eq!(
        (&event["type"], &event["data"]["path"]),
        (&"task.updated".into(), &"zz.md".into())
    );
    client.expect_quiet();
    assert_eq!(*client.replay(), server.tasks("p"));
}

#[test]
fn the_settings_change_what_the_files_mean() {
    let (server, mut client) = two_tasks();
    server.write("p/project.yaml", "default_status: todo\nignore: [sub/]\n");
    assert_eq!(client.next_events(1), ["deleted b"]);
    client.expect_quiet();
    server.write("p/project.yaml", "default_status: todo\n");
    let event = client.next_event();
    assert_eq!(
        (&event["type"], &event["data"]["status"]),
        (&"task.created".into(), &"todo".into())
    );
    server.write("p/project.yaml", "default_status: later\n");
    assert_eq!(
        client.next_event()["changes"],
        serde_json::json!({"status": ["todo", "later"]})
    );
    assert_eq!(*client.replay(), server.tasks("p"));
}

#[test]
fn the_settings_change_an_empty_task_too() {
    let files = [
        ("p/a.md", Some("")),
        ("p/project.yaml", Some("default_status: todo\n")),
    ];
    let server = Server::start_with(&files, &[]);
    let mut client = server.connect("p");
    server.shell("rm p/project.yaml");
    assert_eq!(client.next_event()["data"]["status"], "open");
    client.expect_quiet();
}

#[test]
fn a_folder_that_is_no_longer_ignored_is_watched() {
    let files = [
        ("p/z/deep/a.md", Some("one\n")),
        ("p/.taskmdignore", Some("z/\n")),
    ];
    let server = Server::start_with(&files, &[]);
    let mut client = server.connect("p");
    server.shell("rm p/.taskmdignore");
    assert_eq!(client.next_events(1), ["created a"]);
    server.shell("echo two > p/z/deep/a.md");
    assert_eq!(client.next_events(1), ["updated a"]);
    server.shell("echo new > p/z/b.md");
    assert_eq!(client.next_events(1), ["created b"]);
}

#[test]
fn polling_finds_the_same() {
    let server = Server::start_with(&[("p/a.md", Some("one\n"))], &["--poll"]);
    let mut client = server.connect("p");
    server.shell("echo two > p/a.md; echo new > p/b.md");
    assert_eq!(client.next_events(2), ["created b", "updated a"]);
    server.shell("rm p/a.md");
    assert_eq!(client.next_events(1), ["deleted a"]);
}

#[test]
fn a_queue_that_overflows_loses_nothing() {
    let (server, mut client) = two_tasks();
    // Stopped, the server takes no hint from the kernel, whose queue holds 16,384: each of these files makes four.
    server.shell(&format!(
        "kill -STOP {0}; for i in $(seq 1 6000); do echo $i > p/n$i.md; done; rm p/sub/b.md; kill -CONT {0}",
        server.pid()
    ));
    let events = client.next_events(6001);
    assert_eq!(events[6000], "deleted b");
    client.expect_quiet();
    assert_eq!(*client.replay(), server.tasks("p"));
}
