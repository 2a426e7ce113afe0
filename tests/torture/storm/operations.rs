//! The operations of a storm: here, what hands do to files and directories.

mod mishaps;
mod requests;

use super::{ASIDE, DIRECTORIES, NAMES, PROJECTS, Storm, remove, rename};
use crate::editor::{self, MANNERS, Manner};
use crate::model;
use std::fs;

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
}
