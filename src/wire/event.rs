//! The messages of the stream: what the user's document has, and with each event its place, its time, who made it and what
//! changed.

use super::{MapJson, ProblemJson, TaskJson, ValueJson, append};
use crate::event::{Event, Position};
use crate::name::ProjectId;
use crate::project::Change;
use crate::task::{Field, Task};
use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What changed in an updated task: each field that differs, with its value before and after.
///
/// `revision` and `updated_at` differ at every save and say nothing more, so they are left out. The body is named
/// with null for its values: the new one is in `data`, and two copies of it would treble the message.
struct ChangesJson<'a> {
    before: &'a Task,
    after: &'a Task,
}

impl Serialize for ChangesJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (before, after) = (self.before, self.after);
        let mut map = serializer.serialize_map(None)?;
        for field in Field::ALL
            .into_iter()
            .filter(|field| *field != Field::UpdatedAt)
        {
            let (old, new) = (before.value(field), after.value(field));
            if old != new {
                map.serialize_entry(field.name(), &[ValueJson(&old), ValueJson(&new)])?;
            }
        }
        if before.body != after.body {
            map.serialize_entry("markdown_body", &())?;
        }
        if before.path != after.path {
            map.serialize_entry("path", &[before.path.as_str(), after.path.as_str()])?;
        }
        if before.metadata != after.metadata {
            map.serialize_entry(
                "metadata",
                &[MapJson(&before.metadata), MapJson(&after.metadata)],
            )?;
        }
        if before.problem != after.problem {
            let [before, after] = [before, after].map(|task| task.problem.as_deref());
            let json = [before, after].map(|problem| problem.map(ProblemJson::of));
            map.serialize_entry("problem", &json)?;
        }
        map.end()
    }
}

/// The message of an event: what the user's document has, and more.
struct EventJson<'a>(&'a Event);

impl Serialize for EventJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = self.0;
        let project_id = &event.project_id;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", event.change.kind().event_type())?;
        map.serialize_entry("project_id", project_id.as_str())?;
        map.serialize_entry("task_id", event.change.id().as_str())?;
        match &event.change {
            Change::Created { after: task } | Change::Updated { after: task, .. } => {
                map.serialize_entry("data", &TaskJson::whole(project_id, task))?;
            }
            Change::Deleted { before } => {
                map.serialize_entry("data", &BTreeMap::from([("id", before.id.as_str())]))?;
            }
        }
        map.serialize_entry("seq", &event.position.seq)?;
        map.serialize_entry("epoch", &event.position.epoch.to_string())?;
        map.serialize_entry("time", &rfc3339_ms(event.time))?;
        map.serialize_entry("source", event.source.name())?;
        match &event.change {
            Change::Updated { before, after } => {
                map.serialize_entry("changes", &ChangesJson { before, after })?;
            }
            Change::Created { .. } | Change::Deleted { .. } => {}
        }
        map.end()
    }
}

/// A time in RFC 3339 with milliseconds, UTC.
fn rfc3339_ms(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Appends the text of an event's message.
pub fn event(event: &Event, text: &mut Vec<u8>) {
    append(&EventJson(event), text);
}

/// Appends the text of the message that says how a project stands at a position.
pub fn snapshot(project_id: &ProjectId, tasks: &[Arc<Task>], at: Position, text: &mut Vec<u8>) {
    struct Tasks<'a>(&'a ProjectId, &'a [Arc<Task>]);
    impl Serialize for Tasks<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let Self(project_id, tasks) = self;
            serializer.collect_seq(tasks.iter().map(|task| TaskJson::whole(project_id, task)))
        }
    }
    #[derive(Serialize)]
    struct Snapshot<'a> {
        r#type: &'static str,
        project_id: &'a str,
        epoch: String,
        seq: u64,
        data: Tasks<'a>,
    }
    let snapshot = Snapshot {
        r#type: "snapshot",
        project_id: project_id.as_str(),
        epoch: at.epoch.to_string(),
        seq: at.seq,
        data: Tasks(project_id, tasks),
    };
    append(&snapshot, text);
}

/// What a poll is answered: messages as the stream has them, byte for byte, and the position to go on from.
#[must_use]
pub fn polled(messages: &[Bytes], at: Position) -> Vec<u8> {
    let messages = messages.join(&b","[..]);
    [br#"{"events":["#, &messages[..], end_of_poll(at).as_bytes()].concat()
}

/// What a poll is answered where the log does not reach its position. In pieces, for a snapshot is large and shared.
#[must_use]
pub fn polled_snapshot(snapshot: Bytes, at: Position) -> [Bytes; 3] {
    let start = Bytes::from_static(br#"{"snapshot":"#);
    [
        start,
        snapshot,
        (r#","events":["#.to_owned() + &end_of_poll(at)).into(),
    ]
}

fn end_of_poll(at: Position) -> String {
    format!(r#"],"epoch":"{}","seq":{}}}"#, at.epoch, at.seq)
}
