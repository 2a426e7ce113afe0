//! What a server says to its log while a test runs: told when the test fails, and then only.

use std::fs::File;
use std::io::{Read, Seek};
use std::process::Stdio;

/// The log of one server.
pub struct Log(File);

impl Log {
    /// An empty one, in a file without a name.
    pub fn new() -> Self {
        Self(tempfile::tempfile().unwrap())
    }

    /// The end that a server writes to.
    pub fn writer(&self) -> Stdio {
        self.0.try_clone().unwrap().into()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let mut said = String::new();
        if std::thread::panicking()
            && self.0.rewind().is_ok()
            && self.0.read_to_string(&mut said).is_ok()
        {
            eprint!("the server's log:\n{said}");
        }
    }
}
