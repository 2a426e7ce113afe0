//! The `taskmd` program: see the library for everything.

fn main() -> std::process::ExitCode {
    taskmd::cli::run()
}
