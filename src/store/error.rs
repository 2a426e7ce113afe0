//! Why the store did not do what it was asked: what happened, in the domain's words. HTTP makes statuses of it.

use crate::disk::write::WriteError;
use crate::name::NameError;
use crate::project::problem::Problem;
use crate::task::Task;
use crate::task::patch::PatchError;
use std::sync::Arc;

/// Why a mutation did not happen. Nothing was changed then.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// There is no such task.
    #[error("there is no task of this id")]
    TaskNotFound,
    /// The project's directory is gone for now.
    #[error("the project's directory is not there")]
    Unavailable,
    /// The id is none that the server makes.
    #[error(transparent)]
    InvalidId(NameError),
    /// There is a task, or a file, of this id.
    #[error("there is a task of this id, or of one that differs only by case")]
    TaskExists,
    /// There is a project, or a directory, of this id.
    #[error("there is a project of this id, or of one that differs only by case")]
    ProjectExists,
    /// There is more in the project than its settings.
    #[error("{0}")]
    ProjectNotEmpty(String),
    /// The task is not what the precondition wants.
    #[error("the task has changed")]
    RevisionMismatch(Option<Arc<Task>>),
    /// Two files have this id: which one is meant?
    #[error("two files have this id; mend that first")]
    DuplicateId,
    /// The task's place can only be had by giving positions to more other tasks than at once is allowed.
    #[error("more than {0} other tasks would need a position first")]
    TooManyToPlace(usize),
    /// The file would be larger than is read.
    #[error("the file would be larger than {0} bytes")]
    TooLarge(u64),
    /// The file would not be understood.
    #[error("the file cannot be understood: {}", .0.kind)]
    Unreadable(Box<Problem>),
    /// The patch does not fit the task or its file.
    #[error(transparent)]
    Patch(#[from] PatchError),
    /// The disk refused.
    #[error(transparent)]
    Write(WriteError),
}

impl StoreError {
    /// An error of the system, met while reading.
    #[must_use]
    pub fn from_io(error: &std::io::Error) -> Self {
        Self::Write(
            rustix::io::Errno::from_io_error(error)
                .unwrap_or(rustix::io::Errno::IO)
                .into(),
        )
    }
}

impl From<WriteError> for StoreError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Exists => Self::ProjectExists,
            WriteError::Lost
            | WriteError::Full
            | WriteError::ReadOnly
            | WriteError::Denied
            | WriteError::Exhausted
            | WriteError::Io(_) => Self::Write(error),
        }
    }
}

impl From<rustix::io::Errno> for StoreError {
    fn from(errno: rustix::io::Errno) -> Self {
        Self::Write(errno.into())
    }
}
