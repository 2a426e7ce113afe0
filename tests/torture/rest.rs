//! What the storm does over REST, alone and in a race with an editor.

use crate::editor::{self, Manner};
use crate::model::{self, Model};
pub use crate::support::Response as Answer;
use crate::support::{Server, eventually};

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// What may be answered: anything but a defect.
pub fn expect_sane(what: &str, answer: &Answer) {
    let fine = matches!(
        answer.status,
        200 | 201 | 204 | 404 | 409 | 412 | 422 | 503 | 507
    );
    assert!(fine, "{what}: {} {}", answer.status, answer.text());
    if answer.status == 507 {
        assert_eq!(answer.outcome().1, "storage_full", "{what}");
    }
    if answer.status == 412 {
        // The current task, or none.
        assert!(
            answer.json().get("task").is_some(),
            "{what}: {}",
            answer.text()
        );
    }
}

/// A request about a task of a project; none means the project's list.
pub fn send(
    server: &Server,
    method: &str,
    project: &str,
    id: Option<&str>,
    if_match: Option<&str>,
    body: Option<&Value>,
) -> Answer {
    let id = id.map(|id| format!("/{id}")).unwrap_or_default();
    let path = format!("/api/v1/projects/{project}/tasks{id}");
    let quoted = if_match.map(|revision| format!("\"{revision}\""));
    let mut headers = Vec::new();
    headers.extend(quoted.as_deref().map(|value| ("if-match", value)));
    headers.extend(body.map(|_| ("content-type", "application/json")));
    let body = body.map(Value::to_string).unwrap_or_default();
    let answer = server.send(method, &path, &headers, body.as_bytes());
    expect_sane(&format!("{method} {path}"), &answer);
    answer
}

/// A race for one file: an editor saves it while REST changes or removes it.
pub struct Race<'a> {
    pub server: &'a Server,
    pub root: &'a Path,
    pub project: &'a str,
    /// The task, as the list has it.
    pub task: &'a Value,
    pub manner: Manner,
    /// What the editor saves.
    pub text: &'a str,
    pub mark: &'a str,
    pub is_conditional: bool,
    pub removes: bool,
    /// Which of the two waits, in microseconds, and how long.
    pub head_start: i64,
}

impl Race<'_> {
    /// Runs it, and makes sure that the editor's save is there afterwards. Returns REST's answer.
    pub fn run(&self, model: &mut Model) -> Answer {
        let path = format!("{}/{}", self.project, self.task["path"].as_str().unwrap());
        let file = self.root.join(&path);
        let start = Barrier::new(2);
        let (saved_at, answer, asked_at) = std::thread::scope(|scope| {
            let editor = scope.spawn(|| {
                start.wait();
                spin(self.head_start);
                editor::save(&file, self.text, self.manner).unwrap();
                Instant::now()
            });
            start.wait();
            spin(-self.head_start);
            let asked_at = Instant::now();
            let answer = self.ask();
            (editor.join().unwrap(), answer, asked_at)
        });
        let must = model::body(self.text).trim();
        let holds = |path: &str| {
            let text = std::fs::read_to_string(self.root.join(path)).unwrap_or_default();
            model::body(&text).trim() == must
        };
        // Removed on the ground of what the editor saved, which it may be without a condition.
        let may_be_gone = self.removes && !self.is_conditional && answer.status == 204;
        eventually(
            &format!("{path} holds what was saved, {:?}", self.manner),
            || (holds(&path) || (may_be_gone && !file.exists())).then_some(()),
        );
        model.removed(&path);
        if let Ok(text) = std::fs::read_to_string(&file) {
            model.saved(&path, &text);
            let mark = model::value(&text, "mark");
            // Nobody has saved since it was put in.
            if !self.removes && answer.status == 200 && saved_at < asked_at {
                assert_eq!(mark.as_deref(), Some(self.mark), "{path} has lost its mark");
            }
            if let Some(mark) = mark {
                model.marked(&path, &mark);
            }
        }
        answer
    }

    fn ask(&self) -> Answer {
        let revision = self.task["revision"].as_str().unwrap();
        let condition = self.is_conditional.then_some(revision);
        let id = self.task["id"].as_str();
        if self.removes {
            send(self.server, "DELETE", self.project, id, condition, None)
        } else {
            let patch = json!({"mark": self.mark});
            send(
                self.server,
                "PATCH",
                self.project,
                id,
                condition,
                Some(&patch),
            )
        }
    }
}

/// Waits so many microseconds, if any, without giving up the processor.
fn spin(microseconds: i64) {
    let time = Duration::from_micros(u64::try_from(microseconds).unwrap_or(0));
    let started = Instant::now();
    while started.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// Sends a request to a server that may not live to answer it.
pub fn shout(address: SocketAddr, method: &str, path: &str, body: &str) {
    let Ok(mut stream) = TcpStream::connect(address) else {
        return;
    };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut answer = Vec::new();
    if stream.write_all(request.as_bytes()).is_ok() {
        drop(stream.read_to_end(&mut answer));
    }
}
