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

/// What kind of change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The task is new.
    Created,
    /// The task says something else.
    Updated,
    /// The task is gone.
    Deleted,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Created, Self::Updated, Self::Deleted];

    /// The `type` of its event.
    #[must_use]
    pub fn event_type(self) -> &'static str {
        match self {
            Self::Created => "task.created",
            Self::Updated => "task.updated",
            Self::Deleted => "task.deleted",
        }
    }
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

    /// What kind of change it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Created { .. } => Kind::Created,
            Self::Updated { .. } => Kind::Updated,
            Self::Deleted { .. } => Kind::Deleted,
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
