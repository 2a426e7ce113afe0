//! What several operations take, answer and refuse, each described once.

use super::lists;
use crate::http::error::Code;
use crate::name::ID_BYTES_MAX;
use crate::wire::schema::{reference, text, typed};
use serde_json::json;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{AllOfBuilder, AnyOfBuilder, ComponentsBuilder, Type};
use utoipa::openapi::{Content, Header, Ref, RefOr, Required, Response, ResponseBuilder, Schema};
use warp::http::StatusCode;

/// The type of every error.
const PROBLEM: &str = "application/problem+json";
/// One segment of a path, decoded.
const SEGMENT: &str = r"^[^/\\\u0000-\u001f\u007f-\u009f]+$";
/// A key, with quotes around it or without.
const IDEMPOTENCY_KEY: &str = r#"^([!#-~][!-~]{0,254}|"([!#-\[\]-~]|\\["\\]){1,255}")$"#;
/// Entity tags with commas between.
const TAGS: &str = r#"^"[!#-+.-~-]*"(, "[!#-+.-~-]*")*$"#;
/// A position in a project's log, or nothing that there ever was.
pub(super) const SINCE: &str = "^(0|[0-9a-f]{1,16}:[0-9]{1,20})$";

/// The headers of answers, by the names under which they are referred to.
const HEADERS: [(&str, &str); 12] = [
    ("Allow", "The methods that the path takes."),
    ("Connection", "`upgrade`."),
    (
        "Content-Location",
        "Where the task is, if it is not where it was.",
    ),
    (
        "Content-Security-Policy",
        "What the page may load: nothing that is not this server's.",
    ),
    (
        "ETag",
        "Names what was answered: for `If-Match` and `If-None-Match`.",
    ),
    ("Location", "Where the new thing is."),
    (
        "Retry-After",
        "In how many seconds to try again, where one may.",
    ),
    ("Sec-WebSocket-Accept", "The answer to the handshake's key."),
    ("Sec-WebSocket-Version", "`13`."),
    ("Upgrade", "`websocket`."),
    ("WWW-Authenticate", "`Bearer`."),
    (
        "X-Accel-Buffering",
        "`no`: nginx is to hand on what comes at once.",
    ),
];

/// Adds all that is referred to by name.
pub(super) fn add_to(components: ComponentsBuilder) -> ComponentsBuilder {
    let header = |about: &str| -> Header {
        let schema = Some(text(""));
        HeaderBuilder::new()
            .schema(schema)
            .description(Some(about))
            .build()
    };
    let components = HEADERS
        .iter()
        .fold(components, |components, (name, about)| {
            components.header(*name, header(about))
        });
    let components = parameters()
        .into_iter()
        .chain(lists::parameters())
        .fold(components, |components, (key, parameter)| {
            components.parameter(key, parameter.build())
        });
    Code::NAMED.iter().fold(components, |components, code| {
        let refusal = described_refusal(&[*code]);
        components.response(code.as_str(), refusal)
    })
}

pub(super) fn header(name: &str) -> Ref {
    assert!(
        HEADERS.iter().any(|(known, _)| *known == name),
        "{name} is not described"
    );
    Ref::new(format!("#/components/headers/{name}"))
}

pub(super) fn parameter(key: &str) -> Ref {
    Ref::new(format!("#/components/parameters/{key}"))
}

/// A parameter of the query.
pub(super) fn query(name: &str, about: &str, schema: impl Into<RefOr<Schema>>) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(schema))
}

fn of_path(name: &str, about: &str, example: &str) -> ParameterBuilder {
    let id = text("")
        .pattern(Some(SEGMENT))
        .min_length(Some(1))
        .max_length(Some(ID_BYTES_MAX));
    query(name, about, id)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .example(Some(json!(example)))
}

/// Parameters by the keys under which they are referred to.
fn parameters() -> Vec<(&'static str, ParameterBuilder)> {
    let one_of = |texts: &[&str]| text("").enum_values(Some(texts.iter().copied()));
    let of_form = |form| text("").pattern(Some(form));
    let of_header = |parameter: ParameterBuilder| parameter.parameter_in(ParameterIn::Header);
    let sync = "With `1` the answer comes only after every change of a file that was made before \
                the request has been seen.";
    let if_match =
        "The revisions of which the task must have one, as its `ETag` has it; `*` is any.";
    let if_absent = "With `*` a task is made only where there is none.";
    let if_none_match = "The `ETag` of the answer that the client has: where it is still the \
                         same, the answer is 304.";
    let idempotency_key = "A name for this request, best a UUID. The same request under the same \
                           key is done once, and gets the first one's answer for a day, or until \
                           the server is restarted. What is refused for itself (400, 413, 415, \
                           `invalid_field`), or with `write_conflict` or 5xx, may be sent again, \
                           mended or not.";
    let since = "The position of the last event that the client has had, as `epoch:seq`: every \
                 event after it comes, in order. Where the server does not have them any more, \
                 and with `0`, a snapshot comes first.";
    let ticket = "What `POST /api/v1/ws/ticket` has given: it opens one connection.";
    let last_event_id =
        "The `id` of the last event that an EventSource has had. It is newer than `since`.";
    let tags = AnyOfBuilder::new().item(one_of(&["*"])).item(of_form(TAGS));
    vec![
        (
            "projectId",
            of_path("projectId", "The project: its folder's name.", "my-project"),
        ),
        ("taskId", of_path("taskId", "The task.", "TASK-003")),
        ("sync", query("sync", sync, one_of(&["0", "1"]))),
        (
            "ifMatch",
            of_header(query("If-Match", if_match, tags)).example(Some(json!("*"))),
        ),
        (
            "ifAbsent",
            of_header(query("If-None-Match", if_absent, one_of(&["*"]))),
        ),
        (
            "ifNoneMatch",
            of_header(query("If-None-Match", if_none_match, text(""))),
        ),
        (
            "idempotencyKey",
            of_header(query(
                "Idempotency-Key",
                idempotency_key,
                of_form(IDEMPOTENCY_KEY),
            ))
            .example(Some(json!("8e03978e-40d5-43dd-bc93-6894a57f9324"))),
        ),
        ("since", query("since", since, of_form(SINCE))),
        ("ticket", query("ticket", ticket, text(""))),
        (
            "lastEventId",
            of_header(query("Last-Event-ID", last_event_id, text(""))),
        ),
    ]
}

/// What is answered with this status where one of these things has gone wrong. What goes wrong alone is described once for
/// all, under the name of its code.
pub(super) fn refusal(codes: &[Code]) -> RefOr<Response> {
    match codes {
        [code] => Ref::from_response_name(code.as_str()).into(),
        several => described_refusal(several).into(),
    }
}

/// The same without its body.
pub(super) fn refusal_of_head(status: u16) -> RefOr<Response> {
    let status = StatusCode::from_u16(status);
    let reason = status.ok().and_then(|status| status.canonical_reason());
    let response = ResponseBuilder::new().description(reason.unwrap_or_default());
    response.build().into()
}

fn described_refusal(codes: &[Code]) -> Response {
    let status = codes.first().map_or(0, |code| code.status().as_u16());
    let same = |one: &Code, other: &Code| one.meaning() == other.meaning();
    let meanings = codes.chunk_by(same).map(|codes| {
        let names = codes.iter().map(|code| format!("`{}`", code.as_str()));
        let names: Vec<_> = names.collect();
        format!("- {}: {}", names.join(", "), codes[0].meaning())
    });
    let meanings: Vec<_> = meanings.collect();
    let response = ResponseBuilder::new().description(meanings.join("\n"));
    let headers: &[_] = match status {
        401 => &["WWW-Authenticate"],
        405 => &["Allow"],
        409 if codes.contains(&Code::IdempotencyKeyInUse) => &["Retry-After"],
        426 => &["Upgrade", "Sec-WebSocket-Version"],
        503 => &["Retry-After"],
        _ => &[],
    };
    let response = headers.iter().fold(response, |response, name| {
        response.header_ref(*name, header(name))
    });
    let code = text("").enum_values(Some(codes.iter().map(|code| code.as_str())));
    let schema = AllOfBuilder::new()
        .item(reference("Error"))
        .item(typed(&[Type::Object], "").property("code", code));
    response
        .content(PROBLEM, Content::new(Some(schema)))
        .build()
}
