//! What befalls a server: it is stopped, killed, flooded, its disk is full, and git turns its folders over.

use crate::editor::{self, Manner};
use crate::machine;
use crate::model;
use crate::rest;
use crate::storm::{IDS, Storm, remove};
use rustix::process::Signal;
use std::fs;
use std::io::Write;

impl Storm {
    pub(super) fn stop_for_a_moment(&mut self) {
        self.tell("SIGSTOP");
        machine::stop(self.server.pid());
        for _ in 0..self.dice.roll(8) {
            match self.dice.roll(4) {
                0 => self.move_directory(),
                1 => self.remove_file(),
                2 => self.new_directory(),
                _ => self.save(),
            }
        }
        self.tell("SIGCONT");
        machine::signal(self.server.pid(), Signal::CONT);
    }

    /// The kernel's queue runs over while the server does not read it.
    pub(super) fn overflow(&mut self) {
        if !self.is_dir("p") {
            return;
        }
        self.tell("overflow");
        self.tally.n_overflows += 1;
        machine::stop(self.server.pid());
        let flooded = "p/flood.md";
        editor::flood(&self.root(flooded));
        self.model.saved(flooded, "# flood 5999\n");
        for _ in 0..5 {
            self.save();
            self.remove_file();
            self.new_directory();
        }
        self.tell("overflow ends");
        machine::signal(self.server.pid(), Signal::CONT);
    }

    pub(super) fn git(&mut self) {
        if !self.uses_git || !self.is_dir("p") {
            return;
        }
        let folder = self.root("p");
        if !folder.join(".git").exists() {
            machine::git(&folder, &["init", "-q", "-b", "main"]);
        }
        let branch = self.dice.pick(&["main", "one", "two"]);
        let commands: &[&[&str]] = match self.dice.roll(5) {
            0 => &[
                &["add", "-A"],
                &["commit", "-qm", "all"],
                &["branch", "one"],
                &["branch", "two"],
            ],
            1 => &[
                &["add", "-A"],
                &["commit", "-qm", "all"],
                &["checkout", "-q", branch],
            ],
            2 => &[&["checkout", "-qf", branch]],
            3 => &[&["stash", "-q", "-u"], &["stash", "pop", "-q"]],
            _ => &[&["reset", "-q", "--hard"], &["clean", "-qfd"]],
        };
        self.tell(format!("git {commands:?}"));
        for command in commands {
            machine::git(&folder, command);
        }
        self.model.adopt(self.ground.path(), "p");
    }

    /// No room for a while: what cannot be written is refused, and stays as it was.
    pub(super) fn fill_the_disk(&mut self) {
        if !self.ground.is_disk() {
            return;
        }
        self.tell("the disk is full");
        let ballast = self.root(".ballast");
        let mut file = fs::File::create(&ballast).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        for _ in 0..6 {
            match self.dice.roll(4) {
                0 => self.post(),
                1 => self.put(),
                2 => self.patch(),
                _ => {
                    let (path, text) = (self.known_file(), self.any_text());
                    if self.has_parent(&path)
                        && editor::save(&self.root(&path), &text, Manner::ByRename).is_ok()
                    {
                        self.model.saved(&path, &text);
                    }
                }
            }
        }
        // Emptied first: a process that another thread has just forked may hold it for a moment.
        file.set_len(0).unwrap();
        drop(file);
        remove(&ballast);
        self.tell("there is room again");
    }

    /// The server is killed while it writes.
    pub(super) fn crash_in_flight(&mut self) {
        let (id, n) = (self.dice.pick(&IDS), self.n_done);
        let delay = std::time::Duration::from_micros(self.dice.roll(3_000));
        let kind = self.dice.roll(3);
        let (path, head) = match kind {
            0 => ("/api/v1/projects/p/tasks".to_owned(), "POST"),
            1 => (format!("/api/v1/projects/p/tasks/{id}"), "PATCH"),
            _ => (format!("/api/v1/projects/p/tasks/{id}"), "DELETE"),
        };
        let body = format!(r#"{{"title":"crash {n}"}}"#);
        self.tell(format!("{head} {path} in flight"));
        let (address, pid) = (self.server.address(), self.server.pid());
        std::thread::scope(|scope| {
            scope.spawn(|| rest::shout(address, head, &path, &body));
            std::thread::sleep(delay);
            machine::signal(pid, Signal::KILL);
        });
        self.crash();
        // It happened, or it did not; nothing else may differ. What it left is cleared up by now.
        self.settle_flight(kind, n);
    }

    pub(super) fn settle_flight(&mut self, kind: u64, n: u64) {
        let there = model::files(self.ground.path(), "p");
        for path in self.model.paths("p") {
            if kind == 2 && !there.contains_key(&path) {
                self.model.removed(&path);
            }
        }
        let title = format!("crash {n}");
        for (path, text) in there {
            let is_known = self.model.body(&path).is_some();
            if !is_known
                && kind == 0
                && model::value(&text, "title").as_deref() == Some(title.as_str())
            {
                self.model.saved(&path, &text);
            }
        }
    }
}
