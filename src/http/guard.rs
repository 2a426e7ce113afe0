//! Who may ask at all: checked before any route.
//!
//! A server on a laptop is within reach of every page that its user opens. The Host must be one of this machine's
//! names, so that no foreign name that resolves to 127.0.0.1 gets through (DNS rebinding); an Origin, which browsers
//! send along from pages, must be the server's own or a listed one (cross-site WebSocket hijacking, CSRF).

use super::error::{ApiError, Code};
use super::methods;
use crate::config::Config;
use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Instant;
use warp::Filter;
use warp::http::uri::Authority;
use warp::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Version, header};
use warp::reply::Response;

/// The methods that a page of a listed origin may use.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
/// The headers that it may send.
const HEADERS: HeaderValue = HeaderValue::from_static(
    "content-type, idempotency-key, if-match, if-none-match, last-event-id",
);
/// The headers that it may read.
const EXPOSED: HeaderValue = HeaderValue::from_static("etag, location, retry-after");
/// For how long it may remember that, in seconds.
const PREFLIGHT_SECONDS: HeaderValue = HeaderValue::from_static("600");

/// Who asks, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Caller {
    /// The listed origin of the page that asks.
    cross_origin: Option<HeaderValue>,
}

/// What a caller may do. Without a key for tokens everybody may do everything, and for ever.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rights {
    /// When they end: so does every connection that stands by them.
    pub(super) expires: Option<Instant>,
}

/// The rights of who asks.
pub(super) fn rights() -> impl Filter<Extract = (Rights,), Error = Infallible> + Copy {
    warp::any().map(Rights::default)
}

/// Lets a request in, or says why not.
pub(super) fn admit<B>(request: &mut Request<B>, config: &Config) -> Result<Caller, ApiError> {
    let host = host(request)?;
    if !is_own_name(host) {
        let detail = "this server does not answer to that name; use localhost";
        return Err(ApiError::new(Code::HostNotAllowed, detail));
    }
    if matches!(*request.method(), Method::TRACE | Method::CONNECT) {
        return Err(methods::not_allowed());
    }
    let mut origins = request.headers().get_all(header::ORIGIN).iter();
    let (origin, second) = (origins.next(), origins.next());
    let Some(origin) = origin else {
        return Ok(Caller::default());
    };
    let text = origin.to_str().unwrap_or("").to_ascii_lowercase();
    let scheme = if config.tls.is_some() {
        "https://"
    } else {
        "http://"
    };
    if second.is_none() && text.strip_prefix(scheme) == Some(&host.to_ascii_lowercase()) {
        return Ok(Caller::default());
    }
    if second.is_none()
        && config
            .cors_origins
            .iter()
            .any(|listed| listed.as_str() == text)
    {
        return Ok(Caller {
            cross_origin: Some(origin.clone()),
        });
    }
    let detail = "pages of that origin may not use this server; list it with --cors-origin";
    Err(ApiError::new(Code::OriginNotAllowed, detail))
}

/// The one Host of a request, which its target must not contradict (RFC 9112, 3.2); of HTTP/2, which has the target alone,
/// the Host may be left out (RFC 9113, 8.3.1).
fn host<B>(request: &Request<B>) -> Result<&str, ApiError> {
    let bad = |detail| ApiError::new(Code::InvalidHost, detail);
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (host, second) = (hosts.next(), hosts.next());
    let target = request.uri().authority().map(Authority::as_str);
    if second.is_some() {
        return Err(bad("a request has one Host"));
    }
    let Some(host) = host else {
        let target = target.filter(|_| request.version() == Version::HTTP_2);
        return target.ok_or_else(|| bad("a request has one Host"));
    };
    let host = host.to_str().map_err(|_| bad("the Host cannot be read"))?;
    match target {
        Some(target) if !target.eq_ignore_ascii_case(host) => {
            Err(bad("the Host and the request's target differ"))
        }
        Some(_) | None => Ok(host),
    }
}

/// Is this `localhost` or a loopback address? The port does not count: it may be forwarded.
fn is_own_name(host: &str) -> bool {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let name = match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) && (!name.contains(':') || name.ends_with(']')) => name,
        Some(_) | None => host,
    };
    let address = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

impl Caller {
    /// Answers a browser that asks, on behalf of a page of a listed origin, what it may send.
    pub(super) fn preflight<B>(&self, request: &Request<B>) -> Option<Response> {
        let asks = request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if self.cross_origin.is_none() || *request.method() != Method::OPTIONS || !asks {
            return None;
        }
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
        Some(response)
    }

    /// Tells the browser that the page may read the response.
    pub(super) fn mark(&self, headers: &mut HeaderMap) {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = &self.cross_origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machines_own_names() {
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1",
            "127.0.0.1:1",
            "127.8.9.1:80",
            "[::1]",
            "[::1]:8080",
        ] {
            assert!(is_own_name(host), "{host}");
        }
        let foreign = "evil.example localhost.evil.example:80 127.0.0.1.evil.example 10.0.0.1:80 [::2]:80 \
                       user@localhost localhost:80:80 localhost: 0.0.0.0:80 127.0.0.1:8x";
        for host in foreign.split_ascii_whitespace() {
            assert!(!is_own_name(host), "{host}");
        }
    }
}
