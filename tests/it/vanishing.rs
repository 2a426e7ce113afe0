//! What goes away: a project's directory, the directory of all, the room for watches. No task goes along.

use crate::support::{Client, DEADLINE, Server, eventually, say, taskmd};
use serde_json::Value;
use std::time::{Duration, Instant};

const N_FILES: usize = 1_000;

fn many_tasks() -> (Server, Client) {
    let server = Server::start();
    server.shell(&format!(
        "for i in $(seq 1 {N_FILES}); do echo $i > p/$i.md; done"
    ));
    let tasks = || (server.tasks("p").len() == N_FILES).then_some(());
    eventually("all are there", tasks);
    let client = server.connect("p");
    (server, client)
}

fn is_available(server: &Server, project: &str) -> bool {
    server.json(&format!("/api/v1/projects/{project}"))["available"] == true
}

/// `rm -r` on a slow disk: several times as long as a deletion is held. False when the machine stood still meanwhile, so
/// that nobody can tell it from a few tasks that are removed.
fn remove_slowly(server: &Server) -> bool {
    let mut longest = Duration::ZERO;
    let mut last = Instant::now();
    for n in 1..=N_FILES {
        remove(server, &format!("p/{n}.md"));
        std::thread::sleep(Duration::from_micros(400));
        longest = longest.max(last.elapsed());
        last = Instant::now();
    }
    std::fs::remove_dir(server.path("p")).unwrap();
    longest < Duration::from_millis(25)
}

#[test]
fn a_project_that_is_removed_slowly_deletes_no_task() {
    let (mut server, mut client) = many_tasks();
    for _ in 0..4 {
        if remove_slowly(&server) {
            break;
        }
        say("once more: the machine stood still");
        (server, client) = many_tasks();
    }
    eventually("it is unavailable", || {
        (!is_available(&server, "p")).then_some(())
    });
    client.expect_quiet();
    assert_eq!(server.tasks("p").len(), N_FILES);
    // Back with less: that is real.
    server.shell("mkdir p; for i in 1 2 3; do echo $i > p/$i.md; done");
    let events = client.next_events(N_FILES - 3);
    assert!(events.iter().all(|event| event.starts_with("deleted ")));
    client.expect_quiet();
    assert_eq!(*client.replay(), server.tasks("p"));
}

#[test]
fn many_tasks_that_are_removed_are_told() {
    let (server, mut client) = many_tasks();
    server.shell("rm p/*.md");
    assert_eq!(client.next_events(N_FILES).len(), N_FILES);
    client.expect_quiet();
    assert!(server.tasks("p").is_empty());
}

#[expect(clippy::disallowed_methods, reason = "the tests are the editor")]
fn remove(server: &Server, path: &str) {
    std::fs::remove_file(server.path(path)).unwrap();
}

#[test]
fn the_root_may_go_and_come_back() {
    let folder = tempfile::TempDir::new().unwrap();
    let root = folder.path().join("root");
    std::fs::create_dir_all(root.join("p")).unwrap();
    crate::support::put(&root.join("p/a.md"), b"one");
    let server = Server::over(&root, &[]);
    let mut client = server.connect("p");
    server.shell("mv ../root ../elsewhere");
    eventually("it is unavailable", || {
        (!is_available(&server, "p")).then_some(())
    });
    assert_eq!(server.tasks("p").len(), 1);
    // Another directory in its place, with a task more.
    let shell = |script: &str| {
        let mut command = std::process::Command::new("sh");
        let status = command.args(["-ec", script]).current_dir(folder.path());
        assert!(status.status().unwrap().success());
    };
    shell("cp -r elsewhere new; echo two > new/p/b.md; mv new root");
    assert_eq!(client.next_events(1), ["created b"]);
    shell("echo more >> root/p/a.md");
    assert_eq!(client.next_events(1), ["updated a"]);
    client.expect_quiet();
}

#[test]
fn without_room_for_watches_it_looks_instead_and_says_so() {
    let can_unshare = std::process::Command::new("unshare")
        .args(["-Ur", "true"])
        .status();
    if !can_unshare.is_ok_and(|status| status.success()) {
        say("skipped: no namespaces of users");
        return;
    }
    let folder = tempfile::TempDir::new().unwrap();
    for n in 0..20 {
        std::fs::create_dir_all(folder.path().join(format!("p/{n}"))).unwrap();
    }
    let program = taskmd().get_program().to_owned();
    let script = format!(
        "echo 10 > /proc/sys/user/max_inotify_watches; exec '{}' serve '{}' --listen 127.0.0.1:0",
        program.display(),
        folder.path().display()
    );
    let mut command = std::process::Command::new("unshare");
    command.args(["-Ur", "sh", "-ec", &script]);
    let server = Server::started_by(command.env("TASKMD_LOG", "error"), folder.path());
    let ready: Value = server.json("/readyz");
    assert_eq!(
        (&ready["watching"], &ready["status"]),
        (&"polling".into(), &"degraded".into())
    );
    let mut client = server.connect("p");
    server.shell("echo x > p/19/a.md");
    let event = client.event_within(DEADLINE).unwrap();
    assert_eq!(crate::support::shorten(&event), "created a");
}

#[test]
fn what_is_no_file_to_be_read_is_told_when_it_comes_and_when_it_goes() {
    let server = Server::start();
    let codes = |expected: &[&str]| {
        eventually("the problems are told", || {
            let codes: Vec<_> = server.problems("p").into_values().collect();
            (codes == expected).then_some(())
        });
    };
    server.shell("ln -s /etc p/etc");
    codes(&["unsafe_link"]);
    server.shell(r"echo x > p/$(printf 'caf\351').md");
    codes(&["name_not_utf8", "unsafe_link"]);
    server.shell(r"rm p/caf*");
    codes(&["unsafe_link"]);
    server.shell("rm p/etc");
    codes(&[]);
}
