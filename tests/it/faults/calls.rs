//! Every call that a request makes fails, one after the other, with every error that a disk has.

use super::{Scene, are_missing, expect_discreet};
use crate::crash::strace::{Call, Strace};
use crate::crash::tree::{self, Tree};
use crate::crash::{
    FILES_BEFORE, Operation, TRIES_MAX, ground, is_done, with_directories, without_times,
};
use crate::support::{Server, say};
use std::collections::BTreeMap;
use tempfile::TempDir;

/// What a disk says.
#[derive(Clone, Copy)]
struct Fault {
    error: &'static str,
    /// Is every further call of that name answered so too?
    lasts: bool,
    /// The answer where nothing can be done about it.
    status: u16,
}

const fn fault(error: &'static str, lasts: bool, status: u16) -> Fault {
    Fault {
        error,
        lasts,
        status,
    }
}

/// The first is what there is to say of a call that only looks.
const FAULTS: [Fault; 7] = [
    fault("EIO", false, 500),
    fault("EIO", true, 500),
    fault("ENOSPC", false, 507),
    fault("EDQUOT", false, 507),
    fault("EROFS", false, 503),
    fault("EMFILE", false, 503),
    fault("EINTR", false, 500),
];

/// Does this call write, so that a request cannot do without it?
fn is_essential(call: &Call) -> bool {
    let kinds = ["write", "fsync", "fdatasync", "rename", "link", "mkdir"];
    kinds.iter().any(|kind| call.name.starts_with(kind)) || call.text.contains("O_CREAT")
}

/// Does this call only look?
fn is_look(call: &Call) -> bool {
    let kinds = [
        "open", "read", "stat", "newfstat", "lseek", "fcntl", "flist", "getdents",
    ];
    kinds.iter().any(|kind| call.name.starts_with(kind)) && !call.text.contains("O_CREAT")
}

/// Is this a call of which no disk is asked?
fn cannot_fail(call: &Call) -> bool {
    call.name == "close" || call.text.contains("F_GETFD") || call.text.contains("F_DUPFD")
}

/// A request whose calls fail.
struct Trial {
    operation: Operation,
    calls: Vec<Call>,
    old: Tree,
    new: Tree,
}

impl Trial {
    fn of(operation: Operation) -> Self {
        let mut calls = operation.calls();
        if operation.file == "q/project.yaml" {
            // Once a new project has its name, the watcher reads it as well: who reads what is not certain.
            let last = calls.iter().rposition(|call| call.name.contains("sync"));
            calls.truncate(last.unwrap() + 1);
        }
        calls.retain(|call| !cannot_fail(call));
        Self {
            new: operation.result(),
            old: with_directories(tree::tree(&FILES_BEFORE)),
            operation,
            calls,
        }
    }

    /// Lets a call fail, and says what came of it: the status, or what is wrong. None when the call was not seen.
    fn fail_at(&self, call: &Call, fault: Fault) -> Option<Result<u16, String>> {
        let root = ground();
        let mut scene = Scene::over(root.path());
        let what = format!("error={}", fault.error);
        let inject = match fault.lasts {
            true => call.inject_from(&what),
            false => call.inject(&what),
        };
        let strace = Strace::of_worker(&scene.server, &["-e", &inject]);
        let response = self.operation.send(&scene.server);
        if !strace.detach().is_injected {
            return None;
        }
        expect_discreet(&scene.server, &response);
        let (status, _code) = response.outcome();
        let is_done = is_done(&response);
        let expected = if is_done { &self.new } else { &self.old };
        let found = without_times(scene.tree());
        if found != *expected && !self.is_to_be_cleared_up(call, fault, &found, expected) {
            let changes = difference(&self.old, &found);
            return Some(Err(format!("{status}, but {changes:?}")));
        }
        let again = (!is_done).then(|| self.operation.send(&scene.server));
        if let Some(again) = again
            && !(200..300).contains(&again.status)
        {
            return Some(Err(format!("{status}, and after that {}", again.text())));
        }
        scene.happened.extend(self.operation.event());
        let told = scene.wrong_events().map_or(Ok(status), Err);
        let told = told.map_err(|events| format!("{status}, {events}"));
        Some(told.and_then(|status| self.expect_new(&root).map(|()| status)))
    }

    /// Where a file cannot be removed, it stays until the next start; but nothing else may be another.
    fn is_to_be_cleared_up(&self, call: &Call, fault: Fault, found: &Tree, new: &Tree) -> bool {
        let mut found = found.clone();
        for temporary in tree::temporaries(&found.clone()) {
            found.remove(temporary);
        }
        let removes = ["unlink", "open"]
            .iter()
            .any(|kind| call.name.starts_with(kind));
        fault.lasts && removes && found == *new
    }

    /// In the end, another server finds what there should be, and nothing left over.
    fn expect_new(&self, root: &TempDir) -> Result<(), String> {
        drop(Server::over(root.path(), &[]));
        let mut found = without_times(tree::read(root.path()));
        let last = found.insert("p/sub/d.md".to_owned(), self.new["p/sub/d.md"].clone());
        drop(last);
        match found == self.new {
            true => Ok(()),
            false => Err(format!("at last {:?}", difference(&self.old, &found))),
        }
    }
}

/// The files that are not as they were.
fn difference(old: &Tree, new: &Tree) -> BTreeMap<String, String> {
    let text = |path: &String| match new.get(path) {
        Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        None => "gone".to_owned(),
    };
    let paths = old.keys().chain(new.keys());
    let changed = paths.filter(|path| old.get(*path) != new.get(*path));
    changed.map(|path| (path.clone(), text(path))).collect()
}

fn fail_everywhere(operation: Operation) {
    let name = format!("every call of {} {}", operation.method, operation.path);
    if are_missing(&name, &["strace"]) {
        return;
    }
    let trial = Trial::of(operation);
    let (mut n_faults, mut wrong) = (0, Vec::new());
    for call in &trial.calls {
        let n_errors = if is_look(call) { 1 } else { FAULTS.len() };
        for fault in &FAULTS[..n_errors] {
            if fault.lasts && call.name == "write" {
                // With that call, threads wake each other as well.
                continue;
            }
            let outcome = (0..TRIES_MAX).find_map(|_| trial.fail_at(call, *fault));
            let outcome = outcome.unwrap_or_else(|| Err("it was not seen".to_owned()));
            n_faults += 1;
            let may_go_on = !is_essential(call) || fault.error == "EINTR";
            let (error, at, number) = (fault.error, &call.text, call.number);
            let is_said = |status: u16| status == fault.status || (status < 300 && may_go_on);
            match outcome {
                Ok(status) if is_said(status) => {}
                Ok(status) => wrong.push(format!("{error} at {at} ({number}): {status}")),
                Err(what) => wrong.push(format!("{error} at {at} ({number}): {what}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    say(&format!(
        "{name}: {n_faults} faults at {} calls",
        trial.calls.len()
    ));
}

#[test]
fn every_call_of_a_patch_may_fail() {
    fail_everywhere(Operation::patch());
}

#[test]
fn every_call_of_a_post_may_fail() {
    fail_everywhere(Operation::post());
}

#[test]
fn every_call_of_a_put_may_fail() {
    fail_everywhere(Operation::put());
}

#[test]
fn every_call_of_a_delete_may_fail() {
    fail_everywhere(Operation::delete());
}

#[test]
fn every_call_of_a_new_project_may_fail() {
    fail_everywhere(Operation::project());
}
