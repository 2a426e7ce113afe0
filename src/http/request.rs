//! The parts of a request, taken apart: path segments, queries, conditions and bodies.
//!
//! Extractors never refuse on a handler's behalf: they hand over what there is, and the handler asks for what it
//! needs with `?`, so that the order of its checks is the order of its lines.

mod body;

pub(super) use body::{Body, Content, MARKDOWN, PATCHES, REPLACEMENTS, Takes, body};

use super::App;
use super::error::{ApiError, Code};
use crate::name::{NameError, ProjectId, TaskId};
use crate::store::{Precondition, Shelf};
use percent_encoding::percent_decode_str;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use warp::Filter;
use warp::http::{HeaderMap, header};

/// One segment of a path as it came.
#[derive(Debug)]
pub(super) struct Segment(String);

impl FromStr for Segment {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl Segment {
    /// Decoded once. What is still encoded then is refused by the name's own rules.
    fn decoded(&self) -> Result<String, ApiError> {
        let decoded = percent_decode_str(&self.0).decode_utf8();
        decoded
            .map(String::from)
            .map_err(|_| ApiError::invalid_id(NameError::Character))
    }

    /// The task id that this is.
    pub(super) fn task_id(&self) -> Result<TaskId, ApiError> {
        TaskId::parse(&self.decoded()?).map_err(ApiError::invalid_id)
    }

    /// The project of this id.
    pub(super) fn shelf(&self, app: &App) -> Result<Arc<Shelf>, ApiError> {
        let id = ProjectId::parse(&self.decoded()?).map_err(ApiError::invalid_id)?;
        app.store.shelf(&id).ok_or_else(ApiError::project_not_found)
    }
}

/// The parameters of a query, in order.
pub(super) struct Query(Vec<(String, String)>);

/// The names alone: a value may be a secret.
impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

impl Query {
    /// Takes a parameter, which may be given once.
    pub(super) fn take(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        let Some(at) = self.0.iter().position(|(key, _)| key == name) else {
            return Ok(None);
        };
        let (_, value) = self.0.remove(at);
        if self.0.iter().any(|(key, _)| key == name) {
            return Err(ApiError::invalid_query(name, "given once"));
        }
        Ok(Some(value))
    }

    /// All that are left, by name and value.
    pub(super) fn pairs(self) -> Vec<(String, String)> {
        self.0
    }

    /// Refuses what nobody took: a misspelt filter must not answer with everything.
    pub(super) fn end(self) -> Result<(), ApiError> {
        match self.0.first() {
            Some((name, _)) => Err(ApiError::invalid_query(
                name,
                "left out: it is not known here",
            )),
            None => Ok(()),
        }
    }
}

/// The query of a request.
pub(super) fn query() -> impl Filter<Extract = (Query,), Error = warp::Rejection> + Copy {
    warp::query::<Vec<(String, String)>>().map(Query)
}

/// May the answer be of this type?
pub(super) fn accepts(headers: &HeaderMap, kind: &'static str) -> bool {
    preferred(headers, &[kind]).is_some()
}

/// Of these types the one that the client likes best, or of several the first (RFC 9110, 12.5.1).
pub(super) fn preferred(headers: &HeaderMap, kinds: &[&'static str]) -> Option<&'static str> {
    let fields = headers.get_all(header::ACCEPT).iter();
    let fields: Vec<_> = fields.filter_map(|field| field.to_str().ok()).collect();
    let asked = fields
        .join(",")
        .replace([' ', '\t'], "")
        .to_ascii_lowercase();
    let kinds = kinds.iter().map(|kind| (weight(&asked, kind), *kind));
    let (weight, kind) = kinds.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    (weight > 0.0).then_some(kind)
}

/// How much a type is liked. The range that names it most exactly decides.
fn weight(asked: &str, kind: &str) -> f32 {
    if asked.is_empty() {
        return 1.0;
    }
    let parameters = |range: &str| {
        let named = asked
            .split(',')
            .filter_map(|asked| asked.strip_prefix(range));
        let mut named = named.filter(|rest| rest.is_empty() || rest.starts_with(';'));
        named.next()
    };
    let family = kind.split('/').next().unwrap_or(kind);
    let parameters = parameters(kind)
        .or_else(|| parameters(&format!("{family}/*")))
        .or_else(|| parameters("*/*"));
    let Some(parameters) = parameters else {
        return 0.0;
    };
    let mut parameters = parameters.split(';');
    let weight = parameters.find_map(|parameter| parameter.strip_prefix("q="));
    weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0))
}

/// What a mutation demands of the task, as its headers say.
pub(super) fn precondition(headers: &HeaderMap) -> Result<Precondition, ApiError> {
    let bad = |name| ApiError::new(Code::InvalidCondition, format!("`{name}` cannot be read"));
    let must_be_absent = match headers.get(header::IF_NONE_MATCH) {
        None => false,
        Some(value) => match value.to_str().ok().and_then(tags) {
            Some(Tags::Any) => true,
            Some(Tags::These(_)) | None => return Err(bad("If-None-Match")),
        },
    };
    let if_match = headers.get_all(header::IF_MATCH);
    let mut revisions = Vec::new();
    let mut is_any = false;
    for value in if_match {
        let read = value.to_str().ok().and_then(tags);
        match read.ok_or_else(|| bad("If-Match"))? {
            Tags::Any => is_any = true,
            Tags::These(these) => revisions.extend(these.into_iter().map(revision)),
        }
    }
    let must_exist = headers.contains_key(header::IF_MATCH);
    Ok(match (must_exist, must_be_absent) {
        (false, false) => Precondition::None,
        (false, true) => Precondition::Absent,
        // Nothing is there and not there: no revision will do.
        (true, true) => Precondition::Match(Vec::new()),
        (true, false) if is_any => Precondition::Exists,
        (true, false) => Precondition::Match(revisions),
    })
}

/// Does the client have this revision already (`If-None-Match` on GET)?
pub(super) fn has_revision(headers: &HeaderMap, revision: &str) -> bool {
    let lists = headers.get_all(header::IF_NONE_MATCH).iter();
    lists
        .filter_map(|value| tags(value.to_str().ok()?))
        .any(|tags| match tags {
            Tags::Any => true,
            // Here the comparison is weak (RFC 9110, 13.1.2).
            Tags::These(these) => these
                .iter()
                .any(|tag| tag.strip_prefix("W/").unwrap_or(tag) == revision),
        })
}

/// What the tags of a task's other representations add to its revision: each has other bytes, and so another tag (RFC 9110,
/// section 8.8.3).
pub(super) const OF_FILE: &str = ".md";
/// … and of its page.
pub(super) const OF_PAGE: &str = ".html";

/// The revision that a task's tag is of, whichever of its representations it names.
fn revision(tag: String) -> String {
    let bare = [OF_FILE, OF_PAGE]
        .iter()
        .find_map(|of| tag.strip_suffix(of));
    bare.map(str::to_owned).unwrap_or(tag)
}

enum Tags {
    Any,
    These(Vec<String>),
}

/// The entity tags of a condition, without their quotes; ours hold no comma. A weak one keeps its `W/`, so that it
/// matches none of ours, which are strong (RFC 9110, 8.8.3.2).
fn tags(text: &str) -> Option<Tags> {
    if text.trim() == "*" {
        return Some(Tags::Any);
    }
    let tag = |text: &str| {
        let (weak, tag) = text
            .trim()
            .split_at(if text.trim().starts_with("W/") { 2 } else { 0 });
        Some(format!(
            "{weak}{}",
            tag.strip_prefix('"')?.strip_suffix('"')?
        ))
    };
    text.split(',')
        .map(tag)
        .collect::<Option<Vec<_>>>()
        .map(Tags::These)
}

/// Does work that may wait for a disk, to its end: a client that hangs up does not stop it.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ApiError::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use warp::http::HeaderValue;

    #[test]
    fn a_type_may_be_asked_for_and_refused() {
        let accepts = |accept: &'static str| {
            let accept = (header::ACCEPT, HeaderValue::from_static(accept));
            accepts(&HeaderMap::from_iter([accept]), "text/event-stream")
        };
        for accept in [
            "",
            "*/*",
            "text/*",
            "text/event-stream",
            "Text/Event-Stream; q=0.1",
            "application/json, text/plain, */*",
            "*/*;q=0, text/event-stream",
        ] {
            assert!(accepts(accept), "{accept}");
        }
        for accept in [
            "application/json",
            "text/html",
            "text/event-stream;q=0",
            "*/*, text/event-stream; Q=0.000",
            "text/*;q=0, */*",
            "nonsense",
        ] {
            assert!(!accepts(accept), "{accept}");
        }
        assert!(super::accepts(&HeaderMap::new(), "text/event-stream"));
    }

    #[test]
    fn the_best_liked_type_is_answered() {
        let kinds = ["application/json", "text/markdown", "text/html"];
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (accept, kind) in [
            ("*/*", Some("application/json")),
            ("text/*", Some("text/markdown")),
            (browser, Some("text/html")),
            ("text/markdown;q=0.3, text/html;q=0.4", Some("text/html")),
            ("application/json;q=0.1, */*;q=0", Some("application/json")),
            ("application/json;q=0, */*", Some("text/markdown")),
            ("image/png", None),
            ("text/html;q=nonsense", None),
        ] {
            let accept = (header::ACCEPT, HeaderValue::from_static(accept));
            let headers = HeaderMap::from_iter([accept]);
            assert_eq!(preferred(&headers, &kinds), kind, "{headers:?}");
        }
    }

    #[test]
    fn conditions() {
        let condition = |name: header::HeaderName, value: &'static str| {
            precondition(&HeaderMap::from_iter([(
                name,
                HeaderValue::from_static(value),
            )]))
            .ok()
        };
        let these = |tags: &[&str]| {
            Some(Precondition::Match(
                tags.iter().map(|&t| t.to_owned()).collect(),
            ))
        };
        assert_eq!(condition(header::IF_MATCH, "\"a\""), these(&["a"]));
        assert_eq!(
            condition(header::IF_MATCH, "\"a\", \"b\""),
            these(&["a", "b"])
        );
        assert_eq!(condition(header::IF_MATCH, "W/\"a\""), these(&["W/a"]));
        assert_eq!(
            condition(header::IF_MATCH, "\"a.md\", \"b.html\""),
            these(&["a", "b"])
        );
        assert_eq!(condition(header::IF_MATCH, "*"), Some(Precondition::Exists));
        assert_eq!(
            condition(header::IF_NONE_MATCH, "*"),
            Some(Precondition::Absent)
        );
        for bad in ["a", "\"a", "", ","] {
            assert_eq!(condition(header::IF_MATCH, bad), None, "{bad}");
        }
        assert_eq!(condition(header::ETAG, "x"), Some(Precondition::None));
        // Of both, each is read, and both are to hold.
        let both = |absent: &'static str| {
            let headers = [(header::IF_MATCH, "*"), (header::IF_NONE_MATCH, absent)];
            let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
            precondition(&HeaderMap::from_iter(headers)).ok()
        };
        assert_eq!(both("*"), these(&[]));
        assert_eq!(both("nonsense"), None);
    }
}
