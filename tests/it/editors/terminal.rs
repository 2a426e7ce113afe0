//! A person at a terminal: looks at the screen, and types when it shows what they wait for.

use super::PRELUDE;
use crate::support::eventually;
use std::path::Path;
use std::process::{Command, Output};

/// What the screen shows, and the keys that are then typed, as `tmux send-keys` names them.
pub(super) type Step = (&'static str, &'static [&'static str]);

/// Runs a command in a terminal, types, and waits until it has ended.
pub(super) fn type_in(root: &Path, command: &str, steps: &[Step]) {
    let terminal = Terminal { root };
    let command = format!("{PRELUDE} exec {command}");
    let size = ["-x", "80", "-y", "24"];
    let opened = terminal.ask(&[&["new-session", "-d"], &size[..], &[&command]].concat());
    assert!(opened.status.success(), "{opened:?}");
    for (shown, keys) in steps {
        eventually(&format!("the screen shows {shown:?}"), || {
            terminal.screen().contains(shown).then_some(())
        });
        let typed = terminal.ask(&[&["send-keys", "--"], *keys].concat());
        assert!(typed.status.success(), "{typed:?}");
    }
    eventually("the editor ends", || {
        let is_open = terminal.ask(&["has-session"]).status.success();
        (!is_open).then_some(())
    });
}

/// A tmux server of our own. It is ended when dropped.
struct Terminal<'a> {
    root: &'a Path,
}

impl Terminal<'_> {
    fn ask(&self, arguments: &[&str]) -> Output {
        Command::new("tmux")
            .args(["-S", ".terminal", "-f", "/dev/null"])
            .args(arguments)
            .env_remove("TMUX")
            .env("TERM", "xterm")
            .current_dir(self.root)
            .output()
            .unwrap()
    }

    fn screen(&self) -> String {
        let screen = self.ask(&["capture-pane", "-p"]);
        String::from_utf8_lossy(&screen.stdout).into_owned()
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        // It fails when the editor has ended, and its terminal with it.
        drop(self.ask(&["kill-server"]));
    }
}
