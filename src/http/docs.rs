//! `/docs`: a page on which the API is read and tried. It is made of `openapi.json` by the browser, and of nothing foreign.

use super::describe::{Answered, Operation};
use super::fixed::Fixed;
use super::{Route, route};
use crate::wire::schema::text;
use std::sync::LazyLock;
use warp::Filter;
use warp::http::{HeaderMap, HeaderValue, header};
use warp::reply::Response;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The page loads its own script and style and asks this server; nothing else may run in it, and no page may frame it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' \
     data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

static PAGE: LazyLock<Fixed> = LazyLock::new(|| Fixed::new(HTML, include_str!("docs/docs.html")));
static STYLE: LazyLock<Fixed> = LazyLock::new(|| Fixed::new(CSS, include_str!("docs/docs.css")));
static SCRIPT: LazyLock<Fixed> =
    LazyLock::new(|| Fixed::new(JAVASCRIPT, include_str!("docs/docs.js")));

/// The routes of this module.
pub(super) fn routes() -> Vec<Route> {
    let answer = |fixed: &'static LazyLock<Fixed>| {
        warp::get()
            .and(warp::header::headers_cloned())
            .map(move |headers: HeaderMap| guarded(fixed.answer(&headers)))
    };
    vec![
        route(warp::path!("docs").and(answer(&PAGE))),
        route(warp::path!("docs" / "docs.css").and(answer(&STYLE))),
        route(warp::path!("docs" / "docs.js").and(answer(&SCRIPT))),
    ]
}

fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

/// What they are for.
pub(super) fn described() -> Vec<Operation> {
    let page = |path, id, summary, kind, about| {
        Operation::get(path, id, summary)
            .takes(&["ifNoneMatch"])
            .answers(
                Answered::empty(200, about)
                    .or(kind, text(""))
                    .with(&["ETag", "Content-Security-Policy"]),
            )
            .answers(Answered::empty(304, "It is still the same.").with(&["ETag"]))
    };
    let summary = "Read and try the API";
    let about = "A page that is made of the description.";
    vec![
        page("/api/v1/docs", "getDocs", summary, HTML, about),
        page(
            "/api/v1/docs/docs.css",
            "getDocsStyle",
            "Style that page",
            CSS,
            "Its style.",
        ),
        page(
            "/api/v1/docs/docs.js",
            "getDocsScript",
            "Make that page",
            JAVASCRIPT,
            "Its script.",
        ),
    ]
}
