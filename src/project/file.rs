//! One file of a project, and how its next state follows from its last.

use super::Stamp;
use super::problem::Problem;
use crate::task::document::Reading;
use crate::task::{Moment, Revision, Task};
use std::sync::Arc;

/// What the index knows of one file.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) stamp: Stamp,
    pub(super) revision: Option<Revision>,
    pub(super) task: Option<Arc<Task>>,
    pub(super) problems: Vec<Problem>,
}

impl File {
    pub(super) fn first(stamp: Stamp, revision: Option<Revision>, reading: Reading) -> Self {
        Self {
            stamp,
            revision,
            task: reading.task,
            problems: reading.problems,
        }
    }

    /// The file after new bytes. One that cannot be understood now keeps its last good version.
    pub(super) fn followed_by(
        self,
        stamp: Stamp,
        revision: Option<Revision>,
        reading: Reading,
    ) -> Self {
        let task = match (self.task, reading.task) {
            (None, None) => None,
            (None, Some(after)) => Some(after),
            (Some(before), None) => {
                let problem = reading.problems.first().cloned().map(Arc::new);
                let revision = revision.unwrap_or(before.revision);
                Some(Arc::new(Task {
                    problem,
                    revision,
                    ..(*before).clone()
                }))
            }
            (Some(before), Some(mut after)) => {
                Arc::make_mut(&mut after).keep_times_of(&before);
                // Whoever holds the task as it was is to hold no second copy of it.
                Some(if before == after { before } else { after })
            }
        };
        Self {
            stamp,
            revision,
            task,
            problems: reading.problems,
        }
    }
}

impl Task {
    /// An atomic save makes a new file with a new birth, and a touch a new modification: neither is a change
    /// of the task, so what was derived before stays.
    fn keep_times_of(&mut self, before: &Self) {
        let is_derived = |moment: &Moment| matches!(moment, Moment::Derived(_));
        if is_derived(&self.created_at) && is_derived(&before.created_at) {
            self.created_at = before.created_at.clone();
        }
        let same_bytes = self.revision == before.revision;
        if same_bytes && is_derived(&self.updated_at) && is_derived(&before.updated_at) {
            self.updated_at = before.updated_at.clone();
        }
    }
}
