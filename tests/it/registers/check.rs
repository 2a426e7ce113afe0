//! Is there one order of all operations that explains every answer, and that nobody's clock contradicts?
//!
//! The stream names the order of the writes, so nothing is searched: each write is given its place, and each read the
//! first place at which it may have been, after all that had ended when it began.

use super::history::{Answer, Method, Op};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Instant;

/// The order of the writes, as the stream tells it. A place is how many writes there are before it.
struct Order<'a> {
    events: &'a [Value],
    /// What each task is from a place on, in the order of the places.
    states: BTreeMap<&'a str, Vec<(usize, Option<&'a str>)>>,
}

/// Checks a history against the events of its time. Says how many operations have a place.
pub fn check(ops: &[Op], events: &[Value]) -> Result<usize, String> {
    let order = Order::of(events);
    let places = order.place_writes(ops)?;
    check_clock(ops, &places)?;
    for (at, place) in &places {
        order.check_write(&ops[*at], *place)?;
    }
    order.check_reads(ops, &places)?;
    Ok(places.len() + ops.iter().filter(|op| is_read(op)).count())
}

fn is_read(op: &Op) -> bool {
    matches!(op.answer, Answer::Saw(..) | Answer::SawOne(_))
}

impl<'a> Order<'a> {
    fn of(events: &'a [Value]) -> Self {
        let mut states: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (place, event) in events.iter().enumerate() {
            let id = event["task_id"].as_str().unwrap();
            let revision = event["data"]["revision"].as_str();
            states.entry(id).or_default().push((place + 1, revision));
        }
        Self { events, states }
    }

    /// What a task is when so many writes have been made.
    fn state(&self, id: &str, place: usize) -> Option<&'a str> {
        let states = self.states.get(id)?;
        let n_before = states.partition_point(|(from, _)| *from <= place);
        states[..n_before].last()?.1
    }

    /// Gives each event its operation: for each operation that wrote, the place of its event.
    fn place_writes(&self, ops: &[Op]) -> Result<BTreeMap<usize, usize>, String> {
        let mut by_title: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, op) in ops.iter().enumerate() {
            by_title.extend(op.title.as_deref().map(|title| (title, at)));
        }
        let mut places = BTreeMap::new();
        let mut deletions = Vec::new();
        for (place, event) in self.events.iter().enumerate() {
            if event["type"] == "task.deleted" {
                deletions.push(place);
                continue;
            }
            let title = event["data"]["title"].as_str().unwrap();
            let at = by_title.get(title).copied();
            let at = at.ok_or_else(|| format!("nobody asked for {event}"))?;
            if let Some(other) = places.insert(at, place) {
                return Err(format!("{:?} was told at {other} and {place}", ops[at]));
            }
        }
        self.place_deletions(ops, &deletions, &mut places)?;
        for (at, op) in ops.iter().enumerate() {
            let has_place = places.contains_key(&at);
            let fits = match op.answer {
                Answer::Wrote(..) => has_place,
                Answer::Unknown => true,
                Answer::Saw(..) | Answer::SawOne(_) | Answer::Strange(..) => !has_place,
            };
            if !fits {
                return Err(format!("{op:?}: told in the stream: {has_place}"));
            }
        }
        Ok(places)
    }

    /// A deletion does not say whose it is. One with a condition is that of the revision that it asks for; without one,
    /// a task is deleted by one client alone, so those come in its order.
    fn place_deletions(
        &self,
        ops: &[Op],
        deletions: &[usize],
        places: &mut BTreeMap<usize, usize>,
    ) -> Result<(), String> {
        let deleted =
            |op: &Op| op.method == Method::Delete && matches!(op.answer, Answer::Wrote(..));
        let mut open: Vec<usize> = (0..ops.len()).filter(|at| deleted(&ops[*at])).collect();
        // Those with a condition first.
        open.sort_by_key(|at| (ops[*at].only_if.is_none(), ops[*at].start));
        for place in deletions.iter().copied() {
            let event = &self.events[place];
            let fits = |at: &usize| {
                let op = &ops[*at];
                let before = self.state(op.id, place);
                event["task_id"] == op.id
                    && (op.only_if.is_none() || op.only_if.as_deref() == before)
            };
            let found = open.iter().position(fits);
            let found = found.ok_or_else(|| format!("nobody asked for {event}"))?;
            places.insert(open.remove(found), place);
        }
        Ok(())
    }

    /// Did a write meet what it needs, and is what it was answered what is told?
    fn check_write(&self, op: &Op, place: usize) -> Result<(), String> {
        let event = &self.events[place];
        let before = self.state(op.id, place);
        let revision = event["data"]["revision"].as_str();
        let kind = event["type"].as_str().unwrap();
        let expected = match (op.method, before) {
            (Method::Post | Method::Put, None) => "task.created",
            (Method::Patch | Method::Put, Some(_)) => "task.updated",
            (Method::Delete, Some(_)) => "task.deleted",
            _ => "nothing",
        };
        let is_met = op.only_if.is_none() || op.only_if.as_deref() == before;
        let is_answered = match &op.answer {
            Answer::Wrote(status, told) => {
                let status_expected = match kind {
                    "task.created" => 201,
                    "task.updated" => 200,
                    _ => 204,
                };
                *status == status_expected && told.as_deref() == revision
            }
            _ => true,
        };
        if kind == expected && is_met && is_answered && event["source"] == "api" {
            return Ok(());
        }
        Err(format!("{op:?} met {before:?} and is told as {event}"))
    }

    /// Gives each read the first place at which it saw what it says, none of them before one that had ended.
    fn check_reads(&self, ops: &[Op], places: &BTreeMap<usize, usize>) -> Result<(), String> {
        let mut reads: Vec<&Op> = ops.iter().filter(|op| is_read(op)).collect();
        reads.sort_by_key(|op| op.start);
        let mut ended: Vec<(Instant, usize)> = Vec::new();
        for op in reads {
            let (from, to) = self.bounds(ops, places, op);
            let earlier = ended.iter().filter(|(end, _)| *end < op.start);
            let from = earlier.map(|(_, place)| *place).fold(from, usize::max);
            let place = (from..=to).find(|place| explains(op, self.state(op.id, *place)));
            let place = place.ok_or_else(|| {
                let states: Vec<_> = (from..=to).map(|at| self.state(op.id, at)).collect();
                format!("{op:?}: between {from} and {to} there was {states:?}")
            })?;
            ended.push((op.end.unwrap(), place));
        }
        Ok(())
    }

    /// The places between which an operation was: after every write that had ended when it began, and before every one
    /// that began when it had ended.
    fn bounds(&self, ops: &[Op], places: &BTreeMap<usize, usize>, op: &Op) -> (usize, usize) {
        let (mut from, mut to) = (0, self.events.len());
        for (at, place) in places {
            let other = &ops[*at];
            if other.end.is_some_and(|end| end < op.start) {
                from = from.max(place + 1);
            }
            if op.end.is_some_and(|end| end < other.start) {
                to = to.min(*place);
            }
        }
        (from, to)
    }
}

/// Does this state explain what was seen?
fn explains(op: &Op, state: Option<&str>) -> bool {
    match &op.answer {
        // A refusal shows another revision than the one that was asked for.
        Answer::Saw(412, seen) => seen.as_deref() == state && op.only_if.as_deref() != state,
        Answer::Saw(_, seen) => seen.as_deref() == state,
        Answer::SawOne(_) => state.is_some(),
        Answer::Wrote(..) | Answer::Unknown | Answer::Strange(..) => false,
    }
}

/// No write is told before one that had ended when it began.
fn check_clock(ops: &[Op], places: &BTreeMap<usize, usize>) -> Result<(), String> {
    let mut in_order: Vec<_> = places
        .iter()
        .map(|(at, place)| (*place, &ops[*at]))
        .collect();
    in_order.sort_by_key(|(place, _)| *place);
    let mut latest: Option<&Op> = None;
    for (_, op) in in_order {
        if let (Some(latest), Some(end)) = (latest, op.end)
            && end < latest.start
        {
            return Err(format!("{op:?} is told after {latest:?}"));
        }
        if latest.is_none_or(|latest| latest.start < op.start) {
            latest = Some(op);
        }
    }
    Ok(())
}
