//! One binary of tests, at two doors: the running server (real files, real sockets, real editors) and the program.
//! The third door, the pure core, is tested beside its code.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stderr, reason = "a test says why it skips")]
#![expect(unreachable_pub, reason = "the vocabulary is public to the tests")]

mod crowd;
mod dice;
mod line;
mod needs;
#[expect(dead_code, reason = "the torture uses more of it")]
mod support;

mod arranging;
mod batch;
mod binary;
mod commands;
mod corpus;
mod crash;
mod dependencies;
mod docs;
mod editors;
mod events;
mod faults;
mod frames;
mod halves;
mod hostile;
mod idempotency;
mod list;
mod listing;
mod methods;
mod metrics;
mod places;
mod power;
mod projects;
mod protocol;
mod races;
mod registers;
mod representations;
mod rest;
mod resume;
mod starting;
mod stopping;
mod stream;
mod sync;
mod tickets;
mod tidy;
mod tls;
mod vanishing;
mod watch;
mod watching;
