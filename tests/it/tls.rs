//! HTTPS and WSS: the same server under TLS.

mod http2;

use crate::support::{DEADLINE, Response, Server, eventually, put};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;
use tempfile::TempDir;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

type Tls = StreamOwned<ClientConnection, TcpStream>;

/// A certificate and where it lies.
struct Files {
    folder: TempDir,
    certificate: CertificateDer<'static>,
}

impl Files {
    fn new() -> Self {
        let (folder, pair) = (TempDir::new().unwrap(), made());
        let certificate = pair.cert.der().clone();
        let files = Self {
            folder,
            certificate,
        };
        put(&files.path("cert.pem"), pair.cert.pem().as_bytes());
        files.put_key(&pair.signing_key);
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put_key(&self, key: &KeyPair) {
        let path = self.path("key.pem");
        put(&path, key.serialize_pem().as_bytes());
        allow(&path, 0o600);
    }

    fn arguments(&self) -> Vec<String> {
        let text = |name: &str| self.path(name).to_str().unwrap().to_owned();
        let (certificate, key) = (text("cert.pem"), text("key.pem"));
        vec!["--tls-cert".into(), certificate, "--tls-key".into(), key]
    }

    fn serve(&self, root: &Path) -> Server {
        let mut command = crate::support::taskmd();
        command.env("TASKMD_LOG", "warn").arg("serve").arg(root);
        command
            .args(["--listen", "127.0.0.1:0"])
            .args(self.arguments());
        Server::started_by(&mut command, root)
    }
}

fn made() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn allow(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A folder with one project.
fn root() -> TempDir {
    let root = TempDir::new().unwrap();
    std::fs::create_dir(root.path().join("p")).unwrap();
    root
}

/// A connection that trusts this certificate alone; `None` when the server has another.
fn connect(server: &Server, trusted: &CertificateDer<'static>) -> Option<Tls> {
    connect_for(server, trusted, &[])
}

/// The same, for these protocols.
fn connect_for(
    server: &Server,
    trusted: &CertificateDer<'static>,
    protocols: &[&[u8]],
) -> Option<Tls> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(server.address()).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut stream = StreamOwned::new(session, socket);
    stream.flush().ok()?;
    Some(stream)
}

fn request(server: &Server, trusted: &CertificateDer<'static>, head: &str) -> Response {
    let mut stream = connect(server, trusted).expect("the certificate is the server's");
    let port = server.address().port();
    let text = format!("{head}\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream
        .read_to_end(&mut answer)
        .expect("TLS ends as it should");
    Response::parse(&answer)
}

/// Follows the project's stream.
fn follow(server: &Server, trusted: &CertificateDer<'static>, query: &str) -> WebSocket<Tls> {
    let stream = connect(server, trusted).expect("the certificate is the server's");
    let port = server.address().port();
    let url = format!("wss://localhost:{port}/api/v1/projects/p/ws{query}");
    let url = url.into_client_request().unwrap();
    tungstenite::client(url, stream).unwrap().0
}

fn next(client: &mut WebSocket<Tls>) -> Value {
    loop {
        if let Message::Text(text) = client.read().unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

#[test]
fn requests_and_events_come_under_tls() {
    let (files, root) = (Files::new(), root());
    let mut server = files.serve(root.path());
    let answer = request(&server, &files.certificate, "GET /api/v1/projects HTTP/1.1");
    assert_eq!(answer.json()["projects"][0]["id"], "p");
    let mut client = follow(&server, &files.certificate, "");
    server.write("p/a.md", "x");
    let event = next(&mut client);
    assert_eq!((&event["task_id"], &event["seq"]), (&json!("a"), &json!(1)));
    // 3 MB in one frame, and more behind it: more than a session and a socket hold.
    for n in 0..30 {
        server.write(
            &format!("p/large{n}.md"),
            &format!("{n} {}", "x".repeat(100_000)),
        );
        assert_eq!(next(&mut client)["seq"], n + 2);
    }
    let mut late = follow(&server, &files.certificate, "?since=0");
    let snapshot = next(&mut late);
    assert_eq!(snapshot["data"].as_array().unwrap().len(), 31);
    server.write("p/b.md", "x");
    assert_eq!(next(&mut late)["task_id"], "b");
    assert_eq!(next(&mut client)["task_id"], "b");
    let ended = std::thread::spawn(move || server.end("-TERM"));
    let position = format!("{}:32", event["epoch"].as_str().unwrap());
    for client in [&mut client, &mut late] {
        let Message::Close(Some(close)) = client.read().unwrap() else {
            panic!("no close");
        };
        assert_eq!(
            (u16::from(close.code), close.reason.as_str()),
            (1001, &*position)
        );
        while client.read().is_ok() {}
    }
    assert_eq!(ended.join().unwrap(), Some(0));
}

#[test]
fn a_client_that_does_not_read_under_tls_delays_nobody_and_reads_on() {
    let (files, root) = (Files::new(), root());
    let server = files.serve(root.path());
    let mut silent = follow(&server, &files.certificate, "");
    let mut client = follow(&server, &files.certificate, "");
    for n in 1..=100 {
        server.write("p/a.md", &format!("{n} {}", "x".repeat(60_000)));
        assert_eq!(next(&mut client)["seq"], n);
    }
    for n in 1..=100 {
        assert_eq!(next(&mut silent)["seq"], n);
    }
}

#[test]
fn who_breaks_a_rule_under_tls_is_told_so() {
    let (files, root) = (Files::new(), root());
    let server = files.serve(root.path());
    let mut client = follow(&server, &files.certificate, "");
    // A message of 16 MiB, of which only the beginning comes.
    let mut too_big = vec![0x82, 0xff, 0, 0, 0, 0, 1, 0, 0, 0];
    too_big.resize(1 << 20, 0);
    client.get_mut().write_all(&too_big).unwrap();
    let Message::Close(Some(close)) = client.read().unwrap() else {
        panic!("no close");
    };
    assert_eq!(u16::from(close.code), 1009);
    let rest = client.get_mut().read_to_end(&mut Vec::new());
    assert_eq!(rest.expect("TLS ends as it should"), 0);
}

#[test]
fn the_servers_own_pages_are_those_under_https() {
    let (files, root) = (Files::new(), root());
    let server = files.serve(root.path());
    let port = server.address().port();
    for (origin, status) in [("https", 200), ("http", 403)] {
        let head = format!("GET /healthz HTTP/1.1\r\norigin: {origin}://localhost:{port}");
        assert_eq!(request(&server, &files.certificate, &head).status, status);
    }
    // Who speaks plain HTTP gets nothing, and costs nothing.
    assert_eq!(server.get("/healthz").status, 0);
}

#[test]
fn a_renewed_certificate_holds_for_new_connections() {
    let (files, root) = (Files::new(), root());
    let server = files.serve(root.path());
    let mut client = follow(&server, &files.certificate, "");
    let renewed = made();
    let to = renewed.cert.der().clone();
    put(&files.path("cert.pem"), renewed.cert.pem().as_bytes());
    // Half of a renewal is none.
    eventually("the half is told", || {
        server.said().contains("go together").then_some(())
    });
    assert!(connect(&server, &files.certificate).is_some());
    files.put_key(&renewed.signing_key);
    eventually("the new one holds", || connect(&server, &to));
    assert!(connect(&server, &files.certificate).is_none());
    server.write("p/a.md", "x");
    assert_eq!(next(&mut client)["task_id"], "a");
}

#[test]
fn a_certificate_that_cannot_be_used_is_refused_at_the_start() {
    let (files, root) = (Files::new(), root());
    let refused = |arguments: &[String], words: &str| {
        let mut command = crate::support::taskmd();
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        let output = command.arg(root.path()).args(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words) && said.lines().count() == 1, "{said}");
    };
    let arguments = files.arguments();
    refused(&arguments[..2], "`tls_cert` and `tls_key` go together");
    allow(&files.path("key.pem"), 0o644);
    refused(&arguments, "chmod 600");
    files.put_key(&made().signing_key);
    refused(&arguments, "do not go together");
    put(&files.path("key.pem"), b"no key");
    refused(&arguments, "there is no private key");
    let nowhere = ["--tls-cert", "no.pem", "--tls-key", "no.pem"].map(str::to_owned);
    refused(&nowhere, "cannot read");
}

#[test]
fn http2_is_spoken_under_tls() {
    if crate::needs::has_no("HTTP/2 under TLS", &["curl"]) {
        return;
    }
    let (files, root) = (Files::new(), root());
    let server = files.serve(root.path());
    server.write("p/a.md", "x");
    let url = format!(
        "https://localhost:{}/api/v1/projects/p/tasks?sync=1",
        server.address().port()
    );
    let ask = |option: &str| {
        let mut curl = Command::new("curl");
        curl.args([
            "-sS",
            option,
            "-w",
            "\n%{http_version} %{http_code}",
            "--cacert",
        ]);
        let output = curl
            .arg(files.path("cert.pem"))
            .args([&url, &url])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{text} {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(text.contains(r#""id":"a""#), "{text}");
        text.lines().last().unwrap().to_owned()
    };
    assert_eq!(ask("--http2"), "2 200");
    assert_eq!(ask("--http1.1"), "1.1 200");
}

#[test]
fn a_server_is_watched_under_tls() {
    let (files, root) = (Files::new(), root());
    let server = files.serve(root.path());
    let url = format!("https://localhost:{}", server.address().port());
    let watch = |certificate: &Path| {
        let mut command = crate::support::taskmd();
        command.args(["watch", "--json", "--server", &url]);
        command.env("SSL_CERT_FILE", certificate);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut watcher = watch(&files.path("cert.pem"));
    eventually("it is connected", || {
        let page = request(&server, &files.certificate, "GET /api/v1/ws/stats HTTP/1.1");
        (page.json()["client_count"] == 1).then_some(())
    });
    server.write("p/a.md", "x");
    let mut line = String::new();
    let mut lines = BufReader::new(watcher.stdout.take().unwrap());
    lines.read_line(&mut line).unwrap();
    assert!(line.contains(r#""task_id":"a""#), "{line}");
    watcher.kill().unwrap();
    drop(watcher.wait());
    // A certificate that nobody vouches for is none.
    let refused = watch(Path::new("/dev/null")).wait_with_output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("certificate"), "{said}");
}

#[test]
fn a_handshake_that_does_not_come_is_cut() {
    let (files, root) = (Files::new(), root());
    let server = files.serve(root.path());
    let mut silent = TcpStream::connect(server.address()).unwrap();
    silent.set_read_timeout(Some(DEADLINE)).unwrap();
    let started = Instant::now();
    assert_eq!(silent.read(&mut [0; 9]).unwrap(), 0);
    // Ten seconds are its limit; half as much again is a busy machine's.
    assert!(started.elapsed().as_secs() < 15);
}
