//! `taskmd edit` with an editor, which is a line of shell here.

use super::{both, run};
use crate::support::{Server, taskmd};
use std::process::Command;

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
