//! What tasks say of each other and cannot be: that one waits for a task that is not there, or in the end for itself.
//!
//! Each file is in order by itself, so this is told beside the problems of files, puts no mark on a task and keeps nobody
//! from writing: a task is often named before it is made. It takes the time of reading every link once; nothing is
//! called by itself, for a chain may be as long as the project.

use super::problem::ProblemKind;
use crate::task::{Field, Task};
use std::collections::HashMap;
use std::sync::Arc;

/// Tasks of a circle that are named.
const NAMED_MAX: usize = 8;

/// What is wrong between two tasks, and which entry of which one says so.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The task that says it.
    pub task: Arc<Task>,
    /// The field in which it says it.
    pub field: Field,
    /// The id that it names there.
    pub names: String,
    /// What is wrong with it.
    pub kind: ProblemKind,
}

/// All links of these tasks that lead nowhere or in a circle, in the order of the tasks' paths. A circle is told once, by that of
/// its tasks whose path sorts first.
#[must_use]
pub fn findings(tasks: &[Arc<Task>]) -> Vec<Finding> {
    let mut tasks: Vec<_> = tasks.iter().collect();
    tasks.sort_by(|a, b| a.path.cmp(&b.path));
    let numbers: HashMap<&str, usize> = tasks
        .iter()
        .enumerate()
        .map(|(number, task)| (task.id.as_str(), number))
        .collect();
    let mut findings = Vec::new();
    for field in [Field::DependsOn, Field::Parent] {
        let links = Links::new(&tasks, &numbers, field);
        findings.extend(links.missing());
        findings.extend(links.circles());
    }
    findings.sort_by(|a, b| a.task.path.cmp(&b.task.path));
    findings
}

/// The ids that a task names in a field.
fn named(task: &Task, field: Field) -> &[String] {
    match field {
        Field::Parent => task.parent.as_slice(),
        _ => &task.depends_on,
    }
}

/// All links of one kind.
struct Links<'a> {
    tasks: &'a [&'a Arc<Task>],
    numbers: &'a HashMap<&'a str, usize>,
    field: Field,
    /// For each task, those to which it leads, by number.
    to: Vec<Vec<usize>>,
}

impl<'a> Links<'a> {
    fn new(tasks: &'a [&'a Arc<Task>], numbers: &'a HashMap<&'a str, usize>, field: Field) -> Self {
        let to = |task: &&Arc<Task>| {
            let ids = named(task, field).iter();
            ids.filter_map(|id| numbers.get(id.as_str()).copied())
                .collect()
        };
        Self {
            tasks,
            numbers,
            field,
            to: tasks.iter().map(to).collect(),
        }
    }

    fn finding(&self, task: usize, names: &str, kind: ProblemKind) -> Finding {
        Finding {
            task: self.tasks[task].clone(),
            field: self.field,
            names: names.to_owned(),
            kind,
        }
    }

    fn missing(&self) -> Vec<Finding> {
        let of = |number: usize| {
            let ids = named(self.tasks[number], self.field).iter();
            let missing = ids.filter(|id| !self.numbers.contains_key(id.as_str()));
            missing.map(move |id| {
                let (id_text, field) = (id.clone(), self.field);
                let kind = match field {
                    Field::Parent => ProblemKind::MissingParent { id: id_text },
                    _ => ProblemKind::MissingDependency { id: id_text },
                };
                self.finding(number, id, kind)
            })
        };
        (0..self.tasks.len()).flat_map(of).collect()
    }

    fn circles(&self) -> Vec<Finding> {
        let parts = self.components();
        let mut first: HashMap<usize, usize> = HashMap::new();
        // By path, so the first of each component is met first.
        for (task, part) in parts.iter().enumerate() {
            first.entry(*part).or_insert(task);
        }
        let mut starts: Vec<_> = first.into_values().collect();
        starts.sort_unstable();
        starts
            .into_iter()
            .filter_map(|start| self.way_back(start, &parts))
            .map(|way| self.circle(&way))
            .collect()
    }

    fn circle(&self, way: &[usize]) -> Finding {
        let id = |task: &usize| self.tasks[*task].id.to_string();
        let ids = way.iter().take(NAMED_MAX).map(id).collect();
        let n_more = way.len().saturating_sub(NAMED_MAX);
        let kind = match self.field {
            Field::Parent => ProblemKind::ParentCycle { ids, n_more },
            _ => ProblemKind::DependencyCycle { ids, n_more },
        };
        let next = way.get(1).unwrap_or(&way[0]);
        self.finding(way[0], &id(next), kind)
    }

    /// The shortest way from a task to itself, without its end, if there is one: within its component there is no other.
    fn way_back(&self, start: usize, parts: &[usize]) -> Option<Vec<usize>> {
        let mut from: HashMap<usize, usize> = HashMap::new();
        let mut reached = std::collections::VecDeque::from([start]);
        while let Some(task) = reached.pop_front() {
            for next in &self.to[task] {
                if *next == start {
                    let mut way = vec![task];
                    while let Some(before) = from.get(&way[way.len() - 1]) {
                        way.push(*before);
                    }
                    way.reverse();
                    return Some(way);
                }
                let is_new = parts[*next] == parts[start] && !from.contains_key(next);
                if is_new {
                    from.insert(*next, task);
                    reached.push_back(*next);
                }
            }
        }
        None
    }

    /// The number of the strongly connected component of each task (Tarjan 1972, with a stack of its own).
    fn components(&self) -> Vec<usize> {
        const NONE: usize = usize::MAX;
        let n = self.tasks.len();
        let mut part = vec![NONE; n];
        let (mut index, mut low) = (vec![NONE; n], vec![NONE; n]);
        let (mut open, mut n_met, mut n_parts) = (Vec::new(), 0, 0);
        for root in 0..n {
            // Each with how many of its links have been followed.
            let mut path: Vec<(usize, usize)> = Vec::new();
            if index[root] == NONE {
                path.push((root, 0));
            }
            while let Some((task, n_followed)) = path.last_mut() {
                let task = *task;
                if *n_followed == 0 && index[task] == NONE {
                    (index[task], low[task]) = (n_met, n_met);
                    n_met += 1;
                    open.push(task);
                }
                if let Some(next) = self.to[task].get(*n_followed) {
                    *n_followed += 1;
                    if index[*next] == NONE {
                        path.push((*next, 0));
                    } else if part[*next] == NONE {
                        low[task] = low[task].min(index[*next]);
                    }
                    continue;
                }
                path.pop();
                if let Some((before, _)) = path.last() {
                    low[*before] = low[*before].min(low[task]);
                }
                if low[task] == index[task] {
                    while let Some(member) = open.pop() {
                        part[member] = n_parts;
                        if member == task {
                            break;
                        }
                    }
                    n_parts += 1;
                }
            }
        }
        part
    }
}

#[cfg(test)]
mod tests;
