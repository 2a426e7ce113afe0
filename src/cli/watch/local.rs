//! The changes of a directory, without a server: the same watcher, and the same messages.

use super::Note;
use crate::cli::target;
use crate::log::{Listener, RunMax};
use crate::store::Shelf;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// How often it is looked whether there are new projects.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What is read at once.
const AT_ONCE: RunMax = RunMax {
    events: 256,
    bytes: 1 << 20,
};

/// Rung by every log that has something new.
struct Bell(SyncSender<()>);

impl Listener for Bell {
    fn published(&self) {
        match self.0.try_send(()) {
            // One that rings already is heard.
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }
}

/// Watches until nobody listens any more.
pub(super) fn run(dir: &Path, projects: &[String], notes: &Sender<Note>) {
    if let Err(reason) = watch(dir, projects, notes) {
        drop(notes.blocking_send(Note::End(reason)));
    }
}

fn watch(dir: &Path, projects: &[String], notes: &Sender<Note>) -> Result<(), String> {
    let store = Arc::new(target::store(dir)?);
    let unreadable = |error| target::unreadable(dir, &error);
    let (_watch, opening) = crate::watch::Watch::start(store.clone(), false).map_err(unreadable)?;
    let opened = opening.blocking_recv();
    opened
        .unwrap_or_else(|error| Err(io::Error::other(error)))
        .map_err(unreadable)?;
    drop(target::shelves(&store, dir, projects)?);
    let (ring, rings) = sync_channel(1);
    let bell: Arc<dyn Listener> = Arc::new(Bell(ring));
    let mut places = BTreeMap::new();
    while !notes.is_closed() {
        for shelf in store.shelves() {
            let is_wanted =
                projects.is_empty() || projects.iter().any(|id| shelf.id().as_str() == id);
            if !is_wanted {
                continue;
            }
            let seq = match places.get(shelf.id()) {
                Some(seq) => *seq,
                None => {
                    shelf.log().listen(bell.clone());
                    standing(&shelf, true, notes)
                }
            };
            let seq = events(&shelf, seq, notes);
            places.insert(shelf.id().clone(), seq);
        }
        match rings.recv_timeout(LOOK_EVERY) {
            Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }
    Ok(())
}

/// Tells how a project stands. Returns its place.
fn standing(shelf: &Shelf, is_beginning: bool, notes: &Sender<Note>) -> u64 {
    let snapshot = shelf.snapshot();
    tell(&snapshot.frame.text(), is_beginning, notes);
    snapshot.seq
}

/// Tells what has happened since. Returns the new place.
fn events(shelf: &Shelf, mut seq: u64, notes: &Sender<Note>) -> u64 {
    loop {
        let Ok(entries) = shelf.log().read(seq, AT_ONCE) else {
            seq = standing(shelf, false, notes);
            continue;
        };
        let Some(last) = entries.last() else {
            return seq;
        };
        seq = last.seq;
        for entry in &entries {
            tell(&entry.frame.text(), false, notes);
        }
    }
}

fn tell(text: &[u8], is_beginning: bool, notes: &Sender<Note>) {
    let text = String::from_utf8_lossy(text).into_owned();
    if let Some(note) = Note::of(text, is_beginning) {
        drop(notes.blocking_send(note));
    }
}
