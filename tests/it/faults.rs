//! A disk that fails: each fault has its answer, the file stays as it was, nothing is left behind, nobody hears of what did
//! not happen, and once the fault is gone the same server goes on.

mod calls;
mod guest;
mod limits;
mod rooms;

use crate::crash::tree::{self, Tree};
use crate::crash::{Operation, is_done};
use crate::needs::are_missing;
use crate::support::{Client, Response, Server, shorten};
use serde_json::{Value, json};
use std::path::Path;

/// A server whose disk is about to fail, and a client that hears of what really happens.
struct Scene {
    server: Server,
    client: Client,
    /// `updated A`, as many as have really happened.
    happened: Vec<String>,
}

impl Scene {
    fn over(root: &Path) -> Self {
        let server = Server::over(root, &[]);
        let client = server.connect("p");
        Self {
            server,
            client,
            happened: Vec::new(),
        }
    }

    fn tree(&self) -> Tree {
        tree::read(&self.server.path(""))
    }

    /// A request that fails with this status and code, and changes nothing.
    fn refuses(&self, operation: &Operation, expected: (u16, &str)) {
        let before = self.tree();
        let response = operation.send(&self.server);
        let method = operation.method;
        assert_eq!(
            response.outcome(),
            (expected.0, expected.1.to_owned()),
            "{method}"
        );
        expect_discreet(&self.server, &response);
        assert_eq!(self.tree(), before, "{method}");
        self.is_well();
    }

    /// The same request, after the fault is gone.
    fn accepts(&mut self, operation: &Operation) {
        let response = operation.send(&self.server);
        assert!(
            is_done(&response),
            "{}: {}",
            operation.method,
            response.text()
        );
        self.happened.extend(operation.event());
        let tree = self.tree();
        let temporaries = tree::temporaries(&tree);
        assert!(temporaries.is_empty(), "{temporaries:?}");
    }

    fn is_well(&self) {
        assert_eq!(self.server.get("/healthz").status, 200);
        assert_eq!(self.server.get("/readyz").status, 200);
    }

    /// Has the client heard of all that happened, in order, and of nothing else?
    fn wrong_events(mut self) -> Option<String> {
        // Whatever the watcher has still to say comes before this answer, …
        let path = "/api/v1/projects/p/tasks?sync=1";
        let listed = self.server.json(path)["seq"].as_u64().unwrap();
        // … and whatever was said comes before this event.
        let last = json!({"title": "The last"});
        let task = "/api/v1/projects/p/tasks/d";
        assert_eq!(self.server.request("PATCH", task, Some(last)).status, 200);
        let mut events: Vec<Value> = Vec::new();
        while events
            .last()
            .is_none_or(|event| shorten(event) != "updated d")
        {
            events.push(self.client.next_event());
        }
        events.pop();
        let heard: Vec<_> = events.iter().map(shorten).collect();
        let n_heard = heard.len() as u64;
        let is_told = heard == self.happened && n_heard == listed;
        let is_replay = *self.client.replay() == self.server.tasks("p");
        let happened = &self.happened;
        (!is_told || !is_replay)
            .then(|| format!("heard {heard:?} of {happened:?}, {listed} counted"))
    }

    fn end(self) {
        assert_eq!(self.wrong_events(), None);
    }
}

impl Operation {
    /// The event that tells of it. No task changes with a new project.
    fn event(&self) -> Option<String> {
        let kind = match self.method {
            "POST" => "created",
            "DELETE" => "deleted",
            _ => "updated",
        };
        let (folder, file) = self.file.split_once('/')?;
        let id = file.trim_end_matches(".md").to_ascii_uppercase();
        let id = id.rsplit('/').next()?;
        (folder == "p").then(|| format!("{kind} {id}"))
    }

    /// One that needs this much room.
    fn of_bytes(mut self, n_bytes: usize) -> Self {
        self.body.as_mut().unwrap()["markdown_body"] =
            "a line of text\n".repeat(n_bytes / 15).into();
        self
    }
}

/// An answer tells nothing of this machine.
fn expect_discreet(server: &Server, response: &Response) {
    let root = server.path("");
    let text = response.text();
    for secret in [
        root.to_str().unwrap(),
        "/tmp",
        "/home",
        ".taskmd-",
        "os error",
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}
