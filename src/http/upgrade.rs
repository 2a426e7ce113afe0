//! The upgrade to a WebSocket, as a filter: RFC 6455, section 4.2.
//!
//! warp's own reserves 128 KiB for every idle socket and checks neither key nor version; this one does what the RFC
//! says and hands over the bare connection.

use super::error::{ApiError, Code};
use crate::transport::{Paced, Socket};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::io;
use tungstenite::handshake::derive_accept_key;
use warp::Filter;
use warp::http::{HeaderMap, HeaderValue, StatusCode, header};
use warp::reply::Response;

/// A connection that asks to become a WebSocket.
pub(super) struct Upgrade {
    headers: HeaderMap,
    /// None where no upgrade is asked for, or none can be: by HTTP/1.0 (RFC 9110, section 7.8).
    on_upgrade: Option<OnUpgrade>,
}

/// The request for an upgrade, if it is one; the handler finds out.
pub(super) fn upgrade() -> impl Filter<Extract = (Upgrade,), Error = std::convert::Infallible> + Copy
{
    let on_upgrade = warp::ext::optional::<OnUpgrade>();
    warp::header::headers_cloned()
        .and(on_upgrade)
        .map(|headers, on_upgrade| Upgrade {
            headers,
            on_upgrade,
        })
}

impl Upgrade {
    /// Checks the handshake. Returns the response that switches protocols, and the socket to come. Extensions and
    /// subprotocols that are offered are declined: the response names none (RFC 6455, section 4.2.2).
    pub(super) fn accept(self) -> Result<(Response, OnUpgrade), ApiError> {
        let has = |name, token: &str| {
            let values = self
                .headers
                .get_all(name)
                .iter()
                .filter_map(|value: &HeaderValue| value.to_str().ok());
            values
                .flat_map(|value| value.split(','))
                .any(|value| value.trim().eq_ignore_ascii_case(token))
        };
        let version = self
            .headers
            .get(header::SEC_WEBSOCKET_VERSION)
            .map(HeaderValue::as_bytes);
        let asks = has(header::CONNECTION, "upgrade") && has(header::UPGRADE, "websocket");
        let asked = self.on_upgrade.filter(|_| asks && version == Some(b"13"));
        let on_upgrade = asked.ok_or_else(|| {
            ApiError::new(
                Code::UpgradeRequired,
                "this path is a WebSocket of version 13",
            )
        })?;
        let bad = || {
            ApiError::new(
                Code::InvalidHandshake,
                "`Sec-WebSocket-Key` is 16 bytes in base64",
            )
        };
        let mut keys = self.headers.get_all(header::SEC_WEBSOCKET_KEY).iter();
        let (Some(key), None) = (keys.next(), keys.next()) else {
            return Err(bad());
        };
        if !is_key(key.as_bytes()) {
            return Err(bad());
        }
        let accept =
            HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(|_| bad())?;
        let mut response = Response::default();
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        Ok((response, on_upgrade))
    }
}

/// 16 bytes in base64: 22 characters and two signs of padding.
fn is_key(key: &[u8]) -> bool {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    key.len() == 24 && key.ends_with(b"==") && key[..22].iter().all(is_base64)
}

/// The bare socket, once the client has been answered, and what it has sent already.
pub(super) async fn socket(on_upgrade: OnUpgrade) -> io::Result<(Socket, Vec<u8>)> {
    let upgraded = on_upgrade.await.map_err(io::Error::other)?;
    let parts = upgraded
        .downcast::<TokioIo<Paced>>()
        .map_err(|_| io::Error::other("the connection is none of ours"))?;
    let socket = parts.io.into_inner().into_inner().into_socket()?;
    Ok((socket, parts.read_buf.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::is_key;

    #[test]
    fn a_key_is_sixteen_bytes() {
        assert!(is_key(b"dGhlIHNhbXBsZSBub25jZQ=="));
        for bad in [
            "",
            "x",
            "dGhlIHNhbXBsZSBub25jZQ",
            "dGhlIHNhbXBsZSBub25jZ===",
            "dGhlIHNhbXBsZSBub25j Q==",
        ] {
            assert!(!is_key(bad.as_bytes()), "{bad}");
        }
    }
}
