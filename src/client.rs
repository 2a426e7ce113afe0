//! A client of a running server, for the commands that work on one with `--server`.
//!
//! One connection a question: whoever types a command asks once. What it refuses to know: what the answers say.

mod follow;

pub use follow::{Follower, Lost};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use warp::http::request::Builder;
use warp::http::{Method, Request, StatusCode, Uri, header};

/// Bytes of an answer: a list of 10,000 tasks with long bodies, and more.
const ANSWER_BYTES_MAX: usize = 256 << 20;
/// Until the server has been reached, and until it has answered.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// A task's file.
const MARKDOWN: &str = "text/markdown";

/// A server that answers at an address.
#[derive(Clone, Debug)]
pub struct Server {
    is_https: bool,
    host: String,
    port: u16,
    /// `host:port` as it was typed.
    authority: String,
    /// Where it is mounted: empty, or a path without a slash at its end.
    mount: String,
}

impl FromStr for Server {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "an address looks like http://127.0.0.1:8080".to_owned();
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let is_https = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            Some(_) | None => return Err(wrong()),
        };
        let authority = uri.authority().ok_or_else(wrong)?;
        if uri.query().is_some() || authority.as_str().contains('@') {
            return Err(wrong());
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        Ok(Self {
            is_https,
            port: authority
                .port_u16()
                .unwrap_or(if is_https { 443 } else { 80 }),
            host,
            authority: authority.to_string(),
            mount: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.mount)
    }
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody answers there.
    #[error("cannot reach {server}: {reason}")]
    Unreachable {
        /// The address.
        server: String,
        /// Why.
        reason: String,
    },
    /// The server says no: its own words, or the status in words.
    #[error("{server} says: {detail}")]
    Refused {
        /// The address.
        server: String,
        /// The status.
        status: StatusCode,
        /// What it says of it.
        detail: String,
    },
}

impl ClientError {
    /// May it be otherwise in a while?
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Server {
    fn unreachable(&self, reason: impl fmt::Display) -> ClientError {
        ClientError::Unreachable {
            server: self.to_string(),
            reason: reason.to_string(),
        }
    }

    fn refused(&self, status: StatusCode, body: &[u8]) -> ClientError {
        let in_words = || status.canonical_reason().unwrap_or("no").to_owned();
        ClientError::Refused {
            server: self.to_string(),
            status,
            detail: crate::wire::read::error_detail(body).unwrap_or_else(in_words),
        }
    }

    /// Connects, under TLS if the address says so; the certificate must be one that the system trusts.
    async fn connect(&self) -> Result<Box<dyn Stream>, ClientError> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port));
        let tcp = tcp.await.map_err(|error| self.unreachable(error))?;
        tcp.set_nodelay(true)
            .map_err(|error| self.unreachable(error))?;
        if !self.is_https {
            return Ok(Box::new(tcp));
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| self.unreachable(error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(self.host.clone()).map_err(|e| self.unreachable(e))?;
        let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp);
        Ok(Box::new(
            tls.await.map_err(|error| self.unreachable(error))?,
        ))
    }

    /// Asks for a path below `/api/v1`, and returns the body.
    ///
    /// # Errors
    /// [`ClientError`], when there is no answer or a refusal.
    pub async fn get(&self, path: &str) -> Result<Vec<u8>, ClientError> {
        self.ask(Request::get(self.target(path)), Bytes::new())
            .await
    }

    /// Asks for the file of a task at a path below `/api/v1`.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub async fn file(&self, path: &str) -> Result<Vec<u8>, ClientError> {
        let request = Request::get(self.target(path)).header(header::ACCEPT, MARKDOWN);
        self.ask(request, Bytes::new()).await
    }

    /// Puts a file in the place of the one of this revision at a path below `/api/v1`, and returns the task.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub async fn put_file(
        &self,
        path: &str,
        revision: &str,
        bytes: Vec<u8>,
    ) -> Result<Vec<u8>, ClientError> {
        let request = Request::put(self.target(path))
            .header(header::CONTENT_TYPE, MARKDOWN)
            .header(header::IF_MATCH, format!("\"{revision}\""));
        self.ask(request, Bytes::from(bytes)).await
    }

    /// Sends JSON to a path below `/api/v1`, and returns the body of the answer.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        json: String,
    ) -> Result<Vec<u8>, ClientError> {
        let request = Request::builder().method(method).uri(self.target(path));
        let request = request.header(header::CONTENT_TYPE, "application/json");
        self.ask(request, Bytes::from(json)).await
    }

    fn target(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.mount)
    }

    async fn ask(&self, request: Builder, body: Bytes) -> Result<Vec<u8>, ClientError> {
        let late = |_| self.unreachable("it does not answer");
        timeout(ANSWER_TIME, self.answer(request, body))
            .await
            .map_err(late)?
    }

    async fn answer(&self, request: Builder, body: Bytes) -> Result<Vec<u8>, ClientError> {
        let stream = TokioIo::new(self.connect().await?);
        let unreachable = |error: hyper::Error| self.unreachable(error);
        let (mut sender, connection) = http1::handshake(stream).await.map_err(unreachable)?;
        let connection = tokio::spawn(connection);
        let request = request
            .header(header::HOST, &self.authority)
            .body(Full::new(body))
            .map_err(|error| self.unreachable(error))?;
        let answer = sender.send_request(request).await.map_err(unreachable)?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect();
        let body = body.await.map_err(|error| self.unreachable(error))?;
        connection.abort();
        let body = body.to_bytes().to_vec();
        if status.is_success() {
            Ok(body)
        } else {
            Err(self.refused(status, &body))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read() {
        for (text, host, port, shown) in [
            ("http://localhost", "localhost", 80, "http://localhost"),
            ("https://a.example/", "a.example", 443, "https://a.example"),
            ("http://[::1]:8080", "::1", 8080, "http://[::1]:8080"),
            (
                "https://a.example:1/x/",
                "a.example",
                1,
                "https://a.example:1/x",
            ),
        ] {
            let server: Server = text.parse().unwrap();
            assert_eq!((server.host.as_str(), server.port), (host, port));
            assert_eq!(server.to_string(), shown);
        }
        for text in [
            "",
            "localhost:8080",
            "ws://a",
            "http://",
            "http://a?b",
            "http://u:p@a",
        ] {
            assert!(text.parse::<Server>().is_err(), "{text}");
        }
    }
}
