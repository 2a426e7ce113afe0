//! The order of the calls of one undisturbed request: bytes are on the disk before they get their name, and the name is
//! before the client is answered.

use super::strace::{Call, FILES, Strace};
use super::{Operation, ground, is_done};
use crate::needs::are_missing;
use crate::support::Server;

/// Does this call give a file another name, or take it away?
pub fn moves(call: &Call, name: &str) -> bool {
    let is_move = ["rename", "link", "unlink"]
        .iter()
        .any(|kind| call.name.starts_with(kind));
    is_move && call.text.contains(&format!("\"{name}\"")) && call.text.contains(" = 0")
}

fn syncs(call: &Call) -> bool {
    matches!(
        call.name.as_str(),
        "fsync" | "fdatasync" | "syncfs" | "sync"
    ) && call.text.contains(" = 0")
}

fn answers(call: &Call) -> bool {
    call.text.contains("\"HTTP/1.1 2")
}

/// The path of the descriptor that is a call's first argument.
fn file_of(call: &Call) -> &str {
    let path = call.text.split_once('<').map_or("", |(_, rest)| rest);
    path.split_once('>').map_or("", |(path, _)| path)
}

/// Checks the order in a request that moves the file of this name.
fn expect_order(operation: &Operation, writes: bool) {
    let name = operation.method;
    if are_missing(&format!("the order of the calls of a {name}"), &["strace"]) {
        return;
    }
    let root = ground();
    let server = Server::over(root.path(), &[]);
    let strace = Strace::of_all(&server, &["-e", &format!("trace={FILES},%network")]);
    assert!(is_done(&operation.send(&server)));
    let calls = strace.detach().calls;
    let shown = || {
        calls
            .iter()
            .map(|call| &*call.text)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let file_name = operation.file.rsplit('/').next().unwrap();
    let find = |is: &dyn Fn(&Call) -> bool, what: &str| {
        let found = calls.iter().find(|call| is(call));
        found.unwrap_or_else(|| panic!("{name}: no {what} in\n{}", shown()))
    };
    let published = find(&|call| moves(call, file_name), "call that names the file");
    let answered = find(&answers, "answer");
    assert!(published.lines.1 < answered.lines.0, "{name}:\n{}", shown());
    let directory = server.path(operation.file);
    let directory = directory.parent().unwrap().to_str().unwrap();
    let is_between =
        |call: &Call| call.lines.0 > published.lines.1 && call.lines.1 < answered.lines.0;
    find(
        &|call| syncs(call) && file_of(call) == directory && is_between(call),
        "sync of the directory between the new name and the answer",
    );
    if writes {
        let written = find(
            &|call| call.name.contains("write") && file_of(call).starts_with(directory),
            "call that writes the file",
        );
        let is_between =
            |call: &Call| call.lines.0 > written.lines.1 && call.lines.1 < published.lines.0;
        find(
            &|call| syncs(call) && file_of(call) == file_of(written) && is_between(call),
            "sync of the file between its bytes and its name",
        );
    }
}

#[test]
fn without_fsync_nothing_is_synced_and_names_still_come_last() {
    if are_missing("the calls without fsync", &["strace"]) {
        return;
    }
    let root = ground();
    let server = Server::over(root.path(), &["--no-fsync"]);
    let strace = Strace::of_all(&server, &["-e", &format!("trace={FILES},%network")]);
    for operation in [
        Operation::patch(),
        Operation::post(),
        Operation::put(),
        Operation::delete(),
    ] {
        assert!(is_done(&operation.send(&server)));
    }
    let calls = strace.detach().calls;
    assert_eq!(calls.iter().filter(|call| answers(call)).count(), 4);
    let synced = calls.iter().find(|call| syncs(call));
    assert!(synced.is_none(), "{synced:?}");
    let file_name = Operation::patch().file.rsplit('/').next().unwrap();
    let published = calls.iter().position(|call| moves(call, file_name));
    let written = calls.iter().position(|call| call.name.contains("write"));
    assert!(written.is_some() && written < published);
}

#[test]
fn what_a_patch_syncs_before_it_answers() {
    expect_order(&Operation::patch(), true);
}

#[test]
fn what_a_post_syncs_before_it_answers() {
    expect_order(&Operation::post(), true);
}

#[test]
fn what_a_put_syncs_before_it_answers() {
    expect_order(&Operation::put(), true);
}

#[test]
fn what_a_delete_syncs_before_it_answers() {
    expect_order(&Operation::delete(), false);
}

#[test]
fn what_a_change_of_a_project_syncs_before_it_answers() {
    expect_order(&Operation::configure(), true);
}

#[test]
fn what_a_move_to_another_project_syncs_before_it_answers() {
    expect_order(&Operation::transfer(), false);
}

#[test]
fn what_a_removal_of_a_project_syncs_before_it_answers() {
    expect_order(&Operation::removal(), false);
}
