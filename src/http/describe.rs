//! `/openapi.json` and `/asyncapi.json`: the API, described.
//!
//! Each resource describes its operations beside its handlers, in the words of [`operation`]; [`wire::schema`] has the
//! shapes. This module puts them together. What is described is compared with what is served, both ways, and both documents
//! with those in `tests/golden`: no change of the API is overlooked.

mod asyncapi;
mod lists;
mod operation;
mod parts;

pub(super) use operation::{Answered, JSON, MERGE_PATCH, Operation, Tag};

use super::error::Code;
use super::fixed::Fixed;
use super::{
    Route, batch, docs, events, health, list, metrics, projects, route, search, session, tasks,
    ticket,
};
use crate::wire;
use std::sync::LazyLock;
use utoipa::openapi::info::{InfoBuilder, LicenseBuilder};
use utoipa::openapi::path::{HttpMethod, PathItem, PathsBuilder};
use utoipa::openapi::schema::ComponentsBuilder;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::server::ServerBuilder;
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{OpenApi, OpenApiBuilder};
use warp::Filter;
use warp::http::HeaderMap;

/// What the whole is.
const ABOUT: &str = "\
A live server over a folder of Markdown tasks. A file that is saved, by whatever editor or script, \
and a call of this API come to the same: the folder says something else, and everybody who follows \
the project is told.

Every error is `application/problem+json` (RFC 9457) with a stable `code`. Every answer has \
`Cache-Control`, `Vary` and `X-Content-Type-Options: nosniff`. HEAD is answered wherever GET is; \
OPTIONS, and a 405, say in `Allow` what a path takes. Ids in paths are percent-encoded segments. \
Only pages of this server, or of a listed origin, may use it. What is no HTTP, or has a head of \
more than 16 KiB or 64 headers (431), is refused without a body.";

/// Where a server has a key for tokens, one of these shows who asks. Where it has none, everybody may do everything.
const SECURITY: [&str; 3] = ["bearer", "cookie", "token"];

/// The routes of this module.
pub(super) fn routes() -> Vec<Route> {
    vec![
        document_route("openapi.json", &OPENAPI),
        document_route("asyncapi.json", &ASYNCAPI),
    ]
}

/// What they are for.
pub(super) fn described() -> Vec<Operation> {
    let document = |path, id, summary, about| {
        Operation::get(path, id, summary)
            .takes(&["ifNoneMatch"])
            .answers(
                Answered::empty(200, about)
                    .or(JSON, wire::schema::any_object(""))
                    .with(&["ETag"]),
            )
            .answers(Answered::empty(304, "It is still the same.").with(&["ETag"]))
    };
    vec![
        document(
            "/api/v1/openapi.json",
            "getOpenApi",
            "Describe the API",
            "This document: OpenAPI 3.1.",
        ),
        document(
            "/api/v1/asyncapi.json",
            "getAsyncApi",
            "Describe the stream",
            "The messages, and how they come: AsyncAPI 3.0.",
        ),
    ]
}

static OPENAPI: LazyLock<Fixed> = LazyLock::new(|| fixed(wire::pretty(&openapi())));
static ASYNCAPI: LazyLock<Fixed> = LazyLock::new(|| {
    let schemas = wire::schema::all_as_json(&codes());
    fixed(wire::pretty(&asyncapi::document(&schemas)))
});

fn fixed(document: String) -> Fixed {
    Fixed::new(JSON, document + "\n")
}

fn codes() -> Vec<&'static str> {
    Code::all().map(Code::as_str).collect()
}

fn document_route(name: &'static str, document: &'static LazyLock<Fixed>) -> Route {
    route(
        warp::path(name)
            .and(warp::path::end())
            .and(warp::get())
            .and(warp::header::headers_cloned())
            .map(|headers: HeaderMap| document.answer(&headers)),
    )
}

/// Everything that is served, as each resource describes it.
fn operations() -> Vec<Operation> {
    [
        projects::described(),
        list::described(),
        tasks::described(),
        batch::described(),
        search::described(),
        session::described(),
        events::described(),
        ticket::described(),
        described(),
        docs::described(),
        health::described(),
        metrics::described(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn openapi() -> OpenApi {
    let license = LicenseBuilder::new()
        .name("MIT")
        .identifier(Some("MIT"))
        .build();
    let info = InfoBuilder::new()
        .title("taskmd")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(license));
    let mut paths = PathsBuilder::new();
    let operations = operations();
    let mut seen = std::collections::BTreeSet::new();
    for operation in &operations {
        let add = |method, built| PathItem::new(method, built);
        paths = paths.path(
            operation.path,
            add(operation.method.clone(), operation.build()),
        );
        if operation.has_head() {
            paths = paths.path(
                operation.path,
                add(HttpMethod::Head, operation.build_head()),
            );
        }
        if seen.insert(operation.path) {
            paths = paths.path(
                operation.path,
                add(HttpMethod::Options, operation.build_options()),
            );
        }
    }
    let tags = Tag::ALL.map(|tag| {
        TagBuilder::new()
            .name(tag.name())
            .description(Some(tag.about()))
            .build()
    });
    let anybody = SecurityRequirement::default();
    let shown = SECURITY.map(|name| SecurityRequirement::new::<_, [&str; 0], &str>(name, []));
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerBuilder::new().url("/").build()]))
        .tags(Some(tags))
        .paths(paths)
        .components(Some(components().build()))
        .security(Some([anybody].into_iter().chain(shown)))
        .build()
}

fn components() -> ComponentsBuilder {
    let schemas = wire::schema::all(&codes()).into_iter();
    let components = schemas.fold(ComponentsBuilder::new(), |components, (name, schema)| {
        components.schema(name, schema)
    });
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "A token, where the server has a key for tokens; otherwise none is asked for.",
        ));
    let key = |value| SecurityScheme::ApiKey(value);
    let cookie =
        "The token as a cookie. A page that writes must be of this server, or of a listed origin.";
    let token = "The token in the address, for GET alone. Who can sends a header; who cannot asks \
                 for a ticket.";
    let components = components
        .security_scheme("bearer", SecurityScheme::Http(bearer.build()))
        .security_scheme(
            "cookie",
            key(ApiKey::Cookie(ApiKeyValue::with_description(
                "taskmd_token",
                cookie,
            ))),
        )
        .security_scheme(
            "token",
            key(ApiKey::Query(ApiKeyValue::with_description("token", token))),
        );
    parts::add_to(components)
}

#[cfg(test)]
mod tests;
