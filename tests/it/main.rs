//! One binary of tests, at two doors: the running server (real files, real sockets, real editors) and the program.
//! The third door, the pure core, is tested beside its code.

mod support;

mod binary;
mod rest;
mod stream;
mod tidy;
mod watching;
