//! taskmd: a live server over a folder of Markdown tasks.
//!
//! Two journeys end at one door. A file is saved: [`watch`] hears of it, [`store`] reads it from [`disk`] and
//! reconciles it with the index of its [`project`]. A request comes: [`http`] asks the store, which writes the disk and
//! reconciles what it wrote. `Project::reconcile` alone makes a `Change`; in the same locked step the change gets its
//! number and is appended to the project's [`log`], from which every client reads on at its own place.
//!
//! The files are the truth; memory is a cache of them, and an event is the difference between two readings.

// The core: pure and synchronous.
pub mod cores;
pub mod name;
pub mod yaml;

pub mod task;

pub mod project;

pub mod event;

pub mod query;

pub mod render;

pub mod frame;
pub mod wire;

// Settings and limits; imports nothing.
pub mod config;
pub mod fault;
pub mod tally;

// Live: disk, time and threads.
pub mod transport;

pub mod disk;
pub mod log;
pub mod stream;

pub mod store;

pub mod watch;

// The edges: translate, never decide.
pub mod http;

pub mod server;

pub mod client;

pub mod cli;
