//! What may come of a race. There are two orders, and a refusal: anything else is somebody's work that is gone.

use super::saver::{NAMES, Save, Saved, Saver};
use crate::line::revision;
use std::time::{Duration, Instant};

/// The outcome in which the request came before the save.
pub const REST_FIRST: &str = "REST first";

/// What REST is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    PatchMatch,
    Patch,
    PutMatch,
    Put,
    DeleteMatch,
    Delete,
}

impl Call {
    pub const ALL: [Self; 6] = [
        Self::PatchMatch,
        Self::Patch,
        Self::PutMatch,
        Self::Put,
        Self::DeleteMatch,
        Self::Delete,
    ];

    /// The method, and whether the call names the revision that it is based on.
    pub fn parts(self) -> (&'static str, bool) {
        match self {
            Self::PatchMatch => ("PATCH", true),
            Self::Patch => ("PATCH", false),
            Self::PutMatch => ("PUT", true),
            Self::Put => ("PUT", false),
            Self::DeleteMatch => ("DELETE", true),
            Self::Delete => ("DELETE", false),
        }
    }
}

/// The task's file: its name and its bytes, or none.
pub type State = Option<(&'static str, String)>;

/// What a client is told of a state: the path and the revision.
pub type Told = Option<(String, String)>;

/// One race, before it is run.
#[derive(Debug)]
pub struct Race {
    pub call: Call,
    pub save: Save,
    pub base: String,
    /// What REST writes, and nobody else does.
    pub token: String,
}

/// What was seen of a race.
#[derive(Debug)]
pub struct Seen {
    pub status: u16,
    pub code: String,
    pub called: (Instant, Instant),
    pub saved: Saved,
    /// What is in the directory at the end, by name.
    pub files: Vec<(String, String)>,
    /// What the stream told, up to that end.
    pub told: Vec<Told>,
}

/// One way in which a race may come out.
struct Outcome {
    name: &'static str,
    is_in_time: bool,
    statuses: &'static [u16],
    states: Vec<State>,
}

impl Seen {
    /// Did the machine stand still in the middle of it? The watcher believes that a file is gone after 50 ms, and that
    /// it is whole after 300 ms without a write.
    fn is_stalled(&self) -> bool {
        let saved = self.saved.end - self.saved.start;
        let called = self.called.1 - self.called.0;
        self.saved.gap > Duration::from_millis(25) || saved.max(called) > Duration::from_millis(150)
    }
}

impl Race {
    /// The text of the task before a race.
    pub fn base(n: usize) -> String {
        format!("---\nid: A\ntitle: base {n}\nrest: none\n---\n\nbase {n}\n")
    }

    /// What the saver saves.
    pub fn text(saver: Saver, n: usize) -> String {
        match saver {
            Saver::Append => format!("more {n}\n"),
            _ => {
                format!("---\nid: A\ntitle: save {n}\nrest: none\n---\n\nsaved {n}\nby an editor\n")
            }
        }
    }

    /// The state after REST has written, unseen by anybody.
    fn after_call(&self, before: &State) -> State {
        let (name, text) = before.clone()?;
        let token = &self.token;
        match self.call.parts().0 {
            "PATCH" => Some((name, text.replace("rest: none", &format!("rest: {token}")))),
            "PUT" => Some((
                name,
                format!("---\nid: A\ntitle: {token}\n---\n\n{token}\n"),
            )),
            _ => None,
        }
    }

    /// The state after the save.
    fn after_save(&self, before: &State) -> State {
        let text = self.save.text.clone();
        match (self.save.saver, before) {
            (Saver::Append | Saver::Move, None) => None,
            (Saver::Append, Some((name, before))) => Some((name, format!("{before}{text}"))),
            (Saver::Move, Some((_, before))) => Some((NAMES[1], before.clone())),
            _ => Some((NAMES[0], text)),
        }
    }

    /// All that may come of it, by the times at which the two were at work.
    fn outcomes(&self, seen: &Seen) -> Vec<Outcome> {
        let base = Some((NAMES[0], self.base.clone()));
        let (called, saved) = (self.after_call(&base), self.after_save(&base));
        let may_call_first = seen.called.0 < seen.saved.end;
        let may_save_first = seen.saved.start < seen.called.1;
        let (_, is_conditional) = self.call.parts();
        let is_text_kept = self.save.saver == Saver::Move;
        let first = Outcome {
            name: REST_FIRST,
            is_in_time: may_call_first,
            statuses: &[200, 204],
            states: vec![called.clone(), self.after_save(&called)],
        };
        let second = if is_conditional && !is_text_kept {
            Outcome {
                name: "refused: changed",
                is_in_time: may_save_first,
                statuses: &[412],
                states: vec![saved.clone()],
            }
        } else {
            Outcome {
                name: "save first",
                is_in_time: may_save_first,
                statuses: &[200, 204],
                states: vec![saved.clone(), self.after_call(&saved)],
            }
        };
        let refused = Outcome {
            name: "refused: busy",
            // Where a file has gone to, nobody knows until its new name is told.
            is_in_time: may_save_first && (may_call_first || is_text_kept),
            statuses: &[409],
            states: vec![saved],
        };
        vec![first, second, refused]
    }

    /// How it came out: its name, and what is wrong where that may not be.
    pub fn judge(&self, seen: &Seen) -> (&'static str, Option<String>) {
        let outcomes = self.outcomes(seen);
        if let Some(outcome) = outcomes.iter().find(|outcome| outcome.fits(seen)) {
            return (outcome.name, None);
        }
        let states = outcomes.iter().flat_map(|outcome| &outcome.states);
        let known: Vec<_> = states.map(told).collect();
        let what = if self.has_vanished(seen) {
            "A SAVE VANISHED"
        } else if seen.is_stalled() {
            return ("not judged", None);
        } else if seen.told.iter().any(|told| !known.contains(told)) {
            "HALF A SAVE WAS TOLD"
        } else {
            "NO ORDER EXPLAINS IT"
        };
        (what, Some(self.describe(what, seen)))
    }

    /// Is the save nowhere, although nobody was told of it before REST replaced or removed it?
    fn has_vanished(&self, seen: &Seen) -> bool {
        let saved = self.after_save(&Some((NAMES[0], self.base.clone())));
        let is_there = |(_, text): &(String, String)| text.contains(&self.save.text);
        self.save.saver != Saver::Move
            && !seen.files.iter().any(is_there)
            && !seen.told.contains(&told(&saved))
    }

    fn describe(&self, what: &str, seen: &Seen) -> String {
        let Seen { called, saved, .. } = seen;
        let offset = |at: Instant| (at - called.0.min(saved.start)).as_micros();
        format!(
            "{what}: {:?} against {:?}, {} chunks: {} {} at {}..{} us, saved at {}..{} us\n  files {:?}\n  told {:?}\n",
            self.call,
            self.save.saver,
            self.save.n_chunks,
            seen.status,
            seen.code,
            offset(called.0),
            offset(called.1),
            offset(saved.start),
            offset(saved.end),
            seen.files,
            seen.told,
        )
    }
}

impl Outcome {
    fn fits(&self, seen: &Seen) -> bool {
        let end = self.states.last().cloned().flatten();
        let files: Vec<_> = end
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text))
            .collect();
        let mut expected: Vec<_> = self.states.iter().map(told).collect();
        expected.dedup();
        self.is_in_time
            && self.statuses.contains(&seen.status)
            && (seen.status != 409 || seen.code == "write_conflict")
            && files == seen.files
            && expected == seen.told
    }
}

/// What a client is told of this state.
pub fn told(state: &State) -> Told {
    let (name, text) = state.as_ref()?;
    Some(((*name).to_owned(), revision(text.as_bytes())))
}
