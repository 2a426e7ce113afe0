//! What the system allows one process: bytes in a file, and open files.

use super::{Scene, are_missing};
use crate::crash::{Operation, ground};
use crate::support::DEADLINE;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

/// More open files than the server has when nobody is connected, and fewer than it needs to do anything.
const FILES_MIN: u64 = 3;

fn limit(scene: &Scene, option: &str) {
    let mut prlimit = Command::new("prlimit");
    prlimit.args(["--pid", &scene.server.pid().to_string(), option]);
    assert!(prlimit.status().unwrap().success(), "{option}");
}

/// Sends a request on a connection that is kept, and reads the head of the answer and what has come with it.
fn ask(stream: &mut TcpStream, operation: &Operation) -> String {
    let host = stream.peer_addr().unwrap().to_string();
    let request = operation.request(&host, "");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = vec![0; 8192];
    let n_bytes = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..n_bytes]).into_owned()
}

#[test]
fn a_file_larger_than_allowed() {
    if are_missing("a file larger than allowed", &["prlimit"]) {
        return;
    }
    let root = ground();
    let mut scene = Scene::over(root.path());
    limit(&scene, "--fsize=4096:");
    for operation in [Operation::patch(), Operation::post()] {
        scene.refuses(&operation.of_bytes(10_000), (507, "storage_full"));
    }
    scene.accepts(&Operation::patch());
    limit(&scene, "--fsize=unlimited:");
    scene.accepts(&Operation::post().of_bytes(10_000));
    scene.end();
}

#[test]
fn no_more_open_files() {
    if are_missing("no more open files", &["prlimit"]) {
        return;
    }
    let root = ground();
    let mut scene = Scene::over(root.path());
    let mut stream = TcpStream::connect(scene.server.address()).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    assert!(ask(&mut stream, &Operation::look()).contains("200 OK"));
    let before = scene.tree();
    limit(&scene, &format!("--nofile={FILES_MIN}:"));
    for operation in [Operation::patch(), Operation::post(), Operation::delete()] {
        let answer = ask(&mut stream, &operation);
        assert!(answer.starts_with("HTTP/1.1 50"), "{answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
        assert_eq!(scene.tree(), before);
    }
    // Nobody else gets in, and who is in is served.
    let mut other = TcpStream::connect(scene.server.address()).unwrap();
    assert!(ask(&mut stream, &Operation::look()).contains("200 OK"));
    limit(&scene, "--nofile=1024:");
    other.set_read_timeout(Some(DEADLINE)).unwrap();
    assert!(ask(&mut other, &Operation::look()).contains("200 OK"));
    scene.accepts(&Operation::patch());
    scene.accepts(&Operation::post());
    scene.accepts(&Operation::delete());
    scene.end();
}
