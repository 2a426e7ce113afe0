//! `taskmd serve`: the server, from the arguments to the last log line.

use super::{Exit, unable};
use crate::config::{Config, LogFormat, Options};
use crate::server;
use clap::Args;
use std::future::Future;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Threads that wait for disks: enough for many projects, and few enough for a small machine.
const BLOCKING_THREADS_MAX: usize = 64;

/// What is logged unless `TASKMD_LOG` says otherwise. notify warns of watches that are gone with their directory.
const LOG_DEFAULT: &str = "info,notify=error";

/// Serve the projects in a directory, and tell clients of every change
#[derive(Args, Debug)]
pub(super) struct Serve {
    /// The directory that holds the projects
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// File with any of these options as keys, such as `ping_interval: 30s`
    #[arg(
        long,
        hide_env_values = true,
        env = "TASKMD_CONFIG",
        value_name = "FILE"
    )]
    config: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
}

impl Serve {
    pub(super) fn run(self) -> Exit {
        let config = match self.config() {
            Ok(config) => config,
            Err(error) => return unable(error),
        };
        start_log(config.log_format);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .max_blocking_threads(BLOCKING_THREADS_MAX)
            .build();
        match runtime {
            Ok(runtime) => {
                let exit = runtime.block_on(serve(config));
                // A disk that hangs must not keep the process.
                runtime.shutdown_background();
                exit
            }
            Err(error) => unable(format_args!("cannot start: {error}")),
        }
    }

    fn config(self) -> Result<Config, crate::config::ConfigError> {
        let file = self
            .config
            .as_deref()
            .map(Options::from_file)
            .transpose()?
            .unwrap_or_default();
        self.options.or(file).resolve(self.dir)
    }
}

async fn serve(config: Config) -> Exit {
    if let Err(error) = std::fs::read_dir(&config.root) {
        return unable(format_args!(
            "cannot read the directory `{}`: {error}",
            config.root.display()
        ));
    }
    let listener = match server::listen(config.listen) {
        Ok(listener) => listener,
        Err(error) => return unable(format_args!("cannot listen on {}: {error}", config.listen)),
    };
    let address = match listener.local_addr() {
        Ok(address) => address,
        Err(error) => return unable(format_args!("cannot listen on {}: {error}", config.listen)),
    };
    let stop = match heed_file_limit().and_then(|()| stop_signal()) {
        Ok(stop) => stop,
        Err(error) => return unable(format_args!("cannot wait for signals: {error}")),
    };
    let scheme = if config.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let on_ready = || {
        use std::io::Write;
        // Whoever started us may have closed the pipe already; that is no reason to stop.
        let mut out = std::io::stdout();
        if writeln!(out, "listening on {scheme}://{address}")
            .and_then(|()| out.flush())
            .is_err()
        {
            tracing::debug!("nobody reads standard output");
        }
    };
    tracing::info!(%address, directory = %config.root.display(), "starting");
    match server::run(config, listener, stop, on_ready).await {
        Ok(()) => {
            tracing::info!("stopped");
            Exit::Well
        }
        Err(error) => unable(format_args!("cannot serve: {error}")),
    }
}

/// A file that grows past what the system allows the process (`ulimit -f`) fails the one write, and does not end us.
fn heed_file_limit() -> std::io::Result<()> {
    signal(SignalKind::from_raw(libc::SIGXFSZ)).map(drop)
}

/// Comes with the first SIGINT or SIGTERM.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

fn start_log(format: LogFormat) {
    let filter =
        EnvFilter::try_from_env("TASKMD_LOG").unwrap_or_else(|_| EnvFilter::new(LOG_DEFAULT));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // A log that cannot be written, because its disk is full, is no reason to panic.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .init(),
        LogFormat::Json => log.json().init(),
    }
}
