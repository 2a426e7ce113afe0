//! The process, under the names that Prometheus' own clients give it.

use super::page::{Page, Sort};
use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Resource, getrlimit};
use std::fs;

/// What the system says of us; what it does not say is left out.
pub(super) fn write(page: &mut Page) {
    if let Some((cpu_seconds, resident_bytes)) = stat() {
        let (name, help) = (
            "process_cpu_seconds_total",
            "Time that processors worked for us.",
        );
        page.family(Sort::Counter, name, help);
        page.sample(&[], cpu_seconds);
        let (name, help) = ("process_resident_memory_bytes", "Memory that we take.");
        page.family(Sort::Gauge, name, help);
        page.sample(&[], resident_bytes);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        page.family(
            Sort::Gauge,
            "process_open_fds",
            "Descriptors that are open.",
        );
        page.sample(&[], open.count());
    }
    if let Some(n_most) = getrlimit(Resource::Nofile).current {
        page.family(
            Sort::Gauge,
            "process_max_fds",
            "Descriptors that may be open.",
        );
        page.sample(&[], n_most);
    }
}

/// Seconds of processors and bytes of memory, from /proc/self/stat (proc(5)).
fn stat() -> Option<(f64, u64)> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in brackets, may hold anything; the rest begins with the third field.
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
    let user: u64 = fields.nth(14 - 3)?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    let n_pages: u64 = fields.nth(24 - 16)?.parse().ok()?;
    let bytes = n_pages * page_size() as u64;
    #[expect(
        clippy::cast_precision_loss,
        reason = "2^53 ticks are three million years"
    )]
    let seconds = (user + system) as f64 / clock_ticks_per_second() as f64;
    Some((seconds, bytes))
}

#[cfg(test)]
mod tests {
    use super::stat;

    #[test]
    fn the_system_says_what_we_take() {
        let (seconds, bytes) = stat().unwrap();
        assert!((0.0..1e6).contains(&seconds), "{seconds}");
        assert!((1 << 20..1 << 40).contains(&bytes), "{bytes}");
    }
}
