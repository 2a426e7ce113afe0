//! A hand that changes the folder in every way, and knows what must be answered from then on.

use crate::dice::Dice;
use crate::support::{Response, Server, put};
use rustix::fs;
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What a GET must answer.
pub struct Claim {
    /// What was done.
    pub deed: Deed,
    /// What is asked, without its query.
    pub path: String,
    /// Is it answered?
    pub holds: Box<dyn Fn(&Response) -> bool>,
}

/// A way of changing the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    InPlace,
    ByRename,
    Append,
    Delete,
    Create,
    Rename,
    NewDirectory,
    MovedIn,
    MovedDirectory,
    RemovedDirectory,
    Settings,
    Break,
    Mend,
    NewProject,
}

/// The deeds, the frequent ones more than once: a new project stays for ever, and a broken file is believed late.
const DEEDS: [Deed; 22] = [
    Deed::InPlace,
    Deed::InPlace,
    Deed::InPlace,
    Deed::ByRename,
    Deed::ByRename,
    Deed::ByRename,
    Deed::Append,
    Deed::Append,
    Deed::Create,
    Deed::Create,
    Deed::Delete,
    Deed::Rename,
    Deed::Rename,
    Deed::NewDirectory,
    Deed::MovedIn,
    Deed::MovedIn,
    Deed::MovedDirectory,
    Deed::RemovedDirectory,
    Deed::Settings,
    Deed::Break,
    Deed::Mend,
    Deed::NewProject,
];

const TASKS: &str = "/api/v1/projects/p/tasks";
const PROBLEMS: &str = "/api/v1/projects/p/problems";

/// The hand, and where it has put what.
pub struct Hand {
    root: PathBuf,
    dice: Dice,
    n_done: usize,
    /// Tasks by id, with the paths of their files.
    tasks: Vec<(String, String)>,
    /// Directories, each with one task.
    directories: Vec<(String, String)>,
    /// Files that cannot be understood.
    broken: Vec<String>,
}

impl Hand {
    /// A hand at this server's project `p`, in which it alone is at work.
    pub fn new(server: &Server, seed: u64) -> Self {
        Self {
            root: server.path(""),
            dice: Dice::new(seed),
            n_done: 0,
            tasks: Vec::new(),
            directories: Vec::new(),
            broken: Vec::new(),
        }
    }

    /// Does something, and claims what is so from now on.
    pub fn act(&mut self) -> Claim {
        self.n_done += 1;
        let deed = *self.dice.pick(&DEEDS);
        match deed {
            Deed::InPlace | Deed::ByRename | Deed::Append | Deed::Delete | Deed::Rename
                if self.tasks.is_empty() =>
            {
                self.create()
            }
            Deed::MovedDirectory | Deed::RemovedDirectory if self.directories.is_empty() => {
                self.new_directory(Deed::NewDirectory)
            }
            Deed::Mend if self.broken.is_empty() => self.break_one(),
            Deed::InPlace | Deed::ByRename | Deed::Append => self.save(deed),
            Deed::Create => self.create(),
            Deed::Delete => self.delete(),
            Deed::Rename => self.rename(),
            Deed::NewDirectory | Deed::MovedIn => self.new_directory(deed),
            Deed::MovedDirectory => self.move_directory(),
            Deed::RemovedDirectory => self.remove_directory(),
            Deed::Settings => self.settings(),
            Deed::Break => self.break_one(),
            Deed::Mend => self.mend(),
            Deed::NewProject => self.new_project(),
        }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join("p").join(path)
    }

    fn text(&self, id: &str) -> String {
        format!("---\nid: {id}\ntitle: title {}\n---\n\nbody\n", self.n_done)
    }

    /// The task, asked for by itself or in the list, is this in one field.
    fn claim(&mut self, deed: Deed, id: &str, field: &'static str, value: &str) -> Claim {
        let (id, value) = (id.to_owned(), value.to_owned());
        let is_listed = self.dice.roll(3) == 0;
        let path = if is_listed {
            TASKS.to_owned()
        } else {
            format!("{TASKS}/{id}")
        };
        let holds = move |response: &Response| {
            let answer = response.json();
            let task = if is_listed {
                listed(&answer, &id)
            } else {
                Some(&answer)
            };
            let text = task.and_then(|task| task[field].as_str());
            text.is_some_and(|text| {
                text == value || field == "markdown_body" && text.contains(&value)
            })
        };
        Claim {
            deed,
            path,
            holds: Box::new(holds),
        }
    }

    /// There is no such task.
    fn claim_gone(&mut self, deed: Deed, id: String) -> Claim {
        let is_listed = self.dice.roll(3) == 0;
        let path = if is_listed {
            TASKS.to_owned()
        } else {
            format!("{TASKS}/{id}")
        };
        let holds = move |response: &Response| match is_listed {
            true => listed(&response.json(), &id).is_none(),
            false => response.status == 404,
        };
        Claim {
            deed,
            path,
            holds: Box::new(holds),
        }
    }

    fn create(&mut self) -> Claim {
        let id = format!("c{}", self.n_done);
        let path = format!("{id}.md");
        let text = self.text(&id);
        put(&self.at(&path), text.as_bytes());
        self.tasks.push((id.clone(), path));
        self.claim(
            Deed::Create,
            &id,
            "title",
            &format!("title {}", self.n_done),
        )
    }

    fn save(&mut self, deed: Deed) -> Claim {
        let (id, path) = self.dice.pick(&self.tasks).clone();
        let (file, text) = (self.at(&path), self.text(&id));
        let title = format!("title {}", self.n_done);
        match deed {
            Deed::ByRename => {
                let temporary = self.at(".save");
                put(&temporary, text.as_bytes());
                fs::rename(temporary, file).unwrap();
            }
            Deed::Append => {
                let line = format!("appended {}\n", self.n_done);
                let mut file = std::fs::File::options().append(true).open(file).unwrap();
                file.write_all(line.as_bytes()).unwrap();
                return self.claim(deed, &id, "markdown_body", &line);
            }
            _ => put(&file, text.as_bytes()),
        }
        self.claim(deed, &id, "title", &title)
    }

    fn delete(&mut self) -> Claim {
        let (id, path) = self.tasks.swap_remove(self.dice.index(self.tasks.len()));
        fs::unlink(self.at(&path)).unwrap();
        self.claim_gone(Deed::Delete, id)
    }

    fn rename(&mut self) -> Claim {
        let at = self.dice.index(self.tasks.len());
        let (id, from) = self.tasks[at].clone();
        let to = format!("renamed{}.md", self.n_done);
        fs::rename(self.at(&from), self.at(&to)).unwrap();
        self.tasks[at].1.clone_from(&to);
        self.claim(Deed::Rename, &id, "path", &to)
    }

    /// A directory with a task two levels down, made here or moved here as a whole.
    fn new_directory(&mut self, deed: Deed) -> Claim {
        let (id, name) = (format!("d{}", self.n_done), format!("dir{}", self.n_done));
        let built = match deed {
            Deed::MovedIn => self.root.join(".aside"),
            _ => self.at(&name),
        };
        std::fs::create_dir_all(built.join("deep")).unwrap();
        let text = self.text(&id);
        put(&built.join("deep/task.md"), text.as_bytes());
        if deed == Deed::MovedIn {
            fs::rename(built, self.at(&name)).unwrap();
        }
        self.directories.push((id.clone(), name.clone()));
        self.claim(deed, &id, "path", &format!("{name}/deep/task.md"))
    }

    fn move_directory(&mut self) -> Claim {
        let at = self.dice.index(self.directories.len());
        let (id, from) = self.directories[at].clone();
        let to = format!("moved{}", self.n_done);
        fs::rename(self.at(&from), self.at(&to)).unwrap();
        self.directories[at].1.clone_from(&to);
        self.claim(
            Deed::MovedDirectory,
            &id,
            "path",
            &format!("{to}/deep/task.md"),
        )
    }

    fn remove_directory(&mut self) -> Claim {
        let at = self.dice.index(self.directories.len());
        let (id, name) = self.directories.swap_remove(at);
        std::fs::remove_dir_all(self.at(&name)).unwrap();
        self.claim_gone(Deed::RemovedDirectory, id)
    }

    /// Another default is what a task without a status has.
    fn settings(&mut self) -> Claim {
        let status = format!("status{}", self.n_done);
        let plain = self.at("plain.md");
        if !plain.exists() {
            put(&plain, b"A note.\n");
        }
        let text = format!("default_status: {status}\n");
        put(&self.at("project.yaml"), text.as_bytes());
        self.claim(Deed::Settings, "plain", "status", &status)
    }

    fn break_one(&mut self) -> Claim {
        let path = if self.dice.roll(4) == 0 && !self.tasks.is_empty() {
            self.tasks.swap_remove(self.dice.index(self.tasks.len())).1
        } else {
            format!("broken{}.md", self.n_done)
        };
        put(&self.at(&path), b"---\ntitle: [never closed\n---\n");
        self.broken.push(path.clone());
        claim_problem(Deed::Break, path, true)
    }

    fn mend(&mut self) -> Claim {
        let path = self.broken.swap_remove(self.dice.index(self.broken.len()));
        put(&self.at(&path), b"A note.\n");
        claim_problem(Deed::Mend, path, false)
    }

    fn new_project(&mut self) -> Claim {
        let id = format!("q{}", self.n_done);
        make_project(&self.root, &id);
        if self.dice.roll(2) == 0 {
            let holds = move |response: &Response| {
                let answer = response.json();
                let mut projects = answer["projects"].as_array().unwrap().iter();
                projects.any(|project| project["id"] == id && project["tasks"]["total"] == 1)
            };
            return Claim {
                deed: Deed::NewProject,
                path: "/api/v1/projects".to_owned(),
                holds: Box::new(holds),
            };
        }
        Claim {
            deed: Deed::NewProject,
            path: format!("/api/v1/projects/{id}/tasks/first"),
            holds: Box::new(|response| response.status == 200),
        }
    }
}

fn make_project(root: &Path, id: &str) {
    std::fs::create_dir(root.join(id)).unwrap();
    put(&root.join(id).join("first.md"), b"A note.\n");
}

/// Whether a file is listed among the problems.
fn claim_problem(deed: Deed, path: String, is_listed: bool) -> Claim {
    let holds = move |response: &Response| {
        let answer = response.json();
        let mut problems = answer["problems"].as_array().unwrap().iter();
        problems.any(|problem| problem["path"] == *path) == is_listed
    };
    Claim {
        deed,
        path: PROBLEMS.to_owned(),
        holds: Box::new(holds),
    }
}

/// A task of a list.
fn listed<'a>(page: &'a Value, id: &str) -> Option<&'a Value> {
    page["tasks"]
        .as_array()?
        .iter()
        .find(|task| task["id"] == id)
}
