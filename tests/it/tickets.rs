//! `/ws/ticket`: what a browser shows instead of a token where that would stand in an address.

use crate::support::{DEADLINE, Response, Server, taskmd};
use std::net::TcpStream;
use tempfile::TempDir;
use tungstenite::client::IntoClientRequest;

const TICKET: &str = "/api/v1/ws/ticket";

fn ticket(server: &Server) -> String {
    let answer = server.request("POST", TICKET, None);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.headers["cache-control"], "no-store");
    let answer = answer.json();
    assert_eq!(answer["expires_in"], 30);
    answer["ticket"].as_str().unwrap().to_owned()
}

/// Opens a WebSocket with this query. The status of what it is answered.
fn connect(server: &Server, query: &str) -> u16 {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let url = format!("ws://{}/api/v1/projects/p/ws{query}", server.address());
    match tungstenite::client(url.into_client_request().unwrap(), stream) {
        Ok((_, response)) => response.status().as_u16(),
        Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(response))) => {
            response.status().as_u16()
        }
        Err(error) => panic!("{error}"),
    }
}

fn poll(server: &Server, query: &str) -> Response {
    server.get(&format!("/api/v1/projects/p/events?wait=0{query}"))
}

#[test]
fn a_ticket_opens_one_connection_of_any_kind() {
    let server = Server::start();
    let (first, second) = (ticket(&server), ticket(&server));
    assert_ne!(first, second);
    assert_eq!(connect(&server, &format!("?ticket={first}")), 101);
    assert_eq!(connect(&server, &format!("?ticket={first}")), 401);
    assert_eq!(poll(&server, &format!("&ticket={first}")).status, 401);
    assert_eq!(poll(&server, &format!("&ticket={second}")).status, 200);
    assert_eq!(connect(&server, &format!("?ticket={second}&since=0")), 401);
    let third = format!("&ticket={}", ticket(&server));
    let stream = crate::events::source::Source::open(&server, &third.replace('&', "?"), None);
    drop(stream);
    assert_eq!(poll(&server, &third).status, 401);
}

#[test]
fn what_is_no_ticket_opens_nothing() {
    let server = Server::start();
    for query in [
        "&ticket=",
        "&ticket=x",
        &format!("&ticket={}", "A".repeat(43)),
    ] {
        let refused = poll(&server, query);
        assert_eq!(refused.outcome(), (401, "invalid_ticket".into()), "{query}");
        assert_eq!(refused.headers["www-authenticate"], "Bearer");
        assert_eq!(connect(&server, &query.replace('&', "?")), 401);
    }
    let (first, second) = (ticket(&server), ticket(&server));
    let twice = format!("&ticket={first}&ticket={second}");
    assert_eq!(
        poll(&server, &twice).outcome(),
        (400, "invalid_query".into())
    );
    assert_eq!(connect(&server, &twice.replacen('&', "?", 1)), 400);
    // Neither was spent.
    assert_eq!(poll(&server, &format!("&ticket={first}")).status, 200);
    assert_eq!(
        server.get(TICKET).outcome(),
        (405, "method_not_allowed".into())
    );
}

#[test]
fn a_ticket_is_never_logged() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("p")).unwrap();
    let mut command = taskmd();
    command
        .env("TASKMD_LOG", "trace")
        .arg("serve")
        .arg(folder.path());
    command.args(["--listen", "127.0.0.1:0"]);
    let server = Server::started_by(&mut command, folder.path());
    let (first, second) = (ticket(&server), ticket(&server));
    assert_eq!(connect(&server, &format!("?ticket={first}")), 101);
    assert_eq!(connect(&server, &format!("?ticket={first}")), 401);
    assert_eq!(poll(&server, &format!("&ticket={second}")).status, 200);
    assert_eq!(
        poll(&server, &format!("&ticket={second}&x=%ff")).status,
        401
    );
    let said = server.said();
    for path in [TICKET, "/api/v1/projects/p/ws", "/api/v1/projects/p/events"] {
        assert!(said.contains(path), "{path} is logged: {said}");
    }
    for ticket in [first, second] {
        assert!(!said.contains(&ticket), "{said}");
    }
}
