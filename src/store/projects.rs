//! Projects as wholes: made, changed in what they say of themselves, removed.

use super::absorb::Certainty;
use super::turn::Turn;
use super::{Shelf, Store, StoreError};
use crate::disk::{Folder, Found, write};
use crate::event::Source;
use crate::name::{self, NameError, ProjectId, TaskPath};
use crate::project::settings;
use crate::task::patch::PatchError;
use crate::wire::input::ProjectInput;
use crate::yaml::{self, Edit, EditError};
use std::sync::{Arc, PoisonError};

/// What says that a folder is more than a folder of tasks: it holds the history of its files.
const REPOSITORIES: [&str; 4] = [".git", ".hg", ".jj", ".svn"];

impl Store {
    /// Makes the directory of a new project with its project.yaml.
    ///
    /// # Errors
    /// [`StoreError`]: the id is none that the server makes, or is taken, or the disk refuses.
    pub fn create_project(&self, input: &ProjectInput) -> Result<Arc<Shelf>, StoreError> {
        name::plain(&input.id).map_err(StoreError::InvalidId)?;
        let id =
            ProjectId::of_directory(&input.id).ok_or(StoreError::InvalidId(NameError::NotPlain))?;
        let is_twin = |shelf: &Arc<Shelf>| shelf.id().as_str().eq_ignore_ascii_case(&input.id);
        if self.shelves().iter().any(is_twin) {
            return Err(StoreError::ProjectExists);
        }
        let settings = edited("", &input.settings)?;
        write::create_directory(&self.root, id.as_str(), &settings, self.durability)?;
        self.open(&id, &mut |_| {})
            .map_err(|error| StoreError::from_io(&error))?;
        self.shelf(&id).ok_or(StoreError::Unavailable)
    }

    /// Removes a project's directory, and ends its log: whoever follows it is told that it is gone. Without `force` only if
    /// there is nothing in it but its settings. One whose directory has gone already is forgotten.
    ///
    /// # Errors
    /// [`StoreError`]; the project is there then, whole.
    pub fn remove_project(&self, shelf: &Arc<Shelf>, force: bool) -> Result<(), StoreError> {
        let n_files = shelf.view(|project, _| project.n_files());
        if n_files > 0 && !force {
            let files = if n_files == 1 { "file" } else { "files" };
            let text = format!(
                "the project has {n_files} {files} of tasks; `force=true` removes all that it has"
            );
            return Err(StoreError::ProjectNotEmpty(text));
        }
        match shelf.turn_to_write() {
            Ok(turn) => {
                may_go(&turn.folder, force)?;
                write::remove_directory(&self.root, shelf.id().as_str(), self.durability)?;
                self.forget(shelf);
            }
            Err(StoreError::Unavailable) => self.forget(shelf),
            Err(error) => return Err(error),
        }
        shelf.end();
        Ok(())
    }

    fn forget(&self, shelf: &Arc<Shelf>) {
        let mut shelves = self.shelves.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody may have made another of this name meanwhile.
        if shelves
            .get(shelf.id())
            .is_some_and(|known| Arc::ptr_eq(known, shelf))
        {
            shelves.remove(shelf.id());
        }
    }
}

/// May a project's directory be removed, by what lies in it?
fn may_go(folder: &Folder, force: bool) -> Result<(), StoreError> {
    for name in folder.names()? {
        if REPOSITORIES.contains(&name.as_str()) {
            let text =
                format!("the project's folder is a repository (`{name}`); remove it by hand");
            return Err(StoreError::ProjectNotEmpty(text));
        }
        let is_ours = write::is_temporary(&name)
            || [settings::FILE_NAME, crate::project::ignore::FILE_NAME].contains(&name.as_str());
        if !is_ours && !force {
            let text = format!(
                "the project's folder holds `{name}`; `force=true` removes all that it has"
            );
            return Err(StoreError::ProjectNotEmpty(text));
        }
    }
    Ok(())
}

impl Shelf {
    /// Changes what the project says of itself in its project.yaml, which is made if there is none. Not one other byte of
    /// it changes. Tasks that mean something else by that are told of.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was changed then.
    pub fn configure(&self, edits: &[Edit]) -> Result<(), StoreError> {
        self.try_again(|turn| turn.configure(edits))
    }
}

impl Turn<'_> {
    fn configure(&self, edits: &[Edit]) -> Result<(), StoreError> {
        let path = TaskPath::parse(settings::FILE_NAME).ok_or(StoreError::Unavailable)?;
        let refused = |code, text| StoreError::from(PatchError::Refused { code, text });
        let bytes_max = self.shelf().limits.file_bytes;
        let base = match self.folder.read_at_rest(&path, bytes_max)? {
            Found::File(file) => Some(file.bytes),
            Found::Absent => None,
            Found::Changing => return Err(StoreError::Write(write::WriteError::Lost)),
            Found::Refused(kind) => return Err(refused(kind.code(), kind.to_string())),
        };
        let text = std::str::from_utf8(base.as_deref().unwrap_or_default());
        let text = text.map_err(|_| refused("not_utf8", "the file is not UTF-8".to_owned()))?;
        let new = edited(text, edits)?;
        if new == text {
            return Ok(());
        }
        if new.len() as u64 > bytes_max {
            return Err(StoreError::TooLarge(bytes_max));
        }
        match &base {
            Some(base) => self.folder.replace(&path, base, new.as_bytes()),
            None => self.folder.create(&path, new.as_bytes()),
        }
        .map_err(StoreError::Write)?;
        let absorbed = self.absorb(vec![(path, Certainty::Fresh)], Source::Api);
        // It is written; what cannot be read at this moment, the watcher reads.
        if let Err(error) = absorbed {
            tracing::warn!(project = %self.shelf().id(), %error, "files could not be read");
        }
        Ok(())
    }
}

/// The text of a project.yaml with these keys set or removed.
fn edited(text: &str, edits: &[Edit]) -> Result<String, PatchError> {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    yaml::edit(text, edits, newline).map_err(|error: EditError| PatchError::Refused {
        code: error.code(),
        text: error.to_string(),
    })
}
