//! Writers and sockets, without a server.

use super::*;
use crate::event::Epoch;
use crate::log::tests::append;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};

/// A socket of a writer's, and its other end.
fn pair() -> (Socket, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let (socket, _) = listener.accept().unwrap();
    socket.set_nonblocking(true).unwrap();
    (Socket::plain(socket), client)
}

#[test]
fn a_client_whose_rights_end_is_told_so_and_where_it_was() {
    let terms = Terms::new(&Limits::default(), Duration::from_secs(54), 256);
    let writers = Writers::start(&terms).unwrap();
    let log = Arc::new(Log::new(Epoch::new(7), &Limits::default()));
    let (socket, mut client) = pair();
    let (expires, gone) = (Instant::now() + Duration::from_millis(50), Arc::new(()));
    let follow = Follow {
        log: log.clone(),
        seq: 0,
        snapshot: None,
        expires: Some(expires),
        guard: Box::new(gone.clone()),
    };
    writers.join(socket, Vec::new(), follow);
    append(&log);
    log.publish();
    let event = log.read(0, terms.run).unwrap()[0].frame.bytes().clone();
    let mut heard = vec![0; event.len()];
    client.read_exact(&mut heard).unwrap();
    assert_eq!(heard, event);
    // A close is two bytes of head, two of code, and the place.
    let mut close = [0; 4 + 18];
    client.read_exact(&mut close).unwrap();
    assert!(Instant::now() >= expires);
    assert_eq!(
        (close[0], u16::from_be_bytes([close[2], close[3]])),
        (0x88, 4401)
    );
    assert_eq!(&close[4..], b"0000000000000007:1");
    // It hears nothing more, and answers.
    append(&log);
    log.publish();
    let answer = [0x88, 0x82, 0, 0, 0, 0, close[2], close[3]];
    std::io::Write::write_all(&mut client, &answer).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    let started = Instant::now();
    while Arc::strong_count(&gone) > 1 {
        assert!(started.elapsed() < Duration::from_secs(20), "it is kept");
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(writers.count().0.partings(Parting::Expired), 1);
    writers.stop();
}
