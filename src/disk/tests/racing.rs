//! An editor that saves as fast as it can while we write the same file: nothing of theirs vanishes.
//!
//! We append a line and keep what is there, so the editor's last save can always be told by the file's first line. It
//! looks after each save: that line is there, or comes back as soon as we have seen what our exchange has brought out.

use super::*;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// How often the editor saves.
const SAVES: usize = 1_000;

#[expect(clippy::disallowed_methods, reason = "the test is the editor")]
fn by_rename(file: &Path, text: &str) {
    let temporary = file.with_extension("tmp");
    std::fs::write(&temporary, text).unwrap();
    std::fs::rename(&temporary, file).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "the test is the editor")]
fn in_place(file: &Path, text: &str) {
    std::fs::write(file, text).unwrap();
}

/// As an editor does that keeps the file and truncates it in the end.
fn in_place_in_pieces(file: &Path, text: &str) {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).open(file).unwrap();
    let (first, rest) = text.as_bytes().split_at(text.len() / 2);
    file.write_all(first).unwrap();
    std::thread::yield_now();
    file.write_all(rest).unwrap();
    file.set_len(text.len() as u64).unwrap();
}

/// Ends the server's thread, also when the editor's finds something wrong.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn expect_first_line(file: &Path, expected: &str) {
    let started = std::time::Instant::now();
    loop {
        let text = std::fs::read_to_string(file).unwrap();
        if text.lines().next() == Some(expected) {
            return;
        }
        let is_late = started.elapsed() > Duration::from_secs(2);
        assert!(!is_late, "{expected} has vanished: {text}");
    }
}

fn race(save: impl Fn(&Path, &str) + Sync) {
    let (directory, folder) = folder();
    put(&directory, "a.md", "editor 0\n");
    let file = directory.path().join("a.md");
    let is_over = AtomicBool::new(false);
    let (n_won, n_lost) = std::thread::scope(|scope| {
        let server = scope.spawn(|| {
            let (mut n_won, mut n_lost) = (0, 0);
            while !is_over.load(Ordering::Relaxed) {
                let base = read(&folder, "a.md");
                // What is being written is no base.
                if !base.ends_with('\n') {
                    continue;
                }
                let ours = format!("{base}server {n_won}\n");
                match folder.replace(&path("a.md"), base.as_bytes(), ours.as_bytes()) {
                    Ok(_) => n_won += 1,
                    Err(error) => {
                        assert_eq!(error, WriteError::Lost);
                        n_lost += 1;
                    }
                }
            }
            (n_won, n_lost)
        });
        // The server does this when it is told by a signal.
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                folder.rescue();
                std::thread::sleep(Duration::from_micros(100));
            }
        });
        let over = Over(&is_over);
        for n in 1..=SAVES {
            save(&file, &format!("editor {n}\n"));
            // From less than one of our writes takes to several of them, on any disk.
            std::thread::sleep(Duration::from_micros(20 << (n % 9)));
            expect_first_line(&file, &format!("editor {n}"));
        }
        drop(over);
        server.join().unwrap()
    });
    // It was a race: they have met.
    assert!(n_won > 10 && n_lost > 0, "{n_won} {n_lost}");
    assert_eq!(names(&directory), ["a.md"]);
}

#[test]
fn a_save_by_rename_is_never_overwritten() {
    race(by_rename);
}

#[test]
fn a_save_in_place_is_never_overwritten() {
    race(in_place);
}

#[test]
fn a_save_in_pieces_is_never_overwritten() {
    race(in_place_in_pieces);
}
