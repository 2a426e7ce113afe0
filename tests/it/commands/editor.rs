//! `taskmd edit` with an editor, which is a line of shell here.

use super::{both, run};
use crate::support::{Server, taskmd};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

fn edit(server: &Server, id: &str, variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let (root, _) = both(server);
    let mut command: Command = taskmd();
    command.env_remove("VISUAL").env_remove("EDITOR");
    command.envs(variables.iter().copied());
    run(command.args(["edit", &root, id]))
}

#[test]
fn the_editor_opens_the_file_itself() {
    let file = "p/down here/A task.md";
    let server = Server::start_with(&[(file, Some("---\nid: A\n---\n"))], &[]);
    let mut client = server.connect("p");
    let well = (Some(0), String::new(), String::new());
    let appends = |what: &str| format!(r#"sh -c "printf '{what}\n' >> \"\$1\"" it"#);
    assert_eq!(edit(&server, "A", &[("EDITOR", &appends("one"))]), well);
    assert_eq!(server.read(file), "---\nid: A\n---\none\n");
    assert_eq!(client.next_events(1), ["updated A"]);
    // $VISUAL comes first, as everywhere.
    let (one, two) = (appends("one"), appends("two"));
    let edited = edit(&server, "A", &[("EDITOR", &one), ("VISUAL", &two)]);
    assert_eq!(edited, well);
    assert_eq!(server.read(file), "---\nid: A\n---\none\ntwo\n");
    assert_eq!(client.next_events(1), ["updated A"]);
}

#[test]
fn what_the_editor_has_broken_is_told() {
    let server = Server::start_with(&[("p/A.md", Some("---\nid: A\n---\n"))], &[]);
    let (code, out, said) = edit(&server, "A", &[("EDITOR", "false")]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert_eq!(said, "taskmd: the editor says no: exit status: 1\n");
    let (code, out, said) = edit(&server, "A", &[("EDITOR", "sed -i 's/id: A/id: [/'")]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(said.starts_with("taskmd: p/A.md:2:5: "), "{said}");
    assert_eq!(server.read("p/A.md"), "---\nid: [\n---\n");
}

/// `taskmd edit --server`, with its copies in a folder of the test's.
fn edit_copy(server: &Server, copies: &Path, editor: &str) -> (Option<i32>, String, String) {
    let (_, url) = both(server);
    let mut command: Command = taskmd();
    command.env_remove("VISUAL").env("EDITOR", editor);
    command.env("TMPDIR", copies);
    run(command.args(["edit", "--server", &url, "A"]))
}

#[test]
fn at_a_server_the_editor_works_on_a_copy() {
    let text = "---\nid: A   # mine\n---\n";
    let server = Server::start_with(&[("p/sub/a.md", Some(text))], &[]);
    let copies = TempDir::new().unwrap();
    let n_left = || std::fs::read_dir(copies.path()).unwrap().count();
    let mut client = server.connect("p");
    let well = (Some(0), String::new(), String::new());
    let edited = edit_copy(&server, copies.path(), "sed -i 's/mine/ours/'");
    assert_eq!(edited, well);
    assert_eq!(server.read("p/sub/a.md"), text.replace("mine", "ours"));
    assert_eq!(edit_copy(&server, copies.path(), "true"), well);
    assert_eq!(client.next_events(1), ["updated A"]);
    assert_eq!(n_left(), 0);

    // Somebody saves while the editor is open: their version stands, and what was written is kept.
    let file = server.path("p/sub/a.md");
    let editor = format!(
        "sh -c 'echo theirs >> {}; echo mine >> \"$1\"' it",
        file.display()
    );
    let (code, _, said) = edit_copy(&server, copies.path(), &editor);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("what you have written is in "), "{said}");
    assert!(server.read("p/sub/a.md").ends_with("theirs\n"));
    let kept = said.split("is in ").nth(1).unwrap().lines().next().unwrap();
    assert!(std::fs::read_to_string(kept).unwrap().ends_with("mine\n"));
    assert_eq!(n_left(), 1);

    // What is no task any more is not put there.
    let (code, _, said) = edit_copy(&server, copies.path(), "sed -i 's/id: A/id: [/'");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("cannot be understood"), "{said}");
    assert!(server.problems("p").is_empty());
}
