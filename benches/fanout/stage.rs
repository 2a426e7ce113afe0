//! A server over two projects, and the editor that makes tasks in them.

use crate::audience::{Audience, Probe};
use crate::served::Server;
use std::io;
use std::path::PathBuf;
use std::time::Instant;
use tempfile::TempDir;

/// The projects: one with many clients, and one with a single one. Their names are as long.
pub(crate) const CROWD: &str = "crowd";
pub(crate) const ALONE: &str = "alone";

/// Bytes of a task's body, which make an event of 1 KiB.
const BODY_BYTES: usize = 560;

/// A server, and its files.
pub(crate) struct Stage {
    pub(crate) server: Server,
    root: PathBuf,
    n_made: usize,
    _folder: TempDir,
}

impl Stage {
    /// Starts a server with these further arguments.
    pub(crate) fn set(arguments: &[&str]) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let root = folder.path().join("root");
        for project in [CROWD, ALONE] {
            std::fs::create_dir_all(root.join(project))?;
        }
        Ok(Self {
            server: Server::start(&root, arguments)?,
            root,
            n_made: 0,
            _folder: folder,
        })
    }

    /// Makes so many new tasks in a project at once: a directory of them is moved in. Returns when that was.
    #[expect(clippy::disallowed_methods, reason = "the bench is the editor")]
    pub(crate) fn make(&mut self, project: &str, n_tasks: usize) -> io::Result<Instant> {
        self.n_made += 1;
        let n_made = self.n_made;
        let aside = self.root.with_file_name(format!("{n_made:05}"));
        std::fs::create_dir(&aside)?;
        for n in 0..n_tasks {
            let body = "x".repeat(BODY_BYTES);
            let text = format!("---\ntitle: a task\nstatus: open\n---\n{body}");
            std::fs::write(aside.join(format!("t{n_made:05}-{n:04}.md")), text)?;
        }
        let moved = Instant::now();
        std::fs::rename(aside, self.root.join(project).join(format!("{n_made:05}")))?;
        Ok(moved)
    }

    /// So many clients of a project.
    pub(crate) fn audience(&self, project: &str, n_clients: usize) -> io::Result<Audience> {
        let request = self.server.request(project);
        Audience::connect(self.server.address, n_clients, &request)
    }

    /// A client of a project whose messages are looked at.
    pub(crate) fn probe(&self, project: &str) -> io::Result<Probe> {
        Probe::connect(self.server.address, &self.server.request(project))
    }
}
