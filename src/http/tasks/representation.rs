//! How a task is shown besides as JSON: as its file, and as a page of its body.
//!
//! Each representation has a tag of its own, all of them of the task's revision, so any of them is a condition for a write.

use crate::config::Limits;
use crate::http::error::{ApiError, Code};
use crate::http::request::{self, MARKDOWN, OF_FILE, OF_PAGE, blocking};
use crate::render;
use crate::task::Task;
use blake3::Hash;
use bytes::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use warp::http::{HeaderMap, HeaderValue, StatusCode, header};
use warp::reply::Response;

/// A page.
pub(super) const HTML: &str = "text/html";
/// What a task is shown as. Of several that are liked the same, the first.
pub(super) const KINDS: [&str; 3] = ["application/json", MARKDOWN, HTML];
/// A body of more bytes is rendered off the request's thread, which it would keep for longer than changing threads takes.
const BODY_BYTES_INLINE: usize = 4 << 10;
/// What a page may do that is opened by itself: nothing.
const INERT: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox",
);

/// Names the bytes of an answer.
pub(super) fn tag(response: &mut Response, tag: &str) {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
}

/// A task's file as it is.
pub(super) fn file(task: &Task, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(bytes.into());
    let kind = HeaderValue::from_static("text/markdown; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    tag(&mut response, &format!("{}{OF_FILE}", task.revision));
    response
}

/// There is nothing of a type that is asked for.
pub(super) fn none_acceptable() -> ApiError {
    let detail = format!("a task is shown as `{}`", KINDS.join("`, `"));
    ApiError::new(Code::NotAcceptable, detail)
}

/// Says on what an answer depends, and leaves out what the client has already.
pub(super) fn finish(response: &mut Response, headers: &HeaderMap) {
    let vary = HeaderValue::from_static("accept");
    response.headers_mut().append(header::VARY, vary);
    let tag = response.headers().get(header::ETAG);
    let tag = tag.and_then(|tag| tag.to_str().ok()).unwrap_or_default();
    if request::has_revision(headers, tag.trim_matches('"')) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Response::default().into_body();
    }
}

/// The pages that were asked for last, as many as there is room for. They are kept by the hash of what they show.
#[derive(Debug)]
pub struct Pages {
    n_pages_max: usize,
    n_bytes_max: usize,
    page_bytes: usize,
    /// The one asked for last comes last.
    kept: Mutex<Vec<(Hash, Bytes)>>,
}

impl Pages {
    /// None yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            n_pages_max: limits.kept_pages,
            n_bytes_max: limits.kept_page_bytes,
            page_bytes: limits.page_bytes,
            kept: Mutex::default(),
        }
    }

    /// A task's body as a page.
    pub(super) async fn page(&self, task: &Arc<Task>) -> Result<Response, ApiError> {
        let key = blake3::hash(task.body.as_bytes());
        let html = match self.find(&key) {
            Some(html) => html,
            None => {
                let html = self.render(task).await?;
                self.keep(key, html.clone());
                html
            }
        };
        let mut response = Response::new(html.into());
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, kind);
        headers.insert(header::CONTENT_SECURITY_POLICY, INERT);
        tag(&mut response, &format!("{}{OF_PAGE}", task.revision));
        Ok(response)
    }

    async fn render(&self, task: &Arc<Task>) -> Result<Bytes, ApiError> {
        let n_bytes_max = self.page_bytes;
        if task.body.len() <= BODY_BYTES_INLINE {
            return Ok(render::html(&task.body, n_bytes_max).into());
        }
        let task = task.clone();
        blocking(move || render::html(&task.body, n_bytes_max).into()).await
    }

    fn kept(&self) -> MutexGuard<'_, Vec<(Hash, Bytes)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, key: &Hash) -> Option<Bytes> {
        let mut kept = self.kept();
        let at = kept.iter().position(|(known, _)| known == key)?;
        kept[at..].rotate_left(1);
        kept.last().map(|(_, html)| html.clone())
    }

    fn keep(&self, key: Hash, html: Bytes) {
        if html.len() > self.n_bytes_max {
            return;
        }
        let mut kept = self.kept();
        kept.retain(|(known, _)| *known != key);
        kept.push((key, html));
        let mut n_bytes: usize = kept.iter().map(|(_, html)| html.len()).sum();
        while n_bytes > self.n_bytes_max || kept.len() > self.n_pages_max {
            n_bytes -= kept.remove(0).1.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_last_is_kept_within_the_bounds() {
        let pages = Pages::new(&Limits {
            kept_pages: 3,
            kept_page_bytes: 10,
            ..Limits::default()
        });
        let key = |text: &str| blake3::hash(text.as_bytes());
        let keep = |text: &str| pages.keep(key(text), Bytes::from(text.to_owned()));
        let has = |text: &str| pages.kept().iter().any(|(_, html)| html == text);
        ["a", "b", "c"].into_iter().for_each(keep);
        assert_eq!(pages.find(&key("a")).as_deref(), Some(&b"a"[..]));
        keep("d");
        // The one asked for longest ago has gone.
        assert_eq!(["a", "b", "c", "d"].map(has), [true, false, true, true]);
        keep("12345678");
        assert_eq!(
            ["a", "c", "d", "12345678"].map(has),
            [true, false, true, true]
        );
        keep("what is larger than all there is room for");
        assert_eq!(pages.kept().len(), 3);
    }
}
