//! The operations of a storm.

use super::{ASIDE, DIRECTORIES, IDS, NAMES, PROJECTS, Storm, remove, rename};
use crate::check;
use crate::editor::{self, MANNERS, Manner};
use crate::machine;
use crate::model;
use crate::rest::{self, Race};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;

impl Storm {
    pub(super) fn operate(&mut self) {
        match self.dice.roll(100) {
            0..30 => self.save(),
            30..34 => self.append(),
            34..38 => self.move_file(),
            38..41 => self.copy_file(),
            41..45 => self.remove_file(),
            45..48 => self.nothing(),
            48..52 => self.move_directory(),
            52..54 => self.remove_directory(),
            54..57 => self.new_directory(),
            57..59 => self.settings(),
            59..60 => self.link(),
            60..66 => self.post(),
            66..74 => self.patch(),
            74..77 => self.put(),
            77..79 => self.delete(),
            79..91 => self.race(),
            91..93 => self.move_project(),
            93..94 => self.stop_for_a_moment(),
            94..97 => self.git(),
            97..98 => self.fill_the_disk(),
            _ => match self.dice.roll(20) {
                0..3 => self.crash_in_flight(),
                3 => self.overflow(),
                _ => self.save(),
            },
        }
    }

    fn any_file(&mut self) -> String {
        let directory = self.dice.pick(&DIRECTORIES);
        format!("{directory}/{}", self.dice.pick(&NAMES))
    }

    /// A file of the model, or one that may not be there.
    fn known_file(&mut self) -> String {
        let project = self.dice.pick(&PROJECTS);
        let paths = self.model.paths(project);
        if paths.is_empty() || self.dice.one_in(8) {
            return self.any_file();
        }
        let index = self.dice.roll(paths.len() as u64);
        paths[usize::try_from(index).unwrap()].clone()
    }

    fn has_parent(&self, path: &str) -> bool {
        let (parent, _) = path.rsplit_once('/').unwrap();
        self.is_dir(parent)
    }

    /// A body that nobody has written before, and that shows where it is torn.
    fn any_body(&mut self) -> String {
        let n = self.n_done;
        let filling = match self.dice.roll(12) {
            0 => "filling ".repeat(7_000),
            1..4 => "line\n".repeat(20),
            _ => String::new(),
        };
        format!("begin {n}\n{filling}\nend {n}\n")
    }

    /// A text that is new each time; now and then with an id of its own, broken, or empty.
    fn any_text(&mut self) -> String {
        let (n, body) = (self.n_done, self.any_body());
        match self.dice.roll(16) {
            0 => format!("---\nid: [broken {n}\n---\n{body}"),
            1 => String::new(),
            2 => format!("# A note {n}\n\n{body}"),
            3..6 => format!(
                "---\nid: ID-{}\ntitle: t{n}\n---\n{body}",
                self.dice.roll(4)
            ),
            6 => format!("---\r\ntitle: t{n}\r\nstatus: open\r\n---\r\nbegin {n}\r\nend {n}\r\n"),
            7 => format!("---\n# a comment\ntitle: t{n} # another\n\ntags: [a, b]\n---\n\n{body}"),
            _ => format!("---\ntitle: t{n}\nstatus: open\n---\n{body}"),
        }
    }

    fn save(&mut self) {
        let path = if self.dice.one_in(3) {
            self.any_file()
        } else {
            self.known_file()
        };
        let (text, manner) = (self.any_text(), self.dice.pick(&MANNERS));
        if self.has_parent(&path) {
            self.tell(format!(
                "save {path} {manner:?} {:.40}",
                text.replace('\n', "|")
            ));
            editor::save(&self.root(&path), &text, manner).unwrap();
            self.model.saved(&path, &text);
        }
    }

    fn append(&mut self) {
        let path = self.known_file();
        if self.model.body(&path).is_some() {
            self.tell(format!("append {path}"));
            let more = format!("more {}\n", self.n_done);
            editor::append(&self.root(&path), &more).unwrap();
            let text = fs::read_to_string(self.root(&path)).unwrap();
            let mark = model::value(&text, "mark");
            self.model.saved(&path, &text);
            if let Some(mark) = mark {
                self.model.marked(&path, &mark);
            }
        }
    }

    fn move_file(&mut self) {
        let (from, to) = (self.known_file(), self.any_file());
        if self.model.body(&from).is_some() && self.has_parent(&to) && from != to {
            self.tell(format!("mv {from} {to}"));
            rename(&self.root(&from), &self.root(&to));
            self.model.moved(&from, &to);
        }
    }

    fn copy_file(&mut self) {
        let (from, to) = (self.known_file(), self.any_file());
        if self.model.body(&from).is_some() && self.has_parent(&to) && from != to {
            self.tell(format!("cp {from} {to}"));
            let text = fs::read_to_string(self.root(&from)).unwrap();
            editor::save(&self.root(&to), &text, Manner::InPlace).unwrap();
            self.model.saved(&to, &text);
        }
    }

    fn remove_file(&mut self) {
        let path = self.known_file();
        self.tell(format!("rm {path}"));
        remove(&self.root(&path));
        self.model.removed(&path);
    }

    /// What is no change: a touch, a rewrite of the same bytes, a file that is no task.
    fn nothing(&mut self) {
        let path = self.known_file();
        let file = self.root(&path);
        let Ok(text) = fs::read_to_string(&file) else {
            return;
        };
        self.tell(format!("nothing {path}"));
        match self.dice.roll(3) {
            0 => drop(fs::File::options().append(true).open(&file).unwrap()),
            1 => editor::save(&file, &text, Manner::ByRename).unwrap(),
            _ => editor::save(&file.with_extension("txt"), &text, Manner::InPlace).unwrap(),
        }
    }

    fn move_directory(&mut self) {
        if self.dice.one_in(3) && !self.aside.is_empty() {
            return self.bring_back();
        }
        let from = self.dice.pick(&["p/x", "p/x/y", "p/z", "q/w"]);
        let to = match self.dice.roll(3) {
            0 => format!("{from}2"),
            1 => "q/from-p".to_owned(),
            _ => format!("{ASIDE}/{}", self.n_done),
        };
        if !self.is_dir(from) || !self.has_parent(&to) || self.root(&to).exists() {
            return;
        }
        self.tell(format!("mv {from}/ {to}/"));
        rename(&self.root(from), &self.root(&to));
        self.model.moved(from, &to);
        if to.starts_with(ASIDE) {
            self.aside.push((to, from.to_owned()));
        }
    }

    fn remove_directory(&mut self) {
        let directory = self
            .dice
            .pick(&["p/x", "p/x/y", "p/z", "q/w", "q/from-p", "p/x2"]);
        if self.is_dir(directory) {
            self.tell(format!("rm -r {directory}"));
            remove(&self.root(directory));
            self.model.removed_below(directory);
        }
    }

    fn new_directory(&mut self) {
        let directory = self.dice.pick(&DIRECTORIES);
        let (project, _) = directory.split_once('/').unwrap_or((directory, ""));
        if !self.is_dir(project) {
            return;
        }
        self.tell(format!("mkdir -p {directory}, with files"));
        fs::create_dir_all(self.root(directory)).unwrap();
        for n in 0..=self.dice.roll(4) {
            let (path, text) = (format!("{directory}/new{n}.md"), self.any_text());
            editor::save(&self.root(&path), &text, Manner::InPlace).unwrap();
            self.model.saved(&path, &text);
        }
    }

    fn settings(&mut self) {
        let project = self.dice.pick(&PROJECTS);
        if !self.is_dir(project) {
            return;
        }
        let (name, text) = match self.dice.roll(6) {
            0 => ("project.yaml", "default_status: todo\n"),
            1 => ("project.yaml", "default_status: open\nname: P\n"),
            2 => ("project.yaml", "default_status: [broken\n"),
            3 => (".taskmdignore", "z/\n"),
            4 => (".taskmdignore", ""),
            _ => ("project.yaml", ""),
        };
        self.tell(format!("{project}/{name}: {text}"));
        let file = self.root(&format!("{project}/{name}"));
        if text.is_empty() {
            remove(&file);
        } else {
            let manner = self.dice.pick(&MANNERS);
            editor::save(&file, text, manner).unwrap();
        }
    }

    fn link(&mut self) {
        let path = self.any_file().replace(".md", "-link.md");
        if self.has_parent(&path) && !self.root(&path).exists() {
            self.tell(format!("ln -s {path}"));
            drop(std::os::unix::fs::symlink("/etc/hosts", self.root(&path)));
        }
    }

    fn post(&mut self) {
        let (project, body) = (self.dice.pick(&PROJECTS), self.any_body());
        let title = format!("made {}", self.n_done);
        let task = json!({"title": title, "markdown_body": body});
        let answer = rest::send(&self.server, "POST", project, None, None, Some(&task));
        self.tell(format!("POST {project}: {}", answer.status));
        self.count(&answer);
        self.take_in(project, &answer);
    }

    /// Takes a task that REST has written into the model.
    fn take_in(&mut self, project: &str, answer: &rest::Answer) {
        if !matches!(answer.status, 200 | 201) {
            return;
        }
        let task = answer.json();
        let path = format!("{project}/{}", task["path"].as_str().unwrap());
        let text = fs::read_to_string(self.root(&path)).unwrap();
        let (is, must) = (
            model::body(&text).trim(),
            task["markdown_body"].as_str().unwrap(),
        );
        assert_eq!(is, must.trim(), "{path} is not what was answered");
        self.model.saved(&path, &text);
        if let Some(mark) = model::value(&text, "mark") {
            self.model.marked(&path, &mark);
        }
    }

    fn patch(&mut self) {
        let (project, id) = (self.dice.pick(&PROJECTS), self.dice.pick(&IDS));
        let mark = format!("m{}", self.n_done);
        let revision = match self.dice.roll(4) {
            0 => Some("b3-00000000000000000000000000000000".to_owned()),
            1 => self
                .server
                .tasks(project)
                .get(id)
                .map(|task| task["revision"].as_str().unwrap().to_owned()),
            _ => None,
        };
        let patch = json!({"mark": mark});
        let answer = rest::send(
            &self.server,
            "PATCH",
            project,
            Some(id),
            revision.as_deref(),
            Some(&patch),
        );
        self.tell(format!("PATCH {project}/{id}: {}", answer.status));
        self.count(&answer);
        if answer.status == 200 {
            let path = format!("{project}/{}", answer.json()["path"].as_str().unwrap());
            self.model.marked(&path, &mark);
        }
    }

    fn put(&mut self) {
        let (project, id) = (self.dice.pick(&PROJECTS), self.dice.pick(&IDS));
        let (title, body) = (format!("put {}", self.n_done), self.any_body());
        let task = json!({"title": title, "status": "open", "markdown_body": body});
        let answer = rest::send(&self.server, "PUT", project, Some(id), None, Some(&task));
        self.tell(format!("PUT {project}/{id}: {}", answer.status));
        self.count(&answer);
        self.take_in(project, &answer);
    }

    fn delete(&mut self) {
        let (project, id) = (self.dice.pick(&PROJECTS), self.dice.pick(&IDS));
        if !self.is_dir(project) {
            return;
        }
        let (tasks, _) = check::synced(&self.server, project);
        let Some(task) = tasks.get(id) else { return };
        let answer = rest::send(&self.server, "DELETE", project, Some(id), None, None);
        self.tell(format!("DELETE {project}/{id}: {}", answer.status));
        self.count(&answer);
        if answer.status == 204 {
            let path = format!("{project}/{}", task["path"].as_str().unwrap());
            assert!(!self.root(&path).exists(), "{path} is still there");
            self.model.removed(&path);
        }
    }

    /// An editor and REST at the same file at the same moment.
    fn race(&mut self) {
        let project = self.dice.pick(&PROJECTS);
        if !self.is_dir(project) {
            return;
        }
        let (tasks, _) = check::synced(&self.server, project);
        let sound: Vec<Value> = tasks
            .into_values()
            .filter(|task| task.get("problem").is_none())
            .collect();
        if sound.is_empty() {
            return;
        }
        let index = self.dice.roll(sound.len() as u64);
        let task = &sound[usize::try_from(index).unwrap()];
        let (id, n, body) = (task["id"].as_str().unwrap(), self.n_done, self.any_body());
        let race = Race {
            server: &self.server,
            root: self.ground.path(),
            project,
            task,
            manner: self.dice.pick(&MANNERS),
            text: &format!("---\nid: {id}\ntitle: t{n}\nstatus: open\n---\n{body}"),
            mark: &format!("r{n}"),
            is_conditional: self.dice.one_in(2),
            removes: self.dice.one_in(5),
            head_start: i64::try_from(self.dice.roll(600)).unwrap() - 300,
        };
        let what = format!(
            "race {project}/{} {:?} removes {} conditional {} head start {}",
            task["path"], race.manner, race.removes, race.is_conditional, race.head_start
        );
        let answer = race.run(&mut self.model);
        self.tell(format!("{what}: {}", answer.status));
        self.count(&answer);
    }

    /// A project's directory goes, and comes back, now or later, as it was or not.
    fn move_project(&mut self) {
        let project = self.dice.pick(&PROJECTS);
        if !self.is_dir(project) {
            return self.bring_back();
        }
        if self.dice.one_in(3) {
            self.tell(format!("rm -r {project}, and made again"));
            remove(&self.root(project));
            self.model.removed_below(project);
            fs::create_dir(self.root(project)).unwrap();
            return;
        }
        // What is in it is aside with it.
        self.bring_back();
        let aside = format!("{ASIDE}/{}", self.n_done);
        self.tell(format!("mv {project}/ {aside}/"));
        rename(&self.root(project), &self.root(&aside));
        self.model.moved(project, &aside);
        if self.dice.one_in(2) {
            let (path, text) = (format!("{aside}/a.md"), self.any_text());
            editor::save(&self.root(&path), &text, Manner::InPlace).unwrap();
            self.model.saved(&path, &text);
        }
        self.aside.push((aside, project.to_owned()));
        if self.dice.one_in(2) {
            self.bring_back();
        }
    }

    fn stop_for_a_moment(&mut self) {
        self.tell("SIGSTOP");
        machine::signal(self.server.pid(), Signal::STOP);
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
    fn overflow(&mut self) {
        if !self.is_dir("p") {
            return;
        }
        self.tell("overflow");
        self.tally.n_overflows += 1;
        machine::signal(self.server.pid(), Signal::STOP);
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

    fn git(&mut self) {
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
    fn fill_the_disk(&mut self) {
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
    fn crash_in_flight(&mut self) {
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

    fn settle_flight(&mut self, kind: u64, n: u64) {
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
