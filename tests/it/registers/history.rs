//! What eight clients did and were answered, each operation with its times.

use crate::dice::Dice;
use crate::line::Line;
use crate::support::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// The ids that all clients work on.
const IDS: [&str; 5] = ["T1", "T2", "T3", "T4", "T5"];
const TASKS: &str = "/api/v1/projects/p/tasks";

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Patch,
    Put,
    Delete,
}

/// One operation of one client.
#[derive(Clone, Debug)]
pub struct Op {
    pub method: Method,
    pub id: &'static str,
    /// The revision that the task must have.
    pub only_if: Option<String>,
    /// The title that is written, which nobody else writes.
    pub title: Option<String>,
    pub start: Instant,
    /// When the answer was there.
    pub end: Option<Instant>,
    pub answer: Answer,
}

/// What an operation was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nobody waited for it: it may have happened, now or later, or not.
    Unknown,
    /// It wrote. The revision that is there now, none after a DELETE.
    Wrote(u16, Option<String>),
    /// It saw this revision, or that there is none.
    Saw(u16, Option<String>),
    /// It saw that there is a task.
    SawOne(u16),
    /// Anything else.
    Strange(u16, String),
}

/// One of the clients.
pub struct Actor<'a> {
    line: Line,
    dice: Dice,
    titles: &'a AtomicU64,
    /// The last revision that it saw of each task.
    seen: BTreeMap<&'static str, String>,
    /// The task that it alone deletes without a condition: a deletion does not say whose it is.
    own: Option<&'static str>,
    /// The task that it saw last.
    last: &'static str,
}

impl<'a> Actor<'a> {
    pub fn new(line: Line, seed: u64, number: usize, titles: &'a AtomicU64) -> Self {
        Self {
            line,
            dice: Dice::new(seed * 100 + number as u64),
            own: IDS.get(number).copied(),
            titles,
            seen: BTreeMap::new(),
            last: IDS[0],
        }
    }

    /// Does something, and sees what comes of it.
    pub fn step(&mut self) -> Op {
        let (method, is_conditional) = match self.dice.roll(20) {
            0..=5 => (Method::Get, false),
            6..=8 => (Method::Post, false),
            9..=11 => (Method::Patch, true),
            12 => (Method::Patch, false),
            13..=15 => (Method::Put, true),
            16 => (Method::Put, false),
            17 | 18 => (Method::Delete, true),
            _ => (Method::Delete, false),
        };
        // What was seen a moment ago may still be so.
        let mut id = match is_conditional && self.dice.roll(3) > 0 {
            true => self.last,
            false => self.dice.pick(&IDS),
        };
        let only_if = self.seen.get(id).filter(|_| is_conditional).cloned();
        let mut method = method;
        if method == Method::Delete && only_if.is_none() {
            match self.own {
                Some(own) => id = own,
                None => method = Method::Get,
            }
        }
        let is_writing = matches!(method, Method::Post | Method::Patch | Method::Put);
        let number = self.titles.fetch_add(1, Ordering::Relaxed);
        let mut op = Op {
            method,
            id,
            only_if,
            title: is_writing.then(|| format!("v{number}")),
            start: Instant::now(),
            end: None,
            answer: Answer::Unknown,
        };
        self.perform(&mut op);
        op
    }

    fn perform(&mut self, op: &mut Op) {
        let (method, path) = match op.method {
            Method::Get => ("GET", format!("{TASKS}/{}", op.id)),
            Method::Post => ("POST", TASKS.to_owned()),
            Method::Patch => ("PATCH", format!("{TASKS}/{}", op.id)),
            Method::Put => ("PUT", format!("{TASKS}/{}", op.id)),
            Method::Delete => ("DELETE", format!("{TASKS}/{}", op.id)),
        };
        let tag = op
            .only_if
            .as_ref()
            .map(|revision| format!("\"{revision}\""));
        let condition = tag.as_deref().map(|tag| ("if-match", tag));
        let headers = Vec::from_iter(condition);
        let body = op
            .title
            .as_ref()
            .map(|title| json!({"id": op.id, "title": title}));
        if op.title.is_some() && self.dice.roll(40) == 0 {
            self.line.abandon(method, &path, &headers, body.as_ref());
            return;
        }
        let response = self.line.request(method, &path, &headers, body.as_ref());
        op.end = Some(Instant::now());
        op.answer = answer(op, &response);
        match &op.answer {
            Answer::Wrote(_, Some(revision)) | Answer::Saw(_, Some(revision)) => {
                self.seen.insert(op.id, revision.clone());
                self.last = op.id;
            }
            // What it saw before is kept, and asked for in vain.
            _ => {}
        }
    }
}

/// What an answer says. `Strange` where it cannot be one of such an operation.
fn answer(op: &Op, response: &Response) -> Answer {
    let (status, code) = response.outcome();
    let tag = response.headers.get("etag");
    let tag = tag.map(|tag| tag.trim_matches('"').to_owned());
    let shown = || {
        let error: Value = response.json();
        error["task"]["revision"].as_str().map(str::to_owned)
    };
    match (status, code.as_str(), op.method) {
        (200, _, Method::Get) => Answer::Saw(status, tag),
        (200, _, Method::Patch | Method::Put) | (201, _, Method::Post | Method::Put) => {
            Answer::Wrote(status, tag)
        }
        (204, _, Method::Delete) => Answer::Wrote(status, None),
        (404, "task_not_found", Method::Get | Method::Patch | Method::Delete) => {
            Answer::Saw(status, None)
        }
        (409, "task_exists", Method::Post) => Answer::SawOne(status),
        (412, "revision_mismatch", Method::Patch | Method::Put | Method::Delete)
            if op.only_if.is_some() =>
        {
            Answer::Saw(status, shown())
        }
        _ => Answer::Strange(status, code),
    }
}
