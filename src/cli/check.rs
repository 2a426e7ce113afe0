//! `taskmd check`: what is wrong, a line each.

use super::{Exit, target, unable};
use crate::wire;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// List the files that cannot be understood, and links between tasks that lead nowhere or in a circle
#[derive(Args, Debug)]
pub(super) struct Check {
    /// The directory that holds the projects, or that of one project, if it has a project.yaml
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(self) -> Exit {
        let (root, project) = match target::project_at(&self.dir) {
            Some((root, project)) => (root, Some(project)),
            None => (self.dir, None),
        };
        let opened = target::store(&root)
            .and_then(|store| target::open(&store, &root, Vec::from_iter(project).as_slice()));
        let shelves = match opened {
            Ok(shelves) => shelves,
            Err(reason) => return unable(reason),
        };
        let mut n_problems = 0;
        let mut out = std::io::stdout().lock();
        for shelf in shelves {
            for problem in shelf.problems() {
                n_problems += 1;
                let line = if self.json {
                    wire::problem_line(shelf.id(), &problem)
                } else {
                    format!("{}/{problem}", shelf.id())
                };
                // A reader that has seen enough (`| head`) is no failure.
                if writeln!(out, "{line}").is_err() {
                    return Exit::Problems;
                }
            }
        }
        if n_problems == 0 {
            Exit::Well
        } else {
            Exit::Problems
        }
    }
}
