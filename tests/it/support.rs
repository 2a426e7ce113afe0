//! The vocabulary of the tests: a server over a folder of its own, a client of its stream, and one deadline.

// Named, for another binary of tests takes this file from here.
#[path = "support/client.rs"]
mod client;
#[path = "support/connection.rs"]
mod connection;
#[path = "support/frames.rs"]
pub mod frames;
#[path = "support/log.rs"]
mod log;
#[path = "support/sum.rs"]
mod sum;

pub use client::{Client, shorten};
pub(crate) use connection::{connect_from, connect_with_room};
pub use log::Log;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
pub use sum::Sum;
use tempfile::TempDir;

/// Everything that a test waits for happens within this time, or the test fails.
pub const DEADLINE: Duration = Duration::from_secs(20);
/// Longer than the watcher holds anything back, so what has not come by then does not come.
pub const QUIET: Duration = Duration::from_millis(900);

/// Says something to whoever runs the tests: eprintln is heard of failures only.
pub fn say(text: &str) {
    let line = format!("{text}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Waits until `probe` has something, and fails at the deadline.
pub fn eventually<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(started.elapsed() < DEADLINE, "it never happened: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A running `taskmd serve`. It is ended when dropped.
pub struct Server {
    root: PathBuf,
    address: SocketAddr,
    process: Child,
    _folder: Option<TempDir>,
    log: Log,
}

impl Server {
    /// A server over a fresh folder with one empty project `p`.
    pub fn start() -> Self {
        Self::start_with(&[("p", None)], &[])
    }

    /// A server over a fresh folder with these directories (`None`) and files, and these further arguments.
    pub fn start_with(entries: &[(&str, Option<&str>)], arguments: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        for (path, text) in entries {
            let path = folder.path().join(path);
            match text {
                None => std::fs::create_dir_all(path).unwrap(),
                Some(text) => {
                    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                    put(&path, text.as_bytes());
                }
            }
        }
        let mut server = Self::over(folder.path(), arguments);
        server._folder = Some(folder);
        server
    }

    /// A server over a folder that is there.
    pub fn over(root: &Path, arguments: &[&str]) -> Self {
        let mut command = taskmd();
        command.arg("serve").arg(root);
        command.args(["--listen", "127.0.0.1:0"]).args(arguments);
        Self::started_by(&mut command, root)
    }

    /// A server over a folder, started by a command of whatever kind that ends in it.
    pub fn started_by(command: &mut Command, root: &Path) -> Self {
        let log = Log::new();
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(log.writer())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let (_, address) = line.trim().split_once("://").expect("the server started");
        Self {
            root: root.canonicalize().unwrap(),
            address: address.parse().unwrap(),
            process,
            _folder: None,
            log,
        }
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        drop(self.process.wait());
    }

    /// What it has said to its log.
    pub fn said(&self) -> String {
        self.log.text()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The absolute path of something in its folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Writes a file in place, as `echo > file` does.
    pub fn write(&self, path: &str, text: &str) {
        put(&self.path(path), text.as_bytes());
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    /// Runs a shell script in its folder, as a person at a terminal would.
    pub fn shell(&self, script: &str) {
        let status = Command::new("sh")
            .args(["-ec", script])
            .current_dir(&self.root)
            .status()
            .unwrap();
        assert!(status.success(), "{script}");
    }

    /// A request with a JSON body, or none.
    pub fn request(&self, method: &str, path: &str, body: Option<Value>) -> Response {
        let body = body.map(|body| body.to_string());
        let kind = body.as_ref().map(|_| ("content-type", "application/json"));
        self.send(
            method,
            path,
            &Vec::from_iter(kind),
            body.unwrap_or_default().as_bytes(),
        )
    }

    /// A request of whatever headers and body.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
            self.address
        );
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            head += &format!("content-length: {}\r\n", body.len());
        }
        self.raw(&[head.as_bytes(), b"\r\n", body].concat())
    }

    /// Sends bytes and reads the answer, whatever it is.
    pub fn raw(&self, bytes: &[u8]) -> Response {
        self.raw_over(TcpStream::connect(self.address).unwrap(), bytes)
    }

    /// The same over a connection that is there.
    pub fn raw_over(&self, mut stream: TcpStream, bytes: &[u8]) -> Response {
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        // A server that has refused may have closed already; its answer is there all the same.
        if stream.write_all(bytes).is_err() {
            eprintln!("the server stopped reading");
        }
        let mut answer = Vec::new();
        if stream.read_to_end(&mut answer).is_err() {
            eprintln!("the server reset the connection");
        }
        Response::parse(&answer)
    }

    /// GET.
    pub fn get(&self, path: &str) -> Response {
        self.request("GET", path, None)
    }

    /// The JSON of a GET that succeeds.
    pub fn json(&self, path: &str) -> Value {
        let response = self.get(path);
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        response.json()
    }

    /// All tasks of a project by id, as the list has them.
    pub fn tasks(&self, project: &str) -> BTreeMap<String, Value> {
        tasks_by_id(&self.json(&format!("/api/v1/projects/{project}/tasks?limit=10000")))
    }

    /// The codes of a project's problems by path.
    pub fn problems(&self, project: &str) -> BTreeMap<String, String> {
        let problems = self.json(&format!("/api/v1/projects/{project}/problems"));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let problems = problems["problems"].as_array().unwrap().iter();
        problems
            .map(|problem| (text(&problem["path"]), text(&problem["code"])))
            .collect()
    }

    /// Follows a project's stream.
    pub fn connect(&self, project: &str) -> Client {
        Client::connect(self, project)
    }

    /// Sends a signal, and waits for the exit code.
    pub fn end(&mut self, signal: &str) -> Option<i32> {
        let status = Command::new("kill")
            .args([signal, &self.pid().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
        eventually("the server ends", || self.process.try_wait().unwrap()).code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.kill().is_ok() {
            drop(self.process.wait());
        }
    }
}

/// The tasks of a list, by id.
pub fn tasks_by_id(page: &Value) -> BTreeMap<String, Value> {
    let tasks = page["tasks"].as_array().unwrap().iter();
    tasks
        .map(|task| (task["id"].as_str().unwrap().to_owned(), task.clone()))
        .collect()
}

/// What the servers log, where that is not their errors.
pub static LOG: OnceLock<&str> = OnceLock::new();

/// The program, where that is not the one that was built with the tests.
pub static PROGRAM: OnceLock<String> = OnceLock::new();

/// The program under test.
pub fn taskmd() -> Command {
    let mut command = Command::new(PROGRAM.get_or_init(|| env!("CARGO_BIN_EXE_taskmd").to_owned()));
    command.env("TASKMD_LOG", LOG.get_or_init(|| "error"));
    command
}

/// Writes a file in place.
#[expect(clippy::disallowed_methods, reason = "the tests are the editor")]
pub fn put(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

/// An answer.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn parse(answer: &[u8]) -> Self {
        let end = answer
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap_or(answer.len());
        let head = String::from_utf8_lossy(&answer[..end]);
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .and_then(|status| status.parse().ok());
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in lines.filter_map(header) {
            // Several lines of one name are one list (RFC 9110, section 5.3).
            let list = headers.entry(name).or_default();
            let separator = if list.is_empty() { "" } else { ", " };
            *list = format!("{list}{separator}{value}");
        }
        Self {
            status: status.unwrap_or(0),
            headers,
            body: answer.get(end + 4..).unwrap_or_default().to_vec(),
        }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The status and, for an error, its code; every error has the one shape.
    pub fn outcome(&self) -> (u16, String) {
        if self.status < 400 {
            return (self.status, String::new());
        }
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let error = self.json();
        assert_eq!(error["status"], self.status);
        for key in ["type", "title", "detail", "request_id"] {
            assert!(error[key].is_string(), "{key}: {error}");
        }
        (self.status, error["code"].as_str().unwrap().to_owned())
    }
}
