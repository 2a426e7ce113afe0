//! How many connections there may be, and what becomes of one more.

use crate::support::{Server, connect_from, eventually};
use std::net::{Ipv4Addr, TcpStream};
use std::process::Command;

/// The outcome of one more request.
fn outcome(server: &Server) -> (u16, String) {
    server.get("/healthz").outcome()
}

/// Waits until one more is served.
fn served_again(server: &Server) {
    eventually("there is a place", || {
        (outcome(server).0 == 200).then_some(())
    });
}

#[test]
fn one_connection_more_than_there_may_be_is_told_so() {
    let server = Server::start_with(&[("p", None)], &["--connections", "3"]);
    // A WebSocket keeps its place, and so does a connection that says nothing.
    let mut client = server.connect("p");
    served_again(&server);
    let idle: Vec<_> = (0..2)
        .map(|_| TcpStream::connect(server.address()).unwrap())
        .collect();
    let refused = server.get("/healthz");
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(refused.outcome(), (503, "too_many_connections".into()));
    server.write("p/a.md", "x");
    assert_eq!(client.next_events(1), ["created a"]);
    drop(idle);
    served_again(&server);
}

#[test]
fn one_address_leaves_places_to_the_others() {
    let arguments = ["--connections-per-address", "2"];
    let server = Server::start_with(&[("p", None)], &arguments);
    let mine: Vec<_> = (0..2)
        .map(|_| TcpStream::connect(server.address()).unwrap())
        .collect();
    assert_eq!(outcome(&server), (503, "too_many_connections".into()));
    let other = connect_from(Ipv4Addr::new(127, 0, 0, 2), server.address()).unwrap();
    let answer = server.raw_over(
        other,
        b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    );
    assert_eq!(answer.status, 200);
    drop(mine);
    served_again(&server);
}

#[test]
fn few_descriptors_are_few_connections_and_none_of_the_files() {
    let root = tempfile::TempDir::new().unwrap();
    std::fs::create_dir(root.path().join("p")).unwrap();
    let mut command = Command::new("sh");
    let script = r#"ulimit -n 160 && exec "$@""#;
    command.args(["-c", script, "sh"]);
    command.arg(crate::support::taskmd().get_program());
    command
        .args(["serve", "--listen", "127.0.0.1:0"])
        .arg(root.path());
    command.env("TASKMD_LOG", "warn");
    let server = Server::started_by(&mut command, root.path());
    assert!(server.said().contains("ulimit -n"), "{}", server.said());
    let idle: Vec<_> = (0..160)
        .map(|_| TcpStream::connect(server.address()).unwrap())
        .collect();
    // Whoever asks now is refused, and whoever is in can write: the descriptors of the files are not taken.
    eventually("all places are taken", || {
        (outcome(&server) == (503, "too_many_connections".into())).then_some(())
    });
    let body = r#"{"title": "One more"}"#;
    let request = format!(
        "POST /api/v1/projects/p/tasks HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut idle = idle.into_iter();
    let answer = server.raw_over(idle.next().unwrap(), request.as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.text());
    drop(idle);
    served_again(&server);
}
