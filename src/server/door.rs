//! The door: takes connections as long as there are places, and serves each until it ends.

use super::answer::{Answer, Requests};
use crate::config::{Config, Limits};
use crate::http::{Site, no_place};
use crate::transport::gate::Full;
use crate::transport::paced::{Paced, Progress};
use crate::transport::{Connection, Gate, Place};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Connections that the kernel keeps for us until we take them: Linux's own most (`net.core.somaxconn`).
const BACKLOG: u32 = 4_096;
/// Bytes of an answer that the kernel takes before it can send them. By itself it takes up to 4 MiB, for every client that does
/// not read, and we would not see that it does not.
const UNSENT_BYTES: u32 = 128 << 10;
/// After a connection that could not be taken (no descriptors, most of all), the next is tried this much later.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Listens on an address.
///
/// # Errors
/// The system's.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    // Every connection inherits both. Without the first, the second of two frames arrives 40 ms late.
    socket.set_nodelay(true)?;
    SockRef::from(&socket).set_tcp_notsent_lowat(UNSENT_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// What every connection needs.
pub(super) struct Door {
    site: Site,
    limits: Limits,
    gate: Arc<Gate>,
    tls: Option<TlsAcceptor>,
    shutdown: CancellationToken,
    connections: TaskTracker,
    refusals: Arc<Semaphore>,
}

impl Door {
    /// A door to a site, which is to be used by many connections at one time.
    pub(super) fn new(
        site: Site,
        gate: Arc<Gate>,
        config: &Config,
        tls: Option<Arc<rustls::ServerConfig>>,
        shutdown: CancellationToken,
        connections: TaskTracker,
    ) -> Arc<Self> {
        let limits = config.limits.clone();
        Arc::new(Self {
            site,
            gate,
            refusals: Arc::new(Semaphore::new(limits.refusals)),
            limits,
            tls: tls.map(TlsAcceptor::from),
            shutdown,
            connections,
        })
    }

    /// Takes whoever comes.
    pub(super) async fn take_all(self: &Arc<Self>, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => match self.gate.enter(peer.ip()) {
                    Ok(place) => {
                        let served = self.clone().serve(stream, place);
                        drop(self.connections.spawn(served));
                    }
                    Err(full) => self.refuse(stream, full),
                },
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    sleep(ACCEPT_AGAIN).await;
                }
            }
        }
    }

    /// Says that there is no place, as far as that can be said: under TLS, and to very many, it is not.
    fn refuse(&self, mut stream: TcpStream, full: Full) {
        tracing::debug!(?full, "a connection was refused");
        let Ok(permit) = self.refusals.clone().try_acquire_owned() else {
            return;
        };
        if self.tls.is_some() {
            return;
        }
        let time = self.limits.refusal_time;
        let told = async move {
            stream.write_all(&no_place(full)).await?;
            stream.shutdown().await?;
            // What it has sent is to be read: the kernel would take the answer back.
            let mut said = [0; 1_024];
            while stream.read(&mut said).await? > 0 {}
            drop(permit);
            io::Result::Ok(())
        };
        drop(self.connections.spawn(async move {
            drop(timeout(time, told).await);
        }));
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, place: Place) {
        let connection = match &self.tls {
            None => Connection::Plain(stream),
            Some(tls) => {
                let agreed = timeout(self.limits.head_time, tls.accept(stream));
                match self.shutdown.run_until_cancelled(agreed).await {
                    Some(Ok(Ok(stream))) => Connection::Tls(Box::new(stream)),
                    Some(Ok(Err(error))) => {
                        tracing::debug!(%error, "TLS could not be agreed upon");
                        return;
                    }
                    Some(Err(_)) | None => {
                        tracing::debug!("TLS was not agreed upon in time");
                        return;
                    }
                }
            }
        };
        let is_http2 = connection.is_http2();
        let progress = Progress::default();
        let stream = TokioIo::new(Paced::new(connection, progress.clone(), &self.limits));
        let site = self.site.clone();
        let answer = service_fn(move |mut request: hyper::Request<_>| {
            let (site, place, progress) = (site.clone(), place.clone(), progress.clone());
            let answering = progress.head();
            async move {
                request.extensions_mut().insert(place);
                request.extensions_mut().insert(progress);
                let response = site.answer(request).await;
                Ok::<_, Infallible>(response.map(|body| Answer::new(body, answering, is_http2)))
            }
        });
        if is_http2 {
            let served = self.http2().serve_connection(stream, answer);
            self.see_to(served, http2::Connection::graceful_shutdown)
                .await;
        } else {
            let served = self.http1().serve_connection(stream, answer);
            let served = served.with_upgrades();
            self.see_to(served, http1::UpgradeableConnection::graceful_shutdown)
                .await;
        }
    }

    fn http1(&self) -> http1::Builder {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.idle_time)
            .max_headers(self.limits.headers)
            .max_buf_size(self.limits.head_bytes);
        builder
    }

    fn http2(&self) -> http2::Builder<Requests> {
        let mut builder = http2::Builder::new(Requests::new(self.limits.send_time));
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(self.limits.streams)
            .max_header_list_size(u32::try_from(self.limits.head_bytes).unwrap_or(u32::MAX))
            .max_send_buf_size(self.limits.run_bytes)
            .keep_alive_interval(self.limits.peer_time)
            .keep_alive_timeout(self.limits.peer_time);
        builder
    }

    /// Sees to it that a connection ends when everything does: `finish` says so to it.
    async fn see_to<C, E: fmt::Display>(&self, connection: C, finish: fn(Pin<&mut C>))
    where
        C: Future<Output = Result<(), E>>,
    {
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.shutdown.cancelled() => {
                finish(connection.as_mut());
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended badly");
        }
    }
}
