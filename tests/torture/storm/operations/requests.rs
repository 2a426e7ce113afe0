//! What is asked over REST, alone and in a race with an editor.

use crate::check;
use crate::editor::MANNERS;
use crate::model;
use crate::rest::{self, Race};
use crate::storm::{IDS, PROJECTS, Storm};
use serde_json::{Value, json};
use std::fs;

impl Storm {
    pub(super) fn post(&mut self) {
        let (project, body) = (self.dice.pick(&PROJECTS), self.any_body());
        let title = format!("made {}", self.n_done);
        let task = json!({"title": title, "markdown_body": body});
        let answer = rest::send(&self.server, "POST", project, None, None, Some(&task));
        self.tell(format!("POST {project}: {}", answer.status));
        self.count(&answer);
        self.take_in(project, &answer);
    }

    /// Takes a task that REST has written into the model.
    pub(super) fn take_in(&mut self, project: &str, answer: &rest::Answer) {
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

    pub(super) fn patch(&mut self) {
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

    pub(super) fn put(&mut self) {
        let (project, id) = (self.dice.pick(&PROJECTS), self.dice.pick(&IDS));
        let (title, body) = (format!("put {}", self.n_done), self.any_body());
        let task = json!({"title": title, "status": "open", "markdown_body": body});
        let answer = rest::send(&self.server, "PUT", project, Some(id), None, Some(&task));
        self.tell(format!("PUT {project}/{id}: {}", answer.status));
        self.count(&answer);
        self.take_in(project, &answer);
    }

    pub(super) fn delete(&mut self) {
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
    pub(super) fn race(&mut self) {
        let project = self.dice.pick(&PROJECTS);
        if !self.is_dir(project) {
            return;
        }
        let (tasks, _) = check::synced(&self.server, project);
        let claims = model::claims(self.ground.path(), project);
        // Of an id that two files claim, the other one is meant while the editor has the first away.
        let is_sound = |task: &Value| {
            let id = task["id"].as_str().unwrap();
            task.get("problem").is_none() && claims.get(id) == Some(&1)
        };
        let sound: Vec<Value> = tasks.into_values().filter(is_sound).collect();
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
}
