//! Nothing that an editor has saved is overwritten unseen: REST and a saver that knows nothing of it, let loose on one
//! file at the same moment, again and again.
//!
//! Where the two meet is swept over the whole of the request. Each writes a text that nobody else writes, so the file
//! at the end, the answer and the stream together say in which order the two came, or that one was lost.
//! `TASKMD_RACES` is how many races each saver runs.

mod saver;
mod verdict;

use crate::dice::{Dice, asked_for};
use crate::line::{Line, revision};
use crate::support::{Client, Server, put};
use saver::{NAMES, Save, Saver};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use verdict::{Call, REST_FIRST, Race, Seen, Told};

const TASK: &str = "/api/v1/projects/p/tasks/A";
/// Time for both to be ready before the race begins.
const READY: Duration = Duration::from_micros(150);
/// How much earlier a save may start than its request.
const LEAD: Duration = Duration::from_micros(100);
/// How far around the turn of the order it is aimed, and how fast the turn is followed.
const AIM: Duration = Duration::from_micros(80);
const STEP: Duration = Duration::from_micros(10);
/// What has not been told by then is not told.
const TOLD_WITHIN: Duration = Duration::from_secs(3);
/// A memory-backed directory, where nothing waits for a disk and the races are tightest.
const MEMORY: &str = "/dev/shm";

/// Waits without giving the processor away.
fn spin_until(at: Instant) {
    while Instant::now() < at {
        std::hint::spin_loop();
    }
}

/// A server and a file that is raced for.
struct Track {
    directory: PathBuf,
    line: Line,
    client: Client,
    dice: Dice,
    n_run: usize,
    /// About how long a request takes: what the start of the save is swept over.
    window: Duration,
    /// About where the order of the two turns, for each call.
    turn: BTreeMap<Call, Duration>,
    _server: Server,
    _folder: TempDir,
}

impl Track {
    fn new(folder: TempDir, seed: u64) -> Self {
        let directory = folder.path().join("p");
        std::fs::create_dir(&directory).unwrap();
        let server = Server::over(folder.path(), &[]);
        Self {
            directory,
            line: Line::to(&server),
            client: server.connect("p"),
            dice: Dice::new(seed),
            n_run: 0,
            window: Duration::from_millis(1),
            turn: BTreeMap::new(),
            _server: server,
            _folder: folder,
        }
    }

    fn race(&mut self, saver: Saver, call: Call) -> (Race, Seen) {
        self.n_run += 1;
        let n = self.n_run;
        let race = Race {
            call,
            base: Race::base(n),
            token: format!("rest{n}"),
            save: Save {
                saver,
                text: Race::text(saver, n),
                n_chunks: 1 + self.dice.index(4),
                pause: self.pause(),
            },
        };
        self.prepare(&race);
        let save_after = self.save_after(call);
        let (answer, called, saved) = std::thread::scope(|scope| {
            let go = Instant::now() + READY;
            let (line, directory) = (&mut self.line, &self.directory);
            let race = &race;
            let saves = scope.spawn(move || {
                spin_until(go + save_after);
                race.save.run(directory)
            });
            spin_until(go + LEAD);
            let start = Instant::now();
            let answer = request(line, race);
            let called = (start, Instant::now());
            (answer, called, saves.join().unwrap())
        });
        let took = called.1 - called.0 + LEAD;
        self.window = (self.window * 7 + took * 5 / 4) / 8;
        let files = files(&self.directory);
        let seen = Seen {
            status: answer.status,
            code: answer.outcome().1,
            called,
            saved,
            told: self.listen(&files),
            files,
        };
        (race, seen)
    }

    /// When the save starts: one time in two anywhere, else where the order turns.
    fn save_after(&mut self, call: Call) -> Duration {
        match self.turn.get(&call) {
            Some(turn) if self.dice.roll(2) == 0 => {
                (*turn + self.dice.up_to(AIM * 2)).saturating_sub(AIM)
            }
            Some(_) | None => self.dice.up_to(self.window),
        }
    }

    /// Remembers which of the two was first, so that the next ones meet more closely.
    fn learn(&mut self, call: Call, is_rest_first: bool) {
        let middle = self.window / 2;
        let turn = self.turn.entry(call).or_insert(middle);
        *turn = if is_rest_first {
            turn.saturating_sub(STEP)
        } else {
            (*turn + STEP).min(self.window)
        };
    }

    /// Mostly none, else up to a third of the window.
    fn pause(&mut self) -> Duration {
        match self.dice.roll(3) {
            0 => self.dice.up_to(self.window / 3),
            1 => self.dice.up_to(Duration::from_micros(60)),
            _ => Duration::ZERO,
        }
    }

    /// Puts the base there, and waits until it is told of.
    fn prepare(&mut self, race: &Race) {
        let temporary = self.directory.join(".base");
        put(&temporary, race.base.as_bytes());
        let [name, moved] = NAMES.map(|name| self.directory.join(name));
        if moved.exists() {
            // Never two files of one id.
            rustix::fs::rename(&temporary, &moved).unwrap();
            rustix::fs::rename(moved, name).unwrap();
        } else {
            rustix::fs::rename(temporary, name).unwrap();
        }
        let base = verdict::told(&Some((NAMES[0], race.base.clone())));
        loop {
            let event = self.client.next_event();
            if heard(&event) == base {
                return;
            }
            let is_moving = race.save.saver == Saver::Move;
            assert!(is_moving, "told after the end of a race: {event}");
        }
    }

    /// What the stream tells, up to the state in which the files are.
    fn listen(&mut self, files: &[(String, String)]) -> Vec<Told> {
        let end = files
            .first()
            .map(|(name, text)| (name.clone(), revision(text.as_bytes())));
        let mut told = Vec::new();
        while let Some(event) = self.client.event_within(TOLD_WITHIN) {
            told.push(heard(&event));
            if told.last() == Some(&end) {
                break;
            }
        }
        told
    }
}

fn request(line: &mut Line, race: &Race) -> crate::support::Response {
    let (method, is_conditional) = race.call.parts();
    let tag = format!("\"{}\"", revision(race.base.as_bytes()));
    let condition = [("if-match", tag.as_str())];
    let headers = if is_conditional { &condition[..] } else { &[] };
    let token = &race.token;
    let body = match method {
        "PATCH" => Some(json!({"rest": token})),
        "PUT" => Some(json!({"title": token, "markdown_body": format!("{token}\n")})),
        _ => None,
    };
    line.request(method, TASK, headers, body.as_ref())
}

/// All files of a directory, temporary ones as well.
fn files(directory: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(directory).unwrap();
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        let bytes = std::fs::read(entry.path()).unwrap();
        let name = entry.file_name().into_string().unwrap();
        (name, String::from_utf8(bytes).unwrap())
    };
    entries.map(file).collect()
}

/// What an event tells.
fn heard(event: &Value) -> Told {
    let text = |key: &str| event["data"][key].as_str().unwrap().to_owned();
    (event["type"] != "task.deleted").then(|| (text("path"), text("revision")))
}

/// Races of one saver against every call, in memory and on the disk.
fn run(saver: Saver) {
    let n_races = asked_for("TASKMD_RACES", 300);
    let mut tracks = vec![Track::new(TempDir::new().unwrap(), 1)];
    if let Ok(folder) = TempDir::new_in(MEMORY) {
        tracks.push(Track::new(folder, 2));
    }
    let mut outcomes: BTreeMap<(Call, &str), usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for n in 0..n_races {
        let call = Call::ALL[n % Call::ALL.len()];
        let n_tracks = tracks.len();
        let track = &mut tracks[n / Call::ALL.len() % n_tracks];
        let (race, seen) = track.race(saver, call);
        let (outcome, what_is_wrong) = race.judge(&seen);
        track.learn(call, outcome == REST_FIRST);
        wrong.extend(what_is_wrong);
        *outcomes.entry((call, outcome)).or_default() += 1;
    }
    let table: String = outcomes
        .iter()
        .map(|((call, outcome), n)| format!("{saver:?} against {call:?}: {outcome}: {n}\n"))
        .collect();
    eprintln!("{table}");
    let n_wrong = wrong.len();
    wrong.truncate(5);
    assert!(n_wrong == 0, "{n_wrong} of {n_races}:\n{}", wrong.concat());
}

#[test]
fn a_save_by_rename() {
    run(Saver::Rename);
}

#[test]
fn a_save_in_place() {
    run(Saver::InPlace);
}

#[test]
fn a_save_over_the_old_bytes() {
    run(Saver::Overwrite);
}

#[test]
fn an_added_line() {
    run(Saver::Append);
}

#[test]
fn a_move_to_another_name() {
    run(Saver::Move);
}

#[test]
fn a_removal_and_a_new_file() {
    run(Saver::Recreate);
}
