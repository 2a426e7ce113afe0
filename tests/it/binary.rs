//! The program at its own door: arguments, output, exit codes.

use crate::support::{Server, put, taskmd};
use std::process::Output;
use tempfile::TempDir;

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = taskmd().args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn what_cannot_start_says_so_in_one_line_and_exits_2() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let folder = TempDir::new().unwrap();
    let folder = folder.path().to_str().unwrap();
    for (arguments, said) in [
        (
            &["serve", "/nonexistent"][..],
            "cannot read the directory `/nonexistent`",
        ),
        (
            &["serve", folder, "--listen", &taken],
            "cannot listen on 127.0.0.1:",
        ),
        (
            &["serve", folder, "--listen", "0.0.0.0:0"],
            "refusing to listen on 0.0.0.0:0",
        ),
        (
            &["serve", folder, "--config", "/nonexistent"],
            "cannot read the configuration `/nonexistent`",
        ),
        (
            &["serve", folder, "--client-buffer", "0"],
            "`client_buffer` is at least 1",
        ),
        (&["check", "/nonexistent"], "cannot read `/nonexistent`"),
    ] {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(
            stderr.starts_with("taskmd: ") && stderr.contains(said),
            "{stderr}"
        );
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
    for arguments in [
        &["serve", "--nonsense"][..],
        &[],
        &["serve", folder, "--listen", "x"],
    ] {
        assert_eq!(run(arguments).0, Some(2), "{arguments:?}");
    }
}

#[test]
fn check_lists_problems_with_their_place() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().to_str().unwrap();
    assert_eq!(
        run(&["check", root]),
        (Some(0), String::new(), String::new())
    );
    std::fs::create_dir(folder.path().join("p")).unwrap();
    put(&folder.path().join("p/bad.md"), b"---\nid: x\nid: y\n---\n");
    put(&folder.path().join("p/good.md"), b"fine\n");
    let (code, stdout, _) = run(&["check", root]);
    assert_eq!(code, Some(1));
    assert!(stdout.starts_with("p/bad.md:3:1: "), "{stdout}");
    assert_eq!(stdout.lines().count(), 1);
    let (code, stdout, _) = run(&["check", "--json", root]);
    let line: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (code, &line["project_id"], &line["code"]),
        (Some(1), &"p".into(), &"duplicate_key".into())
    );
}

#[test]
fn settings_come_from_flags_the_environment_and_a_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("taskmd.yaml");
    put(&file, b"listen: 127.0.0.1:0\nping_interval: 30s\n");
    let mut process = taskmd()
        .args(["serve", folder.path().to_str().unwrap()])
        .env("TASKMD_CONFIG", &file)
        .env("TASKMD_POLL", "true")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = process.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    let port = line
        .trim()
        .strip_prefix("listening on http://127.0.0.1:")
        .unwrap();
    assert_ne!(port, "8080");
    put(&file, b"pings: 30s\n");
    let (code, _, stderr) = run(&[
        "serve",
        folder.path().to_str().unwrap(),
        "--config",
        file.to_str().unwrap(),
    ]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("unknown field `pings`"), "{stderr}");
}

#[test]
fn the_example_folder_is_served_without_a_problem() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/tasks-example");
    assert_eq!(
        run(&["check", example]),
        (Some(0), String::new(), String::new())
    );
    let server = Server::over(example.as_ref(), &[]);
    let projects = server.json("/api/v1/projects");
    let projects = projects["projects"].as_array().unwrap();
    assert_eq!(projects.len(), 2);
    assert!(
        projects
            .iter()
            .all(|project| project["tasks"]["total"].as_u64() > Some(5))
    );
}
