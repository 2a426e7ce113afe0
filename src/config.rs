//! Every setting and every limit, with its unit and its reason.
//!
//! [`Options`] is what was typed: one struct for flags, environment (`TASKMD_…`) and the file of `--config`, so the
//! three can never know different settings. [`Config`] is what it means. Flags win, then the environment, then the
//! file, then the defaults here.

use clap::{Args, ValueEnum};
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// The settings as typed; what is left out falls to the next place.
#[derive(Args, Deserialize, Debug, Default, Clone)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Address to serve on; port 0 picks a free one
    #[arg(long, env = "TASKMD_LISTEN", value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Origin of a web page that may connect, besides the server's own (repeatable)
    #[arg(
        long = "cors-origin",
        env = "TASKMD_CORS_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    #[serde(default, rename = "cors_origin")]
    pub cors_origins: Vec<Origin>,
    /// Time between two pings to a WebSocket client
    #[arg(long, env = "TASKMD_PING_INTERVAL", value_name = "TIME")]
    pub ping_interval: Option<Span>,
    /// Messages that may wait for one client's socket
    #[arg(long, env = "TASKMD_CLIENT_BUFFER", value_name = "N")]
    pub client_buffer: Option<usize>,
    /// Events that each project keeps for clients that are behind
    #[arg(long, env = "TASKMD_REPLAY_EVENTS", value_name = "N")]
    pub replay_events: Option<usize>,
    /// Look at the files every 2 seconds instead of relying on the system's notifications
    #[arg(long, env = "TASKMD_POLL", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub poll: Option<bool>,
    /// How log lines are written to standard error
    #[arg(long, env = "TASKMD_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
}

/// How log lines are written.
#[derive(ValueEnum, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line, for programs.
    Json,
}

/// A length of time as people type it: `54s`, `1m 30s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(pub Duration);

impl FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let span = humantime::parse_duration(text)
            .map_err(|_| "a time looks like 54s or 1m".to_owned())?;
        if span < Duration::from_millis(10) {
            Err("a time is at least 10ms".to_owned())
        } else {
            Ok(Self(span))
        }
    }
}

impl TryFrom<String> for Span {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The origin of a web page: `https://board.example.com`, with a port where it is not the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Origin(String);

impl Origin {
    /// The origin as browsers send it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.to_ascii_lowercase();
        let host = text
            .strip_prefix("http://")
            .or_else(|| text.strip_prefix("https://"));
        let is_host_char =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        match host {
            Some(host) if !host.is_empty() && host.chars().all(is_host_char) => Ok(Self(text)),
            Some(_) | None => {
                Err("an origin looks like https://board.example.com, without a path".to_owned())
            }
        }
    }
}

impl TryFrom<String> for Origin {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The settings as they hold.
#[derive(Debug, Clone)]
pub struct Config {
    /// The directory that holds the projects.
    pub root: PathBuf,
    /// The address to serve on.
    pub listen: SocketAddr,
    /// Origins that may connect besides the server's own.
    pub cors_origins: Vec<Origin>,
    /// Between two pings. The user's document says 54 s: 6 s below the 60 s after which proxies hang up.
    pub ping_interval: Duration,
    /// Messages that may wait for one client's socket: 256 in the user's document.
    pub client_buffer: usize,
    /// Look instead of listening.
    pub poll: bool,
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
            cors_origins: if self.cors_origins.is_empty() {
                file.cors_origins
            } else {
                self.cors_origins
            },
            ping_interval: self.ping_interval.or(file.ping_interval),
            client_buffer: self.client_buffer.or(file.client_buffer),
            replay_events: self.replay_events.or(file.replay_events),
            poll: self.poll.or(file.poll),
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
        let limits = Limits::default();
        let replay_events = self.replay_events.unwrap_or(limits.replay_events);
        let client_buffer = self.client_buffer.unwrap_or(256);
        for (name, value) in [
            ("replay_events", replay_events),
            ("client_buffer", client_buffer),
        ] {
            if value == 0 {
                return Err(ConfigError::Zero { name });
            }
        }
        Ok(Config {
            root,
            listen,
            cors_origins: self.cors_origins,
            ping_interval: self
                .ping_interval
                .map_or(Duration::from_secs(54), |span| span.0),
            client_buffer,
            poll: self.poll.unwrap_or(false),
            log_format: self.log_format.unwrap_or(LogFormat::Text),
            limits: Limits {
                replay_events,
                ..limits
            },
        })
    }
}

/// Everything that has a bound. The values come from guarantees that are measured or from what trusted servers use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a file that is read as a task: 1 MiB.
    pub file_bytes: u64,
    /// Files in one project.
    pub project_files: usize,
    /// Directories below one project, each of which costs a watch.
    pub project_directories: usize,
    /// Projects in the root.
    pub projects: usize,
    /// Bytes of a request's body: 1 MiB.
    pub body_bytes: usize,
    /// Until a request's body has arrived.
    pub body_time: Duration,
    /// Until a request's head has arrived, from its first byte on, or from the connection's start.
    pub head_time: Duration,
    /// How long a connection may rest between two requests: nginx's 75 s.
    pub idle_time: Duration,
    /// Headers of a request.
    pub headers: usize,
    /// Bytes of a request's head: 16 KiB.
    pub head_bytes: usize,
    /// Connections at one time.
    pub connections: usize,
    /// Tasks on one page of a list.
    pub page_tasks: usize,
    /// Events that a project's log keeps.
    pub replay_events: usize,
    /// Bytes of events that a project's log keeps: 16 MiB.
    pub replay_bytes: usize,
    /// Bytes of a message from a WebSocket client: 16 KiB. They are read and dropped.
    pub ws_message_bytes: usize,
    /// Bytes of events that are written to one WebSocket client before it is the next one's turn: 64 KiB.
    pub run_bytes: usize,
    /// Bytes that the kernel may hold for one WebSocket client: 128 KiB. By itself it takes up to 4 MiB.
    pub socket_bytes: usize,
    /// Until a ping is answered.
    pub pong_time: Duration,
    /// Until a client takes what is being sent to it.
    pub send_time: Duration,
    /// Until a client answers a close.
    pub close_time: Duration,
    /// Until everything has stopped.
    pub shutdown_time: Duration,
    /// How often a write is tried when somebody saves the same file at the same moment.
    pub write_tries: usize,
    /// Until the second try; twice as long before each further one. In all, a little longer than a deletion is held.
    pub write_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 1 << 20,
            project_files: 100_000,
            project_directories: 10_000,
            projects: 1_000,
            body_bytes: 1 << 20,
            body_time: Duration::from_secs(30),
            head_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(75),
            headers: 64,
            head_bytes: 16 << 10,
            connections: 10_000,
            page_tasks: 10_000,
            replay_events: 10_000,
            replay_bytes: 16 << 20,
            ws_message_bytes: 16 << 10,
            run_bytes: 64 << 10,
            socket_bytes: 128 << 10,
            pong_time: Duration::from_secs(10),
            send_time: Duration::from_secs(10),
            close_time: Duration::from_secs(2),
            shutdown_time: Duration::from_secs(10),
            write_tries: 8,
            write_pause: Duration::from_millis(1),
        }
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

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!(
            "HTTP://LocalHost:5173".parse::<Origin>().unwrap().as_str(),
            "http://localhost:5173"
        );
        for text in [
            "*",
            "localhost",
            "http://",
            "http://a/b",
            "http://a b",
            "null",
            "file://",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
