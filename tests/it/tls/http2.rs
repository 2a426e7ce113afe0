//! HTTP/2, frame by frame (RFC 9113): of many answers on one connection, some that are not taken.

use super::{Files, Tls, connect_for, root};
use crate::support::{DEADLINE, Server, put};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

/// Kinds of frames.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
/// Their flags.
const ACK: u8 = 0x1;
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;
/// What an answer may be ahead of its client, unless that says otherwise.
const WINDOW: usize = 65_535;

/// A frame.
struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

/// A client that takes what it chooses to.
struct Client {
    stream: Tls,
    started: Instant,
}

impl Client {
    fn connect(server: &Server, files: &Files) -> Self {
        let stream = connect_for(server, &files.certificate, &[b"h2"]);
        let mut client = Self {
            stream: stream.expect("the certificate is the server's"),
            started: Instant::now(),
        };
        client
            .stream
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            .unwrap();
        client.send(SETTINGS, 0, 0, &[]);
        // The connection takes whatever comes; each answer has a window of its own.
        client.take(0, 1 << 30);
        client
    }

    fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        self.stream.write_all(&[&head, payload].concat()).unwrap();
        self.stream.flush().unwrap();
    }

    /// Lets so many bytes more come.
    fn take(&mut self, stream: u32, n_bytes: u32) {
        self.send(WINDOW_UPDATE, 0, stream, &n_bytes.to_be_bytes());
    }

    /// GET, in the simplest coding of a head (RFC 7541).
    fn get(&mut self, stream: u32, path: &str) {
        let text = |index: u8, text: &str| {
            let length = u8::try_from(text.len()).unwrap();
            [&[index, length], text.as_bytes()].concat()
        };
        let (method, scheme) = (0x82, 0x87);
        let head = [&[method, scheme][..], &text(1, "localhost"), &text(4, path)].concat();
        self.send(HEADERS, END_STREAM | END_HEADERS, stream, &head);
    }

    /// The next frame that says something of an answer.
    fn next(&mut self) -> Frame {
        loop {
            // Twice: a slow one takes its time, and pings come for ever.
            assert!(self.started.elapsed() < 2 * DEADLINE, "it never came");
            let mut head = [0; 9];
            self.stream.read_exact(&mut head).unwrap();
            let [a, b, c, kind, flags, rest @ ..] = head;
            let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
            self.stream.read_exact(&mut payload).unwrap();
            match kind {
                SETTINGS if flags & ACK == 0 => self.send(SETTINGS, ACK, 0, &[]),
                PING if flags & ACK == 0 => self.send(PING, ACK, 0, &payload),
                DATA | HEADERS | RST_STREAM => {
                    let stream = u32::from_be_bytes(rest);
                    return Frame {
                        kind,
                        flags,
                        stream,
                        payload,
                    };
                }
                _ => {}
            }
        }
    }
}

#[test]
fn an_answer_that_is_not_taken_is_cut_and_the_others_go_on() {
    let (files, root) = (Files::new(), root());
    for name in ["a", "b", "c"] {
        put(
            &root.path().join(format!("p/{name}.md")),
            &[b'x'; 1_000_000],
        );
    }
    let server = files.serve(root.path());
    let mut client = Client::connect(&server, &files);
    let (stream, list, slow) = (1, 3, 5);
    client.get(stream, "/api/v1/projects/p/events?since=0");
    client.get(list, "/api/v1/projects/p/tasks");
    client.get(slow, "/api/v1/projects/p/tasks");
    let (mut n_bytes, mut cut) = (BTreeMap::new(), Vec::new());
    let mut is_whole = false;
    while cut.len() < 2 || !is_whole {
        let frame = client.next();
        match frame.kind {
            DATA => *n_bytes.entry(frame.stream).or_default() += frame.payload.len(),
            RST_STREAM => cut.push(frame.stream),
            _ => {}
        }
        if frame.stream == slow && frame.kind == DATA {
            is_whole = frame.flags & END_STREAM != 0;
            // Piece by piece, and longer than a client may take nothing.
            std::thread::sleep(Duration::from_millis(60));
            client.take(slow, 16 << 10);
        }
    }
    cut.sort_unstable();
    assert_eq!(cut, [stream, list]);
    assert_eq!((n_bytes[&stream], n_bytes[&list]), (WINDOW, WINDOW));
    assert!(n_bytes[&slow] > 3_000_000, "{}", n_bytes[&slow]);
    client.get(7, "/healthz");
    assert_eq!(client.next().stream, 7);
}
