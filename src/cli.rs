//! The command line: what can be typed, one file a command. Printing happens here and nowhere else.

mod check;
mod list;
mod serve;
mod target;
mod terminal;
mod watch;

use clap::{Parser, Subcommand};
use std::io::Write;
use std::process::ExitCode;

/// A live server over a folder of Markdown tasks.
///
/// Each folder in DIR is a project, each Markdown file in it a task. Edit them with anything; every client sees it.
#[derive(Parser, Debug)]
#[command(name = "taskmd", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  taskmd serve tasks-example          serve it on http://127.0.0.1:8080
  taskmd serve --listen 127.0.0.1:0   serve the current directory on any free port
  taskmd list status=open tag=api     list tasks of the current directory's projects
  taskmd watch tasks-example          show every change in a terminal
  taskmd watch --server http://127.0.0.1:8080 --json
  taskmd check notes                  list what cannot be understood

Exit codes: 0 well, 1 problems found, 2 wrong use or cannot start";

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve the projects in a directory, and tell clients of every change
    Serve(Box<serve::Serve>),
    /// List the tasks that match
    List(list::List),
    /// Show every change as it happens
    Watch(watch::Watch),
    /// List the files that cannot be understood
    Check(check::Check),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// All is well.
    Well,
    /// Problems were found.
    Problems,
    /// Wrong use, or it cannot start.
    Unable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Well => Self::SUCCESS,
            Exit::Problems => Self::from(1),
            Exit::Unable => Self::from(2),
        }
    }
}

/// Runs the command that was typed.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let exit = match cli.command {
        Command::Serve(serve) => serve.run(),
        Command::List(list) => list.run(),
        Command::Watch(watch) => watch.run(),
        Command::Check(check) => check.run(),
    };
    exit.into()
}

/// Says something beside what is printed.
fn aside(text: &str) {
    // Whoever has closed standard error does not want to know.
    drop(writeln!(std::io::stderr(), "taskmd: {text}"));
}

/// Says in one line why a command cannot do its work.
fn unable(reason: impl std::fmt::Display) -> Exit {
    #[expect(clippy::print_stderr, reason = "this is where a command line speaks")]
    {
        eprintln!("taskmd: {reason}");
    }
    Exit::Unable
}
