//! All that is wrong in a project: what its files say wrong by themselves, and what they say wrong of each other.

use super::Shelf;
use crate::disk::{Folder, Found};
use crate::project::dependencies::{self, Finding};
use crate::project::problem::Problem;
use crate::task::document;
use std::sync::{Arc, PoisonError};

/// What was found between the tasks after the event of this number.
pub(super) type Findings = (u64, Arc<[Finding]>);

impl Shelf {
    /// Everything that is wrong in the project, by path. Files are read, to say where in them it is.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let findings = self.findings();
        let folder = self.folder();
        let n_places = self.limits.located_problems;
        let mut problems = self.view(|project, _| project.problems());
        problems.extend(findings.iter().enumerate().map(|(n, finding)| {
            let folder = folder.as_deref().filter(|_| n < n_places);
            let at = folder.and_then(|folder| self.place(folder, finding));
            let (line, column) = at.unwrap_or((1, 1));
            Problem {
                path: finding.task.path.clone(),
                line,
                column,
                kind: finding.kind.clone(),
            }
        }));
        problems.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
        problems
    }

    /// How many these are.
    #[must_use]
    pub fn n_problems(&self) -> usize {
        self.findings().len() + self.view(|project, _| project.problems().len())
    }

    fn place(&self, folder: &Folder, finding: &Finding) -> Option<(usize, usize)> {
        match folder.read(&finding.task.path, self.limits.file_bytes) {
            Ok(Found::File(file)) => document::place_of(&file.bytes, finding.field, &finding.names),
            Ok(Found::Absent | Found::Refused(_) | Found::Changing) | Err(_) => None,
        }
    }

    /// What is wrong between the tasks, found once after each event.
    fn findings(&self) -> Arc<[Finding]> {
        // Held while they are looked for: who asks meanwhile gets the same.
        let mut last = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = self.log().head();
        if let Some((_, findings)) = last.as_ref().filter(|(known, _)| *known == seq) {
            return findings.clone();
        }
        // Nobody who writes is to wait until they are found.
        let (tasks, seq) = self.view(|project, position| {
            let tasks: Vec<_> = project.tasks().cloned().collect();
            (tasks, position.seq)
        });
        let findings: Arc<[Finding]> = dependencies::findings(&tasks).into();
        *last = Some((seq, findings.clone()));
        findings
    }
}
