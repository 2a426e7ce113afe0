//! A project in git, with two branches in which every file is another one.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files of one directory.
const FILES_A_DIRECTORY: usize = 100;
/// Bytes of a task's body, which make a file of 1 KiB.
const BODY_BYTES: usize = 950;

pub(crate) struct Repository {
    path: PathBuf,
    n_files: usize,
}

impl Repository {
    /// Makes one, on the first of its branches.
    pub(crate) fn make(root: &Path, project: &str, n_files: usize) -> io::Result<Self> {
        let path = root.join(project);
        let repository = Self { path, n_files };
        std::fs::create_dir(&repository.path)?;
        repository.git(&["init", "-q", "-b", repository.branches()[0]])?;
        repository.commit(repository.branches()[0])?;
        repository.git(&["checkout", "-q", "-b", repository.branches()[1]])?;
        repository.commit(repository.branches()[1])?;
        repository.check_out(repository.branches()[0])?;
        Ok(repository)
    }

    pub(crate) fn branches(&self) -> [&'static str; 2] {
        ["low", "high"]
    }

    pub(crate) fn check_out(&self, branch: &str) -> io::Result<()> {
        self.git(&["checkout", "-q", branch])
    }

    /// What a branch says: the titles by id.
    pub(crate) fn titles(&self, branch: &str) -> BTreeMap<String, String> {
        let title = |n| (id(n), format!("{branch} water {n}"));
        (0..self.n_files).map(title).collect()
    }

    #[expect(clippy::disallowed_methods, reason = "the bench is git")]
    fn commit(&self, branch: &str) -> io::Result<()> {
        for (n, (id, title)) in self.titles(branch).into_iter().enumerate() {
            let directory = self.path.join(format!("d{:03}", n / FILES_A_DIRECTORY));
            std::fs::create_dir_all(&directory)?;
            let body = "x".repeat(BODY_BYTES);
            let text = format!("---\nid: {id}\ntitle: {title}\nstatus: open\n---\n\n{body}\n");
            std::fs::write(directory.join(format!("{id}.md")), text)?;
        }
        self.git(&["add", "."])?;
        self.git(&["commit", "-q", "-m", branch])
    }

    fn git(&self, arguments: &[&str]) -> io::Result<()> {
        let identity = [
            "-c",
            "user.name=Bench",
            "-c",
            "user.email=bench@example.com",
        ];
        let status = Command::new("git")
            .args(identity)
            .args(arguments)
            .current_dir(&self.path)
            .status()?;
        if status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!("git {arguments:?}: {status}")))
    }
}

fn id(n: usize) -> String {
    format!("T-{n:05}")
}
