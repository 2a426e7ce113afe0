//! The streams of a running server, each of which goes on where it was when its connection is lost.

use super::Note;
use crate::client::{ClientError, Server};
use crate::wire::read;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::time::sleep;

/// How often it is asked which projects there are.
const LIST_EVERY: Duration = Duration::from_secs(10);
/// Until the first new try after a connection was lost; twice as long before each further one …
const TRY_AGAIN: Duration = Duration::from_millis(250);
/// … and this long at most.
const TRY_AGAIN_MAX: Duration = Duration::from_secs(15);
/// Projects that are followed at one time.
const PROJECTS_MAX: usize = 1_000;

/// What is followed, and who is told.
#[derive(Clone)]
pub(super) struct Remote {
    server: Server,
    projects: Vec<String>,
    since: Option<String>,
    notes: Sender<Note>,
}

impl Remote {
    pub(super) fn new(
        server: Server,
        projects: Vec<String>,
        since: Option<String>,
        notes: Sender<Note>,
    ) -> Self {
        Self {
            server,
            projects,
            since,
            notes,
        }
    }

    /// Follows the projects that were named, or all that there are and will be.
    pub(super) async fn run(self) {
        let mut followed = BTreeSet::new();
        let mut is_first = true;
        loop {
            let there = if self.projects.is_empty() {
                match self.list().await {
                    Ok(projects) => projects,
                    Err(error) if is_first || !error.may_pass() => {
                        return self.tell(Note::End(error.to_string())).await;
                    }
                    // Whoever follows says so.
                    Err(_) => Vec::new(),
                }
            } else {
                self.projects.clone()
            };
            for project in there.into_iter().take(PROJECTS_MAX) {
                if followed.insert(project.clone()) {
                    let is_named = !self.projects.is_empty();
                    drop(tokio::spawn(self.clone().follow(project, is_named)));
                }
            }
            if !self.projects.is_empty() {
                return;
            }
            is_first = false;
            sleep(LIST_EVERY).await;
        }
    }

    async fn list(&self) -> Result<Vec<String>, ClientError> {
        let body = self.server.get("/projects").await?;
        Ok(read::project_ids(&body).unwrap_or_default())
    }

    async fn tell(&self, note: Note) {
        // Nobody listens any more when the command has ended.
        drop(self.notes.send(note).await);
    }

    /// Follows one project. One that was named and cannot be followed at all ends the command; one that goes is told.
    async fn follow(self, project: String, is_named: bool) {
        let mut is_beginning = self.since.is_none();
        // How it stands is where everything begins: without that, an event lost before the first would not be missed.
        let mut since = self.since.clone().unwrap_or_else(|| "0".to_owned());
        let (mut n_tries, mut was_there) = (0, false);
        loop {
            let lost = match self.server.follow(&project, &since).await {
                Ok(mut follower) => {
                    if n_tries > 0 {
                        self.tell(Note::Aside(format!("{project}: connected again")))
                            .await;
                    }
                    (n_tries, was_there) = (0, true);
                    loop {
                        match follower.next().await {
                            Ok(text) => {
                                let Some(note) = Note::of(text, is_beginning) else {
                                    continue;
                                };
                                if let Note::Message { message, .. } = &note {
                                    since = message.position();
                                }
                                is_beginning = false;
                                self.tell(note).await;
                            }
                            Err(lost) => break lost.0,
                        }
                    }
                }
                Err(error) if was_there && error.may_pass() => error.to_string(),
                Err(error) if is_named => return self.tell(Note::End(error.to_string())).await,
                Err(error) => {
                    return self.tell(Note::Aside(format!("{project}: {error}"))).await;
                }
            };
            if n_tries == 0 {
                let text = format!("{project}: the connection is lost ({lost}); trying again");
                self.tell(Note::Aside(text)).await;
            }
            sleep(pause(n_tries)).await;
            n_tries += 1;
        }
    }
}

/// How long to wait before the next try: longer each time, and never the same for two clients, for they have all lost the
/// same server at the same moment.
fn pause(n_tries: u32) -> Duration {
    let longest = TRY_AGAIN.saturating_mul(2_u32.saturating_pow(n_tries));
    let share = crate::disk::write::random() % 1_000;
    let share = u32::try_from(share).unwrap_or(0);
    longest.min(TRY_AGAIN_MAX) * (500 + share / 2) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_have_an_end() {
        for (n_tries, longest_ms) in [(0, 250), (1, 500), (5, 8_000), (6, 15_000), (99, 15_000)] {
            for _ in 0..100 {
                let pause = pause(n_tries).as_millis();
                assert!((longest_ms / 2..=longest_ms).contains(&pause), "{pause}");
            }
        }
    }
}
