//! Where a command finds the tasks: in a directory, or at a running server.

use crate::client::Server;
use crate::config::Limits;
use crate::store::{Shelf, Store};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the commands that read tasks have in common.
#[derive(Args, Debug)]
pub(super) struct Target {
    /// The directory that holds the projects; the current one without it
    dir: Option<PathBuf>,
    /// A running server instead of a directory, such as http://127.0.0.1:8080
    #[arg(
        long,
        hide_env_values = true,
        env = "TASKMD_SERVER",
        value_name = "URL"
    )]
    server: Option<Server>,
    /// A project; all of them without one (repeatable)
    #[arg(short, long = "project", value_name = "ID")]
    projects: Vec<String>,
}

/// One of the two.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Directory(PathBuf),
    Server(Server),
}

impl Target {
    /// The projects that were named.
    pub(super) fn projects(&self) -> &[String] {
        &self.projects
    }

    /// Takes away what stands where a directory may, if it is none: a command may be told more in words.
    pub(super) fn take_word(&mut self, is_word: impl Fn(&str) -> bool) -> Option<String> {
        let dir = self.dir.take_if(|dir| dir.to_str().is_some_and(is_word))?;
        dir.into_os_string().into_string().ok()
    }

    /// Where the tasks are.
    ///
    /// # Errors
    /// In words, when both were named.
    pub(super) fn place(&self) -> Result<Place, String> {
        match (&self.dir, &self.server) {
            (Some(_), Some(_)) => {
                Err("a directory cannot be used with `--server`, nor with TASKMD_SERVER".to_owned())
            }
            (None, Some(server)) => Ok(Place::Server(server.clone())),
            (Some(dir), None) => Ok(Place::Directory(dir.clone())),
            (None, None) => Ok(Place::Directory(PathBuf::from("."))),
        }
    }
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
