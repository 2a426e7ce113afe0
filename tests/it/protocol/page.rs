//! A page of the test's own, the browser that opens it, and what it reports.

use crate::needs::is_skipped;
use crate::support::{DEADLINE, Server};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What reports to the test.
const OBSERVE: &str = include_str!("../../browser/observe.js");
/// The page that runs an example.
const PAGE: &str = r#"<!doctype html><title>example</title><div id="root"></div>
<script src="/observe.js"></script><script src="/example.js"></script>"#;
/// Reports that nobody has read yet; an example makes a dozen.
const REPORTS_MAX: usize = 64;

/// A page with one script, on a port of its own, and what it reports. It is served as long as the tests run.
pub struct Page {
    address: SocketAddr,
    reports: Receiver<Value>,
}

impl Page {
    /// The page of this script.
    pub fn of(script: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, reports) = sync_channel(REPORTS_MAX);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, sender) = (script.clone(), sender.clone());
                // A browser opens connections that it does not use yet; they keep nobody waiting.
                std::thread::spawn(move || {
                    if let Err(error) = answer(&stream.unwrap(), &script, &sender) {
                        eprintln!("the page was not served: {error}");
                    }
                });
            }
        });
        Self { address, reports }
    }

    /// Its origin.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A server with the document's project that lets this page in.
    pub fn server(&self) -> Server {
        Server::start_with(&[("my-project", None)], &["--cors-origin", &self.origin()])
    }

    /// The next thing that happened in the page.
    pub fn next(&self) -> Value {
        let report = self.reports.recv_timeout(DEADLINE);
        report.expect("the page reports something in time")
    }
}

/// Answers one request: the page, its scripts, or what it reports.
fn answer(stream: &TcpStream, script: &str, reports: &SyncSender<Value>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut target, mut length) = (String::new(), 0);
    if reader.read_line(&mut target)? == 0 {
        return Ok(());
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().expect("a length is a number");
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, kind, text) = match target.split(' ').nth(1) {
        Some("/") => ("200 OK", "text/html", PAGE),
        Some("/observe.js") => ("200 OK", "text/javascript", OBSERVE),
        Some("/example.js") => ("200 OK", "text/javascript", script),
        Some("/report") => {
            // A test that has failed reads no more.
            drop(reports.send(serde_json::from_slice(&body)?));
            ("200 OK", "text/plain", "")
        }
        _ => ("404 Not Found", "text/plain", ""),
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: {kind}; charset=utf-8\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{text}",
        text.len()
    )
}

/// Opens the page in a browser in which `localhost:8080` leads to this address.
pub fn browse(chromium: &Path, page: &Page, address: SocketAddr) -> Program {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(chromium);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu"])
        .args(["--disable-dev-shm-usage", "--disable-quic"])
        .args(["--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", folder.path().display()))
        .arg(format!(
            "--host-resolver-rules=MAP localhost:8080 {}",
            address
        ))
        .arg(page.origin());
    Program::start(command, folder)
}

/// A running program with a folder of its own. It is ended when dropped.
pub struct Program {
    pub process: Child,
    folder: TempDir,
}

impl Program {
    /// Starts it.
    pub fn start(mut command: Command, folder: TempDir) -> Self {
        let log = File::create(folder.path().join("log")).unwrap();
        let process = command
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { process, folder }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.process.kill().is_ok() {
            drop(self.process.wait());
        }
        if std::thread::panicking() {
            let log = std::fs::read(self.folder.path().join("log")).unwrap_or_default();
            eprintln!("{}", String::from_utf8_lossy(&log));
        }
        // The children of a browser outlive it for a moment, and may still write.
        let started = Instant::now();
        while std::fs::remove_dir_all(&self.folder).is_err() && started.elapsed() < DEADLINE {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Passes a tool on, or says why the test stops here.
pub fn needed<T>(tool: &str, found: Option<T>) -> Option<T> {
    if found.is_none() {
        is_skipped("the examples", &format!("no {tool}"));
    }
    found
}

/// The browser.
pub fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file())
}
