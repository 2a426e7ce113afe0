//! What is the same as long as the server runs, and named by its bytes.

use super::request::has_revision;
use bytes::Bytes;
use warp::http::{HeaderMap, HeaderValue, StatusCode, header};
use warp::reply::Response;

/// A text that is served as it is.
pub(super) struct Fixed {
    pub(super) text: Bytes,
    kind: &'static str,
    tag: String,
}

impl Fixed {
    /// A text of this type.
    pub(super) fn new(kind: &'static str, text: impl Into<Bytes>) -> Self {
        let text = text.into();
        let tag = blake3::hash(&text).to_hex()[..16].to_owned();
        Self { text, kind, tag }
    }

    /// The text, or that it is still what the client has. It is asked for each time: a newer server has a newer one.
    pub(super) fn answer(&self, headers: &HeaderMap) -> Response {
        let mut response = Response::default();
        if has_revision(headers, &self.tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            *response.body_mut() = Response::new(self.text.clone().into()).into_body();
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", self.tag)) {
            headers.insert(header::ETAG, tag);
        }
        response
    }
}
