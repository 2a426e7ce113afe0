//! The tasks as a command works on one of them: found, made, changed, in a directory or at a server.
//!
//! Both answer with the JSON of the REST API, and take what it takes.

mod directory;
mod remote;

pub(super) use directory::Directory;
pub(super) use remote::Remote;

use super::target::{Place, ServerFlag};
use super::{Exit, refused, unable};
use crate::wire::read;
use clap::Args;
use serde_json::{Map, Value as Json};
use std::path::Path;

/// The members of a JSON object, in their order.
pub(super) type Object = Map<String, Json>;

/// What the commands that work on one task have in common.
#[derive(Args, Debug)]
pub(super) struct DeskFlags {
    #[command(flatten)]
    server: ServerFlag,
    /// The project; not needed where there is one only, or where DIR is that of a project
    #[arg(short, long, value_name = "ID")]
    project: Option<String>,
}

/// Why a command has not done what it was asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is not there, or may not be.
    Refused(String),
    /// Wrong use, or nothing can be done at all.
    Unable(String),
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self::Unable(reason)
    }
}

impl Failure {
    /// Says why, and how the command ends.
    pub(super) fn exit(self) -> Exit {
        match self {
            Self::Refused(reason) => refused(reason),
            Self::Unable(reason) => unable(reason),
        }
    }
}

/// Who holds the tasks. Each answers with a task's JSON.
pub(super) trait Tasks {
    /// The projects that are meant.
    fn projects(&self) -> &[String];

    /// A task, if it is there.
    fn task(&self, project: &str, id: &str) -> Result<Option<String>, Failure>;

    /// The bytes of a task's file.
    fn bytes(&self, task: &FoundTask) -> Result<Vec<u8>, Failure>;

    /// Makes a task.
    fn create(&self, project: &str, object: Object) -> Result<String, Failure>;

    /// Changes what the object names.
    fn update(&self, project: &str, id: &str, object: Object) -> Result<String, Failure>;

    /// The one task of this id.
    fn find(&self, id: &str) -> Result<FoundTask, Failure> {
        let mut found: Vec<FoundTask> = Vec::new();
        for project in self.projects() {
            if let Some(json) = self.task(project, id)? {
                found.push(FoundTask {
                    project: project.clone(),
                    json,
                });
            }
        }
        if found.len() > 1 {
            let projects: Vec<_> = found.iter().map(|task| task.project.as_str()).collect();
            return Err(which(&format!("which `{id}`"), &projects));
        }
        found
            .pop()
            .ok_or_else(|| Failure::Refused(format!("there is no task `{id}`")))
    }
}

fn which(question: &str, projects: &[&str]) -> Failure {
    let projects = projects.join("`, `");
    Failure::Unable(format!(
        "{question}? Name its project with --project: `{projects}`"
    ))
}

/// A directory, or a server.
pub(super) enum Desk {
    Directory(Box<Directory>),
    Remote(Remote),
}

/// A task that was found.
pub(super) struct FoundTask {
    pub(super) project: String,
    /// As the API answers it.
    pub(super) json: String,
}

impl FoundTask {
    /// One of its members, a text.
    pub(super) fn text(&self, name: &str) -> Result<String, Failure> {
        let object = self.object()?;
        let text = object.get(name).and_then(Json::as_str).map(str::to_owned);
        text.ok_or_else(|| Failure::Refused(format!("the answer has no `{name}`")))
    }

    /// Its members.
    pub(super) fn object(&self) -> Result<Object, Failure> {
        let object = read::task(self.json.as_bytes());
        object.ok_or_else(|| Failure::Refused("the answer is no task".to_owned()))
    }
}

impl Desk {
    /// Opens it.
    ///
    /// # Errors
    /// [`Failure`], when there is no such directory or project, or no such server.
    pub(super) fn open(flags: &DeskFlags, dir: Option<&Path>) -> Result<Self, Failure> {
        let (place, project) = flags.server.or(dir)?;
        let projects = Vec::from_iter(flags.project.clone().or(project));
        Ok(match place {
            Place::Directory(dir) => Self::Directory(Box::new(Directory::open(dir, projects)?)),
            Place::Server(server) => Self::Remote(Remote::open(server, projects)?),
        })
    }

    fn tasks(&self) -> &dyn Tasks {
        match self {
            Self::Directory(directory) => directory.as_ref(),
            Self::Remote(remote) => remote,
        }
    }

    /// The one task of this id.
    pub(super) fn find(&self, id: &str) -> Result<FoundTask, Failure> {
        self.tasks().find(id)
    }

    /// The bytes of a task's file.
    pub(super) fn bytes(&self, task: &FoundTask) -> Result<Vec<u8>, Failure> {
        self.tasks().bytes(task)
    }

    /// Makes a task in the one project.
    pub(super) fn create(&self, object: Object) -> Result<FoundTask, Failure> {
        let project = match self.tasks().projects() {
            [project] => project.clone(),
            [] => {
                let reason = "there is no project to make it in: a folder in the directory, or one with a project.yaml";
                return Err(Failure::Refused(reason.to_owned()));
            }
            projects => {
                let projects: Vec<_> = projects.iter().map(String::as_str).collect();
                return Err(which("where", &projects));
            }
        };
        let json = self.tasks().create(&project, object)?;
        Ok(FoundTask { project, json })
    }

    /// Changes what the object names of the one task of this id.
    pub(super) fn update(&self, id: &str, object: Object) -> Result<String, Failure> {
        let task = self.find(id)?;
        self.tasks().update(&task.project, id, object)
    }
}
