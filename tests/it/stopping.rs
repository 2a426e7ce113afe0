//! The end of a server: everybody is told, whatever anybody else does, and it ends in time.

use crate::support::{DEADLINE, Server, eventually};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// In which everything has stopped.
const STOP_TIME: Duration = Duration::from_secs(10);
/// What a busy machine may add.
const BUSY: Duration = Duration::from_secs(5);

fn open(server: &Server, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    stream
}

#[test]
fn nobody_keeps_a_server_from_ending() {
    let mut server = Server::start();
    // One that never reads, with more before it than the kernel takes; one that only begins a request, one that only begins a
    // body, one that rests, and one that listens.
    let _silent = server.connect("p");
    let mut client = server.connect("p");
    for n in 0..100 {
        server.write("p/a.md", &format!("{n} {}", "x".repeat(100_000)));
        assert_eq!(client.next_event()["seq"], n + 1);
    }
    let _head = open(&server, "GET /healthz HTTP/1.1\r\nhost: lo");
    let _body = open(
        &server,
        "PATCH /api/v1/projects/p/tasks/a HTTP/1.1\r\nhost: localhost\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    );
    let mut resting = open(&server, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(resting.read(&mut [0; 1_024]).unwrap() > 0);
    let started = Instant::now();
    let ended = std::thread::spawn(move || server.end("-TERM"));
    // Who listens is told at once, and who rests is let go at once.
    let (code, position) = client.closed();
    assert_eq!(code, 1001);
    assert!(position.ends_with(":100"), "{position}");
    assert_eq!(resting.read(&mut [0; 1_024]).unwrap(), 0);
    assert!(started.elapsed() < STOP_TIME / 2, "{:?}", started.elapsed());
    assert_eq!(ended.join().unwrap(), Some(0));
    assert!(
        started.elapsed() < STOP_TIME + BUSY,
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn a_request_on_its_way_is_answered() {
    let mut server = Server::start();
    let body = r#"{"title": "Last"}"#;
    let head = format!(
        "POST /api/v1/projects/p/tasks HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = open(&server, &head);
    let mut said = [0; 1_024];
    // Said when the body is wanted: the request is on its way.
    let n_bytes = stream.read(&mut said).unwrap();
    assert!(said[..n_bytes].starts_with(b"HTTP/1.1 100"));
    let (address, file) = (server.address(), server.path("p/TASK-001.md"));
    let ended = std::thread::spawn(move || {
        let code = server.end("-TERM");
        assert!(file.exists());
        code
    });
    eventually("nobody else is let in", || {
        TcpStream::connect(address).err().map(drop)
    });
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(ended.join().unwrap(), Some(0));
}
