//! Those who write, and remember what was acknowledged.

use crate::crash::is_done;
use crate::crash::tree::{Tree, revision};
use crate::support::{Response, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// More bytes than one page or block of the disk holds.
const BODY_BYTES_MAX: u64 = 20_000;
/// A writer that has this many tasks makes no more.
const TASKS_MAX: usize = 12;

/// A series of numbers that looks random, and is the same for the same seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// One version of a task. `None` as a version: there is no such task.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    number: u64,
    /// The server's name for the bytes, if it has told it.
    revision: Option<String>,
}

/// What may be on the disk.
#[derive(Debug, Default)]
struct Knowledge {
    /// What was acknowledged last.
    acknowledged: Option<Version>,
    /// What was asked for then, and never answered, or answered with an error.
    pending: Option<Option<Version>>,
}

/// One who writes tasks of their own, one request at a time.
pub struct Writer {
    name: String,
    dice: Dice,
    n_versions: u64,
    tasks: BTreeMap<String, Knowledge>,
}

/// A body that tells half of itself from the whole.
fn body(number: u64, bytes: u64) -> String {
    let line = format!("line of version {number}\n");
    let filler = line.repeat(usize::try_from(bytes).unwrap() / line.len());
    let hash = blake3::hash(filler.as_bytes()).to_hex();
    format!("{number} {hash}\n{filler}")
}

/// Which version is it? None when it is torn.
fn number_of(id: &str, file: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(file).ok()?;
    let (front, body) = text.strip_prefix("---\n")?.split_once("\n---\n\n")?;
    let (head, filler) = body.split_once('\n')?;
    let (number, hash) = head.split_once(' ')?;
    let is_whole = *blake3::hash(filler.as_bytes()).to_hex() == *hash;
    let has_id = front.lines().next()? == format!("id: {id}");
    number.parse().ok().filter(|_| is_whole && has_id)
}

impl Writer {
    pub fn new(name: &str, seed: u64) -> Self {
        Self {
            name: name.to_owned(),
            dice: Dice(seed),
            n_versions: 0,
            tasks: BTreeMap::new(),
        }
    }

    /// Writes until the power is cut. What is refused before that is a failure.
    pub fn work(&mut self, server: &Server, is_cut: &AtomicBool) {
        loop {
            let (id, pending) = self.choose();
            let response = self.ask(server, &id, pending.as_ref());
            if !is_done(&response) {
                let is_cut = is_cut.load(Ordering::SeqCst);
                assert!(is_cut, "{}: {id}: {}", self.name, response.text());
                expect_broken(&response);
                return;
            }
            let knowledge = self.tasks.get_mut(&id).unwrap();
            knowledge.pending = None;
            knowledge.acknowledged = pending.map(|version| Version {
                revision: response.json()["revision"].as_str().map(str::to_owned),
                ..version
            });
        }
    }

    /// How many writes it has asked for.
    pub fn n_written(&self) -> u64 {
        self.n_versions
    }

    /// What to do next: to which task, and what it is to be then.
    fn choose(&mut self) -> (String, Option<Version>) {
        self.n_versions += 1;
        let there: Vec<_> = self
            .tasks
            .iter()
            .filter(|(_, knowledge)| knowledge.acknowledged.is_some())
            .map(|(id, _)| id.clone())
            .collect();
        let version = Some(Version {
            number: self.n_versions,
            revision: None,
        });
        let sides = if there.len() < TASKS_MAX { 4 } else { 3 };
        let (id, pending) = match self.dice.below(sides) {
            _ if there.is_empty() => (format!("{}-{}", self.name, self.n_versions), version),
            3 => (format!("{}-{}", self.name, self.n_versions), version),
            side => {
                let at = self.dice.below(there.len() as u64);
                let id = there[usize::try_from(at).unwrap()].clone();
                (id, version.filter(|_| side > 0))
            }
        };
        let knowledge = self.tasks.entry(id.clone()).or_default();
        knowledge.pending = Some(pending.clone());
        (id, pending)
    }

    fn ask(&mut self, server: &Server, id: &str, pending: Option<&Version>) -> Response {
        let tasks = "/api/v1/projects/p/tasks";
        let task = format!("{tasks}/{id}");
        let is_there = self.tasks[id].acknowledged.is_some();
        let bytes = self.dice.below(BODY_BYTES_MAX);
        let text = |version: &Version| Value::String(body(version.number, bytes));
        match pending {
            None => server.request("DELETE", &task, None),
            Some(version) if is_there => {
                let patch = json!({"status": "done", "markdown_body": text(version)});
                server.request("PATCH", &task, Some(patch))
            }
            Some(version) => {
                let made = json!({"id": id, "title": id, "markdown_body": text(version)});
                server.request("POST", tasks, Some(made))
            }
        }
    }

    /// Compares what is on the disk with what must be, and takes it for granted from now on. The files that were its
    /// own are taken out of the tree.
    pub fn judge(&mut self, found: &mut Tree) -> Vec<String> {
        let mut wrong = Vec::new();
        for (id, knowledge) in &mut self.tasks {
            let file = found.remove(&format!("p/{id}.md"));
            let now = file.as_deref().map(|bytes| match number_of(id, bytes) {
                Some(number) => (number, revision(bytes)),
                None => (0, format!("torn, {} bytes", bytes.len())),
            });
            let is = |version: &Option<Version>| match (version, &now) {
                (None, None) => true,
                (Some(version), Some((number, revision))) => {
                    let told = version.revision.as_ref();
                    version.number == *number && told.is_none_or(|told| told == revision)
                }
                (None, Some(_)) | (Some(_), None) => false,
            };
            if !is(&knowledge.acknowledged) && !knowledge.pending.as_ref().is_some_and(is) {
                wrong.push(format!("{id} is {now:?}, known is {knowledge:?}"));
            }
            knowledge.pending = None;
            knowledge.acknowledged = now.map(|(number, revision)| Version {
                number,
                revision: Some(revision),
            });
        }
        self.tasks
            .retain(|_, knowledge| knowledge.acknowledged.is_some());
        wrong
    }
}

/// An answer that says that the disk is broken, and not more.
pub fn expect_broken(response: &Response) {
    let (status, _code) = response.outcome();
    assert!(status >= 500, "{status} {}", response.text());
}
