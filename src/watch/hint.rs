//! notify's events in the watcher's own words, and what a path below the root is.

use super::agenda::Hint;
use crate::name::{ProjectId, TaskPath};
use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};
use notify::{ErrorKind, EventKind};
use std::path::{Path, PathBuf};

/// What was heard.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Something of a file, or of a directory, where that makes no difference.
    File { path: PathBuf, hint: Hint },
    /// A directory came to be.
    DirectoryCreated(PathBuf),
    /// A file or directory was moved away; its other end has the same cookie.
    MovedFrom {
        path: PathBuf,
        cookie: Option<usize>,
    },
    /// A file or directory was moved here.
    MovedTo {
        path: PathBuf,
        cookie: Option<usize>,
    },
    /// A file or directory was removed.
    Gone(PathBuf),
    /// Something was lost: everything is to be compared.
    Lost,
    /// No more directories can be watched.
    NoMoreWatches,
}

impl Seen {
    /// What an event of notify's means. `None` when it means nothing: a read, most of all.
    pub(super) fn of(event: notify::Result<notify::Event>) -> Option<Self> {
        let event = match event {
            Ok(event) => event,
            Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => {
                return Some(Self::NoMoreWatches);
            }
            Err(_) => return Some(Self::Lost),
        };
        if event.need_rescan() {
            return Some(Self::Lost);
        }
        let cookie = event.tracker();
        let path = event.paths.into_iter().next()?;
        match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Self::File {
                path,
                hint: Hint::Whole,
            }),
            EventKind::Create(CreateKind::Folder) => Some(Self::DirectoryCreated(path)),
            EventKind::Create(_) => Some(Self::File {
                path,
                hint: Hint::Created,
            }),
            EventKind::Remove(_) => Some(Self::Gone(path)),
            EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                Some(Self::MovedFrom { path, cookie })
            }
            EventKind::Modify(ModifyKind::Name(RenameMode::To)) => {
                Some(Self::MovedTo { path, cookie })
            }
            // Both ends have been told one by one.
            EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => None,
            // A watcher that cannot tell the ends apart: the next walk will.
            EventKind::Modify(ModifyKind::Name(RenameMode::Any | RenameMode::Other)) => {
                Some(Self::Lost)
            }
            EventKind::Modify(_) | EventKind::Any => Some(Self::File {
                path,
                hint: Hint::Touched,
            }),
            EventKind::Access(_) | EventKind::Other => None,
        }
    }
}

/// What a path is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The root itself.
    Root,
    /// A project's directory.
    Project(ProjectId),
    /// Something in a project.
    Below(ProjectId, TaskPath),
    /// Something in a project whose name is no text.
    Unnamed(ProjectId),
}

/// What a path is to the root. `None` when it is nothing of a project's.
pub(super) fn scope(root: &Path, path: &Path) -> Option<Scope> {
    let below = path.strip_prefix(root).ok()?;
    let mut segments = below.components();
    let Some(project) = segments.next() else {
        return Some(Scope::Root);
    };
    let project = ProjectId::of_directory(project.as_os_str().to_str()?)?;
    let rest = segments.as_path();
    if rest.as_os_str().is_empty() {
        return Some(Scope::Project(project));
    }
    match rest.to_str() {
        Some(rest) => Some(Scope::Below(project, TaskPath::parse(rest)?)),
        None => Some(Scope::Unnamed(project)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_path_is() {
        let scope = |path: &str| scope(Path::new("/r"), Path::new(path));
        let project = || ProjectId::parse("p").unwrap();
        assert_eq!(scope("/r"), Some(Scope::Root));
        assert_eq!(scope("/r/p"), Some(Scope::Project(project())));
        let below = |path| Some(Scope::Below(project(), TaskPath::parse(path).unwrap()));
        assert_eq!(scope("/r/p/a.md"), below("a.md"));
        assert_eq!(scope("/r/p/x/y"), below("x/y"));
        assert_eq!(scope("/r/.git/index"), None);
        assert_eq!(scope("/else"), None);
    }

    #[test]
    fn a_read_is_nothing() {
        let read = notify::Event::new(EventKind::Access(AccessKind::Open(AccessMode::Any)))
            .add_path("/r/p/a.md".into());
        assert_eq!(Seen::of(Ok(read)), None);
    }
}
