//! What a client may send over a WebSocket, byte by byte, and what it must not: each offence has its code, however much comes
//! behind it, and costs nobody else anything.

pub mod raw;

use crate::support::{Client, Server, eventually};
use raw::{BINARY, CLOSE, FINAL, MORE, PING, PONG, Raw, TEXT, close_frame, frame, head_of};
use rustix::net::sockopt;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// Sends each of these to a connection of its own, and expects each to end with this code.
fn expect(server: &Server, code: u16, offences: impl IntoIterator<Item = Vec<u8>>) {
    for bytes in offences {
        let mut client = Raw::connect(server);
        client.send(&bytes);
        let shown = &bytes[..bytes.len().min(16)];
        assert_eq!(client.code(), Some(code), "{shown:x?}");
    }
}

#[test]
fn what_is_offered_besides_is_declined() {
    let server = Server::start();
    for offer in [
        "sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n",
        "sec-websocket-protocol: chat, superchat\r\n",
    ] {
        let (mut client, answer) = Raw::shake_hands(&server, offer, b"");
        assert!(answer.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="));
        let (name, _) = offer.split_once(':').unwrap();
        assert!(!answer.contains(name), "{answer}");
        // Nobody has agreed to compressed frames.
        client.send(&frame(FINAL | 0x40 | TEXT, b"\xf2\x48\xcd\xc9\xc9\x07\x00"));
        assert_eq!(client.code(), Some(1002));
    }
}

#[test]
fn what_comes_right_behind_the_handshake_counts() {
    let server = Server::start();
    let frames = [
        frame(FINAL | TEXT, &[b'x'; 1_000]),
        frame(FINAL | PING, b"p"),
    ]
    .concat();
    let (mut client, _) = Raw::shake_hands(&server, "", &frames);
    assert_eq!(client.next(), Some((FINAL | PONG, b"p".to_vec())));
    client.send(&close_frame(1000, b""));
    assert_eq!(client.code(), Some(1000));
    let fragments = [frame(TEXT, b""), frame(MORE, b"").repeat(64)].concat();
    let (mut client, _) = Raw::shake_hands(&server, "", &fragments);
    assert_eq!(client.code(), Some(1008));
    let (mut client, _) = Raw::shake_hands(&server, "", &frame(FINAL | PING, b"").repeat(1_000));
    assert_eq!(client.code(), Some(1008));
}

/// Somebody else has lost nothing, and then nobody is connected any more.
fn expect_well(server: &Server, mut other: Client) {
    server.write("p/a.md", "x");
    assert_eq!(other.next_events(1), ["created a"]);
    drop(other);
    expect_nobody(server);
}

/// Nobody is connected any more.
fn expect_nobody(server: &Server) {
    eventually("the sessions are freed", || {
        (server.json("/api/v1/ws/stats")["client_count"] == 0).then_some(())
    });
}

#[test]
fn frames_that_break_the_protocol() {
    let server = Server::start();
    let reserved = (0x3..=0x7).chain(0xb..=0xf);
    expect(
        &server,
        1002,
        reserved.map(|opcode| frame(FINAL | opcode, b"")),
    );
    let bits = [0x10, 0x20, 0x40, 0x70];
    expect(
        &server,
        1002,
        bits.map(|bits| frame(FINAL | bits | TEXT, b"x")),
    );
    expect(
        &server,
        1002,
        bits.map(|bits| frame(FINAL | bits | PING, b"")),
    );
    let unmasked = [TEXT, BINARY, PING, CLOSE].map(|opcode| vec![FINAL | opcode, 2, 3, 232]);
    expect(&server, 1002, unmasked);
    let begun = frame(TEXT, b"a");
    expect(
        &server,
        1002,
        [
            // Nothing to go on with, something else amid a message, a control frame in pieces or too long.
            frame(FINAL | MORE, b"x"),
            frame(MORE, b"x"),
            [&begun[..], &frame(FINAL | TEXT, b"b")].concat(),
            [&begun[..], &frame(BINARY, b"b")].concat(),
            frame(PING, b""),
            frame(CLOSE, b""),
            frame(FINAL | PING, &[0; 126]),
            frame(FINAL | CLOSE, &[b'x'; 126]),
        ],
    );
    expect_nobody(&server);
}

#[test]
fn closes_are_answered_with_what_they_say_and_bad_ones_with_1002() {
    let server = Server::start();
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1011, 1013, 3000, 4999] {
        let mut client = Raw::connect(&server);
        client.send(&close_frame(code, "é".as_bytes()));
        assert_eq!(client.end(), (Some(code), "é".into(), vec![]));
    }
    let mut client = Raw::connect(&server);
    client.send(&frame(FINAL | CLOSE, b""));
    assert_eq!(client.end(), (None, String::new(), vec![]));
    let bad = [
        0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535,
    ];
    expect(&server, 1002, bad.map(|code| close_frame(code, b"")));
    expect(&server, 1002, [frame(FINAL | CLOSE, b"\x03")]);
    expect_nobody(&server);
}

#[test]
fn an_answer_to_a_close_comes_behind_all_pongs() {
    let server = Server::start();
    let mut client = Raw::connect(&server);
    let pings = frame(FINAL | PING, &[7; 125]).repeat(60);
    client.send(&[pings, close_frame(1000, b"")].concat());
    let (code, _, pongs) = client.end();
    assert_eq!(code, Some(1000));
    assert!(
        pongs
            .iter()
            .all(|pong| *pong == (FINAL | PONG, vec![7; 125]))
    );
    assert_eq!(pongs.len(), 60);
}

#[test]
fn texts_that_are_none() {
    let server = Server::start();
    let euro = "€".as_bytes();
    expect(
        &server,
        1007,
        [
            frame(FINAL | TEXT, b"caf\xe9"),
            // Too long a form, half a pair of UTF-16, beyond Unicode.
            frame(FINAL | TEXT, b"\xc0\xaf"),
            frame(FINAL | TEXT, b"\xed\xa0\x80"),
            frame(FINAL | TEXT, b"\xf4\x90\x80\x80"),
            // Cut off, at once or in the last piece.
            frame(FINAL | TEXT, &euro[..2]),
            [frame(TEXT, &euro[..1]), frame(FINAL | MORE, &euro[1..2])].concat(),
            // The second piece makes it wrong, and the third never comes.
            [frame(TEXT, &euro[..1]), frame(MORE, b"a")].concat(),
            close_frame(1000, b"\xff"),
        ],
    );
    // In pieces that are no text each, but together.
    let mut client = Raw::connect(&server);
    for (n, byte) in euro.iter().enumerate() {
        client.send(&frame(if n == 0 { TEXT } else { MORE }, &[*byte]));
    }
    client.send(&[frame(FINAL | MORE, b""), frame(FINAL | BINARY, b"\xff")].concat());
    client.send(&close_frame(1000, b""));
    assert_eq!(client.code(), Some(1000));
}

#[test]
fn a_head_alone_says_that_a_message_is_too_big() {
    let server = Server::start();
    let other = server.connect("p");
    let claims = [(16 << 10) + 1, 16 << 20, 1 << 63, u64::MAX];
    let head = |n_bytes| [&[FINAL | BINARY][..], &head_of(n_bytes), &[0; 4]].concat();
    expect(&server, 1009, claims.map(head));
    // With much behind it, which is read, so that the close is not lost.
    let much = |n_bytes| [head(n_bytes), vec![0; 2 << 20]].concat();
    expect(&server, 1009, claims.map(much));
    let half = vec![b'x'; 10 << 10];
    expect(
        &server,
        1009,
        [[frame(TEXT, &half), frame(FINAL | MORE, &half)].concat()],
    );
    let mut client = Raw::connect(&server);
    client.send(&frame(FINAL | BINARY, &[0; 16 << 10]));
    client.send(&close_frame(1000, b""));
    assert_eq!(client.code(), Some(1000));
    expect_well(&server, other);
}

#[test]
fn a_message_has_so_many_fragments() {
    let server = Server::start();
    let mut client = Raw::connect(&server);
    let pieces = |n: usize| [frame(TEXT, b""), frame(MORE, b"").repeat(n - 1)].concat();
    // Often, and with pings amid them.
    for _ in 0..3 {
        client.send(&[pieces(62), frame(FINAL | PING, b""), frame(MORE, b"")].concat());
        client.send(&frame(FINAL | MORE, b""));
        assert_eq!(client.next(), Some((FINAL | PONG, vec![])));
    }
    client.send(&pieces(65));
    let fragments = (Some(1008), "message in too many fragments".into(), vec![]);
    assert_eq!(client.end(), fragments);
    let mut endless = Raw::connect(&server);
    endless.send(&pieces(1_000_000));
    assert_eq!(endless.end(), fragments);
}

#[test]
fn a_message_that_does_not_end_in_time_ends_the_connection() {
    let server = Server::start();
    let begun: [&[u8]; 5] = [
        // A piece of a head, of a payload, of a ping; a fragment, and one behind a whole message.
        &[FINAL | TEXT],
        &frame(FINAL | TEXT, b"abc")[..7],
        &frame(FINAL | PING, b"abc")[..7],
        &frame(TEXT, b"abc"),
        &[frame(FINAL | TEXT, b"abc"), frame(TEXT, b"abc")].concat(),
    ];
    let mut slow: Vec<_> = begun.iter().map(|_| Raw::connect(&server)).collect();
    let (mut steady, mut silent) = (Raw::connect(&server), Raw::connect(&server));
    for (client, bytes) in slow.iter_mut().zip(begun) {
        client.send(bytes);
    }
    let dribbled = std::thread::spawn(move || {
        // One that is always amid a message, and ends each in time, may go on.
        for n in 0..15 {
            std::thread::sleep(Duration::from_secs(1));
            let first = if n % 5 == 0 { TEXT } else { MORE };
            let last = if n % 5 == 4 { FINAL } else { 0 };
            steady.send(&[frame(first | last, b"x"), frame(FINAL | PING, b"")].concat());
        }
        steady.send(&close_frame(1000, b""));
        steady.end()
    });
    for client in &mut slow {
        let late = (Some(1008), "message not finished in time".into(), vec![]);
        assert_eq!(client.end(), late);
    }
    silent.send(&close_frame(1000, b""));
    assert_eq!(silent.code(), Some(1000));
    let (code, _, pongs) = dribbled.join().unwrap();
    assert_eq!((code, pongs.len()), (Some(1000), 15));
}

#[test]
fn floods_are_ended_and_answered_within_bounds() {
    let server = Server::start();
    let other = server.connect("p");
    for flood in [
        frame(FINAL | PING, &[7; 125]),
        frame(FINAL | PONG, b"x"),
        frame(FINAL | TEXT, b"{}"),
    ] {
        let mut client = Raw::connect(&server);
        client.send(&flood.repeat(5_000));
        let (code, reason, before) = client.end();
        assert_eq!((code, reason.as_str()), (Some(1008), "too many messages"));
        // 100, and 20 for each second that it took.
        assert!(before.len() <= 300, "{} answers", before.len());
    }
    let mut client = Raw::connect(&server);
    client.send(&close_frame(1000, b"").repeat(5_000));
    assert_eq!(client.end(), (Some(1000), String::new(), vec![]));
    expect_well(&server, other);
}

#[test]
fn a_client_that_goes_in_the_middle_of_a_frame_is_gone() {
    let server = Server::start();
    let half = &frame(FINAL | TEXT, b"abc")[..7];
    let leave: [fn(&TcpStream); 2] = [
        |stream| stream.shutdown(Shutdown::Both).unwrap(),
        // Closed with nothing to wait for: a reset.
        |stream| sockopt::set_socket_linger(stream, Some(Duration::ZERO)).unwrap(),
    ];
    for leave in leave {
        let mut client = Raw::connect(&server);
        client.send(half);
        eventually("the client is counted", || {
            (server.json("/api/v1/ws/stats")["client_count"] == 1).then_some(())
        });
        leave(&client.0);
        drop(client);
        expect_nobody(&server);
    }
}
