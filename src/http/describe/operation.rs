//! The words in which a resource describes itself: what it takes, what it answers, and what can go wrong.
//!
//! What follows from a method or a path is said here once, and by no resource: that every GET can wait for the files, that an
//! id in a path may be none, that a body may not arrive.

use super::parts;
use crate::http::error::Code;
use crate::wire::schema::reference;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::{self, OperationBuilder, Parameter};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::{
    Content, HttpMethod, RefOr, Required, Response, ResponseBuilder, Responses, Schema,
};

/// The type of nearly everything else.
pub(in crate::http) const JSON: &str = "application/json";
/// … and of a merge patch (RFC 7396), which may be sent as that, too.
pub(in crate::http) const MERGE_PATCH: &str = "application/merge-patch+json";

/// What may go wrong with any request.
const ALWAYS: [Code; 5] = [
    Code::InvalidHost,
    Code::OriginNotAllowed,
    Code::HostNotAllowed,
    Code::InternalError,
    Code::TooManyConnections,
];
/// … with one that has a body …
const OF_BODIES: [Code; 6] = [
    Code::InvalidBody,
    Code::InvalidJson,
    Code::BodyTimeout,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
    Code::InvalidField,
];
/// … with one that writes …
const OF_WRITES: [Code; 6] = [
    Code::WriteConflict,
    Code::ProjectUnavailable,
    Code::ReadOnly,
    Code::PermissionDenied,
    Code::Overloaded,
    Code::StorageFull,
];

/// … and with one that may come under a key.
const OF_KEYS: [Code; 4] = [
    Code::InvalidIdempotencyKey,
    Code::IdempotencyKeyInUse,
    Code::IdempotencyKeyReused,
    Code::Overloaded,
];

/// What an operation is about: a chapter of the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Tag {
    Projects,
    Tasks,
    Stream,
    Server,
}

impl Tag {
    pub(super) const ALL: [Self; 4] = [Self::Projects, Self::Tasks, Self::Stream, Self::Server];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Projects => "Projects",
            Self::Tasks => "Tasks",
            Self::Stream => "Stream",
            Self::Server => "Server",
        }
    }

    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Projects => "Folders of tasks.",
            Self::Tasks => "Markdown files, read and written.",
            Self::Stream => {
                "One message for each change, as it happens. AsyncAPI tells of the messages."
            }
            Self::Server => "How it is, and what it can do.",
        }
    }
}

/// An answer that is no error.
pub(in crate::http) struct Answered {
    status: u16,
    about: &'static str,
    headers: Vec<&'static str>,
    content: Vec<(&'static str, Content)>,
}

impl Answered {
    /// An answer without a body.
    pub(in crate::http) fn empty(status: u16, about: &'static str) -> Self {
        Self {
            status,
            about,
            headers: Vec::new(),
            content: Vec::new(),
        }
    }

    /// An answer in JSON, of the schema of this name.
    pub(in crate::http) fn json(status: u16, schema: &str, about: &'static str) -> Self {
        Self::empty(status, about).or(JSON, reference(schema))
    }

    /// It may be of this type as well.
    pub(in crate::http) fn or(
        mut self,
        kind: &'static str,
        schema: impl Into<RefOr<Schema>>,
    ) -> Self {
        self.content.push((kind, Content::new(Some(schema))));
        self
    }

    /// It has these headers (`parts::HEADERS`).
    pub(in crate::http) fn with(mut self, headers: &[&'static str]) -> Self {
        self.headers.extend(headers);
        self
    }

    fn build(&self, has_body: bool) -> Response {
        let response = ResponseBuilder::new().description(self.about);
        let response = self.headers.iter().fold(response, |response, name| {
            response.header_ref(*name, parts::header(name))
        });
        let content = self.content.iter().filter(|_| has_body);
        content
            .fold(response, |response, (kind, content)| {
                response.content(*kind, content.clone())
            })
            .build()
    }
}

/// One method of one path.
pub(in crate::http) struct Operation {
    pub(super) method: HttpMethod,
    pub(super) path: &'static str,
    id: &'static str,
    summary: &'static str,
    about: &'static str,
    tag: Tag,
    parameters: Vec<RefOr<Parameter>>,
    body: Option<RequestBody>,
    answers: Vec<Answered>,
    codes: BTreeSet<Code>,
}

impl Operation {
    /// GET.
    pub(in crate::http) fn get(
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        let get = Self::new(HttpMethod::Get, path, id, summary);
        if !path.starts_with("/api/") {
            return get;
        }
        get.takes(&["sync"])
            .refuses(&[Code::InvalidQuery, Code::SyncTimeout])
    }

    /// A method of a path, with the name that programs know it by, and in a few words what it does.
    pub(in crate::http) fn new(
        method: HttpMethod,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        let operation = Self::bare(method, path, id, summary);
        let is_of_project = path.contains("{projectId}");
        let of_path: &[Code] = match path.starts_with("/api/") {
            true if is_of_project => &[Code::Starting, Code::InvalidId, Code::ProjectNotFound],
            true => &[Code::Starting],
            false => &[],
        };
        operation.refuses(of_path)
    }

    /// What can be said without a look at what is done.
    fn bare(
        method: HttpMethod,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        let ids = ["projectId", "taskId"];
        let in_path = ids
            .into_iter()
            .filter(|id| path.contains(&format!("{{{id}}}")));
        Self {
            method,
            path,
            id,
            summary,
            about: "",
            tag: Tag::Server,
            parameters: in_path.map(|id| RefOr::Ref(parts::parameter(id))).collect(),
            body: None,
            answers: Vec::new(),
            codes: ALWAYS.into(),
        }
    }

    /// It belongs to this chapter.
    pub(in crate::http) fn of(mut self, tag: Tag) -> Self {
        self.tag = tag;
        self
    }

    /// What there is to say of it.
    pub(in crate::http) fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// It takes these parameters, by their keys in `parts` and `lists`.
    pub(in crate::http) fn takes(mut self, names: &[&str]) -> Self {
        let parameters = names.iter().map(|name| RefOr::Ref(parts::parameter(name)));
        self.parameters.extend(parameters);
        self
    }

    /// It takes a parameter that no other one takes.
    pub(in crate::http) fn query(
        mut self,
        name: &str,
        about: &str,
        schema: impl Into<RefOr<Schema>>,
    ) -> Self {
        let parameter = parts::query(name, about, schema);
        self.parameters.push(RefOr::T(parameter.build()));
        self
    }

    /// It reads a body in JSON of the schema of this name, sent as one of these types; with examples, each under its name.
    pub(in crate::http) fn reads(
        mut self,
        kinds: &[&str],
        schema: &str,
        examples: &[(&str, Json)],
    ) -> Self {
        let named = examples.iter().map(|(name, value)| {
            let example = ExampleBuilder::new().value(Some(value.clone()));
            (*name, RefOr::T(example.build()))
        });
        let content = ContentBuilder::new()
            .schema(Some(reference(schema)))
            .examples_from_iter(named)
            .build();
        let body = RequestBodyBuilder::new().required(Some(Required::True));
        let body = kinds
            .iter()
            .fold(body, |body, kind| body.content(*kind, content.clone()));
        self.body = Some(body.build());
        self.refuses(&OF_BODIES)
    }

    /// It reads bytes of this type as well, such as these. They have no schema, as OpenAPI 3.1 has it for what is not JSON.
    pub(in crate::http) fn reads_also(mut self, kind: &str, example: &str) -> Self {
        let content = ContentBuilder::new()
            .example(Some(Json::from(example)))
            .build();
        let body = self.body.get_or_insert_default();
        body.content.insert(kind.to_owned(), content.into());
        self
    }

    /// It answers so.
    pub(in crate::http) fn answers(mut self, answer: Answered) -> Self {
        self.answers.push(answer);
        self
    }

    /// It may be refused so.
    pub(in crate::http) fn refuses(mut self, codes: &[Code]) -> Self {
        self.codes.extend(codes);
        self
    }

    /// It writes.
    pub(in crate::http) fn writes(self) -> Self {
        self.refuses(&OF_WRITES)
    }

    /// It may come under a key, and is done once for each.
    pub(in crate::http) fn once(self) -> Self {
        self.takes(&["idempotencyKey"]).refuses(&OF_KEYS)
    }

    /// It may be refused as the file of a task may refuse an edit.
    pub(in crate::http) fn edits(mut self) -> Self {
        self.codes.extend(Code::of_files());
        self.refuses(&[Code::TaskTooLarge, Code::UnreadableTask])
    }

    /// Is HEAD answered as it is? Not where the connection is to become another one.
    pub(super) fn has_head(&self) -> bool {
        let is_upgrade = self.answers.iter().any(|answer| answer.status == 101);
        self.method == HttpMethod::Get && !is_upgrade
    }

    /// The operation as OpenAPI has it.
    pub(super) fn build(&self) -> path::Operation {
        let mut built = self.begin(self.id.to_owned(), self.summary.to_owned(), true);
        built.request_body = self.body.clone().map(RefOr::T);
        built
    }

    /// The same without the bodies of its answers.
    pub(super) fn build_head(&self) -> path::Operation {
        let summary = format!("{}: the headers alone", self.summary);
        self.begin(format!("{}Head", self.id), summary, false)
    }

    /// OPTIONS of its path.
    pub(super) fn build_options(&self) -> path::Operation {
        let summary = "Say which methods the path takes";
        let allow = Answered::empty(204, "`Allow` says it.").with(&["Allow"]);
        let options = Self::bare(HttpMethod::Options, self.path, self.id, summary);
        let options = options.of(self.tag).answers(allow);
        options.begin(format!("{}Options", self.id), summary.to_owned(), true)
    }

    fn begin(&self, id: String, summary: String, has_body: bool) -> path::Operation {
        let about = Some(self.about).filter(|about| !about.is_empty());
        let mut responses = Responses::new();
        let mut add = |status: u16, response: RefOr<Response>| {
            responses.responses.insert(status.to_string(), response)
        };
        for answer in &self.answers {
            add(answer.status, answer.build(has_body).into());
        }
        let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        for code in &self.codes {
            by_status
                .entry(code.status().as_u16())
                .or_default()
                .push(*code);
        }
        for (status, codes) in by_status {
            add(
                status,
                match has_body {
                    true => parts::refusal(&codes),
                    false => parts::refusal_of_head(status),
                },
            );
        }
        let mut operation = OperationBuilder::new()
            .tag(self.tag.name())
            .operation_id(Some(id))
            .summary(Some(summary))
            .description(about)
            .responses(responses)
            .build();
        operation.parameters = Some(self.parameters.clone()).filter(|all| !all.is_empty());
        operation
    }
}
