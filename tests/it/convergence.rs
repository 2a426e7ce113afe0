//! Whatever is done to a folder, by hand and over REST at once, its clients end equal to it.
//!
//! A seeded storm: the same seed makes the same operations. `TASKMD_SEEDS=FROM..TO` runs other seeds than the few that
//! every test run does.

use crate::support::{Client, DEADLINE, QUIET, Server, eventually, put};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const OPERATIONS: u64 = 150;

/// xorshift64*: small, seeded, and good enough to choose operations with.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }
}

struct Storm {
    server: Server,
    dice: Dice,
    n_done: u64,
}

const DIRECTORIES: [&str; 4] = ["p", "p/x", "p/x/y", "p/z"];
const NAMES: [&str; 6] = ["a.md", "b.md", "c.md", "d.md", "TASK-001.md", "TASK-002.md"];

impl Storm {
    fn any_file(&mut self) -> PathBuf {
        let directory = *self.dice.pick(&DIRECTORIES);
        self.server
            .path(&format!("{directory}/{}", self.dice.pick(&NAMES)))
    }

    /// A text that is new each time; now and then with an id of its own, broken, or empty.
    fn any_text(&mut self) -> String {
        let n = self.n_done;
        match self.dice.roll(12) {
            0 => format!("---\nid: [broken {n}\n---\n"),
            1 => String::new(),
            2 => format!("# A note {n}\n"),
            3..=5 => format!(
                "---\nid: ID-{}\ntitle: t{n}\n---\nbody {n}\n",
                self.dice.roll(4)
            ),
            _ => format!("---\ntitle: t{n}\nstatus: open\n---\nbody {n}\n"),
        }
    }

    fn shell(&self, script: &str) {
        // Many operations meet nothing to work on; that is part of the storm.
        self.server
            .shell(&format!("{{ {script}; }} 2>/dev/null || true"));
    }

    fn step(&mut self) {
        self.n_done += 1;
        let file = self.any_file();
        let other = self.any_file();
        let text = self.any_text();
        let directory = *self.dice.pick(&DIRECTORIES[1..]);
        let (at, to) = (file.display(), other.display());
        match self.dice.roll(16) {
            0..=2 if file.parent().unwrap().is_dir() => put(&file, text.as_bytes()),
            3..=5 if file.parent().unwrap().is_dir() => {
                put(&file.with_extension("tmp"), text.as_bytes());
                self.shell(&format!(
                    "mv {}.tmp {at}",
                    file.with_extension("").display()
                ));
            }
            6 => self.shell(&format!("rm {at}")),
            7 => self.shell(&format!("mv {at} {to}")),
            8 => self.shell(&format!("cp {at} {to}")),
            9 => self.shell(&format!("mv {directory} aside && mv aside {directory}")),
            10 => self.shell(&format!("rm -r {directory}")),
            11 => self.shell(&format!(
                "cp -r {directory} p/copy && rm -r {directory} && mv p/copy {directory}"
            )),
            12 => self.shell(&format!("touch {at}; sed -i s/open/done/ {at}")),
            13 => self.request(
                "POST",
                "",
                json!({"title": format!("made {}", self.n_done)}),
            ),
            14 => {
                let id = *self
                    .dice
                    .pick(&["a", "ID-1", "ID-2", "TASK-001", "TASK-003"]);
                self.request(
                    "PATCH",
                    id,
                    json!({"title": format!("patched {}", self.n_done)}),
                );
            }
            15 if self.dice.roll(3) == 0 => self.request("DELETE", "TASK-001", json!({})),
            _ => self.shell(&format!(
                "mkdir -p {directory}; echo {} > {directory}/new.md",
                self.n_done
            )),
        }
    }

    fn request(&self, method: &str, id: &str, body: Value) {
        let path = format!(
            "/api/v1/projects/p/tasks{}{id}",
            if id.is_empty() { "" } else { "/" }
        );
        let status = self.server.request(method, &path, Some(body)).status;
        assert!(status != 0 && status != 500, "{method} {id}: {status}");
    }

    /// Removes what cannot be understood, for a server that starts anew knows no last good version of it.
    fn mend(&self) {
        for (path, _) in self.server.problems("p") {
            self.shell(&format!("rm -rf p/'{path}'"));
        }
    }
}

/// Reads events until what they add up to is what the server lists, and nothing more comes.
fn settle(storm: &Storm, clients: &mut [Client], seed: u64) {
    let started = Instant::now();
    loop {
        let mut is_quiet = true;
        for client in &mut *clients {
            while client.event_within(QUIET / 3).is_some() {
                is_quiet = false;
            }
        }
        let listed = storm.server.tasks("p");
        let is_equal = clients.iter().all(|client| *client.replay() == listed);
        if is_quiet && is_equal {
            return;
        }
        for client in &*clients {
            assert!(
                started.elapsed() < DEADLINE,
                "seed {seed}: {:#?}\n{listed:#?}",
                client.replay()
            );
        }
    }
}

/// What a file says, without what only the server that saw it knows.
fn said(tasks: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let strip = |mut task: Value| {
        for key in ["created_at", "updated_at"] {
            task.as_object_mut().unwrap().remove(key);
        }
        task
    };
    tasks
        .into_iter()
        .map(|(id, task)| (id, strip(task)))
        .collect()
}

fn storm(seed: u64) {
    let server = Server::start();
    let mut clients = [
        server.connect("p"),
        server.connect("p"),
        server.connect("p"),
    ];
    let dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut storm = Storm {
        server,
        dice,
        n_done: 0,
    };
    for _ in 0..OPERATIONS {
        storm.step();
        let pause = Duration::from_millis(storm.dice.roll(4) * storm.dice.roll(12));
        std::thread::sleep(pause);
    }
    settle(&storm, &mut clients, seed);
    eventually("nothing that is not understood is left", || {
        storm.mend();
        storm.server.problems("p").is_empty().then_some(())
    });
    settle(&storm, &mut clients, seed);
    let fresh = Server::over(&storm.server.path("."), &[]);
    assert_eq!(
        said(fresh.tasks("p")),
        said(storm.server.tasks("p")),
        "seed {seed}"
    );
    let [first, rest @ ..] = &clients;
    for client in rest {
        assert_eq!(
            client.history(),
            first.history(),
            "seed {seed}: one order for all"
        );
    }
    let gapless: Vec<u64> = (1..=first.history().len() as u64).collect();
    let numbers: Vec<u64> = first
        .history()
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, gapless, "seed {seed}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may be asked for more")]
fn clients_end_equal_to_the_folder() {
    let seeds = std::env::var("TASKMD_SEEDS").unwrap_or_else(|_| "1..9".to_owned());
    let (from, to) = seeds.split_once("..").unwrap();
    let seeds: Vec<u64> = (from.parse().unwrap()..to.parse().unwrap()).collect();
    std::thread::scope(|scope| {
        for chunk in seeds.chunks(seeds.len().div_ceil(8)) {
            scope.spawn(|| chunk.iter().for_each(|seed| storm(*seed)));
        }
    });
}
