//! An editor saves in the very moment in which the server puts its own version there, and then the server is killed: at
//! whatever call that is, the save is what stands.

use super::order::moves;
use super::strace::{Call, FILES, Strace};
use super::{Operation, TRIES_MAX, ground, is_done, processes, tree};
use crate::needs::are_missing;
use crate::support::{Server, eventually, put, say};
use rustix::process::Signal;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use tempfile::TempDir;

const SAVE: &[u8] = b"---\nid: A\nstatus: blocked\n---\n\nsaved by somebody\n";
/// How an editor saves.
type Save = fn(&Path);

fn by_rename(file: &Path) {
    let beside = file.with_extension("saving");
    put(&beside, SAVE);
    rustix::fs::rename(beside, file).unwrap();
}

/// Opens the file that is there, which may take until somebody lets go of it, and writes it anew.
fn in_place(file: &Path) {
    let mut file = OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(file)
        .unwrap();
    file.write_all(SAVE).unwrap();
}

/// Sends a request, and saves while the server stands still, where strace has stopped it. Was the request acknowledged,
/// and what did the server do? None when the call at which it was to stop was not seen.
fn race(
    operation: &Operation,
    save: Save,
    server: &Server,
    arguments: &[&str],
) -> Option<(bool, Vec<Call>)> {
    let file = server.path(operation.file);
    let strace = Strace::of_worker(server, arguments);
    let is_acknowledged = std::thread::scope(|scope| {
        let request = scope.spawn(|| is_done(&operation.send(server)));
        eventually("the server stands still", || {
            (processes::is_stopped(server.pid()) || request.is_finished()).then_some(())
        });
        if request.is_finished() {
            return None;
        }
        let saving = scope.spawn(|| save(&file));
        eventually("it is saved, or the editor waits for the server", || {
            (saving.is_finished() || processes::is_waited_for(server.pid())).then_some(())
        });
        processes::signal(server.pid(), Signal::CONT);
        Some(request.join().unwrap())
    })?;
    Some((is_acknowledged, strace.detach().calls))
}

/// The calls just before the server moves the file.
struct Gap(Vec<Call>);

impl Gap {
    fn of(operation: &Operation) -> Self {
        let mut calls = operation.calls();
        let at = calls.iter().position(|call| moves(call, "a.md")).unwrap();
        calls.truncate(at);
        Self(calls)
    }

    /// Stops the server after the last of them. strace can do one thing at calls of one name, so the one at which the
    /// server is to be killed has another.
    fn stop(&self, kill: Option<&Call>) -> String {
        let is_free = |call: &&Call| kill.is_none_or(|kill| kill.name != call.name);
        let call = self.0.iter().rev().find(is_free).unwrap();
        call.inject("signal=STOP")
    }
}

fn expect_the_save(root: &TempDir, at: &str) {
    let server = Server::over(root.path(), &[]);
    let found = tree::read(root.path());
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(
        found.get("p/a.md").map(text),
        Some(text(&SAVE.to_vec())),
        "{at}"
    );
    let leftovers = tree::temporaries(&found);
    assert!(leftovers.is_empty(), "{at}: {leftovers:?}");
    tree::expect_served(&server, "p", &found);
}

/// The calls from where the editor has saved to where the server has given way.
fn points(operation: &Operation, save: Save, gap: &Gap) -> Vec<Call> {
    let trace = format!("trace={FILES}");
    let (_, calls) = (0..TRIES_MAX)
        .find_map(|_| {
            let root = ground();
            let server = Server::over(root.path(), &[]);
            race(
                operation,
                save,
                &server,
                &["-e", &trace, "-e", &gap.stop(None)],
            )
        })
        .unwrap();
    let mut rest = calls.into_iter().skip_while(|call| !moves(call, "a.md"));
    let moved = rest.next().expect("the server moves the file");
    let mut points: Vec<Call> = Vec::new();
    for call in rest {
        // It has given way, and begins anew.
        if points.iter().any(|call| moves(call, "a.md")) && call.name.starts_with("open") {
            return points;
        }
        points.push(call);
    }
    panic!("it has not given way after {}", moved.text);
}

/// Kills the server at each of those calls.
fn kill_around(operation: &Operation, save: Save, how: &str) {
    let name = format!("a save {how} and a kill in a {}", operation.method);
    if are_missing(&name, &["strace"]) {
        return;
    }
    let gap = Gap::of(operation);
    let points = points(operation, save, &gap);
    for call in &points {
        let at = format!("{name}, at {} ({})", call.text, call.number);
        let arguments = [
            "-e",
            &gap.stop(Some(call)),
            "-e",
            &call.inject("signal=KILL"),
        ];
        let killed = (0..TRIES_MAX).find_map(|_| {
            let root = ground();
            let server = Server::over(root.path(), &[]);
            let (is_acknowledged, _) = race(operation, save, &server, &arguments)?;
            assert!(!is_acknowledged, "{at}: it was not");
            processes::wait_for_end(server.pid());
            Some(root)
        });
        expect_the_save(&killed.unwrap(), &at);
    }
    say(&format!("{name}: killed at {} calls", points.len()));
}

#[test]
fn a_save_by_rename_outlives_a_kill_in_a_patch() {
    kill_around(&Operation::patch(), by_rename, "by rename");
}

#[test]
fn a_save_in_place_outlives_a_kill_in_a_patch() {
    kill_around(&Operation::patch(), in_place, "in place");
}

#[test]
fn a_save_by_rename_outlives_a_kill_in_a_delete() {
    kill_around(&Operation::delete(), by_rename, "by rename");
}

#[test]
fn a_save_in_place_outlives_a_kill_in_a_delete() {
    kill_around(&Operation::delete(), in_place, "in place");
}
