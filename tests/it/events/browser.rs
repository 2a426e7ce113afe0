//! A browser's own EventSource, over a connection that is cut: it comes again by itself and misses nothing.

use crate::protocol::page::{Page, browse, chromium, needed};
use serde_json::json;
use std::io::copy;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

const SCRIPT: &str = "
const source = new EventSource('http://localhost:8080/api/v1/projects/my-project/events');
source.onopen = () => console.log('open');
source.onmessage = ({ data, lastEventId }) => console.log(lastEventId, JSON.parse(data));
source.onerror = () => console.log('error', source.readyState);
";

/// What stands between a client and the server, and can be cut.
struct Wire {
    address: SocketAddr,
    ends: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ends = Arc::<Mutex<Vec<TcpStream>>>::default();
        let known = ends.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(server).unwrap());
                let pass_on = |from: &TcpStream, to: &TcpStream| {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    std::thread::spawn(move || {
                        // However one side ends, the other does too.
                        drop(copy(&mut from, &mut to));
                        drop(to.shutdown(Shutdown::Both));
                    });
                };
                pass_on(&client, &server);
                pass_on(&server, &client);
                known.lock().unwrap().extend([client, server]);
            }
        });
        Self { address, ends }
    }

    fn cut(&self) {
        for end in self.ends.lock().unwrap().drain(..) {
            drop(end.shutdown(Shutdown::Both));
        }
    }
}

#[test]
fn an_event_source_that_is_cut_misses_nothing() {
    let Some(chromium) = needed("Chromium", chromium()) else {
        return;
    };
    let page = Page::of(SCRIPT.to_owned());
    let server = page.server();
    let wire = Wire::to(server.address());
    let _browser = browse(&chromium, &page, wire.address);
    let tasks = "/api/v1/projects/my-project/tasks";
    let epoch = server.json(tasks)["epoch"].as_str().unwrap().to_owned();
    assert_eq!(page.next(), json!({"log": ["open"]}));
    // The first time it is cut, it has had no event yet.
    for n in 1..=3 {
        wire.cut();
        let created = server.request("POST", tasks, Some(json!({"title": "Buy milk"})));
        assert_eq!(created.status, 201, "{}", created.text());
        assert_eq!(page.next(), json!({"log": ["error", 0]}));
        assert_eq!(page.next(), json!({"log": ["open"]}));
        let mut told = page.next();
        assert_eq!(told["log"][0], format!("{epoch}:{n}"));
        let event = told["log"][1].take();
        assert_eq!(event["type"], "task.created");
        assert_eq!(event["data"], created.json());
    }
}
