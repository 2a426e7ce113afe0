//! The store: all projects of a root, each with its folder, its index and its log.
//!
//! Both journeys end here. A file that changed comes by [`Shelf::absorb`](shelf::Shelf::absorb), a request by
//! [`Shelf::create`](shelf::Shelf::create) and its sisters; each reads or writes the disk under the project's turn,
//! reconciles what is there with the index, and appends the changes to the log. What the store refuses to know:
//! HTTP, sockets, and why it is asked.

pub mod absorb;
pub mod error;
mod line;
pub mod listing;
pub mod mutate;
mod problems;
mod projects;
pub mod shelf;
mod turn;

pub use error::StoreError;
pub use listing::Kept;
pub use mutate::Precondition;
pub use shelf::Shelf;

use crate::config::Limits;
use crate::disk::Folder;
use crate::disk::write::{Durability, clear_up_projects, random};
use crate::event::Epoch;
use crate::name::{ProjectId, TaskPath};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// All projects below one root.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    limits: Limits,
    durability: Durability,
    shelves: RwLock<BTreeMap<ProjectId, Arc<Shelf>>>,
    /// The root, held with a lock that says that this is the server that writes here.
    claim: Option<Folder>,
}

impl Store {
    /// A store over a directory; no project is known before [`Store::open`].
    ///
    /// # Errors
    /// The system's, when the root is no directory that can be read.
    pub fn new(root: &Path, limits: Limits) -> io::Result<Self> {
        let root = root.canonicalize()?;
        drop(std::fs::read_dir(&root)?);
        Ok(Self {
            root,
            limits,
            durability: Durability::default(),
            shelves: RwLock::default(),
            claim: None,
        })
    }

    /// This store, with writes that are answered then.
    #[must_use]
    pub fn with(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    /// Takes the root as the one that serves it, as long as the store lives, and clears up what a crash has left there.
    /// Two servers over one root do each other no harm, but only one may take temporary files for leftovers.
    ///
    /// # Errors
    /// The system's, when the root cannot be read.
    pub fn claim(&mut self) -> io::Result<()> {
        let root = Folder::open(&self.root)?;
        if !root.lock() {
            tracing::warn!("another server is at work in this directory");
            return Ok(());
        }
        if let Err(error) = clear_up_projects(&root) {
            tracing::warn!(%error, "what a crash has left of a new project cannot be cleared up");
        }
        self.claim = Some(root);
        Ok(())
    }

    /// The root, as an absolute path without links.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every bound that the store keeps.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The projects that the root's directories are, known or not.
    ///
    /// # Errors
    /// The system's, when the root cannot be listed.
    pub fn project_directories(&self) -> io::Result<Vec<ProjectId>> {
        let mut ids = Vec::new();
        for entry in std::fs::read_dir(&self.root)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(id) = name.to_str().and_then(ProjectId::of_directory) else {
                continue;
            };
            let kind = entry.file_type()?;
            if kind.is_dir() {
                ids.push(id);
            } else if kind.is_symlink() && entry.path().is_dir() {
                tracing::warn!(project = %id, "a symbolic link is not followed: its directory is no project");
            }
        }
        ids.sort_unstable();
        if ids.len() > self.limits.projects {
            tracing::warn!(
                found = ids.len(),
                limit = self.limits.projects,
                "too many projects: the last are left out"
            );
            ids.truncate(self.limits.projects);
        }
        Ok(ids)
    }

    /// Opens a project's directory and reads it. One that is known is compared instead, and the files that may have
    /// changed are returned. `enter` is called with every directory (relative to the project) before it is listed.
    ///
    /// # Errors
    /// The system's, when the directory is not there or cannot be read.
    pub fn open(&self, id: &ProjectId, enter: &mut dyn FnMut(&str)) -> io::Result<Vec<TaskPath>> {
        if let Some(shelf) = self.shelf(id) {
            return shelf.survey(enter);
        }
        let shelf = Arc::new(Shelf::new(
            id.clone(),
            self.root.join(id.as_str()),
            Epoch::new(random()),
            &self.limits,
            self.durability,
        ));
        shelf.load(self.claim.is_some(), enter)?;
        let mut shelves = self.shelves.write().unwrap_or_else(PoisonError::into_inner);
        // Two may open it at once, the watcher and a request: the first one's log is the one that counts.
        shelves.entry(id.clone()).or_insert(shelf);
        Ok(Vec::new())
    }

    /// Opens every project, without a watch on it.
    ///
    /// # Errors
    /// The system's, when the root cannot be listed. A single project that cannot be read is logged.
    pub fn open_all(&self) -> io::Result<()> {
        for id in self.project_directories()? {
            if let Err(error) = self.open(&id, &mut |_| {}) {
                tracing::warn!(project = %id, %error, "a project cannot be read");
            }
        }
        Ok(())
    }

    /// The project of this id.
    #[must_use]
    pub fn shelf(&self, id: &ProjectId) -> Option<Arc<Shelf>> {
        self.shelves
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    /// Notices that a project's directory may be gone. Its tasks stay as they were; one that held nothing, and that
    /// nobody follows, was a directory in passing and is forgotten.
    pub fn leave(&self, id: &ProjectId) {
        let Some(shelf) = self.shelf(id) else { return };
        shelf.leave();
        let is_nothing =
            || !shelf.is_available() && shelf.view(|project, _| project.n_files() == 0);
        if is_nothing() && shelf.n_clients() == 0 {
            self.shelves
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(id);
        }
    }

    /// All projects, by id.
    #[must_use]
    pub fn shelves(&self) -> Vec<Arc<Shelf>> {
        self.shelves
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    /// Do files here change in ways that this system does not tell of, because they are another machine's?
    #[must_use]
    pub fn changes_elsewhere(&self) -> bool {
        let is_remote = |folder: &Folder| folder.is_remote();
        Folder::open(&self.root).is_ok_and(|root| root.is_remote())
            || self
                .shelves()
                .iter()
                .any(|shelf| shelf.folder().as_deref().is_some_and(is_remote))
    }

    /// Could a file be written in the root at this moment: is there room, and is it allowed?
    #[must_use]
    pub fn is_writable(&self) -> bool {
        Folder::open(&self.root).is_ok_and(|root| root.is_writable())
    }

    /// Puts back what was written into a file just as it was being replaced. To be called when SIGURG comes.
    pub fn rescue(&self) {
        for shelf in self.shelves() {
            if let Some(folder) = shelf.folder() {
                folder.rescue();
            }
        }
    }
}

#[cfg(test)]
mod tests;
