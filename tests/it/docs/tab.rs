//! A page in a browser, which does what the test says: by the protocol of its developers' tools.

use crate::protocol::page::Program;
use crate::support::{DEADLINE, eventually};
use serde_json::{Value, json};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// A page that is open.
pub struct Tab {
    tools: WebSocket<TcpStream>,
    n_calls: u64,
    session: Value,
    /// What the page has complained of.
    errors: Vec<String>,
    _browser: Program,
}

impl Tab {
    /// Opens a page.
    pub fn open(chromium: &Path, url: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let port = folder.path().join("DevToolsActivePort");
        let mut command = Command::new(chromium);
        command
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
            ])
            .args(["--disable-dev-shm-usage", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync"])
            .arg("--remote-debugging-port=0")
            .arg(format!("--user-data-dir={}", folder.path().display()))
            .arg("about:blank");
        let browser = Program::start(command, folder);
        let (port, path) = eventually("the browser listens", || {
            let text = std::fs::read_to_string(&port).ok()?;
            let (port, path) = text.split_once('\n')?;
            Some((port.parse::<u16>().ok()?, path.trim().to_owned()))
        });
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let address = format!("ws://127.0.0.1:{port}{path}");
        let (tools, _) = tungstenite::client(address, stream).unwrap();
        let mut tab = Self {
            tools,
            n_calls: 0,
            session: Value::Null,
            errors: Vec::new(),
            _browser: browser,
        };
        let target = tab.call("Target.createTarget", json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        tab.session = tab.call("Target.attachToTarget", target)["sessionId"].take();
        for part in ["Log.enable", "Runtime.enable"] {
            tab.call(part, json!({}));
        }
        tab.call("Page.navigate", json!({"url": url}));
        tab
    }

    /// The value of an expression in the page.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let mut answer = self.call("Runtime.evaluate", asked);
        answer["result"]["value"].take()
    }

    /// What the page has complained of so far.
    pub fn errors(mut self) -> Vec<String> {
        self.evaluate("0");
        self.errors
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.n_calls += 1;
        let mut call = json!({"id": self.n_calls, "method": method, "params": parameters});
        if !self.session.is_null() {
            call["sessionId"] = self.session.clone();
        }
        self.tools.send(Message::text(call.to_string())).unwrap();
        loop {
            let Message::Text(text) = self.tools.read().unwrap() else {
                continue;
            };
            let mut told: Value = serde_json::from_str(&text).unwrap();
            if told["id"] == self.n_calls {
                assert!(told["error"].is_null(), "{method}: {told}");
                return told["result"].take();
            }
            let is_error = told["params"]["entry"]["level"] == "error";
            if is_error || told["method"] == "Runtime.exceptionThrown" {
                self.errors.push(told["params"].to_string());
            }
        }
    }
}
