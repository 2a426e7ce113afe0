//! Lists of tasks, and what a search has found.

use super::{TaskJson, text};
use crate::cores::on_all_cores;
use crate::name::ProjectId;
use crate::query::search::Snippet;
use crate::query::{Cut, Fields, Member};
use crate::task::Task;
use serde::Serialize;
use std::sync::Arc;

/// A page is written on so many more cores as it has thousands of tasks, each of which takes a microsecond or two.
const TASKS_A_THREAD_MIN: usize = 1000;

/// A page of tasks, as they were at one cut.
#[derive(Debug)]
pub struct TaskPage {
    /// The tasks of this page.
    pub tasks: Vec<Arc<Task>>,
    /// How many there are in all.
    pub n_total: usize,
    /// What to send as `cursor` for the next page; none on the last.
    pub next_cursor: Option<String>,
    /// On what the list depends.
    pub cut: Cut,
}

/// A page of the task list.
#[must_use]
pub fn task_page(project_id: &ProjectId, page: &TaskPage, fields: Fields) -> String {
    #[derive(Serialize)]
    struct Rest<'a> {
        total: usize,
        next_cursor: Option<&'a str>,
        epoch: String,
        seq: u64,
    }
    let parts = on_all_cores(&page.tasks, TASKS_A_THREAD_MIN, |tasks| {
        let tasks = tasks.iter().map(|task| TaskJson {
            project_id,
            task,
            fields,
        });
        text(&tasks.collect::<Vec<_>>())
    });
    let rest = text(&Rest {
        total: page.n_total,
        next_cursor: page.next_cursor.as_deref(),
        epoch: page.cut.position.epoch.to_string(),
        seq: page.cut.position.seq,
    });
    // Arrays side by side are one without the brackets between them, and so are objects.
    let n_bytes = parts.iter().map(String::len).sum::<usize>() + rest.len();
    let mut page = String::with_capacity(n_bytes + "{\"tasks\":[]".len());
    page += "{\"tasks\":[";
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            page.push(',');
        }
        page += &part[1..part.len() - 1];
    }
    page += "],";
    page += &rest[1..];
    page
}

/// A task that a search has found.
#[derive(Debug)]
pub struct SearchResult {
    /// Its project.
    pub project_id: ProjectId,
    /// The task.
    pub task: Arc<Task>,
    /// Why it was found.
    pub snippet: Snippet,
    /// How well it fits.
    pub score: f64,
}

/// The best of what a search has found, and how much there is in all.
#[must_use]
pub fn search_results(results: &[SearchResult], n_total: usize) -> String {
    #[derive(Serialize)]
    struct Hit<'a> {
        project_id: &'a str,
        task: TaskJson<'a>,
        snippet: &'a str,
        matches: &'a [[usize; 2]],
        score: f64,
    }
    #[derive(Serialize)]
    struct Found<'a> {
        results: Vec<Hit<'a>>,
        total: usize,
    }
    let results = results.iter().map(|result| Hit {
        project_id: result.project_id.as_str(),
        task: TaskJson {
            project_id: &result.project_id,
            task: &result.task,
            fields: Fields::ALL.without(Member::MarkdownBody),
        },
        snippet: &result.snippet.text,
        matches: &result.snippet.matches,
        // Nobody reads more digits.
        score: (result.score * 1e3).round() / 1e3,
    });
    text(&Found {
        results: results.collect(),
        total: n_total,
    })
}
