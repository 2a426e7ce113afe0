//! Every setting and every limit, with its unit and its reason.
//!
//! [`Options`] is what was typed: one struct for flags, environment (`TASKMD_…`) and the file of `--config`, so the
//! three can never know different settings. [`Config`] is what it means. Flags win, then the environment, then the
//! file, then the defaults here.

mod limits;
mod values;

pub use limits::Limits;
pub use values::{LogFormat, Origin, Span};

use clap::Args;
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The settings as typed; what is left out falls to the next place.
#[derive(Args, Deserialize, Debug, Default, Clone)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Address to serve on; port 0 picks a free one
    #[arg(
        long,
        hide_env_values = true,
        env = "TASKMD_LISTEN",
        value_name = "ADDR:PORT"
    )]
    pub listen: Option<SocketAddr>,
    /// File with the certificate chain in PEM, to serve HTTPS
    #[arg(
        long,
        hide_env_values = true,
        env = "TASKMD_TLS_CERT",
        value_name = "FILE"
    )]
    pub tls_cert: Option<PathBuf>,
    /// File with the certificate's private key in PEM
    #[arg(
        long,
        hide_env_values = true,
        env = "TASKMD_TLS_KEY",
        value_name = "FILE"
    )]
    pub tls_key: Option<PathBuf>,
    /// Origin of a web page that may connect, besides the server's own (repeatable)
    #[arg(
        long = "cors-origin",
        hide_env_values = true,
        env = "TASKMD_CORS_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    #[serde(default, rename = "cors_origin")]
    pub cors_origins: Vec<Origin>,
    /// Time between two pings to a WebSocket client
    #[arg(
        long,
        hide_env_values = true,
        env = "TASKMD_PING_INTERVAL",
        value_name = "TIME"
    )]
    pub ping_interval: Option<Span>,
    /// Messages that may wait for one client's socket
    #[arg(
        long,
        hide_env_values = true,
        env = "TASKMD_CLIENT_BUFFER",
        value_name = "N"
    )]
    pub client_buffer: Option<usize>,
    /// Events that each project keeps for clients that are behind
    #[arg(
        long,
        hide_env_values = true,
        env = "TASKMD_REPLAY_EVENTS",
        value_name = "N"
    )]
    pub replay_events: Option<usize>,
    /// Connections at one time
    #[arg(
        long,
        hide_env_values = true,
        env = "TASKMD_CONNECTIONS",
        value_name = "N"
    )]
    pub connections: Option<usize>,
    /// Connections at one time from one address [default: 256, and any number from this machine]
    #[arg(
        long,
        hide_env_values = true,
        env = "TASKMD_CONNECTIONS_PER_ADDRESS",
        value_name = "N"
    )]
    pub connections_per_address: Option<usize>,
    /// Look at the files every 2 seconds instead of relying on the system's notifications
    #[arg(long, hide_env_values = true, env = "TASKMD_POLL", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub poll: Option<bool>,
    /// Answer a write before the disk has it: faster, but a power cut may lose what was answered
    #[arg(long, hide_env_values = true, env = "TASKMD_NO_FSYNC", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub no_fsync: Option<bool>,
    /// How log lines are written to standard error
    #[arg(
        long,
        hide_env_values = true,
        env = "TASKMD_LOG_FORMAT",
        value_name = "FORMAT"
    )]
    pub log_format: Option<LogFormat>,
}

/// The files of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain in PEM, the server's own certificate first.
    pub certificate: PathBuf,
    /// Its key in PEM.
    pub key: PathBuf,
}

/// The settings as they hold.
#[derive(Debug, Clone)]
pub struct Config {
    /// The directory that holds the projects.
    pub root: PathBuf,
    /// The address to serve on.
    pub listen: SocketAddr,
    /// The certificate to serve HTTPS with; plain HTTP without one.
    pub tls: Option<TlsFiles>,
    /// Origins that may connect besides the server's own.
    pub cors_origins: Vec<Origin>,
    /// Between two pings. The user's document says 54 s: 6 s below the 60 s after which proxies hang up.
    pub ping_interval: Duration,
    /// Messages that may wait for one client's socket: 256 in the user's document.
    pub client_buffer: usize,
    /// Look instead of listening.
    pub poll: bool,
    /// Answer a write before the disk has it.
    pub no_fsync: bool,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Everything that has a bound.
    pub limits: Limits,
}

/// Why the settings cannot hold: one line for the one who typed them.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file of `--config` cannot be read.
    #[error("cannot read the configuration `{path}`: {error}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file of `--config` says something that is no setting.
    #[error("the configuration `{path}` is not understood: {text}", path = path.display())]
    NotUnderstood {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        text: String,
    },
    /// Without tokens, only this machine is served.
    #[error(
        "refusing to listen on {0}: without a key anybody who reaches that address could change your files; use a loopback address such as 127.0.0.1:{port}",
        port = .0.port()
    )]
    OpenToTheWorld(SocketAddr),
    /// A certificate without its key, or the other way round.
    #[error("`tls_cert` and `tls_key` go together")]
    HalfOfTls,
    /// A number that makes no sense.
    #[error("`{name}` is at least 1")]
    Zero {
        /// The setting.
        name: &'static str,
    },
}

impl Options {
    /// Reads the file of `--config`.
    ///
    /// # Errors
    /// [`ConfigError`], when it is not there or not understood.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let path = || path.to_owned();
        let text = std::fs::read_to_string(path()).map_err(|error| ConfigError::Unreadable {
            path: path(),
            error,
        })?;
        serde_yaml::from_str(&text).map_err(|error| ConfigError::NotUnderstood {
            path: path(),
            text: error.to_string(),
        })
    }

    /// These options, with the gaps filled from `file`.
    #[must_use]
    pub fn or(self, file: Self) -> Self {
        Self {
            listen: self.listen.or(file.listen),
            tls_cert: self.tls_cert.or(file.tls_cert),
            tls_key: self.tls_key.or(file.tls_key),
            cors_origins: if self.cors_origins.is_empty() {
                file.cors_origins
            } else {
                self.cors_origins
            },
            ping_interval: self.ping_interval.or(file.ping_interval),
            client_buffer: self.client_buffer.or(file.client_buffer),
            replay_events: self.replay_events.or(file.replay_events),
            connections: self.connections.or(file.connections),
            connections_per_address: self
                .connections_per_address
                .or(file.connections_per_address),
            poll: self.poll.or(file.poll),
            no_fsync: self.no_fsync.or(file.no_fsync),
            log_format: self.log_format.or(file.log_format),
        }
    }

    /// What these options mean.
    ///
    /// # Errors
    /// [`ConfigError`], when they cannot hold.
    pub fn resolve(self, root: PathBuf) -> Result<Config, ConfigError> {
        let listen = self.listen.unwrap_or((Ipv4Addr::LOCALHOST, 8080).into());
        if !listen.ip().is_loopback() {
            return Err(ConfigError::OpenToTheWorld(listen));
        }
        let tls = match (self.tls_cert, self.tls_key) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(ConfigError::HalfOfTls),
        };
        let limits = Limits::default();
        let connections = self.connections.unwrap_or(limits.connections);
        let replay_events = self.replay_events.unwrap_or(limits.replay_events);
        let client_buffer = self.client_buffer.unwrap_or(256);
        for (name, value) in [
            ("replay_events", replay_events),
            ("client_buffer", client_buffer),
            ("connections", connections),
            (
                "connections_per_address",
                self.connections_per_address.unwrap_or(1),
            ),
        ] {
            if value == 0 {
                return Err(ConfigError::Zero { name });
            }
        }
        Ok(Config {
            root,
            listen,
            tls,
            cors_origins: self.cors_origins,
            ping_interval: self
                .ping_interval
                .map_or(Duration::from_secs(54), |span| span.0),
            client_buffer,
            poll: self.poll.unwrap_or(false),
            no_fsync: self.no_fsync.unwrap_or(false),
            log_format: self.log_format.unwrap_or(LogFormat::Text),
            limits: Limits {
                connections,
                connections_per_address: self.connections_per_address,
                replay_events,
                ..limits
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_and_both_over_the_defaults() {
        let flags = Options {
            client_buffer: Some(8),
            ..Options::default()
        };
        let file: Options =
            serde_yaml::from_str("client_buffer: 9\nping_interval: 1m\npoll: true\n").unwrap();
        let config = flags.or(file).resolve(PathBuf::from(".")).unwrap();
        assert_eq!((config.client_buffer, config.poll), (8, true));
        assert_eq!(config.ping_interval, Duration::from_secs(60));
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    }

    #[test]
    fn a_misspelt_key_is_told() {
        assert!(serde_yaml::from_str::<Options>("client_bufer: 9\n").is_err());
    }

    #[test]
    fn only_this_machine_is_served_without_a_key() {
        for address in ["0.0.0.0:80", "[::]:80", "192.168.1.2:80"] {
            let options = Options {
                listen: Some(address.parse().unwrap()),
                ..Options::default()
            };
            assert!(
                matches!(
                    options.resolve(PathBuf::new()),
                    Err(ConfigError::OpenToTheWorld(_))
                ),
                "{address}"
            );
        }
        for address in ["127.0.0.2:0", "[::1]:80"] {
            let options = Options {
                listen: Some(address.parse().unwrap()),
                ..Options::default()
            };
            assert!(options.resolve(PathBuf::new()).is_ok(), "{address}");
        }
    }
}
