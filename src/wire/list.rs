//! Lists of tasks, and what a search has found.

use super::schema::TaskFields;
use super::{TaskJson, text};
use crate::cores::on_all_cores;
use crate::name::ProjectId;
use crate::query::search::Snippet;
use crate::query::{Cut, Fields, Member};
use crate::task::Task;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

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

/// A page of a list of tasks. Who follows the project from `epoch` and `seq` on misses nothing.
#[derive(Serialize, ToSchema)]
pub(super) struct RestOfPage<'a> {
    /// How many there are on all pages.
    #[schema(example = 6)]
    total: usize,
    /// What to send as `cursor` for the next page; null on the last.
    #[schema(required = true)]
    next_cursor: Option<&'a str>,
    /// The life of the project's log.
    #[schema(pattern = "^[0-9a-f]{16}$", example = "5b9ae0605f200dc6")]
    epoch: String,
    /// The number of the last event that is in the list.
    seq: u64,
}

/// A page of the task list.
#[must_use]
pub fn task_page(project_id: &ProjectId, page: &TaskPage, fields: Fields) -> String {
    let parts = on_all_cores(&page.tasks, TASKS_A_THREAD_MIN, |tasks| {
        let tasks = tasks.iter().map(|task| TaskJson {
            project_id,
            task,
            fields,
        });
        text(&tasks.collect::<Vec<_>>())
    });
    let rest = text(&RestOfPage {
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

/// A task that a search has found.
#[derive(Serialize, ToSchema)]
#[schema(as = SearchResult)]
pub(super) struct HitJson<'a> {
    /// Its project.
    #[schema(example = "my-project")]
    project_id: &'a str,
    /// The task, without its body.
    #[schema(value_type = TaskFields)]
    task: TaskJson<'a>,
    /// The part of it that shows why it was found.
    #[schema(example = "… so one computation is enough.")]
    snippet: &'a str,
    /// Where the words stand in the snippet, from and to, counted in UTF-16 units as JavaScript's `slice` counts.
    #[schema(value_type = Vec<[usize; 2]>, example = json!([[9, 20]]))]
    matches: &'a [[usize; 2]],
    /// How well it fits. It compares with those of the same answer only.
    #[schema(minimum = 0, example = 25.074)]
    score: f64,
}

/// What a search has found, the best first.
#[derive(Serialize, ToSchema)]
#[schema(as = SearchResults)]
pub(super) struct FoundJson<'a> {
    /// The best, as many as were asked for.
    results: Vec<HitJson<'a>>,
    /// How many there are in all.
    #[schema(example = 1)]
    total: usize,
}

/// The best of what a search has found, and how much there is in all.
#[must_use]
pub fn search_results(results: &[SearchResult], n_total: usize) -> String {
    let results = results.iter().map(|result| HitJson {
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
    text(&FoundJson {
        results: results.collect(),
        total: n_total,
    })
}
