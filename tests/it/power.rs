//! Power cuts, on real file systems: what was acknowledged is there afterwards, and no file is torn or empty.
//!
//! A loop device is mounted, some write through the server, and at a random moment the file system is shut down without
//! its journal being flushed. It is mounted again, which replays the journal, and read without the server. The number of
//! cuts is `TASKMD_POWER_CYCLES`; the random numbers start from `TASKMD_POWER_SEED`.

mod disk;
mod writers;

use crate::crash::tree;
use crate::needs::are_missing;
use crate::support::{Server, say};
use disk::Disk;
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use writers::{Dice, Writer, expect_broken};

/// Cuts of each file system's power, where nothing else is asked for.
const CYCLES: u64 = 2;
/// The power is cut so many milliseconds after the first write, at random.
const CUT_AFTER_MS: (u64, u64) = (5, 300);
const WRITERS: [&str; 3] = ["X", "Y", "Z"];

fn setting(name: &str) -> Option<u64> {
    let value = std::env::var_os(name)?;
    Some(value.to_str().unwrap().parse().unwrap())
}

/// Writes until the power is cut, and a little longer.
fn write_until_cut(disk: &Disk, writers: &mut [Writer], after: Duration) {
    let server = Server::over(&disk.path(), &[]);
    let is_cut = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for writer in writers {
            scope.spawn(|| writer.work(&server, &is_cut));
        }
        std::thread::sleep(after);
        is_cut.store(true, Ordering::SeqCst);
        disk.cut();
    });
    let made = json!({"id": "LATE", "title": "after the cut"});
    expect_broken(&server.request("POST", "/api/v1/projects/p/tasks", Some(made)));
    assert_eq!(server.get("/healthz").status, 200);
}

/// Reads what is there without a server, and then with one.
fn compare(disk: &Disk, writers: &mut [Writer]) -> Vec<String> {
    let mut rest = disk::own(tree::read(&disk.path()));
    let mut wrong: Vec<_> = writers
        .iter_mut()
        .flat_map(|writer| writer.judge(&mut rest))
        .collect();
    rest.remove("p/");
    for temporary in tree::temporaries(&rest.clone()) {
        rest.remove(temporary);
    }
    wrong.extend(rest.keys().map(|path| format!("{path} is nobody's")));
    let server = Server::over(&disk.path(), &[]);
    let found = disk::own(tree::read(&disk.path()));
    let leftovers = tree::temporaries(&found);
    wrong.extend(leftovers.iter().map(|path| format!("{path} is left over")));
    if wrong.is_empty() {
        tree::expect_served(&server, "p", &found);
        assert!(server.problems("p").is_empty());
    }
    wrong
}

fn cut_again_and_again(kind: &str) {
    let name = format!("power cuts on {kind}");
    if are_missing(
        &name,
        &[&format!("mkfs.{kind}"), "mount", "umount", "xfs_io"],
    ) {
        return;
    }
    let (n_cycles, started) = (
        setting("TASKMD_POWER_CYCLES").unwrap_or(CYCLES),
        Instant::now(),
    );
    let seed = setting("TASKMD_POWER_SEED").unwrap_or_else(|| getrandom::u64().unwrap() | 1);
    let mut dice = Dice(seed);
    let writer = |name: &&str| Writer::new(name, dice.below(u64::MAX) | 1);
    let mut writers: Vec<_> = WRITERS.iter().map(writer).collect();
    let mut disk = Disk::new(kind);
    disk.expect_a_real_cut();
    disk.mount();
    std::fs::create_dir(disk.path().join("p")).unwrap();
    rustix::fs::sync();
    for cycle in 1..=n_cycles {
        let (first, last) = CUT_AFTER_MS;
        let after = Duration::from_millis(first + dice.below(last - first));
        write_until_cut(&disk, &mut writers, after);
        disk.unmount();
        disk.mount();
        let wrong = compare(&disk, &mut writers);
        assert!(
            wrong.is_empty(),
            "seed {seed}, cut {cycle} after {after:?}: {wrong:#?}"
        );
    }
    let n_written: u64 = writers.iter().map(Writer::n_written).sum();
    say(&format!(
        "{name}: {n_cycles} in {:.1} s, {n_written} writes, none lost",
        started.elapsed().as_secs_f32()
    ));
}

#[test]
fn nothing_is_lost_when_the_power_is_cut_on_ext4() {
    cut_again_and_again("ext4");
}

#[test]
fn nothing_is_lost_when_the_power_is_cut_on_xfs() {
    cut_again_and_again("xfs");
}
