//! One project: the index of its files, and the one door through which changes come.
//!
//! Owns what is known of each file, which file serves which id, and what the ids have said so far. Refuses to
//! know disks, clocks and sockets: it is told what was seen ([`Sighting`]) and answers with [`Change`]s, which
//! the store numbers and logs under the same lock.

pub mod change;
pub mod column;
pub mod dependencies;
mod file;
pub mod ignore;
pub mod problem;
pub mod settings;

pub use change::Change;

use crate::name::{ProjectId, TaskId, TaskPath};
use crate::task::document::Reading;
use crate::task::{Revision, Task};
use file::File;
use problem::{Problem, ProblemKind};
use settings::Settings;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::Arc;

/// What tells one state of a file from another without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Stamp {
    /// The device and inode.
    pub file: (u64, u64),
    /// The size, in bytes.
    pub size: u64,
    /// The modification time, in nanoseconds since 1970.
    pub modified: i128,
    /// The change time, which no `touch` sets back, in nanoseconds since 1970.
    pub changed: i128,
    /// Was the file read long enough after its change time that a later write cannot have the same one?
    pub is_settled: bool,
}

impl Stamp {
    /// Does a file with this stamp hold for certain what it held when `known` was taken?
    #[must_use]
    pub fn is_same_state(&self, known: &Self) -> bool {
        known.is_settled
            && Self {
                is_settled: true,
                ..*self
            } == *known
    }
}

/// What was seen at one path.
#[derive(Clone, Debug)]
pub enum Sighting {
    /// No file.
    Absent,
    /// The bytes that the index knows.
    Same(Stamp),
    /// A file, and what it says.
    Read {
        /// What tells this state from another; none where the file could not be opened.
        stamp: Stamp,
        /// The hash of its bytes, unless they could not be read.
        revision: Option<Revision>,
        /// What it says.
        reading: Box<Reading>,
    },
}

/// The task that serves an id, and the other files that would.
#[derive(Clone, Debug)]
struct Claim {
    task: Arc<Task>,
    rivals: Vec<TaskPath>,
}

/// One project.
#[derive(Clone, Debug)]
pub struct Project {
    id: ProjectId,
    settings: Settings,
    settings_problems: Vec<Problem>,
    files: BTreeMap<TaskPath, File>,
    claims: BTreeMap<TaskId, Claim>,
    highest_number: u64,
}

impl Project {
    /// A project of which no file is known yet.
    #[must_use]
    pub fn new(id: ProjectId) -> Self {
        Self {
            id,
            settings: Settings::default(),
            settings_problems: Vec::new(),
            files: BTreeMap::new(),
            claims: BTreeMap::new(),
            highest_number: 0,
        }
    }

    /// Takes in what was seen and returns how the tasks differ from before, by id.
    ///
    /// This is the only place where a [`Change`] is made. The batch is compared as a whole, by task id: a file
    /// that went and one that came with the same id are one `Updated`, a file that came and went is nothing.
    pub fn reconcile(
        &mut self,
        batch: impl IntoIterator<Item = (TaskPath, Sighting)>,
    ) -> Vec<Change> {
        let mut touched: BTreeMap<TaskId, Vec<TaskPath>> = BTreeMap::new();
        for (path, sighting) in batch {
            let before = self.files.remove(&path);
            if let Some(task) = before.as_ref().and_then(|file| file.task.as_ref()) {
                touched.entry(task.id.clone()).or_default();
            }
            let after = match (before, sighting) {
                (None, Sighting::Absent | Sighting::Same(_)) | (Some(_), Sighting::Absent) => {
                    continue;
                }
                (Some(before), Sighting::Same(stamp)) => File { stamp, ..before },
                (
                    None,
                    Sighting::Read {
                        stamp,
                        revision,
                        reading,
                    },
                ) => File::first(stamp, revision, *reading),
                (
                    Some(before),
                    Sighting::Read {
                        stamp,
                        revision,
                        reading,
                    },
                ) => before.followed_by(stamp, revision, *reading),
            };
            if let Some(task) = &after.task {
                touched
                    .entry(task.id.clone())
                    .or_default()
                    .push(path.clone());
            }
            self.files.insert(path, after);
        }
        touched
            .into_iter()
            .filter_map(|(id, newcomers)| self.serve(&id, newcomers))
            .collect()
    }

    /// The files of a batch with which an id would go, and that id: after the batch, no file has it. It may be under way
    /// to another name, so who can wait does.
    #[must_use]
    pub fn would_lose(&self, batch: &[(TaskPath, Sighting)]) -> HashMap<TaskPath, TaskId> {
        let after =
            |(path, sighting): &'_ (TaskPath, Sighting)| self.id_after(path, sighting).cloned();
        let kept: HashSet<_> = batch.iter().filter_map(after).collect();
        let lost = |path: &TaskPath| {
            let id = &self.task_at(path)?.id;
            let is_only = self.task(id)?.path == *path && self.rivals(id).is_empty();
            (is_only && !kept.contains(id)).then(|| (path.clone(), id.clone()))
        };
        batch.iter().filter_map(|(path, _)| lost(path)).collect()
    }

    /// The id that a file has once this was seen of it.
    #[must_use]
    pub fn id_after<'a>(&'a self, path: &TaskPath, sighting: &'a Sighting) -> Option<&'a TaskId> {
        let before = self.task_at(path).map(|task| &task.id);
        match sighting {
            Sighting::Absent => None,
            Sighting::Same(_) => before,
            // What cannot be understood keeps its last good version.
            Sighting::Read { reading, .. } => reading.task.as_ref().map(|task| &task.id).or(before),
        }
    }

    /// Decides anew which file serves an id: the one whose path sorts first.
    fn serve(&mut self, id: &TaskId, newcomers: Vec<TaskPath>) -> Option<Change> {
        let before = self.claims.remove(id);
        let mut paths = newcomers;
        if let Some(before) = &before {
            paths.push(before.task.path.clone());
            paths.extend(before.rivals.iter().cloned());
        }
        paths.retain(|path| self.task_at(path).is_some_and(|task| task.id == *id));
        paths.sort_unstable();
        paths.dedup();
        let mut paths = paths.into_iter();
        let after = paths.next().and_then(|path| self.task_at(&path).cloned());
        let change = Change::between(before.as_ref().map(|claim| &claim.task), after.as_ref());
        if let Some(task) = after {
            let number = self.settings.number_of_id(id.as_str()).unwrap_or(0);
            self.highest_number = self.highest_number.max(number);
            self.claims.insert(
                id.clone(),
                Claim {
                    task,
                    rivals: paths.collect(),
                },
            );
        }
        change
    }

    fn task_at(&self, path: &TaskPath) -> Option<&Arc<Task>> {
        self.files.get(path)?.task.as_ref()
    }

    /// Takes on settings. Where they differ, the caller reconciles every file anew, for a default may have changed.
    pub fn set_settings(&mut self, settings: Settings, problems: Vec<Problem>) {
        self.settings_problems = problems;
        if settings == self.settings {
            return;
        }
        if settings.id_prefix() != self.settings.id_prefix() {
            self.highest_number = 0;
        }
        self.settings = settings;
        let numbers = self
            .claims
            .keys()
            .filter_map(|id| self.settings.number_of_id(id.as_str()));
        self.highest_number = numbers.max().unwrap_or(0).max(self.highest_number);
    }

    /// The project's id.
    #[must_use]
    pub fn id(&self) -> &ProjectId {
        &self.id
    }

    /// What its `project.yaml` says.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The tasks, by id.
    pub fn tasks(&self) -> impl ExactSizeIterator<Item = &Arc<Task>> {
        self.claims.values().map(|claim| &claim.task)
    }

    /// The tasks whose id sorts after this one.
    pub fn tasks_after(&self, id: &TaskId) -> impl Iterator<Item = &Arc<Task>> {
        self.claims
            .range((Excluded(id), Unbounded))
            .map(|(_, claim)| &claim.task)
    }

    /// The task with this id.
    #[must_use]
    pub fn task(&self, id: &TaskId) -> Option<&Arc<Task>> {
        self.claims.get(id).map(|claim| &claim.task)
    }

    /// The files that would serve this id as well, were the first not there.
    #[must_use]
    pub fn rivals(&self, id: &TaskId) -> &[TaskPath] {
        self.claims.get(id).map_or(&[], |claim| &claim.rivals)
    }

    /// Is there a task whose id differs from this one by nothing but case?
    #[must_use]
    pub fn has_id_like(&self, id: &str) -> bool {
        self.claims
            .keys()
            .any(|known| known.as_str().eq_ignore_ascii_case(id))
    }

    /// The next free id of the project's form. Numbers of deleted tasks are not used again.
    #[must_use]
    pub fn next_id(&self) -> String {
        self.settings
            .id_of_number(self.highest_number.saturating_add(1))
    }

    /// Keeps a number from being given out, for a file that the index does not serve has it.
    pub fn skip_number(&mut self) {
        self.highest_number = self.highest_number.saturating_add(1);
    }

    /// Everything in the project that could not be understood, by path.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.settings_problems.clone();
        problems.extend(
            self.files
                .values()
                .flat_map(|file| file.problems.iter().cloned()),
        );
        for claim in self.claims.values() {
            let kind = ProblemKind::DuplicateId {
                id: claim.task.id.to_string(),
                owner: claim.task.path.to_string(),
            };
            problems.extend(
                claim
                    .rivals
                    .iter()
                    .map(|rival| Problem::of_file(rival, kind.clone())),
            );
        }
        problems.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
        problems
    }

    /// Is a file of this path known?
    #[must_use]
    pub fn knows(&self, path: &TaskPath) -> bool {
        self.files.contains_key(path)
    }

    /// The stamp and revision of a known file.
    #[must_use]
    pub fn seen(&self, path: &TaskPath) -> Option<(Stamp, Option<Revision>)> {
        self.files.get(path).map(|file| (file.stamp, file.revision))
    }

    /// The known files in a directory and below; in the whole project for the empty directory.
    #[must_use]
    pub fn paths_below(&self, directory: &str) -> Vec<TaskPath> {
        let first = if directory.is_empty() {
            String::new()
        } else {
            format!("{directory}/")
        };
        let from_first = self
            .files
            .range::<str, _>((Included(first.as_str()), Unbounded));
        from_first
            .map(|(path, _)| path)
            .take_while(|path| path.as_str().starts_with(&first))
            .cloned()
            .collect()
    }

    /// How many files are known, tasks or not.
    #[must_use]
    pub fn n_files(&self) -> usize {
        self.files.len()
    }
}

#[cfg(test)]
pub(crate) mod tests;
