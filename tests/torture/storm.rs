//! The storm of one seed: which operation comes next, and what everybody must hold afterwards.

mod operations;

use crate::Tally;
use crate::check;
use crate::machine::Ground;
use crate::model::Model;
use crate::support::{Client, Response, Server, eventually};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The directories that files are made in. The first of each project is its root.
const DIRECTORIES: [&str; 6] = ["p", "p/x", "p/x/y", "p/z", "q", "q/w"];
const PROJECTS: [&str; 2] = ["p", "q"];
const NAMES: [&str; 6] = ["a.md", "b.md", "c.md", "d.md", "TASK-001.md", "TASK-002.md"];
const IDS: [&str; 8] = ["a", "b", "c", "d", "TASK-001", "TASK-002", "ID-1", "ID-2"];
/// Longer than this to come to rest is worth a word.
const REST_MAX: Duration = Duration::from_secs(2);
/// Where directories are moved to for a while: hidden, so no project.
const ASIDE: &str = ".aside";

/// xorshift64*: small, seeded, and good enough to choose operations with.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

/// One seed's folder, server, clients, and what is known of them.
pub struct Storm {
    seed: u64,
    dice: Dice,
    /// Ended before the folder goes.
    server: Server,
    clients: Vec<(&'static str, Client)>,
    ground: Ground,
    model: Model,
    /// Directories that were moved aside: where they are, and where they were.
    aside: Vec<(String, String)>,
    /// What was done and when, in seconds from the start.
    story: Vec<String>,
    started: Instant,
    n_done: u64,
    uses_git: bool,
    tally: Tally,
}

impl Storm {
    /// A server over two empty projects, with two clients of the one and one of the other.
    pub fn start(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let ground = Ground::new(dice.one_in(2));
        for directory in ["p", "q", ASIDE] {
            fs::create_dir(ground.path().join(directory)).unwrap();
        }
        let server = Server::over(ground.path(), &[]);
        let uses_git = dice.one_in(4);
        let mut storm = Self {
            seed,
            dice,
            server,
            clients: Vec::new(),
            ground,
            model: Model::default(),
            aside: Vec::new(),
            story: Vec::new(),
            started: Instant::now(),
            n_done: 0,
            uses_git,
            tally: Tally::default(),
        };
        storm.connect();
        storm
    }

    fn connect(&mut self) {
        self.clients = ["p", "p", "q"]
            .map(|project| (project, self.server.connect(project)))
            .into();
    }

    /// Does one thing, whatever the dice say, and waits a little.
    pub fn step(&mut self) {
        self.n_done += 1;
        self.tally.n_ops += 1;
        self.operate();
        // Sometimes none, so that things meet; sometimes enough for the watcher to have taken them in.
        let pause = self.dice.roll(3) * self.dice.roll(10);
        std::thread::sleep(Duration::from_millis(pause));
    }

    fn tell(&mut self, what: impl Into<String>) {
        let seconds = self.started.elapsed().as_secs_f64();
        let line = format!("{:>4} {seconds:>6.2} {}", self.n_done, what.into());
        self.story.push(line);
    }

    fn root(&self, path: &str) -> PathBuf {
        self.ground.path().join(path)
    }

    fn is_dir(&self, path: &str) -> bool {
        self.root(path).is_dir()
    }

    fn count(&mut self, answer: &Response) {
        *self.tally.answers.entry(answer.status).or_default() += 1;
    }

    /// Comes to rest, mends what cannot be understood, and makes sure that all agree.
    pub fn rest(&mut self) {
        self.bring_back();
        for project in PROJECTS {
            fs::create_dir_all(self.root(project)).unwrap();
        }
        let mut since = Instant::now();
        while self.mend() {
            since = Instant::now();
        }
        for project in PROJECTS {
            let of_project = self.clients.iter_mut().filter(|(of, _)| *of == project);
            let mut clients: Vec<_> = of_project.map(|(_, client)| client).collect();
            check::project(self.ground.path(), &self.server, project, &mut clients);
            self.model.check(self.ground.path(), project);
        }
        let time = since.elapsed();
        if time > REST_MAX {
            eprintln!(
                "seed {}: at rest after {time:?} only, at {}",
                self.seed, self.n_done
            );
        }
        self.tally.rests.push(time);
        self.check_streams();
    }

    /// Rests once more, after a crash: nothing is left of the server's own, and a fresh server says the same.
    pub fn end(&mut self) {
        check::afresh(self.ground.path(), &self.server, &PROJECTS);
        self.crash();
        self.rest();
        check::no_leftovers(self.ground.path());
        self.count_events();
    }

    fn check_streams(&self) {
        for project in PROJECTS {
            let of_project = self.clients.iter().filter(|(of, _)| *of == project);
            check::streams(&of_project.map(|(_, client)| client).collect::<Vec<_>>());
        }
    }

    fn count_events(&mut self) {
        let events = self
            .clients
            .iter()
            .map(|(_, client)| client.history().len());
        self.tally.n_events += events.sum::<usize>() as u64;
    }

    /// Removes what cannot be understood, for a server that starts anew knows no last good version of it. True when
    /// there was something.
    fn mend(&mut self) -> bool {
        let mut has_mended = false;
        for project in PROJECTS {
            let path = format!("/api/v1/projects/{project}/problems?sync=1");
            let problems = eventually("the problems can be listed", || {
                let answer = self.server.get(&path);
                (answer.status == 200).then(|| answer.json())
            });
            let problems: &Vec<Value> = problems["problems"].as_array().unwrap();
            for problem in problems {
                let path = format!("{project}/{}", problem["path"].as_str().unwrap());
                self.tell(format!("mend {path}: {}", problem["code"]));
                has_mended = true;
                remove(&self.root(&path));
                self.model.removed(&path);
            }
        }
        has_mended
    }

    /// Moves back what was moved aside, where there is room.
    fn bring_back(&mut self) {
        // The last first: it may have been in an earlier one.
        while let Some((from, to)) = self.aside.pop() {
            let parent = self.root(&to).parent().unwrap().to_owned();
            if !parent.is_dir() || self.root(&to).exists() {
                self.model.removed_below(&from);
                remove(&self.root(&from));
                continue;
            }
            self.tell(format!("back {from} {to}"));
            rename(&self.root(&from), &self.root(&to));
            self.model.moved(&from, &to);
        }
    }

    /// Ends the server without a word, and starts another.
    fn crash(&mut self) {
        // A server that starts knows no project that is not there, and refuses its clients.
        self.bring_back();
        for project in PROJECTS {
            fs::create_dir_all(self.root(project)).unwrap();
        }
        self.tell("kill -9");
        self.tally.n_restarts += 1;
        self.check_streams();
        self.count_events();
        self.clients.clear();
        self.server.kill();
        self.server = Server::over(self.ground.path(), &[]);
        self.connect();
    }

    /// What was done, in order, and what the server said of it.
    pub fn story(&self) -> String {
        format!("{}\n{}", self.story.join("\n"), self.server.said())
    }

    /// Keeps the folder.
    pub fn keep(&self) -> PathBuf {
        self.ground.keep()
    }

    /// What it adds up to.
    pub fn into_tally(self) -> Tally {
        self.tally
    }
}

/// Removes a file or a directory with all that is in it.
#[expect(clippy::disallowed_methods, reason = "the test is the editor")]
fn remove(path: &std::path::Path) {
    if path.is_dir() && !path.is_symlink() {
        fs::remove_dir_all(path).unwrap();
    } else if fs::remove_file(path).is_err() {
        // It went meanwhile, or was never there.
    }
}

#[expect(clippy::disallowed_methods, reason = "the test is the editor")]
fn rename(from: &std::path::Path, to: &std::path::Path) {
    fs::rename(from, to).unwrap();
}
