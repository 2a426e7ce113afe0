//! The body of a request, read within its limits.

use crate::http::App;
use crate::http::error::{ApiError, Code};
use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt, future, stream};
use serde_json::{Map, Value as Json};
use std::convert::Infallible;
use std::pin::Pin;
use tokio::time::timeout;
use warp::Filter;
use warp::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use warp::path::FullPath;

/// A file as it is.
pub(in crate::http) const MARKDOWN: &str = "text/markdown";

/// The types that a route takes.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Takes {
    types: &'static str,
    is_patch: bool,
}

/// An object. A merge patch is none: read as all that there is to say, it would remove what it leaves out.
const OBJECTS: &Takes = &Takes {
    types: "application/json",
    is_patch: false,
};
/// What changes something (RFC 7396).
pub(in crate::http) const PATCHES: &Takes = &Takes {
    types: "application/merge-patch+json, application/json",
    is_patch: true,
};
/// What is put in the place of something.
pub(in crate::http) const REPLACEMENTS: &Takes = &Takes {
    types: "application/json, text/markdown",
    is_patch: false,
};

impl Takes {
    /// What says so: to who wants to change something `Accept-Patch` (RFC 5789, section 2.2), and else `Accept` (RFC 9110,
    /// section 15.5.16).
    pub(in crate::http) fn header(&self) -> (HeaderName, HeaderValue) {
        let name = if self.is_patch {
            HeaderName::from_static("accept-patch")
        } else {
            header::ACCEPT
        };
        (name, HeaderValue::from_static(self.types))
    }
}

/// What a body holds.
#[derive(Debug)]
pub(in crate::http) enum Content {
    /// JSON.
    Object(Map<String, Json>),
    /// A file.
    Markdown(Bytes),
}

/// A request's body, unread: who may not write is told so before it is.
pub(in crate::http) struct Body {
    method: Method,
    /// Path and query, as they came.
    target: String,
    headers: HeaderMap,
    chunks: Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send + Sync>>,
}

/// The body of a request, with its head.
pub(in crate::http) fn body() -> impl Filter<Extract = (Body,), Error = warp::Rejection> + Copy {
    warp::method()
        .and(target())
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .map(|method, target, headers, chunks| {
            let chunks = StreamExt::map(chunks, |chunk: Result<_, warp::Error>| {
                chunk.map(|mut chunk| {
                    let n_bytes = Buf::remaining(&chunk);
                    Buf::copy_to_bytes(&mut chunk, n_bytes)
                })
            });
            Body {
                method,
                target,
                headers,
                chunks: Box::pin(chunks),
            }
        })
}

fn target() -> impl Filter<Extract = (String,), Error = Infallible> + Copy {
    let query = warp::query::raw()
        .map(Some)
        .or(warp::any().map(|| None))
        .unify();
    let target = |path: FullPath, query: Option<String>| match query {
        Some(query) => format!("{}?{query}", path.as_str()),
        None => path.as_str().to_owned(),
    };
    warp::path::full().and(query).map(target)
}

impl Body {
    /// The headers that came with it.
    pub(in crate::http) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What was asked of what: the method, and path and query as they came.
    pub(in crate::http) fn asked(&self) -> (&Method, &str) {
        (&self.method, &self.target)
    }

    /// Reads it, whatever it is, and hands it on with its bytes.
    pub(in crate::http) async fn whole(mut self, app: &App) -> Result<(Self, Bytes), ApiError> {
        let bytes = self.bytes(app).await?;
        let chunk = Ok(bytes.clone());
        self.chunks = Box::pin(stream::once(future::ready(chunk)));
        Ok((self, bytes))
    }

    /// Reads it as a JSON object.
    pub(in crate::http) async fn object(self, app: &App) -> Result<Map<String, Json>, ApiError> {
        let takes = if self.method == Method::PATCH {
            PATCHES
        } else {
            OBJECTS
        };
        match self.content(app, takes).await? {
            Content::Object(object) => Ok(object),
            Content::Markdown(_) => Err(ApiError::unsupported("the body is JSON", takes)),
        }
    }

    /// Reads it as what it is sent as, if that is taken.
    pub(in crate::http) async fn content(
        mut self,
        app: &App,
        takes: &'static Takes,
    ) -> Result<Content, ApiError> {
        let kind = self.kind(takes)?;
        let bytes = self.bytes(app).await?;
        if kind == MARKDOWN {
            return Ok(Content::Markdown(bytes));
        }
        let bad = |detail| ApiError::new(Code::InvalidJson, detail);
        match serde_json::from_slice(&bytes) {
            Ok(Json::Object(object)) => Ok(Content::Object(object)),
            Ok(_) => Err(bad("the body is a JSON object".to_owned())),
            Err(error) => Err(bad(format!(
                "the body is no JSON: line {}, column {}",
                error.line(),
                error.column()
            ))),
        }
    }

    /// As what it is sent, of what is taken.
    fn kind(&self, takes: &'static Takes) -> Result<&'static str, ApiError> {
        let unsupported = |detail| ApiError::unsupported(detail, takes);
        if self.headers.contains_key(header::CONTENT_ENCODING) {
            return Err(unsupported(
                "a body is sent as it is, without Content-Encoding".to_owned(),
            ));
        }
        let mut types = self.headers.get_all(header::CONTENT_TYPE).iter();
        let first = types.next().and_then(|value| value.to_str().ok());
        let is_one = types.next().is_none();
        let mut parts = first.unwrap_or("").split(';');
        let kind = parts.next().unwrap_or("").trim().to_ascii_lowercase();
        let mut known = takes.types.split(", ");
        let known = known.find(|taken| *taken == kind);
        let is_fine = |parameter: &str| {
            let parameter = parameter.replace([' ', '\t', '"'], "").to_ascii_lowercase();
            // RFC 7763 has flavours of Markdown: it is stored as it is, whichever it says.
            let is_flavour = kind == MARKDOWN && parameter.starts_with("variant=");
            is_flavour || matches!(parameter.as_str(), "" | "charset=utf-8")
        };
        match known {
            Some(known) if is_one && parts.all(is_fine) => Ok(known),
            Some(_) | None => {
                let types = takes.types.replace(", ", "` or `");
                Err(unsupported(format!(
                    "the body is sent as `Content-Type: {types}`, in UTF-8"
                )))
            }
        }
    }

    async fn bytes(&mut self, app: &App) -> Result<Bytes, ApiError> {
        let limits = &app.config.limits;
        let late = |_| ApiError::new(Code::BodyTimeout, "the body took too long to arrive");
        let mut body = BytesMut::new();
        let read = async {
            while let Some(chunk) = timeout(limits.body_pause, self.chunks.next())
                .await
                .map_err(late)?
            {
                let chunk = chunk.map_err(|_| {
                    ApiError::new(Code::InvalidBody, "the body did not arrive whole")
                })?;
                if body.len() + chunk.len() > limits.body_bytes {
                    let detail = format!("a body has at most {} bytes", limits.body_bytes);
                    return Err(ApiError::new(Code::BodyTooLarge, detail));
                }
                body.extend_from_slice(&chunk);
            }
            Ok(())
        };
        timeout(limits.body_time, read).await.map_err(late)??;
        Ok(body.freeze())
    }
}
