//! The tasks of a running server.

use super::{Failure, FoundTask, Object, Tasks};
use crate::cli::target::{encoded, runtime};
use crate::client::{ClientError, Server};
use crate::task::Revision;
use crate::wire::read;
use serde_json::Value as Json;
use tokio::runtime::Runtime;
use warp::http::{Method, StatusCode};

pub(in crate::cli) struct Remote {
    server: Server,
    runtime: Runtime,
    projects: Vec<String>,
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Unreachable { .. } => Self::Unable(error.to_string()),
            ClientError::Refused { .. } => Self::Refused(error.to_string()),
        }
    }
}

impl Remote {
    pub(super) fn open(server: Server, projects: Vec<String>) -> Result<Self, Failure> {
        let mut remote = Self {
            server,
            runtime: runtime()?,
            projects,
        };
        if remote.projects.is_empty() {
            let body = remote.runtime.block_on(remote.server.get("/projects"))?;
            remote.projects = read::project_ids(&body).unwrap_or_default();
        }
        Ok(remote)
    }

    fn send(&self, method: Method, path: &str, object: Object) -> Result<String, Failure> {
        let json = Json::Object(object).to_string();
        let body = self.runtime.block_on(self.server.send(method, path, json));
        text(body?)
    }
}

impl Remote {
    /// Puts a file in the place of a task's, if that still holds what it was.
    pub(in crate::cli) fn put_file(
        &self,
        task: &FoundTask,
        was: &[u8],
        bytes: Vec<u8>,
    ) -> Result<(), Failure> {
        let path = path_of(&task.project, &task.text("id")?);
        let was = Revision::of(was).to_string();
        let put = self.server.put_file(&path, &was, bytes);
        self.runtime.block_on(put)?;
        Ok(())
    }
}

fn text(body: Vec<u8>) -> Result<String, Failure> {
    let no_text = |_| Failure::Refused("the answer is no text".to_owned());
    String::from_utf8(body).map_err(no_text)
}

fn path_of(project: &str, id: &str) -> String {
    format!("/projects/{}/tasks/{}", encoded(project), encoded(id))
}

impl Tasks for Remote {
    fn projects(&self) -> &[String] {
        &self.projects
    }

    fn task(&self, project: &str, id: &str) -> Result<Option<String>, Failure> {
        let path = path_of(project, id);
        match self.runtime.block_on(self.server.get(&path)) {
            Ok(body) => text(body).map(Some),
            // Of several projects, another may have it.
            Err(ClientError::Refused { status, .. })
                if status == StatusCode::NOT_FOUND && self.projects.len() > 1 =>
            {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn bytes(&self, task: &FoundTask) -> Result<Vec<u8>, Failure> {
        let path = path_of(&task.project, &task.text("id")?);
        Ok(self.runtime.block_on(self.server.file(&path))?)
    }

    fn create(&self, project: &str, object: Object) -> Result<String, Failure> {
        let path = format!("/projects/{}/tasks", encoded(project));
        self.send(Method::POST, &path, object)
    }

    fn update(&self, project: &str, id: &str, object: Object) -> Result<String, Failure> {
        self.send(Method::PATCH, &path_of(project, id), object)
    }
}
