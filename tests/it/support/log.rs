//! What a server says to its log while a test runs: told when the test fails, and then only.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::Stdio;

/// The log of one server.
pub struct Log(File);

impl Log {
    /// An empty one, in a file without a name.
    pub fn new() -> Self {
        Self(tempfile::tempfile().unwrap())
    }

    /// What was said until now.
    pub fn text(&self) -> String {
        // The place in the file is the server's as well.
        let mut said = vec![0; usize::try_from(self.0.metadata().unwrap().len()).unwrap()];
        self.0.read_exact_at(&mut said, 0).unwrap();
        String::from_utf8_lossy(&said).into_owned()
    }

    /// The end that a server writes to.
    pub fn writer(&self) -> Stdio {
        self.0.try_clone().unwrap().into()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprint!("the server's log:\n{}", self.text());
        }
    }
}
