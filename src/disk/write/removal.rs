//! The directory of a project that is to go.
//!
//! It loses its name in one step, which is when the project is gone, and only then what lies in it is removed. So nobody ever
//! sees half a project, and what a crash leaves is called as what it is, and cleared up by the next start.

use super::WriteError;
use super::durability::Durability;
use super::leftover::Leftover;
use super::temporary::rename;
use crate::disk::Folder;
use std::path::Path;

/// Removes a directory of the root with all that lies in it. No link in it is followed.
///
/// # Errors
/// [`WriteError`]; it is there then, whole.
pub fn remove_directory(root: &Path, name: &str, durability: Durability) -> Result<(), WriteError> {
    let parent = Folder::open(root)?.with(durability);
    let aside = Leftover::removed();
    rename(&parent.directory, name, &aside)?;
    if let Err(errno) = durability.sync_directory(&parent.directory) {
        // It may come back after a crash, so it must not be gone now.
        rename(&parent.directory, &aside, name)?;
        return Err(errno.into());
    }
    remove_removed(&parent, &aside);
    Ok(())
}

/// Removes what lies in a directory that is gone by name. What cannot be removed waits for the next start.
pub(super) fn remove_removed(root: &Folder, aside: &str) {
    if let Err(error) = std::fs::remove_dir_all(root.path().join(aside)) {
        tracing::warn!(directory = %aside, %error, "what was in a removed project could not all be removed");
    }
}
