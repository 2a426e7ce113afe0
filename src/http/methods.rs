//! Which methods each path takes: what `Allow` says, and what OPTIONS is answered (RFC 9110, sections 9.3.7 and 10.2.1).
//!
//! HEAD is taken wherever GET is, and answered as GET is, without the body; a stream answers it by itself.

use super::error::{ApiError, Code};
use super::request::PATCHES;
use hyper::body::Body;
use warp::http::{HeaderValue, Method, Request, StatusCode, header};
use warp::reply::Response;

/// Every path, `*` for one segment, and what it takes.
pub(super) const TABLE: [(&str, &str); 21] = [
    ("/api/v1/projects", "GET, HEAD, OPTIONS, POST"),
    ("/api/v1/projects/*", "DELETE, GET, HEAD, OPTIONS, PATCH"),
    ("/api/v1/projects/*/tasks", "GET, HEAD, OPTIONS, POST"),
    ("/api/v1/projects/*/tasks:batch", "OPTIONS, POST"),
    (
        "/api/v1/projects/*/tasks/*",
        "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
    ),
    ("/api/v1/projects/*/tasks/*/move", "OPTIONS, POST"),
    ("/api/v1/projects/*/problems", "GET, HEAD, OPTIONS"),
    ("/api/v1/projects/*/events", "GET, HEAD, OPTIONS"),
    ("/api/v1/projects/*/ws", "GET, OPTIONS"),
    ("/api/v1/search", "GET, HEAD, OPTIONS"),
    ("/api/v1/ws/ticket", "OPTIONS, POST"),
    ("/api/v1/ws/stats", "GET, HEAD, OPTIONS"),
    ("/api/v1/openapi.json", "GET, HEAD, OPTIONS"),
    ("/api/v1/asyncapi.json", "GET, HEAD, OPTIONS"),
    ("/api/v1/docs", "GET, HEAD, OPTIONS"),
    ("/api/v1/docs/docs.css", "GET, HEAD, OPTIONS"),
    ("/api/v1/docs/docs.js", "GET, HEAD, OPTIONS"),
    ("/healthz", "GET, HEAD, OPTIONS"),
    ("/readyz", "GET, HEAD, OPTIONS"),
    ("/metrics", "GET, HEAD, OPTIONS"),
    // Of the server as a whole.
    ("*", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
];

/// What a path takes, if there is something at it.
fn allowed(path: &str) -> Option<&'static str> {
    let fits = |pattern: &str| {
        let mut segments = path.split('/');
        let fits = |wanted: &str, is: &str| wanted == is || (wanted == "*" && !is.is_empty());
        let all = pattern
            .split('/')
            .all(|wanted| segments.next().is_some_and(|is| fits(wanted, is)));
        all && segments.next().is_none()
    };
    let found = TABLE.iter().find(|(pattern, _)| fits(pattern));
    found.map(|(_, methods)| *methods)
}

/// What is not in the table is not reached: a route that is forgotten there is missed at once, and not only by who asks what
/// there is.
pub(super) fn check(method: &Method, path: &str) -> Result<(), ApiError> {
    let Some(methods) = allowed(path) else {
        let detail = "there is nothing at this path";
        return Err(ApiError::new(Code::NotFound, detail));
    };
    let is_taken = methods.split(", ").any(|taken| taken == method.as_str());
    is_taken.then_some(()).ok_or_else(not_allowed)
}

/// A HEAD that is to be answered as a GET, which it is from here on.
pub(super) fn as_get<B>(request: &mut Request<B>) -> bool {
    let takes = allowed(request.uri().path());
    // A stream has no end that one could wait for.
    let is_stream = request.uri().path().ends_with("/events");
    let is_head = *request.method() == Method::HEAD
        && takes.is_some_and(|methods| methods.contains("HEAD"))
        && !is_stream;
    if is_head {
        *request.method_mut() = Method::GET;
    }
    is_head
}

/// Leaves of an answer to GET what is the answer to HEAD: all but the body, whose length is told.
pub(super) fn without_body(response: &mut Response) {
    let n_bytes = response.body().size_hint().exact();
    let has_length = response.headers().contains_key(header::CONTENT_LENGTH);
    if let Some(n_bytes) = n_bytes.filter(|n_bytes| *n_bytes > 0 && !has_length) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, n_bytes.into());
    }
    *response.body_mut() = Response::default().into_body();
}

/// What OPTIONS is answered, where there is something at the path.
pub(super) fn options(method: &Method, path: &str) -> Option<Response> {
    let methods = allowed(path).filter(|_| *method == Method::OPTIONS)?;
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    if methods.contains("PATCH") {
        let (name, types) = PATCHES.header();
        response.headers_mut().insert(name, types);
    }
    let methods = HeaderValue::from_static(methods);
    response.headers_mut().insert(header::ALLOW, methods);
    Some(response)
}

/// Says with a refusal what the path takes instead.
pub(super) fn mark(response: &mut Response, path: &str) {
    if response.status() == StatusCode::METHOD_NOT_ALLOWED
        && let Some(methods) = allowed(path)
    {
        let methods = HeaderValue::from_static(methods);
        response.headers_mut().insert(header::ALLOW, methods);
    }
}

/// A path that does not take this method.
pub(super) fn not_allowed() -> ApiError {
    let detail = "this path does not take that method";
    ApiError::new(Code::MethodNotAllowed, detail)
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn a_path_is_found_by_its_segments() {
        for (path, methods) in [
            ("/healthz", Some("GET, HEAD, OPTIONS")),
            ("/healthz/", None),
            (
                "/api/v1/projects/a%20b",
                Some("DELETE, GET, HEAD, OPTIONS, PATCH"),
            ),
            ("/api/v1/projects/", None),
            ("/api/v1/projects/a/ws", Some("GET, OPTIONS")),
            ("/api/v1/projects/a/b", None),
            ("/api/v1/projects/a/tasks/b/c", None),
            ("/", None),
        ] {
            assert_eq!(allowed(path), methods, "{path}");
        }
    }
}
