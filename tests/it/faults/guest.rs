//! A server that is not root, over a directory in which it may not write for a while; and one whose log cannot be written.

use super::are_missing;
use crate::crash::tree;
use crate::crash::{Operation, ground};
use crate::support::{Log, taskmd};
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Nobody, as everywhere.
const NOBODY: u32 = 65534;

/// The program, started in some other way. It is ended when dropped.
struct Guest {
    process: Child,
    address: String,
}

impl Guest {
    /// Starts it by a command that lacks only its arguments.
    fn start(command: &mut Command, root: &Path) -> Self {
        let mut process = command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .arg(root)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://");
        Self {
            address: address.expect("it started").to_owned(),
            process,
        }
    }

    fn ask(&self, operation: &Operation) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = operation.request(&self.address, "connection: close\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_directory_in_which_the_server_may_not_write() {
    if are_missing("a directory without permission", &["setpriv"]) {
        return;
    }
    let root = ground();
    for path in tree::read(root.path()).keys() {
        chown(root.path().join(path), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    set_mode(root.path(), 0o755);
    // The directory in which it was built may be closed to others.
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("taskmd");
    std::fs::copy(env!("CARGO_BIN_EXE_taskmd"), &program).unwrap();
    set_mode(folder.path(), 0o755);
    let mut command = Command::new("setpriv");
    let (user, group) = (format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"));
    command.args([&user, &group, "--clear-groups"]).arg(program);
    let log = Log::new();
    command.env("TASKMD_LOG", "error").stderr(log.writer());
    let guest = Guest::start(&mut command, root.path());
    let before = tree::read(root.path());
    set_mode(&root.path().join("p"), 0o555);
    let operations = [Operation::patch(), Operation::post(), Operation::delete()];
    for operation in &operations {
        let answer = guest.ask(operation);
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(answer.contains(r#""code":"permission_denied""#), "{answer}");
        assert_eq!(tree::read(root.path()), before, "{}", operation.method);
    }
    assert!(guest.ask(&Operation::list()).contains(r#""seq":0"#));
    set_mode(&root.path().join("p"), 0o755);
    for operation in &operations {
        let answer = guest.ask(operation);
        assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    }
    assert!(guest.ask(&Operation::list()).contains(r#""seq":3"#));
    let after = tree::read(root.path());
    assert!(tree::temporaries(&after).is_empty(), "{after:?}");
}

#[test]
fn a_log_that_cannot_be_written() {
    let root = ground();
    let mut command = taskmd();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let guest = Guest::start(command.env("TASKMD_LOG", "debug").stderr(full), root.path());
    for operation in [Operation::patch(), Operation::post(), Operation::delete()] {
        let answer = guest.ask(&operation);
        assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    }
    let missing = guest.ask(&Operation::delete());
    assert!(missing.starts_with("HTTP/1.1 404 "), "{missing}");
    assert!(guest.ask(&Operation::list()).contains(r#""seq":3"#));
}
