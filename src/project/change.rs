//! A change: how one task differs between two readings of a project.

use crate::name::TaskId;
use crate::task::Task;
use std::sync::Arc;

/// What happened to one task. Only [`Project::reconcile`](super::Project::reconcile) makes one.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It was not there, and is.
    Created {
        /// The task as it is.
        after: Arc<Task>,
    },
    /// It says something else than it did.
    Updated {
        /// The task as it was.
        before: Arc<Task>,
        /// The task as it is.
        after: Arc<Task>,
    },
    /// It was there, and is not.
    Deleted {
        /// The task as it was.
        before: Arc<Task>,
    },
}

impl Change {
    /// Compares what was served under one id with what is served now. `None` when a client would see no difference.
    #[must_use]
    pub(super) fn between(before: Option<&Arc<Task>>, after: Option<&Arc<Task>>) -> Option<Self> {
        match (before, after) {
            (None, None) => None,
            (None, Some(after)) => Some(Self::Created {
                after: after.clone(),
            }),
            (Some(before), None) => Some(Self::Deleted {
                before: before.clone(),
            }),
            (Some(before), Some(after)) if Arc::ptr_eq(before, after) || before == after => None,
            (Some(before), Some(after)) => Some(Self::Updated {
                before: before.clone(),
                after: after.clone(),
            }),
        }
    }

    /// The task that changed.
    #[must_use]
    pub fn id(&self) -> &TaskId {
        match self {
            Self::Created { after } | Self::Updated { after, .. } => &after.id,
            Self::Deleted { before } => &before.id,
        }
    }
}
