//! What was heard, put on the agenda: the files that it may be about.

use super::Follower;
use crate::fault::{self, Fault};
use crate::name::{ProjectId, TaskPath};
use crate::project::ignore::Ignore;
use crate::store::absorb::is_settings;
use crate::watch::agenda::{CREATED, Hint, Place};
use crate::watch::hint::{self, Scope, Seen};
use std::path::Path;
use std::time::Instant;

impl Follower {
    /// Can this be taken in by notify's own thread? Not what may need another watch, or everything compared.
    pub(super) fn is_taken_in_anywhere(&self, seen: &Seen) -> bool {
        match seen {
            Seen::File { .. } | Seen::MovedFrom { .. } | Seen::Gone(_) => true,
            Seen::MovedTo { path, .. } => self.place(path).is_some(),
            Seen::DirectoryCreated(_) | Seen::Lost | Seen::NoMoreWatches => false,
        }
    }

    /// Takes in what was heard.
    pub(super) fn take_in(&mut self, seen: Seen) {
        match seen {
            Seen::Lost => self.seat.miss(),
            Seen::NoMoreWatches => self.give_up_notifying(),
            Seen::File { path, .. } if self.barrier.is_mark(&path) => {
                self.barrier.came_out(&path, Instant::now());
            }
            Seen::File { path, hint } => match self.place(&path) {
                Some(place) => self.note(place, hint),
                None if hint == Hint::Created && self.is_odd(&path) => self.walk_soon(),
                None => {}
            },
            Seen::DirectoryCreated(path) => {
                self.directory_came(&path, Hint::Created);
            }
            Seen::MovedFrom { path, cookie } => {
                let places = self.went(&path);
                self.moved_from = cookie.map(|cookie| (cookie, places));
            }
            Seen::Gone(path) => drop(self.went(&path)),
            Seen::MovedTo { path, cookie } => self.arrived(&path, cookie),
        }
    }

    fn note(&mut self, place: Place, hint: Hint) {
        self.agenda.note(place, hint, Instant::now());
    }

    /// The file of a project that a path is, if it may be one that counts.
    fn place(&self, path: &Path) -> Option<Place> {
        let Scope::Below(project, path) = hint::scope(self.store.root(), path)? else {
            return None;
        };
        let shelf = self.store.shelf(&project)?;
        let counts = is_settings(&path) || shelf.ignore().is_task(&path) || shelf.knows(&path);
        counts.then_some(Place { project, path })
    }

    /// Is this something of a project's that is no file or directory to be read, but one to be told of? A link to a
    /// directory, or a name that is no text.
    fn is_odd(&self, path: &Path) -> bool {
        match hint::scope(self.store.root(), path) {
            Some(Scope::Unnamed(_)) => true,
            // As a walk sees it; the name is asked first, and that of a file is mostly none of a directory.
            Some(Scope::Below(project, below)) => {
                let is_entered = |ignore: &Ignore| ignore.is_entered(below.as_str());
                let shelf = self.store.shelf(&project);
                !below.file_name().contains('.')
                    && shelf.is_some_and(|shelf| is_entered(&shelf.ignore()))
                    && path.is_symlink()
            }
            Some(Scope::Root | Scope::Project(_)) | None => false,
        }
    }

    /// Compares all files in a moment: many things that ask for it have one walk.
    fn walk_soon(&mut self) {
        self.next_walk = self.next_walk.min(Instant::now() + CREATED);
    }

    /// Something went: a file, or a directory with all that was in it. Returns the files.
    fn went(&mut self, path: &Path) -> Vec<Place> {
        let places = match hint::scope(self.store.root(), path) {
            Some(Scope::Below(project, below)) => self.known_below(&project, &below),
            Some(Scope::Project(project)) => {
                self.store.leave(&project);
                Vec::new()
            }
            Some(Scope::Unnamed(_) | Scope::Root) => {
                self.walk_soon();
                Vec::new()
            }
            None => Vec::new(),
        };
        for place in &places {
            self.note(place.clone(), Hint::Gone);
        }
        places
    }

    /// The known files that are this path or below it, and the path itself when it is waited for.
    fn known_below(&self, project: &ProjectId, path: &TaskPath) -> Vec<Place> {
        let Some(shelf) = self.store.shelf(project) else {
            return Vec::new();
        };
        let place = |path| Place {
            project: project.clone(),
            path,
        };
        // A file is the common case, and needs no search.
        if shelf.knows(path) || self.agenda.contains(&place(path.clone())) || is_settings(path) {
            return vec![place(path.clone())];
        }
        shelf
            .paths_below(path.as_str())
            .into_iter()
            .map(place)
            .collect()
    }

    /// Something was moved here. Where the other end of the move is known, both are looked at together, so that a
    /// rename is one change.
    fn arrived(&mut self, path: &Path, cookie: Option<usize>) {
        let came = match self.place(path) {
            Some(place) => {
                self.note(place, Hint::Whole);
                true
            }
            None => self.directory_came(path, Hint::Whole),
        };
        if let Some((from, places)) = self.moved_from.take()
            && Some(from) == cookie
            && came
        {
            for place in places {
                self.note(place, Hint::Whole);
            }
        }
    }

    /// A directory came, empty or not. Its files are noted with `hint`. False when it is none of a project's.
    fn directory_came(&mut self, path: &Path, hint: Hint) -> bool {
        match hint::scope(self.store.root(), path) {
            Some(Scope::Project(project)) => {
                self.open(&project);
                true
            }
            Some(Scope::Below(project, below)) => {
                let Some(shelf) = self.store.shelf(&project) else {
                    return false;
                };
                // The name is asked first: our own temporary files come by here twice a write.
                if !shelf.ignore().is_entered(below.as_str()) || !path.is_dir() || path.is_symlink()
                {
                    return false;
                }
                let root = self.store.root().join(project.as_str());
                let found = shelf.find(below.as_str(), &mut |directory| {
                    self.watch(&root.join(directory));
                });
                match found {
                    Ok(_) if fault::is(Fault::NoListing) => {}
                    Ok(mut paths) => {
                        // A directory with a task's name is told as a problem; its files are tasks all the same.
                        paths.extend(Some(below).filter(|below| shelf.ignore().is_task(below)));
                        self.note_all(&project, paths, hint);
                    }
                    Err(error) => {
                        self.failed(&project, &error);
                    }
                }
                true
            }
            Some(Scope::Unnamed(_)) => {
                self.walk_soon();
                true
            }
            Some(Scope::Root) | None => false,
        }
    }
}
