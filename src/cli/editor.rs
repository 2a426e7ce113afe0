//! The user's own editor: on a task's file, or on a copy of one that a server has.

use super::desk::{Directory, Failure, FoundTask, Remote, Tasks};
use super::{Exit, aside};
use crate::disk::write::random;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lets the editor work on a task's file, and says what is wrong with what it has made of it.
pub(super) fn on_file(directory: &Directory, id: &str) -> Result<Exit, Failure> {
    let task = directory.find(id)?;
    run(&directory.file(&task)?)?;
    let problems = directory.problems(&task)?;
    problems.iter().for_each(|problem| aside(problem));
    Ok(if problems.is_empty() {
        Exit::Well
    } else {
        Exit::Problems
    })
}

/// Lets the editor work on a copy of a task's file, and puts it in the place of the one that it was made of, if that is the
/// same still. Where it cannot be put there, the copy stays.
pub(super) fn on_copy(remote: &Remote, id: &str) -> Result<Exit, Failure> {
    let task = remote.find(id)?;
    let bytes = remote.bytes(&task)?;
    let copy = Copy::make(&task, &bytes)?;
    let done = run(&copy.path).and_then(|()| {
        let edited = fs::read(&copy.path).map_err(|error| Failure::Refused(error.to_string()))?;
        if edited == bytes {
            return Ok(());
        }
        remote.put_file(&task, &bytes, edited)
    });
    if done.is_err() && fs::read(&copy.path).is_ok_and(|edited| edited != bytes) {
        aside(&format!(
            "what you have written is in {}",
            copy.path.display()
        ));
    } else {
        copy.remove();
    }
    done.map(|()| Exit::Well)
}

/// Opens a file in the editor, and waits for its end.
fn run(path: &Path) -> Result<(), Failure> {
    // The shell reads the two names, which may hold arguments, as git has it.
    let editor = r#"eval "${VISUAL:-${EDITOR:-vi}} \"\$@\"""#;
    let mut command = Command::new("sh");
    command.args(["-c", editor, "taskmd"]).arg(path);
    let refused = |reason| Err(Failure::Refused(reason));
    match command.status() {
        Err(error) => refused(format!("the editor cannot be started: {error}")),
        Ok(status) if !status.success() => refused(format!("the editor says no: {status}")),
        Ok(_) => Ok(()),
    }
}

/// A copy of a task's file, in a directory that nobody else may look into.
struct Copy {
    directory: PathBuf,
    path: PathBuf,
}

impl Copy {
    fn make(task: &FoundTask, bytes: &[u8]) -> Result<Self, Failure> {
        let directory = std::env::temp_dir().join(format!("taskmd-{:016x}", random()));
        let path = task.text("path")?;
        let name = path.rsplit('/').next().unwrap_or("task.md");
        let copy = Self {
            path: directory.join(name),
            directory,
        };
        let made = copy.write(bytes);
        made.map_err(|error| Failure::Unable(format!("no copy can be made: {error}")))?;
        Ok(copy)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a copy that is nobody's yet, in a directory that was just made"
    )]
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(&self.directory)?;
        fs::write(&self.path, bytes)
    }

    fn remove(&self) {
        // What an editor leaves beside it goes along.
        if let Err(error) = fs::remove_dir_all(&self.directory) {
            aside(&format!("{} stays: {error}", self.directory.display()));
        }
    }
}
