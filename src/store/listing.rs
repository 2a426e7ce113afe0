//! Lists of a project's tasks: what matches a query, page by page.
//!
//! Whatever changes between two pages, no task comes twice or is left out. In the order of the ids a page begins behind the
//! last id of the one before. Any other order is cut once, and [`Kept`] until its pages have been asked for.

use super::Shelf;
use crate::config::Limits;
use crate::event::Position;
use crate::name::ProjectId;
use crate::project::Project;
use crate::query::cursor::Place;
use crate::query::search::Hits;
use crate::query::{Cursor, Cut, Index, Query, Search, Selection, Sequence};
use crate::task::Task;
use crate::wire::TaskPage;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The list that a cursor names is not kept any more, and cannot be made again: something has changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list has changed since, and is not kept any more: begin again without a cursor")]
pub struct CursorExpired;

impl Shelf {
    /// What an answer depends on, as it is now.
    #[must_use]
    pub fn cut(&self) -> Cut {
        self.view(|project, position| Cut::new(position, &project.settings().statuses))
    }

    /// A page of a list.
    ///
    /// # Errors
    /// [`CursorExpired`], when its list is gone.
    pub fn list(&self, query: &Query, kept: &Kept) -> Result<TaskPage, CursorExpired> {
        match query.selection.sequence() {
            Sequence::Id => Ok(self.page_by_id(query)),
            Sequence::Order(_) | Sequence::Rank => self.page_of_cut(query, kept),
        }
    }

    fn page_by_id(&self, query: &Query) -> TaskPage {
        let after = query
            .cursor
            .as_ref()
            .and_then(|cursor| match &cursor.place {
                Place::After(id) => Some(id),
                Place::In(..) => None,
            });
        // One more than asked for tells whether there is a next page.
        let n_wanted = query.limit.saturating_add(1);
        let (mut tasks, n_total, cut) = if query.selection.is_everything() {
            self.view(|project, position| {
                let tasks: Vec<_> = match after {
                    Some(after) => project.tasks_after(after).take(n_wanted).cloned().collect(),
                    None => project.tasks().take(n_wanted).cloned().collect(),
                };
                let cut = Standing::of(project, position).cut;
                (tasks, project.tasks().len(), cut)
            })
        } else {
            let (mut tasks, cut) = self.arranged(&query.selection);
            let n_total = tasks.len();
            let n_before = tasks.partition_point(|task| Some(&task.id) <= after);
            drop(tasks.drain(..n_before));
            tasks.truncate(n_wanted);
            (tasks, n_total, cut)
        };
        let has_next = tasks.len() > query.limit;
        tasks.truncate(query.limit);
        let last = tasks.last().filter(|_| has_next);
        let next = last.map(|task| Place::After(task.id.clone()));
        TaskPage {
            next_cursor: next.map(|place| cursor(query, place)),
            tasks,
            n_total,
            cut,
        }
    }

    fn page_of_cut(&self, query: &Query, kept: &Kept) -> Result<TaskPage, CursorExpired> {
        let place = query.cursor.as_ref().map(|cursor| &cursor.place);
        let (wanted, n_before) = match place {
            Some(Place::In(cut, n_before)) => (*cut, *n_before),
            Some(Place::After(_)) | None => (self.cut(), 0),
        };
        let (tasks, cut) = match kept.get(self.id(), &query.selection, wanted) {
            Some(tasks) => (tasks, wanted),
            None => {
                let (tasks, cut) = self.arranged(&query.selection);
                // Where nothing has changed since, the same list comes again.
                if place.is_some() && cut != wanted {
                    return Err(CursorExpired);
                }
                let tasks: Arc<[Arc<Task>]> = tasks.into();
                if tasks.len() > query.limit {
                    kept.put(self.id(), &query.selection, cut, &tasks);
                }
                (tasks, cut)
            }
        };
        let rest = tasks.get(n_before..).unwrap_or_default();
        let page = &rest[..rest.len().min(query.limit)];
        let n_after = n_before.saturating_add(page.len());
        let next = (n_after < tasks.len() && !page.is_empty()).then_some(Place::In(cut, n_after));
        Ok(TaskPage {
            next_cursor: next.map(|place| cursor(query, place)),
            tasks: page.to_vec(),
            n_total: tasks.len(),
            cut,
        })
    }

    /// All tasks of a selection in its order, at one cut.
    fn arranged(&self, selection: &Selection) -> (Vec<Arc<Task>>, Cut) {
        let (tasks, standing) = match &selection.search {
            None => self.view(|project, position| {
                let standing = Standing::of(project, position);
                (selection.tasks(project), standing)
            }),
            Some(search) => {
                let (hits, standing) = self.hits(selection, search);
                let tasks = match selection.sequence() {
                    Sequence::Rank => {
                        let stats = hits.stats.clone();
                        let ranked = hits.ranked(&stats).into_iter();
                        ranked.map(|(_, task)| task).collect()
                    }
                    Sequence::Id | Sequence::Order(_) => hits.into_tasks(),
                };
                (tasks, standing)
            }
        };
        let tasks = match selection.sequence() {
            Sequence::Order(order) => order.sorted(&tasks, &standing.statuses),
            Sequence::Id | Sequence::Rank => tasks,
        };
        (tasks, standing.cut)
    }

    /// The tasks of a selection that hold the words that are searched for. The first search of a project makes the index of
    /// its words.
    #[must_use]
    pub fn hits(&self, selection: &Selection, search: &Search) -> (Hits, Standing) {
        if self.state().index.is_none() {
            self.make_index();
        }
        let (mut hits, standing) = {
            let state = self.state();
            let index = state.index.as_ref().expect("it is made once and kept");
            let standing = Standing::of(&state.project, self.log().position());
            (selection.hits(search, &state.project, index), standing)
        };
        hits.check_phrases(search);
        (hits, standing)
    }

    /// Makes the index beside the lock, which a save does not wait for, and takes in what has changed meanwhile.
    fn make_index(&self) {
        let _alone = self.indexing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.state().index.is_some() {
            return;
        }
        let (tasks, before) =
            self.view(|project, position| (project.tasks().cloned().collect::<Vec<_>>(), position));
        let mut index = Index::of(&tasks);
        let mut state = self.state_mut();
        if self.log().position() != before {
            index.catch_up(state.project.tasks());
        }
        state.index = Some(index);
    }
}

/// How a project stands, as far as its lists depend on it.
#[derive(Debug)]
pub struct Standing {
    statuses: Vec<String>,
    cut: Cut,
}

impl Standing {
    fn of(project: &Project, position: Position) -> Self {
        let statuses = project.settings().statuses.clone();
        let cut = Cut::new(position, &statuses);
        Self { statuses, cut }
    }
}

fn cursor(query: &Query, place: Place) -> String {
    let selection = query.selection.fingerprint();
    Cursor { selection, place }.to_string()
}

/// The lists that are kept so that all their pages are of one cut: the ones asked for last, as many as there is room for.
///
/// A list is a pointer a task. Who pages through what others page through shares their list.
#[derive(Debug)]
pub struct Kept {
    n_lists_max: usize,
    n_tasks_max: usize,
    age_max: Duration,
    /// The one asked for last comes last.
    lists: Mutex<Vec<List>>,
}

#[derive(Debug)]
struct List {
    project_id: ProjectId,
    selection: Selection,
    cut: Cut,
    tasks: Arc<[Arc<Task>]>,
    asked: Instant,
}

impl Kept {
    /// No list yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            n_lists_max: limits.kept_lists,
            n_tasks_max: limits.kept_list_tasks,
            age_max: limits.kept_list_time,
            lists: Mutex::default(),
        }
    }

    /// The list of this selection at this cut, if it is kept.
    fn get(&self, id: &ProjectId, selection: &Selection, cut: Cut) -> Option<Arc<[Arc<Task>]>> {
        let mut lists = self.fresh();
        let is_it =
            |list: &List| list.cut == cut && list.project_id == *id && list.selection == *selection;
        let at = lists.iter().position(is_it)?;
        let mut list = lists.remove(at);
        list.asked = Instant::now();
        let tasks = list.tasks.clone();
        lists.push(list);
        Some(tasks)
    }

    fn put(&self, id: &ProjectId, selection: &Selection, cut: Cut, tasks: &Arc<[Arc<Task>]>) {
        let mut lists = self.fresh();
        lists.push(List {
            project_id: id.clone(),
            selection: selection.clone(),
            cut,
            tasks: tasks.clone(),
            asked: Instant::now(),
        });
        let n_tasks = |lists: &[List]| lists.iter().map(|list| list.tasks.len()).sum::<usize>();
        // The newest stays: without it its own client could not go on.
        while lists.len() > 1
            && (lists.len() > self.n_lists_max || n_tasks(&lists) > self.n_tasks_max)
        {
            lists.remove(0);
        }
    }

    /// The lists, without those that nobody has asked for in a long time.
    fn fresh(&self) -> MutexGuard<'_, Vec<List>> {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.retain(|list| list.asked.elapsed() < self.age_max);
        lists
    }
}

#[cfg(test)]
mod tests;
