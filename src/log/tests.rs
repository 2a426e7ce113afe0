use super::*;
use crate::event::Source;
use crate::name::{ProjectId, TaskId, TaskPath};
use crate::project::Change;
use crate::task::document::{self, FileTimes};

fn log(n_max: usize, bytes_max: usize) -> Log {
    let limits = Limits {
        replay_events: n_max,
        replay_bytes: bytes_max,
        ..Limits::default()
    };
    Log::new(Epoch::new(7), &limits)
}

/// Appends an event.
pub(crate) fn append(log: &Log) {
    let path = TaskPath::parse("a.md").unwrap();
    let times = FileTimes {
        created: String::new(),
        modified: String::new(),
    };
    let reading = document::read(
        &path,
        b"x",
        &times,
        &crate::project::settings::Settings::default(),
    );
    let before = reading.task.unwrap();
    assert_eq!(before.id, TaskId::parse("a").unwrap());
    log.append(|position| Event {
        project_id: ProjectId::parse("p").unwrap(),
        position,
        time: jiff::Timestamp::UNIX_EPOCH,
        source: Source::File,
        change: Change::Deleted { before },
    });
}

fn numbers(log: &Log, after: u64, events: usize) -> Result<Vec<u64>, Overtaken> {
    let bytes = usize::MAX;
    log.read(after, RunMax { events, bytes })
        .map(|entries| entries.iter().map(|e| e.seq).collect())
}

#[test]
fn a_reader_goes_on_where_it_was() {
    let log = log(10, usize::MAX);
    assert_eq!(numbers(&log, 0, 9), Ok(vec![]));
    (0..5).for_each(|_| append(&log));
    assert_eq!(log.position().seq, 5);
    assert_eq!(numbers(&log, 0, 3), Ok(vec![1, 2, 3]));
    assert_eq!(numbers(&log, 3, 9), Ok(vec![4, 5]));
    assert_eq!(numbers(&log, 5, 9), Ok(vec![]));
}

#[test]
fn a_run_is_what_one_reads_in_one_piece() {
    let log = log(10, usize::MAX);
    assert!(
        log.run(
            0,
            RunMax {
                events: 9,
                bytes: 9
            }
        )
        .unwrap()
        .is_none()
    );
    (0..5).for_each(|_| append(&log));
    let frames = |after, events, bytes| {
        let entries = log.read(after, RunMax { events, bytes }).unwrap();
        let frames = entries.iter().map(|entry| entry.frame.bytes().to_vec());
        frames.collect::<Vec<_>>().concat()
    };
    let one = frames(0, 1, usize::MAX).len();
    for (after, events, bytes, n, last) in [
        (0, 9, usize::MAX, 5, 5),
        (1, 3, usize::MAX, 3, 4),
        (2, 9, 2 * one, 2, 4),
        (3, 9, 1, 1, 4),
        (4, 9, 1, 1, 5),
        // The same again, from the runs that are kept.
        (1, 3, usize::MAX, 3, 4),
    ] {
        let run = log.run(after, RunMax { events, bytes }).unwrap().unwrap();
        let expected = frames(after, n, usize::MAX);
        assert_eq!((&run.bytes[..], run.last), (&expected[..], last));
        assert_eq!(frames(after, events, bytes), expected);
    }
}

#[test]
fn one_can_read_on_from_the_ring_and_from_nowhere_else() {
    let log = log(3, usize::MAX);
    (0..5).for_each(|_| append(&log));
    let reached: Vec<_> = (0..8).filter(|seq| log.reaches(log.at(*seq))).collect();
    assert_eq!(reached, [2, 3, 4, 5]);
    let epoch = Epoch::new(8);
    assert!(!log.reaches(Position { epoch, seq: 4 }));
}

#[test]
fn an_overtaken_reader_is_told() {
    let log = log(3, usize::MAX);
    (0..5).for_each(|_| append(&log));
    assert_eq!(numbers(&log, 1, 9), Err(Overtaken));
    assert_eq!(numbers(&log, 2, 9), Ok(vec![3, 4, 5]));
}

#[test]
fn the_ring_is_bounded_in_bytes_and_keeps_the_newest() {
    let log = log(100, 1);
    (0..5).for_each(|_| append(&log));
    assert_eq!(numbers(&log, 4, 9), Ok(vec![5]));
    assert_eq!(numbers(&log, 3, 9), Err(Overtaken));
}
