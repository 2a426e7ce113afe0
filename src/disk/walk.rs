//! What lies below a directory: the files with a task's name, and what could not be entered.

use super::Folder;
use super::write::is_temporary;
use crate::name::TaskPath;
use crate::project::ignore::Ignore;
use crate::project::problem::ProblemKind;
use rustix::fs::{self, AtFlags, Dir, FileType, OFlags};
use rustix::io::Errno;

/// How much of a project is looked at.
#[derive(Clone, Copy, Debug)]
pub struct WalkLimits {
    /// Files with a task's name.
    pub n_files: usize,
    /// Directories.
    pub n_directories: usize,
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walk {
    /// The files with a task's name, in no order.
    pub files: Vec<TaskPath>,
    /// The server's own temporary files, which it does not have while nobody writes.
    pub leftovers: Vec<TaskPath>,
    /// What is refused by its name or kind alone.
    pub refused: Vec<(TaskPath, ProblemKind)>,
}

impl Folder {
    /// Finds what lies in `directory` (relative; empty for all) and below. `enter` is called with each directory
    /// before it is listed, so that who puts a watch on it there misses nothing.
    ///
    /// # Errors
    /// The system's, for what may pass. A directory that vanishes meanwhile or may not be read is no error.
    pub fn walk(
        &self,
        directory: &str,
        ignore: &Ignore,
        limits: WalkLimits,
        enter: &mut dyn FnMut(&str),
    ) -> Result<Walk, Errno> {
        let mut walk = Walk::default();
        let mut pending = vec![directory.to_owned()];
        let mut n_directories = 0;
        while let Some(directory) = pending.pop() {
            n_directories += 1;
            if n_directories > limits.n_directories || walk.files.len() > limits.n_files {
                walk.cut(&directory, limits);
                break;
            }
            enter(&directory);
            self.list(&directory, ignore, &mut walk, &mut pending)?;
        }
        // In the order of their names files mostly lie side by side, on the disk and in the index; a directory's own order is
        // that of their hashes.
        walk.files.sort_unstable();
        Ok(walk)
    }

    fn list(
        &self,
        directory: &str,
        ignore: &Ignore,
        walk: &mut Walk,
        pending: &mut Vec<String>,
    ) -> Result<(), Errno> {
        let fd = match self.open_below(directory, OFlags::RDONLY | OFlags::DIRECTORY) {
            Ok(fd) => fd,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => return Ok(()),
            Err(Errno::ACCESS | Errno::PERM) => {
                walk.refuse(directory, ProblemKind::Unreadable("permission denied"));
                return Ok(());
            }
            Err(other) => return Err(other),
        };
        for entry in Dir::read_from(&fd)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                walk.refuse_name(directory, &entry.file_name().to_string_lossy());
                continue;
            };
            if name == "." || name == ".." {
                continue;
            }
            let path = if directory.is_empty() {
                name.to_owned()
            } else {
                format!("{directory}/{name}")
            };
            let kind = match entry.file_type() {
                // Some file systems do not say it in the listing.
                FileType::Unknown => match fs::statat(&fd, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                    Err(_) => continue,
                },
                known => known,
            };
            walk.sort(path, kind, ignore, pending);
        }
        Ok(())
    }
}

impl Walk {
    fn sort(&mut self, path: String, kind: FileType, ignore: &Ignore, pending: &mut Vec<String>) {
        let Some(task_path) = TaskPath::parse(&path) else {
            return;
        };
        let is_task = ignore.is_task(&task_path);
        match kind {
            FileType::RegularFile if is_temporary(task_path.file_name()) => {
                self.leftovers.push(task_path);
            }
            FileType::RegularFile if is_task => self.files.push(task_path),
            FileType::Directory => {
                if ignore.is_entered(&path) {
                    pending.push(path);
                }
                if is_task {
                    self.refused.push((task_path, ProblemKind::NotAFile));
                }
            }
            FileType::Symlink
                if is_task
                    || (!task_path.file_name().contains('.') && ignore.is_entered(&path)) =>
            {
                // A link without an extension may stand for a directory of tasks: its user should hear of it.
                self.refused.push((task_path, ProblemKind::UnsafeLink));
            }
            FileType::Symlink | FileType::RegularFile => {}
            FileType::Fifo
            | FileType::Socket
            | FileType::CharacterDevice
            | FileType::BlockDevice
            | FileType::Unknown => {
                if is_task {
                    self.refused.push((task_path, ProblemKind::NotAFile));
                }
            }
        }
    }

    fn refuse(&mut self, path: &str, kind: ProblemKind) {
        let path = TaskPath::parse(if path.is_empty() {
            "project.yaml"
        } else {
            path
        });
        self.refused.extend(path.map(|path| (path, kind)));
    }

    /// A file whose name is no UTF-8 cannot be addressed; one that would be a task is told of.
    fn refuse_name(&mut self, directory: &str, shown: &str) {
        if shown.ends_with(".md") {
            let path = if directory.is_empty() {
                shown.to_owned()
            } else {
                format!("{directory}/{shown}")
            };
            self.refuse(&path, ProblemKind::NameNotUtf8);
        }
    }

    fn cut(&mut self, directory: &str, limits: WalkLimits) {
        self.files.truncate(limits.n_files);
        self.refuse(
            directory,
            ProblemKind::TooManyFiles {
                limit: limits.n_files,
            },
        );
    }
}
