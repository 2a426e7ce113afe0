//! Where a command finds the tasks: in a directory, or at a running server.

use crate::client::Server;
use crate::config::Limits;
use crate::name::ProjectId;
use crate::project::settings;
use crate::store::{Shelf, Store};
use clap::Args;
use percent_encoding::{NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// What the commands that read tasks have in common.
#[derive(Args, Debug)]
pub(super) struct Target {
    /// The directory that holds the projects, or that of one project, if it has a project.yaml; the
    /// current one without it
    dir: Option<PathBuf>,
    #[command(flatten)]
    server: ServerFlag,
    /// A project; all of them without one (repeatable)
    #[arg(short, long = "project", value_name = "ID")]
    projects: Vec<String>,
}

/// Who is asked instead of a directory.
#[derive(Args, Debug)]
pub(super) struct ServerFlag {
    /// A running server instead of a directory, such as http://127.0.0.1:8080
    #[arg(
        long,
        hide_env_values = true,
        env = "TASKMD_SERVER",
        value_name = "URL"
    )]
    server: Option<Server>,
}

/// One of the two.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Directory(PathBuf),
    Server(Server),
}

impl Target {
    /// Takes away what stands where a directory may, if it is none: a command may be told more in words.
    pub(super) fn take_word(&mut self, is_word: impl Fn(&str) -> bool) -> Option<String> {
        let dir = self.dir.take_if(|dir| dir.to_str().is_some_and(is_word))?;
        dir.into_os_string().into_string().ok()
    }

    /// Where the tasks are, and the projects that were named.
    ///
    /// # Errors
    /// In words, when both were named.
    pub(super) fn place(&self) -> Result<(Place, Vec<String>), String> {
        let mut projects = self.projects.clone();
        let (place, project) = self.server.or(self.dir.as_deref())?;
        if projects.is_empty() {
            projects.extend(project);
        }
        Ok((place, projects))
    }
}

impl ServerFlag {
    /// The server, or else the directory, or else the current one; with the project whose directory that is.
    ///
    /// # Errors
    /// In words, when both were named.
    pub(super) fn or(&self, dir: Option<&Path>) -> Result<(Place, Option<String>), String> {
        match (dir, &self.server) {
            (Some(_), Some(_)) => {
                Err("a directory cannot be used with `--server`, nor with TASKMD_SERVER".to_owned())
            }
            (None, Some(server)) => Ok((Place::Server(server.clone()), None)),
            (dir, None) => {
                let dir = dir.unwrap_or(Path::new("."));
                Ok(match project_at(dir) {
                    Some((root, project)) => (Place::Directory(root), Some(project)),
                    None => (Place::Directory(dir.to_owned()), None),
                })
            }
        }
    }
}

/// The root and the id of the project whose directory this is. Its project.yaml says so: without one, it may as well be
/// a directory of projects. Directories above it are not looked at, for a root may lie anywhere.
pub(super) fn project_at(dir: &Path) -> Option<(PathBuf, String)> {
    if !dir.join(settings::FILE_NAME).is_file() {
        return None;
    }
    let dir = dir.canonicalize().ok()?;
    let id = ProjectId::of_directory(dir.file_name()?.to_str()?)?;
    Some((dir.parent()?.to_owned(), id.to_string()))
}

/// What waits for the answers of a server.
///
/// # Errors
/// In words, when the system has nothing to wait with.
pub(super) fn runtime() -> Result<Runtime, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.map_err(|error| format!("cannot start: {error}"))
}

/// Text as a part of a path or of a query.
pub(super) fn encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}

/// The projects of a directory, none of them read yet.
///
/// # Errors
/// In words, when it cannot be read.
pub(super) fn store(dir: &Path) -> Result<Store, String> {
    Store::new(dir, Limits::default()).map_err(|error| unreadable(dir, &error))
}

/// Why a directory cannot be used.
pub(super) fn unreadable(dir: &Path, error: &std::io::Error) -> String {
    format!("cannot read `{}`: {error}", dir.display())
}

/// Reads the named projects of a store, or all.
///
/// # Errors
/// In words, when one of them is not there, or cannot be read.
pub(super) fn open(
    store: &Store,
    dir: &Path,
    projects: &[String],
) -> Result<Vec<Arc<Shelf>>, String> {
    let unreadable = |error| unreadable(dir, &error);
    if projects.is_empty() {
        store.open_all().map_err(unreadable)?;
    }
    for id in store.project_directories().map_err(unreadable)? {
        if projects.iter().any(|project| id.as_str() == project) {
            drop(store.open(&id, &mut |_| {}).map_err(unreadable)?);
        }
    }
    shelves(store, dir, projects)
}

/// The named projects of a store, or all.
///
/// # Errors
/// In words, when one of them is not there.
pub(super) fn shelves(
    store: &Store,
    dir: &Path,
    projects: &[String],
) -> Result<Vec<Arc<Shelf>>, String> {
    let mut shelves = store.shelves();
    let is_there = |id: &&String| shelves.iter().any(|shelf| shelf.id().as_str() == **id);
    if let Some(missing) = projects.iter().find(|id| !is_there(id)) {
        let dir = dir.display();
        return Err(format!("there is no project `{missing}` in `{dir}`"));
    }
    shelves
        .retain(|shelf| projects.is_empty() || projects.iter().any(|id| shelf.id().as_str() == id));
    Ok(shelves)
}
