//! `GET /search`: the tasks of all projects that hold the words, the best first.

use super::describe::{Answered, Operation, Tag};
use super::error::ApiError;
use super::projects::json;
use super::request::{Query as Parameters, blocking, query};
use super::{App, Route, route, with};
use crate::name::ProjectId;
use crate::query::search::{Hits, Snippet, Stats};
use crate::query::{Query, Search};
use crate::store::Shelf;
use crate::task::Task;
use crate::wire::{self, SearchResult};
use std::sync::Arc;
use warp::Filter;
use warp::http::StatusCode;
use warp::reply::Response;

/// The routes of this module.
pub(super) fn routes(app: &App) -> Vec<Route> {
    vec![search_route(app)]
}

/// What they are for.
pub(super) fn described() -> Vec<Operation> {
    let search = Operation::get("/api/v1/search", "searchTasks", "Search all projects")
        .of(Tag::Tasks)
        .about("The tasks of all projects that hold the words, the best first.")
        .takes(&["words", "limit", "project"])
        .takes_conditions()
        .answers(Answered::json(200, "SearchResults", "What was found."));
    vec![search]
}

fn search_route(app: &App) -> Route {
    route(
        warp::path!("search")
            .and(warp::get())
            .and(with(app))
            .and(query())
            .then(search),
    )
}

async fn search(app: App, parameters: Parameters) -> Result<Response, ApiError> {
    let (projects, pairs): (Vec<_>, Vec<_>) = parameters
        .pairs()
        .into_iter()
        .partition(|(name, _)| name == "project");
    if projects.iter().any(|(_, id)| id.is_empty()) {
        return Err(ApiError::invalid_query("project", "something"));
    }
    for only_of_lists in ["sort", "cursor", "fields", "body"] {
        if pairs.iter().any(|(name, _)| name == only_of_lists) {
            let expected = "left out: what is found comes by how well it fits, without bodies";
            return Err(ApiError::invalid_query(only_of_lists, expected));
        }
    }
    let query = Query::parse(pairs, app.config.limits.page_tasks)?;
    let Some(search) = query.selection.search.clone() else {
        return Err(ApiError::invalid_query("q", "the words to search for"));
    };
    let mut shelves = app.store.shelves();
    if !projects.is_empty() {
        shelves.retain(|shelf| projects.iter().any(|(_, id)| id == shelf.id().as_str()));
    }
    let body = blocking(move || found(&shelves, &query, &search)).await?;
    Ok(json(StatusCode::OK, body))
}

/// Searches project by project, and ranks by how common the words are in all of them.
fn found(shelves: &[Arc<Shelf>], query: &Query, search: &Search) -> String {
    let hits = |shelf: &Arc<Shelf>| (shelf.id().clone(), shelf.hits(&query.selection, search).0);
    let found: Vec<(ProjectId, Hits)> = shelves.iter().map(hits).collect();
    let mut stats = Stats::default();
    found.iter().for_each(|(_, hits)| stats.add(&hits.stats));
    let mut ranked: Vec<(f64, ProjectId, Arc<Task>)> = Vec::new();
    for (project_id, hits) in found {
        let scored = hits.ranked(&stats).into_iter();
        ranked.extend(scored.map(|(score, task)| (score, project_id.clone(), task)));
    }
    // They come by project and id, and a stable sort leaves equals as they are.
    ranked.sort_by(|(one, ..), (other, ..)| other.total_cmp(one));
    let n_total = ranked.len();
    ranked.truncate(query.limit);
    let results = ranked
        .into_iter()
        .map(|(score, project_id, task)| SearchResult {
            snippet: Snippet::of(&task, search),
            project_id,
            task,
            score,
        });
    wire::search_results(&results.collect::<Vec<_>>(), n_total)
}
