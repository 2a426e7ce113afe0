//! Where lists come from: a directory that is read for this once, or a server. Both answer with the same bytes.

use crate::cli::target::{self, Place, Target, encoded};
use crate::client::Server;
use crate::query::Query;
use crate::store::{Kept, Shelf};
use crate::wire::{self, read};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The projects, and who answers for them.
pub(super) struct Source {
    projects: Vec<String>,
    kind: Kind,
}

enum Kind {
    Directory {
        shelves: Vec<Arc<Shelf>>,
        kept: Kept,
        limit_max: usize,
    },
    Server {
        server: Server,
        runtime: Runtime,
    },
}

impl Source {
    /// Opens it.
    ///
    /// # Errors
    /// In words, when it cannot be.
    pub(super) fn of(target: &Target) -> Result<Self, String> {
        match target.place()? {
            (Place::Directory(dir), projects) => Self::of_directory(&dir, &projects),
            (Place::Server(server), projects) => Self::of_server(server, projects),
        }
    }

    fn of_directory(dir: &Path, projects: &[String]) -> Result<Self, String> {
        let store = target::store(dir)?;
        let shelves = target::open(&store, dir, projects)?;
        Ok(Self {
            projects: shelves.iter().map(|shelf| shelf.id().to_string()).collect(),
            kind: Kind::Directory {
                shelves,
                kept: Kept::new(store.limits()),
                limit_max: store.limits().page_tasks,
            },
        })
    }

    fn of_server(server: Server, mut projects: Vec<String>) -> Result<Self, String> {
        let runtime = target::runtime()?;
        if projects.is_empty() {
            let body = runtime.block_on(server.get("/projects"));
            let body = body.map_err(|error| error.to_string())?;
            projects = read::project_ids(&body).unwrap_or_default();
        }
        Ok(Self {
            projects,
            kind: Kind::Server { server, runtime },
        })
    }

    /// The ids of the projects that are wanted.
    pub(super) fn projects(&self) -> &[String] {
        &self.projects
    }

    /// A page of a project's list, as JSON.
    ///
    /// # Errors
    /// In words, when there is none.
    pub(super) fn page(
        &self,
        project: &str,
        pairs: &[(String, String)],
    ) -> Result<Vec<u8>, String> {
        match &self.kind {
            Kind::Directory {
                shelves,
                kept,
                limit_max,
            } => {
                let shelf = shelves.iter().find(|shelf| shelf.id().as_str() == project);
                let shelf = shelf.ok_or("the project is gone")?;
                let query = Query::parse(pairs.to_vec(), *limit_max);
                let query = query.map_err(|error| error.to_string())?;
                let page = shelf.list(&query, kept).map_err(|gone| gone.to_string())?;
                Ok(wire::task_page(shelf.id(), &page, query.fields).into_bytes())
            }
            Kind::Server { server, runtime } => {
                let pair = |(name, value): &(String, String)| {
                    format!("{}={}", encoded(name), encoded(value))
                };
                let pairs = pairs.iter().map(pair).collect::<Vec<_>>().join("&");
                let path = format!("/projects/{}/tasks?{pairs}", encoded(project));
                let body = runtime.block_on(server.get(&path));
                body.map_err(|error| error.to_string())
            }
        }
    }
}
