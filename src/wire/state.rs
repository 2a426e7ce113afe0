//! How the server is: alive, ready, and who is connected.

use super::text;
use crate::name::ProjectId;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::ToSchema;

/// What every answer of a server that is well says.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Well {
    Ok,
}

/// How ready a server is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = ReadinessStatus)]
#[serde(rename_all = "lowercase")]
pub enum Readiness {
    /// It sees changes, and can write.
    Ok,
    /// Something is slower than it should be, or is served for reading only.
    Degraded,
    /// The files are still being read.
    Starting,
}

/// How changes of files are noticed.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Watching {
    /// The system tells of them.
    Notified,
    /// They are looked for.
    Polling,
}

/// How many clients follow one project: exactly the user's document.
#[derive(Serialize, ToSchema)]
#[schema(as = ProjectStats)]
pub(super) struct ProjectStats<'a> {
    /// That the server is well.
    status: Well,
    /// The project.
    #[schema(example = "my-project")]
    project_id: &'a str,
    /// How many clients follow it: WebSockets, event streams, and polls that wait.
    #[schema(example = 3)]
    client_count: usize,
}

/// How many clients there are, in all and by project.
#[derive(Serialize, ToSchema)]
#[schema(as = Stats)]
pub(super) struct AllStats<'a> {
    /// That the server is well.
    status: Well,
    /// How many clients there are.
    #[schema(example = 3)]
    client_count: usize,
    /// For each project.
    #[schema(value_type = BTreeMap<String, usize>, example = json!({"my-project": 3}))]
    projects: &'a BTreeMap<String, usize>,
}

/// A ticket: it opens one connection, soon.
#[derive(Serialize, ToSchema)]
#[schema(as = Ticket)]
pub(super) struct TicketJson<'a> {
    /// What to send as `?ticket=`.
    #[schema(
        pattern = "^[A-Za-z0-9_-]{43}$",
        example = "pKr1mXv0Sg8ZJf7cQeT2uWd3yHb9aLxN5oRiC6kEwVY"
    )]
    ticket: &'a str,
    /// For how many seconds it is good.
    #[schema(example = 30)]
    expires_in: u64,
}

/// That the server is alive.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(super) struct HealthJson {
    /// Always the same: who answers is alive.
    status: Well,
}

/// Whether the server sees changes, and can write.
#[derive(Serialize, ToSchema)]
#[schema(as = Readiness)]
pub struct ReadinessJson {
    /// `starting` while the files are being read: then nothing else is told. `degraded` when something is slower than it
    /// should be, or is served for reading only.
    pub status: Readiness,
    /// How changes of files are noticed: the system tells of them, or they are looked for.
    #[schema(value_type = Watching, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watching: Option<Watching>,
    /// Can the root be written?
    #[schema(value_type = bool, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writable: Option<bool>,
    /// How many projects' directories are not there.
    #[schema(value_type = usize, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unavailable_projects: Option<usize>,
}

/// The number of clients of one project.
#[must_use]
pub fn project_stats(project_id: &ProjectId, n_clients: usize) -> String {
    text(&ProjectStats {
        status: Well::Ok,
        project_id: project_id.as_str(),
        client_count: n_clients,
    })
}

/// The number of clients, in all and by project.
#[must_use]
pub fn stats(n_clients: &BTreeMap<String, usize>) -> String {
    text(&AllStats {
        status: Well::Ok,
        client_count: n_clients.values().sum(),
        projects: n_clients,
    })
}

/// A ticket, and for how long it is good.
#[must_use]
pub fn ticket(ticket: &str, time: Duration) -> String {
    text(&TicketJson {
        ticket,
        expires_in: time.as_secs(),
    })
}

/// That the server is alive.
#[must_use]
pub fn health() -> String {
    text(&HealthJson { status: Well::Ok })
}

/// Whether it is ready.
#[must_use]
pub fn readiness(readiness: &ReadinessJson) -> String {
    text(readiness)
}
