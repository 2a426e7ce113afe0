//! What can go wrong, for programs: the stable codes, each with the status that it comes with.
//!
//! There is no other list of them: an error is made of one, and the description of the API tells of all.

use crate::task::patch::FILE_CODES;
use crate::yaml::EditError;
use warp::http::StatusCode;

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $name:ident = $status:ident $text:literal,)+) => {
        /// What has gone wrong. The text of a code never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(in crate::http) enum Code {
            $($(#[doc = $meaning])+ $name,)+
            /// The task's file does not let itself be edited so; the code is the editor's.
            FrontMatter(&'static str),
        }

        impl Code {
            /// All that have a name of their own.
            pub(in crate::http) const NAMED: &[Self] = &[$(Self::$name),+];

            /// As a program reads it.
            pub(in crate::http) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                    Self::FrontMatter(code) => code,
                }
            }

            /// What it comes with.
            pub(in crate::http) fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)+
                    Self::FrontMatter(_) => StatusCode::UNPROCESSABLE_ENTITY,
                }
            }

            /// What it means, in a sentence.
            pub(in crate::http) fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($meaning),+).trim_ascii(),)+
                    Self::FrontMatter(_) => "The task's file does not let itself be edited so.",
                }
            }
        }
    };
}

codes! {
    /// The request has no Host, several, or one that its target contradicts.
    InvalidHost = BAD_REQUEST "invalid_host",
    /// An id in the path cannot be one.
    InvalidId = BAD_REQUEST "invalid_id",
    /// A parameter is unknown, given twice or not what it should be; `field` names it.
    InvalidQuery = BAD_REQUEST "invalid_query",
    /// `If-Match` or `If-None-Match` cannot be read.
    InvalidCondition = BAD_REQUEST "invalid_condition",
    /// `Idempotency-Key` is none: 1 to 255 visible characters of ASCII, with quotes around them or without.
    InvalidIdempotencyKey = BAD_REQUEST "invalid_idempotency_key",
    /// The body is no JSON object.
    InvalidJson = BAD_REQUEST "invalid_json",
    /// The body did not arrive whole.
    InvalidBody = BAD_REQUEST "invalid_body",
    /// The key of the WebSocket's handshake is none.
    InvalidHandshake = BAD_REQUEST "invalid_handshake",
    /// The ticket is unknown, was used or is too old.
    InvalidTicket = UNAUTHORIZED "invalid_ticket",
    /// The page that asks is of an origin that is not listed.
    OriginNotAllowed = FORBIDDEN "origin_not_allowed",
    /// There is nothing at this path.
    NotFound = NOT_FOUND "not_found",
    /// There is no project of this id.
    ProjectNotFound = NOT_FOUND "project_not_found",
    /// There is no task of this id.
    TaskNotFound = NOT_FOUND "task_not_found",
    /// The path does not take this method; `Allow` says which it takes.
    MethodNotAllowed = METHOD_NOT_ALLOWED "method_not_allowed",
    /// There is no answer of a type that `Accept` asks for.
    NotAcceptable = NOT_ACCEPTABLE "not_acceptable",
    /// The body took too long to arrive.
    BodyTimeout = REQUEST_TIMEOUT "body_timeout",
    /// There is a task, or a file, of this id, or of one that differs only by case.
    TaskExists = CONFLICT "task_exists",
    /// There is a project, or a directory, of this id, or of one that differs only by case.
    ProjectExists = CONFLICT "project_exists",
    /// There is more in the project's folder than its settings; with `force=true` it goes all the same, unless it is a
    /// repository.
    ProjectNotEmpty = CONFLICT "project_not_empty",
    /// Two files have this id, so it is not known which one is meant.
    DuplicateId = CONFLICT "duplicate_id",
    /// The place can only be had by giving positions to more other tasks than is done at once.
    TooManyToPlace = CONFLICT "too_many_to_place",
    /// The file is being saved by somebody else; try again.
    WriteConflict = CONFLICT "write_conflict",
    /// The request that came first under this `Idempotency-Key` is still under way; ask again after `Retry-After`.
    IdempotencyKeyInUse = CONFLICT "idempotency_key_in_use",
    /// The list that the cursor belongs to is not kept any more; begin anew.
    CursorExpired = GONE "cursor_expired",
    /// The task is not what the request expects; `task` is what it is now, if it is there.
    RevisionMismatch = PRECONDITION_FAILED "revision_mismatch",
    /// The body is larger than is read.
    BodyTooLarge = PAYLOAD_TOO_LARGE "body_too_large",
    /// The task's file would be larger than is read.
    TaskTooLarge = PAYLOAD_TOO_LARGE "task_too_large",
    /// The body is sent as another type than is read here, or compressed.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE "unsupported_media_type",
    /// The server does not answer to the name by which it is asked.
    HostNotAllowed = MISDIRECTED_REQUEST "host_not_allowed",
    /// A field is missing or not what it should be; `field` names it.
    InvalidField = UNPROCESSABLE_ENTITY "invalid_field",
    /// Another request came under this `Idempotency-Key`; take a new one.
    IdempotencyKeyReused = UNPROCESSABLE_ENTITY "idempotency_key_reused",
    /// The task's file, or the one that was sent, cannot be understood; `problem` says where and why.
    UnreadableTask = UNPROCESSABLE_ENTITY "unreadable_task",
    /// The path is a WebSocket of version 13, and the request is no handshake of one.
    UpgradeRequired = UPGRADE_REQUIRED "upgrade_required",
    /// Something went wrong here; the log knows it by the request's id.
    InternalError = INTERNAL_SERVER_ERROR "internal_error",
    /// The projects are still being read.
    Starting = SERVICE_UNAVAILABLE "starting",
    /// With `sync=1`: files have not come to rest in time.
    SyncTimeout = SERVICE_UNAVAILABLE "sync_timeout",
    /// The project's directory is not there; its tasks are shown as they were.
    ProjectUnavailable = SERVICE_UNAVAILABLE "project_unavailable",
    /// The file system is read-only.
    ReadOnly = SERVICE_UNAVAILABLE "read_only",
    /// The server may not write there.
    PermissionDenied = SERVICE_UNAVAILABLE "permission_denied",
    /// The server has no descriptors or no memory left for it now; try again.
    Overloaded = SERVICE_UNAVAILABLE "overloaded",
    /// There is no place for one more connection, of all or of this address; try again after `Retry-After`.
    TooManyConnections = SERVICE_UNAVAILABLE "too_many_connections",
    /// Too many tickets wait to be used; try again in a moment.
    TooManyTickets = SERVICE_UNAVAILABLE "too_many_tickets",
    /// No space is left; nothing was changed.
    StorageFull = INSUFFICIENT_STORAGE "storage_full",
}

impl Code {
    /// Every one.
    pub(in crate::http) fn all() -> impl Iterator<Item = Self> {
        Self::NAMED.iter().copied().chain(Self::of_files())
    }

    /// Does it say how things stand, so that to ask the same again is in vain? Otherwise the request is wrong in itself and
    /// may be mended, or is to be tried again.
    pub(in crate::http) fn is_of_state(self) -> bool {
        match self {
            Self::WriteConflict | Self::IdempotencyKeyInUse => false,
            Self::FrontMatter(_) => true,
            code => matches!(
                code.status(),
                StatusCode::NOT_FOUND | StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED
            ),
        }
    }

    /// Those of a task's file that does not let itself be edited so.
    pub(in crate::http) fn of_files() -> impl Iterator<Item = Self> {
        let codes = EditError::CODES.into_iter().chain(FILE_CODES);
        codes.map(Self::FrontMatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_codes_read_the_same() {
        let texts: Vec<_> = Code::all().map(Code::as_str).collect();
        let set: BTreeSet<_> = texts.iter().collect();
        assert_eq!(set.len(), texts.len());
        assert!(Code::all().all(|code| !code.status().is_success()));
    }
}
