//! The server: takes connections, and ends them all within a deadline when it is told to.

mod answer;
mod descriptors;
mod door;
mod renewal;

pub use door::listen;

use crate::config::Config;
use crate::disk::write::Durability;
use crate::disk::write::LEASE_SIGNAL;
use crate::http::{App, Lists, Pages, Repeats, Site, Tickets};
use crate::store::Store;
use crate::stream::{Terms, Writers};
use crate::transport::Gate;
use crate::transport::tls::Certificate;
use crate::watch::{Opening, Watch};
use door::Door;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::SetOnce;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Everything that is to stop together.
struct Running {
    config: Arc<Config>,
    door: Arc<Door>,
    is_open: Arc<SetOnce<()>>,
    shutdown: CancellationToken,
    connections: TaskTracker,
    sessions: TaskTracker,
    writers: Arc<Writers>,
    watch: Watch,
}

/// Opens the projects, serves them on `listener`, and returns when `stop` has come and everything has ended: no
/// new connections, 1001 to every WebSocket, open requests answered, the watcher stopped. Whoever asks before the projects
/// are open is told that we live, or waits. `on_ready` is called once they are.
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
    let (running, opening) = Running::start(config).await?;
    let shutdown = running.shutdown.clone();
    let open = async {
        opening.await.map_err(io::Error::other)??;
        // It is set here and nowhere else.
        drop(running.is_open.set(()));
        on_ready();
        Ok(())
    };
    let served = async {
        tokio::select! {
            () = stop => Ok(()),
            () = running.door.take_all(&listener) => Ok(()),
            Err(error) = open => Err(error),
        }
    };
    let served = served.await;
    drop(listener);
    shutdown.cancel();
    running.drain().await;
    served
}

impl Running {
    async fn start(config: Arc<Config>) -> io::Result<(Self, Opening)> {
        let (root, limits, poll) = (config.root.clone(), config.limits.clone(), config.poll);
        let durability = match config.no_fsync {
            true => Durability::Unsynced,
            false => Durability::Synced,
        };
        let open = move || {
            let mut store = Store::new(&root, limits)?.with(durability);
            store.claim()?;
            let store = Arc::new(store);
            // Each holds its directory.
            let n_projects = store.project_directories()?.len();
            let watch = Watch::start(store.clone(), poll)?;
            Ok::<_, io::Error>((store, n_projects, watch))
        };
        let (store, n_projects, (watch, opening)) = tokio::task::spawn_blocking(open)
            .await
            .map_err(io::Error::other)??;
        let (shutdown, sessions) = (CancellationToken::new(), TaskTracker::new());
        tokio::spawn(rescue_late_saves(store.clone(), shutdown.clone())?);
        let terms = Terms::new(&config.limits, config.ping_interval, config.client_buffer);
        let writers = Arc::new(Writers::start(&terms)?);
        let n_connections = descriptors::connections_max(&config.limits, n_projects);
        let gate = Gate::new(n_connections, config.limits.connections_per_address);
        let is_open = Arc::new(SetOnce::new());
        let app = App {
            store,
            is_open: is_open.clone(),
            config: config.clone(),
            lists: Arc::new(Lists::new(&config.limits)),
            pages: Arc::new(Pages::new(&config.limits)),
            watch: watch.status(),
            probe: watch.probe(),
            writers: writers.clone(),
            gate: gate.clone(),
            requests: Arc::default(),
            sessions: sessions.clone(),
            tickets: Arc::new(Tickets::new(&config.limits)),
            repeats: Arc::new(Repeats::new(&config.limits)),
            shutdown: shutdown.clone(),
        };
        let tls = tls(&config, &shutdown)?;
        let connections = TaskTracker::new();
        let (all, site) = (connections.clone(), Site::new(app));
        let door = Door::new(site, gate, &config, tls, shutdown.clone(), all);
        let running = Self {
            config,
            door,
            is_open,
            shutdown,
            connections,
            sessions,
            writers,
            watch,
        };
        Ok((running, opening))
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

/// What HTTPS needs, if it is asked for; the certificate is renewed until all ends.
fn tls(
    config: &Config,
    shutdown: &CancellationToken,
) -> io::Result<Option<Arc<rustls::ServerConfig>>> {
    let Some(files) = config.tls.clone() else {
        return Ok(None);
    };
    let certificate = Arc::new(Certificate::read(files).map_err(io::Error::other)?);
    let tls = certificate.config().map_err(io::Error::other)?;
    let every = config.limits.certificate_time;
    let fresh = renewal::keep_fresh(certificate, every, shutdown.clone());
    drop(tokio::spawn(fresh));
    Ok(Some(tls))
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
