//! `taskmd watch`: every change as it happens, a line each, of a directory or of a running server.

mod local;
mod remote;
mod screen;

use super::target::{Place, Target};
use super::{Exit, aside, unable};
use crate::event::Position;
use crate::wire::read::MessageText;
use clap::Args;
use screen::Screen;
use tokio::sync::mpsc;

/// Messages that wait to be shown: whoever sends more waits.
const NOTES_MAX: usize = 256;

/// Show every change as it happens
#[derive(Args, Debug)]
pub(super) struct Watch {
    #[command(flatten)]
    target: Target,
    /// Begin after this position of the one project, instead of now
    #[arg(long, value_name = "EPOCH:SEQ", requires = "server", value_parser = position)]
    since: Option<String>,
    /// One message of the WebSocket a line, as JSON
    #[arg(long)]
    json: bool,
}

fn position(text: &str) -> Result<String, String> {
    let expected = || "a position looks like 1f2e3d4c5b6a7988:42".to_owned();
    let position = Position::parse(text).ok_or_else(expected)?;
    Ok(position.to_string())
}

/// What there is to tell.
#[derive(Debug)]
enum Note {
    /// A message of a project's stream. The first snapshot is where one begins, and nothing new.
    Message {
        text: String,
        message: Box<MessageText>,
        is_beginning: bool,
    },
    /// Something for whoever looks on: a connection that was lost, or is back.
    Aside(String),
    /// It cannot go on.
    End(String),
}

impl Note {
    /// The note of a message; none for one of a newer server, which is no event.
    fn of(text: String, is_beginning: bool) -> Option<Self> {
        let message = Box::new(MessageText::parse(&text)?);
        Some(Self::Message {
            text,
            message,
            is_beginning,
        })
    }
}

impl Watch {
    pub(super) fn run(self) -> Exit {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        match runtime {
            Ok(runtime) => {
                let exit = runtime.block_on(self.show());
                runtime.shutdown_background();
                exit
            }
            Err(error) => unable(format_args!("cannot start: {error}")),
        }
    }

    async fn show(self) -> Exit {
        let (notes, mut to_show) = mpsc::channel(NOTES_MAX);
        let mut screen = Screen::new(self.json);
        let (place, projects) = match self.target.place() {
            Ok(place) => place,
            Err(reason) => return unable(reason),
        };
        if self.since.is_some() && projects.len() != 1 {
            return unable("`--since` is a position of one project: name it with --project");
        }
        let is_remote = matches!(place, Place::Server(_));
        match place {
            Place::Server(server) => {
                let remote = remote::Remote::new(server, projects, self.since, notes);
                drop(tokio::spawn(remote.run()));
            }
            Place::Directory(dir) => {
                drop(tokio::task::spawn_blocking(move || {
                    local::run(&dir, &projects, &notes);
                }));
            }
        }
        loop {
            let note = tokio::select! {
                note = to_show.recv() => note,
                _ = tokio::signal::ctrl_c() => {
                    if is_remote {
                        screen.say_where_to_go_on();
                    }
                    return Exit::Well;
                }
            };
            match note {
                Some(Note::Message {
                    text,
                    message,
                    is_beginning,
                }) => {
                    // A reader that has seen enough (`| head`) is no failure.
                    if screen.show(&text, &message, is_beginning).is_err() {
                        return Exit::Well;
                    }
                }
                Some(Note::Aside(text)) => aside(&text),
                Some(Note::End(reason)) => return unable(reason),
                None => return unable("there is nothing to watch any more"),
            }
        }
    }
}
