//! RFC 6455, case by case: those of Autobahn's testsuite, which kosoku (PyPI) puts to an echo.
//!
//! There is no echo in what is shipped. This one is a route of the tests alone, made of what the product's own is made of:
//! the upgrade, the writers, who read what a client sends and write what its log has, and a log, to which the echo appends what
//! its client has said.

use super::error::ApiError;
use super::upgrade::{Upgrade, socket, upgrade};
use super::{Route, route, with};
use crate::config::Limits;
use crate::event::Epoch;
use crate::frame::TextFrame;
use crate::log::Log;
use crate::stream::{Follow, Terms, Writers};
use crate::transport::paced::Progress;
use crate::transport::{Connection, Paced};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tower_service::Service;
use tungstenite::Message;
use warp::Filter;
use warp::reply::Response;

/// For all cases; they take some seconds.
const DEADLINE: Duration = Duration::from_secs(300);
/// All but 12 and 13, which are of compression: that is declined.
const CASES: usize = 301;
/// The verdicts that are none against us: well; not as strict as it might be; a matter of taste.
const FINE: [&str; 3] = ["OK", "NON-STRICT", "INFORMATIONAL"];

/// What the product refuses because nobody sends that to it, an echo must take: 16 MiB in one message, a quarter of that
/// in 65,536 pieces, a thousand messages one after the other.
fn limits() -> Limits {
    Limits {
        ws_message_bytes: 16 << 20,
        ws_fragments: 1 << 16,
        ws_message_time: Duration::from_secs(120),
        ws_burst: 10_000,
        ..Limits::default()
    }
}

fn echo(log: &Log, message: Message) {
    log.append_frame(match message {
        Message::Binary(bytes) => TextFrame::of_binary(|echo| echo.extend_from_slice(&bytes)),
        text => TextFrame::of(|echo| echo.extend_from_slice(&text.into_data())),
    });
    log.publish();
}

async fn connect(upgrade: Upgrade, writers: Arc<Writers>) -> Result<Response, ApiError> {
    let (response, on_upgrade) = upgrade.accept()?;
    drop(tokio::spawn(async move {
        let (socket, already_read) = socket(on_upgrade).await.unwrap();
        let follow = Follow {
            log: Arc::new(Log::new(Epoch::new(1), &limits())),
            seq: 0,
            snapshot: None,
            expires: None,
            guard: Box::new(()),
        };
        writers.join(socket, already_read, follow);
    }));
    Ok(response)
}

/// Serves the echo on a port of its own.
async fn serve() -> SocketAddr {
    let terms = Terms {
        hear: echo,
        ..Terms::new(&limits(), Duration::from_secs(54), 256)
    };
    let writers = Arc::new(Writers::start(&terms).unwrap());
    let echo: Route = route(warp::get().and(upgrade()).and(with(&writers)).then(connect));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let stream = Paced::new(Connection::Plain(stream), Progress::default(), &limits());
            let echo = warp::service(echo.clone());
            let answer = service_fn(move |request| echo.clone().call(request));
            let served = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
            drop(tokio::spawn(served.with_upgrades()));
        }
    }));
    address
}

/// The verdicts on the messages and on the close of each case, as kosoku reports them; none where there is no kosoku.
fn verdicts(url: &str) -> Option<BTreeMap<String, [String; 2]>> {
    let folder = TempDir::new().unwrap();
    let said = File::create(folder.path().join("said")).unwrap();
    let mut kosoku = Command::new("kosoku");
    kosoku.args([url, "-x", "12.*", "-x", "13.*", "-p", "4", "-o"]);
    kosoku.arg(folder.path()).stdin(Stdio::null());
    kosoku.stdout(said.try_clone().unwrap()).stderr(said);
    let mut kosoku = match kosoku.spawn() {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        kosoku => kosoku.unwrap(),
    };
    let started = Instant::now();
    while kosoku.try_wait().unwrap().is_none() && started.elapsed() < DEADLINE {
        std::thread::sleep(Duration::from_millis(20));
    }
    // Where it has ended, that does nothing.
    kosoku.kill().unwrap();
    kosoku.wait().unwrap();
    let read = |name| std::fs::read_to_string(folder.path().join(name));
    let report = read("index.json").unwrap_or_else(|_| panic!("{}", read("said").unwrap()));
    let report: BTreeMap<String, BTreeMap<String, Value>> = serde_json::from_str(&report).unwrap();
    let cases = report.into_values().flatten().map(|(case, verdict)| {
        let verdict =
            ["behavior", "behaviorClose"].map(|name| verdict[name].as_str().unwrap().into());
        (case, verdict)
    });
    Some(cases.collect())
}

#[test]
fn autobahns_cases() {
    let runtime = Runtime::new().unwrap();
    let address = runtime.block_on(serve());
    let Some(cases) = verdicts(&format!("ws://{address}/")) else {
        let must_run = std::env::var_os("TASKMD_TESTS_MUST_RUN").is_some_and(|value| value == "1");
        assert!(!must_run, "this test must run, and needs kosoku (PyPI)");
        return say("skipped: Autobahn's cases need kosoku (PyPI)");
    };
    let mut counts = BTreeMap::<_, usize>::new();
    for [messages, _] in cases.values() {
        *counts.entry(messages).or_default() += 1;
    }
    say(&format!("Autobahn's {} cases: {counts:?}", cases.len()));
    let is_fine = |verdict: &String| FINE.contains(&verdict.as_str());
    let mut bad = cases.clone();
    bad.retain(|_, verdicts| !verdicts.iter().all(is_fine));
    assert!(bad.is_empty(), "{bad:#?}");
    assert_eq!(cases.len(), CASES);
}

/// Says something to whoever runs the tests: eprintln is heard of failures only.
fn say(text: &str) {
    std::io::stderr()
        .write_all(format!("{text}\n").as_bytes())
        .unwrap();
}
