//! Where a client begins to follow a project: what `since` and `Last-Event-ID` mean, on every transport.

use super::error::ApiError;
use super::request::{Query, blocking};
use crate::event::Position;
use crate::frame::TextFrame;
use crate::store::Shelf;
use crate::store::shelf::Snapshot;
use std::sync::Arc;
use warp::http::{HeaderMap, HeaderName};

/// The last event that a browser's EventSource has had.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Where a client begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// After the event of this number.
    After(u64),
    /// With how the project stands.
    Snapshot,
}

/// A place in the log, and what comes before that which follows it.
#[derive(Debug)]
pub(super) struct Beginning {
    /// The number of the last event that the client has had, or has in the snapshot.
    pub(super) seq: u64,
    /// How the project stood after that event, for a client that cannot read on.
    pub(super) snapshot: Option<TextFrame>,
}

impl Start {
    /// What `since` means for this project: live events only without one, all events after a position that the log still
    /// reaches, and how the project stands for any other.
    pub(super) fn of(query: &mut Query, shelf: &Shelf) -> Result<Self, ApiError> {
        let Some(since) = query.take("since")? else {
            return Ok(Self::After(shelf.log().head()));
        };
        if since == "0" {
            return Ok(Self::Snapshot);
        }
        let position = Position::parse(&since).ok_or_else(|| {
            ApiError::invalid_query("since", "0, or a position such as 1f2e3d4c5b6a7988:42")
        })?;
        Ok(Self::after(position, shelf))
    }

    /// The same for a client that may say in a header what it has had last. That is newer than the `since` of its address,
    /// which an EventSource sends along each time that it connects again. One that is no position of ours is none that
    /// the log reaches: nobody could mend it.
    pub(super) fn again(
        headers: &HeaderMap,
        query: &mut Query,
        shelf: &Shelf,
    ) -> Result<Self, ApiError> {
        let start = Self::of(query, shelf)?;
        let mut ids = headers.get_all(LAST_EVENT_ID).iter();
        Ok(match (ids.next(), ids.next()) {
            (None, _) => start,
            (Some(id), None) if id.is_empty() => start,
            (Some(id), None) => match id.to_str().ok().and_then(Position::parse) {
                Some(position) => Self::after(position, shelf),
                None => Self::Snapshot,
            },
            (Some(_), Some(_)) => Self::Snapshot,
        })
    }

    fn after(position: Position, shelf: &Shelf) -> Self {
        if shelf.log().reaches(position) {
            Self::After(position.seq)
        } else {
            Self::Snapshot
        }
    }

    /// What a client that begins here is to have first.
    pub(super) async fn begin(self, shelf: &Arc<Shelf>) -> Result<Beginning, ApiError> {
        let (seq, snapshot) = match self {
            Self::After(seq) => (seq, None),
            Self::Snapshot => {
                let snapshot = snapshot(shelf).await?;
                (snapshot.seq, Some(snapshot.frame))
            }
        };
        Ok(Beginning { seq, snapshot })
    }
}

/// How the project stands. 10,000 tasks are 10 MB: nobody else is to wait for that.
pub(super) async fn snapshot(shelf: &Arc<Shelf>) -> Result<Snapshot, ApiError> {
    let shelf = shelf.clone();
    blocking(move || shelf.snapshot()).await
}
