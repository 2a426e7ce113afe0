//! The command line: what can be typed, one file a command. Printing happens here and nowhere else.

mod check;
mod desk;
mod edit;
mod editor;
mod list;
mod new;
mod serve;
mod show;
mod target;
mod terminal;
mod watch;
mod words;

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
  taskmd new 'Fix the clock' tag=api  make a task in the current directory's project
  taskmd edit TASK-003 status=done    change one
  taskmd watch tasks-example          show every change in a terminal
  taskmd watch --server http://127.0.0.1:8080 --json
  taskmd check notes                  list what cannot be understood

Exit codes: 0 well, 1 problems found, no such task or a change that was refused, 2 wrong use or cannot start";

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve the projects in a directory, and tell clients of every change
    Serve(Box<serve::Serve>),
    /// List the tasks that match
    List(list::List),
    /// Show a task
    Show(show::Show),
    /// Make a task
    New(new::New),
    /// Change a task, or open its file in your editor
    Edit(edit::Edit),
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
    /// Problems were found, or what was asked was refused.
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
        Command::Show(show) => show.run(),
        Command::New(new) => new.run(),
        Command::Edit(edit) => edit.run(),
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

/// Prints what was asked for.
fn print(text: &str) {
    // A reader that has seen enough (`| head`) is no failure.
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Says in one line why a command cannot do its work.
fn unable(reason: impl std::fmt::Display) -> Exit {
    aside(&reason.to_string());
    Exit::Unable
}

/// Says in one line why a command's work was refused.
fn refused(reason: impl std::fmt::Display) -> Exit {
    aside(&reason.to_string());
    Exit::Problems
}
