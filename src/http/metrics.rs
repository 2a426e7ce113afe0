//! `/metrics`: what the server counts, in the text format of Prometheus (version 0.0.4).
//!
//! Nothing is counted here: each module keeps its own tallies, and this page reads them.

mod page;
mod process;

use super::describe::{Answered, Operation};
use super::error::ApiError;
use super::{App, Route, route, with};
use crate::event::Source;
use crate::project::change::Kind;
use crate::store::Shelf;
use crate::stream::Parting;
use crate::tally::{Tally, Times};
use crate::wire::schema;
use page::{Page, Sort};
use std::sync::Arc;
use std::time::Duration;
use warp::http::StatusCode;
use warp::{Filter, Reply};

/// The text format of Prometheus.
const KIND: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What has been asked so far.
#[derive(Debug, Default)]
pub struct Requests {
    /// By the first digit of the answer's status, from 1 to 5.
    by_class: [Tally; 5],
    /// Until the answer was made; its body may follow.
    times: Times,
}

impl Requests {
    /// Notes an answer.
    pub(super) fn note(&self, status: StatusCode, time: Duration) {
        let class = usize::from(status.as_u16() / 100).clamp(1, 5);
        self.by_class[class - 1].add_one();
        self.times.note(time);
    }
}

/// The routes of this module.
pub(super) fn routes(app: &App) -> Vec<Route> {
    vec![route(
        warp::path!("metrics")
            .and(warp::get())
            .and(with(app))
            .then(metrics),
    )]
}

/// What they are for.
pub(super) fn described() -> Vec<Operation> {
    let about = "Connections, requests, tasks, events, bytes, clients, how far the slowest is \
                 behind, the watcher, the process.";
    let metrics = Operation::get("/metrics", "getMetrics", "Tell Prometheus")
        .about(about)
        .answers(
            Answered::empty(200, "Its text format, version 0.0.4.").or(KIND, schema::text("")),
        );
    vec![metrics]
}

async fn metrics(app: App) -> Result<impl Reply, ApiError> {
    // Waits for the writers, and reads /proc.
    let page = tokio::task::spawn_blocking(move || page(&app));
    let text = page
        .await
        .map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(warp::reply::with_header(text, "content-type", KIND))
}

fn page(app: &App) -> String {
    let mut page = Page::default();
    let shelves = app.store.shelves();
    page.family(Sort::Gauge, "taskmd_build_info", "The program's version.");
    page.sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    connections(&mut page, app);
    projects(&mut page, &shelves);
    streams(&mut page, app, &shelves);
    watching(&mut page, app, &shelves);
    process::write(&mut page);
    page.into_text()
}

fn connections(page: &mut Page, app: &App) {
    page.family(
        Sort::Gauge,
        "taskmd_connections",
        "Connections now, WebSockets among them.",
    );
    page.sample(&[], app.gate.n_connections());
    page.family(
        Sort::Counter,
        "taskmd_connections_refused_total",
        "Connections for which there was no place.",
    );
    page.sample(&[], app.gate.n_refused());
    page.family(
        Sort::Counter,
        "taskmd_requests_total",
        "Requests answered, by the class of the status.",
    );
    for (class, tally) in app.requests.by_class.iter().enumerate() {
        page.sample(&[("status", &format!("{}xx", class + 1))], tally.get());
    }
    page.times(
        "taskmd_request_seconds",
        "Time until a request's answer was made.",
        &app.requests.times,
    );
}

fn projects(page: &mut Page, shelves: &[Arc<Shelf>]) {
    page.family(Sort::Gauge, "taskmd_tasks", "Tasks of a project.");
    let counts: Vec<_> = shelves
        .iter()
        .map(|shelf| {
            (
                shelf.view(|project, _| project.tasks().len()),
                shelf.n_problems(),
            )
        })
        .collect();
    for (shelf, (n_tasks, _)) in shelves.iter().zip(&counts) {
        page.sample(&[("project", shelf.id().as_str())], n_tasks);
    }
    page.family(
        Sort::Gauge,
        "taskmd_problems",
        "What could not be understood in a project, or leads nowhere.",
    );
    for (shelf, (_, n_problems)) in shelves.iter().zip(&counts) {
        page.sample(&[("project", shelf.id().as_str())], n_problems);
    }
    page.family(
        Sort::Counter,
        "taskmd_events_total",
        "Events of a project, by type and source.",
    );
    for shelf in shelves {
        for kind in Kind::ALL {
            for source in Source::ALL {
                let labels = [
                    ("project", shelf.id().as_str()),
                    ("type", kind.event_type()),
                    ("source", source.name()),
                ];
                page.sample(&labels, shelf.log().tallies().events(kind, source).get());
            }
        }
    }
    page.family(
        Sort::Counter,
        "taskmd_event_bytes_total",
        "Bytes of a project's events, each counted once.",
    );
    for shelf in shelves {
        let n_bytes = shelf.log().tallies().bytes.get();
        page.sample(&[("project", shelf.id().as_str())], n_bytes);
    }
}

fn streams(page: &mut Page, app: &App, shelves: &[Arc<Shelf>]) {
    page.family(
        Sort::Gauge,
        "taskmd_clients",
        "Clients that follow a project.",
    );
    for shelf in shelves {
        page.sample(&[("project", shelf.id().as_str())], shelf.n_clients());
    }
    let (done, lags) = app.writers.count();
    page.family(
        Sort::Gauge,
        "taskmd_client_lag_events",
        "Events that the slowest WebSocket of a project is behind.",
    );
    for shelf in shelves {
        let of_it = lags.iter().filter(|(log, _)| Arc::ptr_eq(log, shelf.log()));
        let most = of_it.map(|(_, lag)| *lag).max().unwrap_or(0);
        page.sample(&[("project", shelf.id().as_str())], most);
    }
    page.family(
        Sort::Counter,
        "taskmd_sent_bytes_total",
        "Bytes that WebSockets have taken.",
    );
    page.sample(&[], done.bytes);
    page.family(
        Sort::Counter,
        "taskmd_clients_gone_total",
        "WebSockets that ended, by reason: overtaken and stalled are the slow ones.",
    );
    for parting in Parting::ALL {
        page.sample(&[("reason", parting.name())], done.partings(parting));
    }
}

fn watching(page: &mut Page, app: &App, shelves: &[Arc<Shelf>]) {
    page.family(
        Sort::Gauge,
        "taskmd_watcher_polling",
        "1 while files are looked at every 2 seconds because the system does not tell of changes.",
    );
    page.sample(&[], u8::from(app.watch.is_polling()));
    page.family(
        Sort::Gauge,
        "taskmd_projects_unavailable",
        "Projects whose directory is gone.",
    );
    page.sample(
        &[],
        shelves.iter().filter(|shelf| !shelf.is_available()).count(),
    );
    page.family(
        Sort::Counter,
        "taskmd_watcher_losses_total",
        "Times that hints of changes were lost and everything was compared.",
    );
    page.sample(&[], app.watch.n_losses.get());
    page.times(
        "taskmd_reconcile_seconds",
        "Time to read the files that were due and to tell what had changed.",
        &app.watch.looks,
    );
    page.times(
        "taskmd_walk_seconds",
        "Time to compare everything.",
        &app.watch.walks,
    );
}
