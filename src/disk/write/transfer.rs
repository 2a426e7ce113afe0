//! A file on its way from one folder to another: written there first, and only then removed here.
//!
//! So a crash leaves two files rather than none, and whoever saves the old one meanwhile keeps it, for it is removed as any
//! file is: if it is still what was copied.

use super::WriteError;
use super::original::Original;
use crate::disk::{Folder, FoundFile};
use crate::name::TaskPath;

/// A file below a folder.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The folder.
    pub folder: &'a Folder,
    /// The file's path below it.
    pub path: &'a TaskPath,
}

/// Writes a new file in the place of one that holds `base`, with its mode, owner and attributes; and, if its bytes are the
/// same, its times.
///
/// # Errors
/// [`WriteError::Exists`] when there is a file already; [`WriteError::Lost`] when the old one holds something else by then,
/// or somebody is writing it; the others as they say. All is as it was.
pub fn transfer(
    from: Place<'_>,
    base: &[u8],
    to: Place<'_>,
    bytes: &[u8],
) -> Result<FoundFile, WriteError> {
    let directory = from.folder.directory_of(from.path)?;
    let mut original = Original::open(&directory, from.path.file_name(), base)?;
    original.hold()?;
    let file = to.folder.create_like(to.path, bytes, Some(&original))?;
    let removed = from
        .folder
        .take_away_held(from.path, &directory, original, |directory| {
            from.folder.durability.sync_directory(directory)
        });
    removed.map(|()| file).inspect_err(|_| {
        if let Err(error) = to.folder.take_away(to.path, bytes, |_| Ok(())) {
            tracing::warn!(from = %from.path, to = %to.path, %error, "a task that could not be moved is in both projects");
        }
    })
}
