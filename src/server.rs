//! The server: takes connections, and ends them all within a deadline when it is told to.

use crate::config::Config;
use crate::disk::write::LEASE_SIGNAL;
use crate::http::paced::{Paced, Progress};
use crate::http::{App, Place, Site};
use crate::store::Store;
use crate::stream::{Terms, Writers};
use crate::watch::Watch;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use warp::http::StatusCode;

/// After a connection that could not be taken (no descriptors, most of all), the next is tried this much later.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Everything that is to stop together.
struct Running {
    config: Arc<Config>,
    site: Site,
    shutdown: CancellationToken,
    connections: TaskTracker,
    sessions: TaskTracker,
    writers: Arc<Writers>,
    watch: Watch,
}

/// Opens the projects, serves them on `listener`, and returns when `stop` has come and everything has ended: no
/// new connections, 1001 to every WebSocket, open requests answered, the watcher stopped. `on_ready` is called once
/// requests are answered.
///
/// # Errors
/// The system's, when the root cannot be read.
pub async fn run(
    config: Config,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
    on_ready: impl FnOnce(),
) -> io::Result<()> {
    let config = Arc::new(config);
    let running = Running::start(config).await?;
    on_ready();
    let shutdown = running.shutdown.clone();
    tokio::pin!(stop);
    tokio::select! {
        () = &mut stop => {}
        () = running.accept(&listener) => {}
    }
    drop(listener);
    shutdown.cancel();
    running.drain().await;
    Ok(())
}

impl Running {
    async fn start(config: Arc<Config>) -> io::Result<Self> {
        let (root, limits, poll) = (config.root.clone(), config.limits.clone(), config.poll);
        let open = move || {
            let mut store = Store::new(&root, limits)?;
            store.claim()?;
            let store = Arc::new(store);
            Ok::<_, io::Error>((store.clone(), Watch::start(store, poll)?))
        };
        let (store, watch) = tokio::task::spawn_blocking(open)
            .await
            .map_err(io::Error::other)??;
        let (shutdown, sessions) = (CancellationToken::new(), TaskTracker::new());
        tokio::spawn(rescue_late_saves(store.clone(), shutdown.clone())?);
        let terms = Terms::new(&config.limits, config.ping_interval, config.client_buffer);
        let writers = Arc::new(Writers::start(&terms)?);
        let app = App {
            store,
            config: config.clone(),
            watch: watch.status(),
            probe: watch.probe(),
            writers: writers.clone(),
            sessions: sessions.clone(),
        };
        let site = Site::new(app);
        Ok(Self {
            config,
            site,
            shutdown,
            connections: TaskTracker::new(),
            sessions,
            writers,
            watch,
        })
    }

    async fn accept(&self, listener: &TcpListener) {
        let places = Arc::new(Semaphore::new(self.config.limits.connections));
        loop {
            // Past the limit, the kernel's backlog waits with us.
            let Ok(place) = places.clone().acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, _peer)) => self.serve(stream, place),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    sleep(ACCEPT_AGAIN).await;
                }
            }
        }
    }

    fn serve(&self, stream: TcpStream, place: OwnedSemaphorePermit) {
        // Without it, the second of two frames arrives 40 ms late.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection closed at once");
            return;
        }
        let (site, shutdown) = (self.site.clone(), self.shutdown.clone());
        let limits = &self.config.limits;
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(limits.idle_time)
            .max_headers(limits.headers)
            .max_buf_size(limits.head_bytes);
        let progress = Progress::default();
        let stream = Paced::new(stream, progress.clone(), limits.head_time);
        let place = Place(Arc::new(place));
        self.connections.spawn(async move {
            let answer = service_fn(move |mut request: hyper::Request<_>| {
                let (site, progress, place) = (site.clone(), progress.clone(), place.clone());
                async move {
                    progress.head();
                    request.extensions_mut().insert(place);
                    let response = site.answer(request).await;
                    // A connection that has become a WebSocket has no further heads.
                    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
                        progress.answer();
                    }
                    Ok::<_, Infallible>(response)
                }
            });
            let connection = builder
                .serve_connection(TokioIo::new(stream), answer)
                .with_upgrades();
            tokio::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = shutdown.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended badly");
            }
        });
    }

    /// Waits until all has ended, but not for ever.
    async fn drain(self) {
        let Self {
            config,
            connections,
            sessions,
            writers,
            watch,
            ..
        } = self;
        connections.close();
        sessions.close();
        let stopped = tokio::task::spawn_blocking(move || {
            writers.stop();
            watch.stop();
        });
        let all = async { tokio::join!(sessions.wait(), connections.wait(), stopped) };
        match timeout(config.limits.shutdown_time, all).await {
            Ok(((), (), Ok(()))) => {}
            Ok(((), (), Err(error))) => {
                tracing::error!(%error, "the writers and the watcher could not be stopped");
            }
            Err(_) => tracing::warn!(
                connections = connections.len(),
                sessions = sessions.len(),
                "not everything ended in time"
            ),
        }
    }
}

/// Sees to whoever wants to write a file in place that has just been replaced: the kernel says so by a signal.
fn rescue_late_saves(
    store: Arc<Store>,
    shutdown: CancellationToken,
) -> io::Result<impl Future<Output = ()>> {
    let mut urgent = signal(SignalKind::from_raw(LEASE_SIGNAL))?;
    Ok(async move {
        while shutdown
            .run_until_cancelled(urgent.recv())
            .await
            .flatten()
            .is_some()
        {
            let store = store.clone();
            if let Err(error) = tokio::task::spawn_blocking(move || store.rescue()).await {
                tracing::error!(%error, "late saves could not be seen to");
            }
        }
    })
}
