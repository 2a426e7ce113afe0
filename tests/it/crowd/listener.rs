//! A client that costs little: it reads what comes in a thread of its own, and keeps nothing of it but a sum.

use crate::frames::raw::Raw;
use crate::support::frames::{Kind, PONG, Piece, Place};
use crate::support::{Server, Sum, eventually};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// A client that listens until it is dropped.
pub struct Listener {
    stream: TcpStream,
    heard: Arc<Mutex<Heard>>,
}

/// What a listener has heard.
struct Heard {
    sum: Sum,
    at: Instant,
}

impl Listener {
    /// Follows the project `p`.
    pub fn connect(server: &Server) -> Self {
        let Raw(mut stream) = Raw::connect(server);
        stream.set_read_timeout(None).unwrap();
        let heard = Heard {
            sum: Sum::default(),
            at: Instant::now(),
        };
        let listener = Self {
            stream: stream.try_clone().unwrap(),
            heard: Arc::new(Mutex::new(heard)),
        };
        let heard = listener.heard.clone();
        std::thread::spawn(move || {
            let (mut place, mut buffer) = (Place::default(), vec![0; 64 << 10]);
            while let Ok(n_bytes @ 1..) = stream.read(&mut buffer) {
                let mut n_pings = 0;
                let mut heard = heard.lock().unwrap();
                heard.at = Instant::now();
                place.read(&buffer[..n_bytes], |piece| match piece {
                    Piece::Payload(Kind::Text, text) => heard.sum.add(text),
                    Piece::End(Kind::Text) => heard.sum.end_message(),
                    Piece::End(Kind::Ping) => n_pings += 1,
                    Piece::Payload(..) | Piece::End(Kind::Other) => {}
                });
                drop(heard);
                if stream.write_all(&PONG.repeat(n_pings)).is_err() {
                    return;
                }
            }
        });
        listener
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It may have been let go before.
        drop(self.stream.shutdown(Shutdown::Both));
    }
}

/// Waits until all have heard the same as somebody else. Returns when the last of them had.
pub fn all_hear(listeners: &[Listener], sum: &Sum) -> Instant {
    let has_heard = |listener: &Listener| {
        let heard = listener.heard.lock().unwrap();
        (heard.sum == *sum).then_some(heard.at)
    };
    let all = || listeners.iter().map(has_heard).collect::<Option<Vec<_>>>();
    let times = eventually("all have heard the same", all);
    times.into_iter().max().unwrap()
}
