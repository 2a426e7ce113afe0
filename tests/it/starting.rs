//! The start of a server over a large folder: the port answers before all files are read, and nobody sees half of them.

use crate::support::{DEADLINE, Response, Server, eventually, put, taskmd};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use tempfile::TempDir;

/// So many that reading them takes longer than asking.
const FILES: usize = 8_000;

fn ask(address: SocketAddr, path: &str) -> Option<Response> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    Some(Response::parse(&answer))
}

/// An address that was free a moment ago, with a port that the system gives to nobody who connects: a connection to itself
/// would take it.
fn free_address() -> SocketAddr {
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    let addresses = (first..).map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let mut free = addresses.filter(|address| TcpListener::bind(address).is_ok());
    free.next().unwrap()
}

#[test]
fn the_port_answers_before_all_is_read_and_a_list_is_whole() {
    let root = TempDir::new().unwrap();
    std::fs::create_dir(root.path().join("p")).unwrap();
    for n in 0..FILES {
        put(&root.path().join(format!("p/{n}.md")), b"a task\n");
    }
    let address = free_address();
    let asking = std::thread::spawn(move || {
        let alive = eventually("the port answers", || ask(address, "/healthz"));
        let ready = ask(address, "/readyz").unwrap();
        let list = ask(address, "/api/v1/projects/p/tasks?limit=1").unwrap();
        let ready_then = ask(address, "/readyz").unwrap();
        [alive, ready, list, ready_then]
    });
    let mut command = taskmd();
    command.arg("serve").arg(root.path());
    command.args(["--listen", &address.to_string()]);
    let _server = Server::started_by(&mut command, root.path());
    let [alive, ready, list, ready_then] = asking.join().unwrap();
    assert_eq!(alive.status, 200);
    assert_eq!(
        (ready.status, &*ready.text()),
        (503, r#"{"status":"starting"}"#)
    );
    assert_eq!(list.json()["total"], FILES);
    assert_eq!(ready_then.json()["status"], "ok");
}
