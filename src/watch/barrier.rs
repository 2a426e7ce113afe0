//! A mark in the system's queue of hints: once it comes out, everything that happened before has come out too.
//!
//! The mark is a write to a file without a name that is watched like the projects are: one queue holds the hints of all
//! watches, in their order (inotify(7)), so nothing needs to be written where the tasks are. One mark is under way at a
//! time; who asks meanwhile waits for the next. A mark that does not come out says that nobody hears anything. Two files
//! take turns, so that a mark that was given up and comes out after all is not taken for the next.

use crate::name::ProjectId;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// A mark comes out within this time, or the watcher is taken for deaf. Usually it takes 0.1 ms. The tests wait for a
/// deaf one, and are to have room for a machine that stands still meanwhile.
const ECHO_TIME: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 5 });

/// Someone who wants to know when every change made before now has been seen.
#[derive(Debug)]
pub(super) struct Request {
    /// Of this project, or of any.
    pub(super) project: Option<ProjectId>,
    /// Told once that is so.
    pub(super) done: oneshot::Sender<()>,
}

/// The marks, and who waits for them.
#[derive(Debug, Default)]
pub(super) struct Barrier {
    /// Two, or none where that cannot be.
    marks: Vec<Mark>,
    /// Whose turn it is.
    turn: usize,
    /// When the mark that is under way was made.
    marked_at: Option<Instant>,
    /// Those who wait for the mark that is under way.
    marked: Vec<Request>,
    /// Those who came after it was made.
    waiting: Vec<Request>,
    /// Those whose changes have all been heard of by then, and not all been settled.
    heard: Vec<(Request, Instant)>,
}

#[derive(Debug)]
struct Mark {
    file: File,
    path: PathBuf,
}

impl Mark {
    fn watched_by(notifier: &mut RecommendedWatcher) -> notify::Result<Self> {
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let file = rustix::fs::open(std::env::temp_dir(), flags, Mode::from_raw_mode(0o600));
        let file = File::from(file.map_err(|errno| notify::Error::io(errno.into()))?);
        let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        notifier.watch(&path, RecursiveMode::NonRecursive)?;
        Ok(Self { file, path })
    }
}

impl Barrier {
    /// Makes marks in the queue of this watcher from now on. Where that cannot be, nobody is promised anything.
    pub(super) fn watch(&mut self, notifier: &mut RecommendedWatcher) {
        self.unwatch();
        for _ in 0..2 {
            match Mark::watched_by(notifier) {
                Ok(mark) => self.marks.push(mark),
                Err(error) => {
                    tracing::debug!(%error, "whether the watcher hears anything cannot be checked");
                    self.unwatch();
                    return;
                }
            }
        }
    }

    /// Makes no more marks: nobody listens.
    pub(super) fn unwatch(&mut self) {
        self.marks.clear();
        self.marked_at = None;
    }

    /// The paths of the marks.
    #[cfg(test)]
    pub(super) fn paths(&self) -> impl Iterator<Item = PathBuf> {
        self.marks.iter().map(|mark| mark.path.clone())
    }

    /// Is this the path of a mark?
    pub(super) fn is_mark(&self, path: &Path) -> bool {
        self.marks.iter().any(|mark| mark.path == path)
    }

    /// Takes in someone who waits. False when there are no marks, so that all must be compared instead.
    pub(super) fn ask(&mut self, request: Request) -> bool {
        self.waiting.push(request);
        self.make_mark()
    }

    /// Makes a mark, unless one is under way. False when there are none.
    pub(super) fn make_mark(&mut self) -> bool {
        if self.marks.is_empty() {
            return false;
        }
        if self.marked_at.is_none() {
            self.turn = (self.turn + 1) % self.marks.len();
            if self.marks[self.turn].file.write_at(b"x", 0).is_err() {
                return false;
            }
            self.marked_at = Some(Instant::now());
            self.marked.append(&mut self.waiting);
        }
        true
    }

    /// A mark has come out: all that those who waited for it did before has been heard of.
    pub(super) fn came_out(&mut self, path: &Path, now: Instant) {
        let is_awaited = self.marked_at.is_some() && self.marks[self.turn].path == path;
        if !is_awaited {
            return;
        }
        self.marked_at = None;
        let marked = self.marked.drain(..);
        self.heard.extend(marked.map(|request| (request, now)));
        if !self.waiting.is_empty() {
            self.make_mark();
        }
    }

    /// A hint was lost: what a mark has said since is worth nothing until everything has been compared.
    pub(super) fn lost(&mut self) {
        let heard = self.heard.drain(..).map(|(request, _)| request);
        self.waiting.extend(heard);
    }

    /// Everything has just been compared, which is as good as a mark for all who asked before.
    pub(super) fn compared(&mut self, now: Instant) {
        // Where hints were lost, the mark may be too.
        self.marked_at = None;
        let all = self.marked.drain(..).chain(self.waiting.drain(..));
        self.heard.extend(all.map(|request| (request, now)));
    }

    /// Tells those of whose changes none is open any more.
    pub(super) fn tell(&mut self, is_open: impl Fn(Option<&ProjectId>, Instant) -> bool) {
        let settled = |(request, then): &mut (Request, Instant)| {
            request.done.is_closed() || !is_open(request.project.as_ref(), *then)
        };
        for (request, _) in self.heard.extract_if(.., settled) {
            if request.done.send(()).is_err() {
                tracing::debug!("one who waited has given up");
            }
        }
    }

    /// When a mark that is under way is overdue.
    pub(super) fn overdue_at(&self) -> Option<Instant> {
        self.marked_at.map(|at| at + ECHO_TIME)
    }
}
