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
use warp::http::{HeaderMap, Method, header};
use warp::path::FullPath;

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
    pub(in crate::http) async fn object(
        mut self,
        app: &App,
    ) -> Result<Map<String, Json>, ApiError> {
        self.check_type()?;
        let bytes = self.bytes(app).await?;
        let bad = |detail| ApiError::new(Code::InvalidJson, detail);
        match serde_json::from_slice(&bytes) {
            Ok(Json::Object(object)) => Ok(object),
            Ok(_) => Err(bad("the body is a JSON object".to_owned())),
            Err(error) => Err(bad(format!(
                "the body is no JSON: line {}, column {}",
                error.line(),
                error.column()
            ))),
        }
    }

    fn check_type(&self) -> Result<(), ApiError> {
        let unsupported = |detail| ApiError::new(Code::UnsupportedMediaType, detail);
        if self.headers.contains_key(header::CONTENT_ENCODING) {
            return Err(unsupported(
                "a body is sent as it is, without Content-Encoding",
            ));
        }
        let mut types = self.headers.get_all(header::CONTENT_TYPE).iter();
        let (first, second) = (
            types.next().and_then(|value| value.to_str().ok()),
            types.next(),
        );
        let (kind, parameters) = first.map_or(("", ""), |value| {
            value.split_once(';').unwrap_or((value, ""))
        });
        let kind = kind.trim().to_ascii_lowercase();
        let is_json = matches!(
            kind.as_str(),
            "application/json" | "application/merge-patch+json"
        );
        let parameters = parameters.replace([' ', '"'], "").to_ascii_lowercase();
        let is_utf8 = matches!(parameters.as_str(), "" | "charset=utf-8");
        if is_json && is_utf8 && second.is_none() {
            return Ok(());
        }
        Err(unsupported(
            "the body is sent as `Content-Type: application/json`",
        ))
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
