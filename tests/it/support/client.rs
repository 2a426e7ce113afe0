//! A client of the stream, which replays it.

use super::{DEADLINE, QUIET, Server, Sum, tasks_by_id};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::Duration;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

/// A client that does nothing but replay what it is sent.
pub struct Client {
    socket: WebSocket<TcpStream>,
    replay: BTreeMap<String, Value>,
    history: Vec<Value>,
    heard: Sum,
    from_seq: u64,
    seq: u64,
}

impl Client {
    /// Follows a project's stream.
    pub fn connect(server: &Server, project: &str) -> Self {
        let stream = TcpStream::connect(server.address()).unwrap();
        let url = format!("ws://{}/api/v1/projects/{project}/ws", server.address());
        let (socket, _) = tungstenite::client(url.into_client_request().unwrap(), stream).unwrap();
        let page = server.json(&format!("/api/v1/projects/{project}/tasks?limit=10000"));
        let from_seq = page["seq"].as_u64().unwrap();
        Self {
            socket,
            replay: tasks_by_id(&page),
            history: Vec::new(),
            heard: Sum::default(),
            from_seq,
            seq: from_seq,
        }
    }

    /// The number of the last event when the client took its list.
    pub fn first_seq(&self) -> u64 {
        self.from_seq
    }

    /// The number of the last event that it has had.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The next message of any kind, or `None` when none comes within `wait`.
    pub fn next_within(&mut self, wait: Duration) -> Option<Message> {
        self.socket.get_ref().set_read_timeout(Some(wait)).unwrap();
        match self.socket.read() {
            Ok(message) => Some(message),
            Err(tungstenite::Error::Io(error)) if is_timeout(&error) => None,
            Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::Interrupted => {
                self.next_within(wait)
            }
            Err(error) => panic!("the stream broke: {error}"),
        }
    }

    /// The next event.
    pub fn next_event(&mut self) -> Value {
        let event = self.event_within(DEADLINE);
        event.expect("an event came in time")
    }

    /// The next event, or `None` when none comes within `wait`.
    pub fn event_within(&mut self, wait: Duration) -> Option<Value> {
        loop {
            match self.next_within(wait)? {
                Message::Text(text) => {
                    self.heard.add(text.as_bytes());
                    self.heard.end_message();
                    let event: Value = serde_json::from_str(&text).unwrap();
                    // What the list knows already.
                    if event["seq"].as_u64().unwrap() <= self.from_seq {
                        continue;
                    }
                    self.apply(&event);
                    self.history.push(event.clone());
                    return Some(event);
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("not an event: {other:?}"),
            }
        }
    }

    /// The next events, shortened to `type id` and sorted: what a person would say happened.
    pub fn next_events(&mut self, n_events: usize) -> Vec<String> {
        let mut events: Vec<_> = (0..n_events).map(|_| shorten(&self.next_event())).collect();
        events.sort();
        events
    }

    /// Makes sure that nothing more comes.
    pub fn expect_quiet(&mut self) {
        if let Some(event) = self.event_within(QUIET) {
            panic!("one event too many: {event}");
        }
    }

    /// The close code and reason of a server that ends the stream.
    pub fn closed(&mut self) -> (u16, String) {
        loop {
            match self
                .next_within(DEADLINE)
                .expect("the server closes the stream")
            {
                Message::Close(Some(frame)) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Message::Close(None) => return (1005, String::new()),
                _ => {}
            }
        }
    }

    /// Sends something, which the server is to ignore.
    pub fn say(&mut self, message: Message) {
        self.socket.send(message).unwrap();
    }

    /// Each event follows upon the one before, and what it says was before is what was.
    fn apply(&mut self, event: &Value) {
        let seq = event["seq"].as_u64().unwrap();
        assert_eq!(seq, self.seq + 1, "a gap before {event}");
        self.seq = seq;
        let id = event["task_id"].as_str().unwrap().to_owned();
        let changes = event["changes"].as_object().into_iter().flatten();
        for (field, pair) in changes.filter(|(_, pair)| pair.is_array()) {
            let of = |task: &Value| task.get(field).cloned().unwrap_or_default();
            assert_eq!(of(&self.replay[&id]), pair[0], "{field} before {event}");
            assert_eq!(of(&event["data"]), pair[1], "{field} after {event}");
        }
        let before = match event["type"].as_str().unwrap() {
            "task.created" => {
                assert!(!self.replay.contains_key(&id), "created twice: {event}");
                self.replay.insert(id, event["data"].clone())
            }
            "task.updated" => {
                assert!(
                    self.replay.contains_key(&id),
                    "updated before it was created: {event}"
                );
                self.replay.insert(id, event["data"].clone())
            }
            "task.deleted" => self.replay.remove(&id),
            other => panic!("unknown event {other}"),
        };
        drop(before);
    }

    /// All messages so far, in a few bytes.
    pub fn heard(&self) -> &Sum {
        &self.heard
    }

    /// The events so far.
    pub fn history(&self) -> &[Value] {
        &self.history
    }

    /// What the events so far add up to, from what was there when the client connected.
    pub fn replay(&self) -> &BTreeMap<String, Value> {
        &self.replay
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// `updated TASK-1` for an event.
pub fn shorten(event: &Value) -> String {
    let kind = event["type"]
        .as_str()
        .unwrap()
        .strip_prefix("task.")
        .unwrap();
    format!("{kind} {}", event["task_id"].as_str().unwrap())
}
