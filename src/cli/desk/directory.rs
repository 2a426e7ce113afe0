//! The tasks of a directory. No server need run; one that does hears of a change as of any other editor's.

use super::{Failure, FoundTask, Object, Tasks};
use crate::cli::target;
use crate::disk::{Folder, Found};
use crate::name::{TaskId, TaskPath};
use crate::store::{Precondition, Shelf, Store, StoreError};
use crate::task::Task;
use crate::task::patch::PatchError;
use crate::wire;
use std::path::PathBuf;
use std::sync::Arc;

pub(in crate::cli) struct Directory {
    store: Store,
    shelves: Vec<Arc<Shelf>>,
    projects: Vec<String>,
}

impl Directory {
    pub(super) fn open(dir: PathBuf, projects: Vec<String>) -> Result<Self, Failure> {
        let store = target::store(&dir)?;
        let shelves = target::open(&store, &dir, &projects).map_err(Failure::Refused)?;
        Ok(Self {
            store,
            projects: shelves.iter().map(|shelf| shelf.id().to_string()).collect(),
            shelves,
        })
    }

    fn shelf(&self, project: &str) -> Result<&Shelf, Failure> {
        let mut shelves = self.shelves.iter();
        let shelf = shelves.find(|shelf| shelf.id().as_str() == project);
        let gone = || Failure::Refused("the project is gone".to_owned());
        shelf.map(AsRef::as_ref).ok_or_else(gone)
    }

    /// The project's directory, and the path of a task's file below it.
    fn place(&self, task: &FoundTask) -> Result<(PathBuf, TaskPath), Failure> {
        let object = task.object()?;
        let path = object
            .get("path")
            .and_then(|path| TaskPath::parse(path.as_str()?));
        let path = path.ok_or_else(|| Failure::Refused("the task has no file".to_owned()))?;
        Ok((self.store.root().join(&task.project), path))
    }

    /// Where a task's file is.
    pub(in crate::cli) fn file(&self, task: &FoundTask) -> Result<PathBuf, Failure> {
        let (folder, path) = self.place(task)?;
        Ok(folder.join(path.as_str()))
    }

    /// What is wrong with a task's file as it is now, a line each.
    pub(in crate::cli) fn problems(&self, task: &FoundTask) -> Result<Vec<String>, Failure> {
        let (_, path) = self.place(task)?;
        let root = self.store.root();
        let now = Self::open(root.to_owned(), vec![task.project.clone()])?;
        let problems = now.shelf(&task.project)?.problems();
        let of_file = problems.iter().filter(|problem| problem.path == path);
        Ok(of_file
            .map(|problem| format!("{}/{problem}", task.project))
            .collect())
    }

    /// What was written. A save that has met it half-way is put in its place first. Unlike a server, a command does not
    /// stay for one that has found the file's name and has not come to open it yet.
    fn written(
        &self,
        shelf: &Shelf,
        task: Result<Arc<Task>, StoreError>,
    ) -> Result<String, Failure> {
        self.store.rescue();
        let task = task.map_err(|error| Failure::Refused(error.to_string()))?;
        Ok(wire::task(shelf.id(), &task))
    }
}

impl From<PatchError> for Failure {
    fn from(error: PatchError) -> Self {
        Self::Refused(error.to_string())
    }
}

impl Tasks for Directory {
    fn projects(&self) -> &[String] {
        &self.projects
    }

    fn task(&self, project: &str, id: &str) -> Result<Option<String>, Failure> {
        let shelf = self.shelf(project)?;
        // What is no id is no task's.
        let task = TaskId::parse(id).ok().and_then(|id| shelf.task(&id));
        Ok(task.map(|task| wire::task(shelf.id(), &task)))
    }

    fn bytes(&self, task: &FoundTask) -> Result<Vec<u8>, Failure> {
        let (folder, path) = self.place(task)?;
        let found = Folder::open(&folder)
            .and_then(|folder| folder.read(&path, self.store.limits().file_bytes));
        match found {
            Ok(Found::File(file)) => Ok(file.bytes),
            Ok(Found::Absent | Found::Changing) => {
                Err(Failure::Refused("the file is being changed".to_owned()))
            }
            Ok(Found::Refused(kind)) => Err(Failure::Refused(kind.to_string())),
            Err(errno) => Err(Failure::Refused(format!(
                "the file cannot be read: {errno}"
            ))),
        }
    }

    fn create(&self, project: &str, object: Object) -> Result<String, Failure> {
        let shelf = self.shelf(project)?;
        let input = wire::input::task(object)?;
        let id = input
            .id
            .map(|id| wire::input::new_task_id(&id))
            .transpose()?;
        let task = shelf.create(id.as_ref().map(TaskId::as_str), input.patch);
        self.written(shelf, task)
    }

    fn update(&self, project: &str, id: &str, object: Object) -> Result<String, Failure> {
        let shelf = self.shelf(project)?;
        let input = wire::input::task(object)?;
        let precondition = match input.revision {
            Some(revision) => Precondition::Match(vec![revision]),
            None => Precondition::None,
        };
        let id = TaskId::parse(id).map_err(|error| Failure::Refused(error.to_string()))?;
        let task = shelf.update(&id, &input.patch, &precondition);
        self.written(shelf, task)
    }
}
