//! `taskmd check`: what is wrong, a line each.

use super::{Exit, unable};
use crate::config::Limits;
use crate::store::Store;
use crate::wire;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// List the files that cannot be understood, and links between tasks that lead nowhere or in a circle
#[derive(Args, Debug)]
pub(super) struct Check {
    /// The directory that holds the projects
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(self) -> Exit {
        let store = match Store::new(&self.dir, Limits::default())
            .and_then(|store| store.open_all().map(|()| store))
        {
            Ok(store) => store,
            Err(error) => {
                return unable(format_args!(
                    "cannot read `{}`: {error}",
                    self.dir.display()
                ));
            }
        };
        let mut n_problems = 0;
        let mut out = std::io::stdout().lock();
        for shelf in store.shelves() {
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
