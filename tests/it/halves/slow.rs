//! Slow savers: the same text in another way each, with pauses between the calls.

use crate::dice::Dice;
use crate::support::put;
use rustix::fs::{self, Mode, OFlags};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// A way of saving slowly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    /// Truncates, writes, closes.
    InPlace,
    /// As that, and syncs after each chunk.
    Synced,
    /// As that, and keeps the file open for a second more.
    KeptOpen,
    /// Makes a file that was not there.
    New,
    /// Writes over what is there, at its own places in no order, and cuts off what is left.
    AnyOrder,
    /// Empties the file and closes it; writes it when that is done.
    EmptiedFirst,
    /// Leaves a front matter that is not closed, and closes the file; writes it when that is done.
    BrokenFirst,
    /// A temporary file beside, then a rename over it.
    RenamedOver,
    /// vim with `backupcopy=no`: the old file steps aside, a new one is written.
    Vim,
    /// vim with `backupcopy=yes`: a copy is made, the file is written in place.
    VimInPlace,
    /// Removes the file, and makes it again.
    DeletedFirst,
}

const MANNERS: [Manner; 11] = [
    Manner::InPlace,
    Manner::Synced,
    Manner::KeptOpen,
    Manner::New,
    Manner::AnyOrder,
    Manner::EmptiedFirst,
    Manner::BrokenFirst,
    Manner::RenamedOver,
    Manner::Vim,
    Manner::VimInPlace,
    Manner::DeletedFirst,
];

/// A saver pauses no longer than this between two calls.
const PAUSE: Duration = Duration::from_millis(50);
/// It has not finished before this time without a call is over …
const QUIET: Duration = Duration::from_millis(300);
/// … a file is not gone before this one …
const HOLD: Duration = Duration::from_millis(50);
/// … half a text is not believed before this one …
const PATIENCE: Duration = Duration::from_millis(500);
/// … and nobody may take longer than this.
const QUIET_MAX: Duration = Duration::from_secs(5);

/// The machine kept a saver waiting for longer than the watcher waits for one: nothing is proven then.
#[derive(Debug)]
pub struct Stalled;

/// One slow save.
#[derive(Debug)]
pub struct Slow {
    pub id: String,
    pub manner: Manner,
    /// What the file holds in the end.
    pub text: String,
    /// Where the text is cut, in order, the end included.
    cuts: Vec<usize>,
    /// Before each call.
    pauses: Vec<Duration>,
}

impl Slow {
    /// The save of this number, in a way that the dice choose.
    pub fn new(dice: &mut Dice, number: usize) -> Self {
        let manner = MANNERS[number % MANNERS.len()];
        Self::of(dice, number, manner)
    }

    pub fn of(dice: &mut Dice, number: usize, manner: Manner) -> Self {
        let id = format!("S{number}-x");
        let text = format!(
            "---\nid: {id}\ntitle: 'größer – 日本語 {number}'\ntags: [a, ü]\n---\n\nDer Körper, {number}\n\nund sein Ende 🦀\n"
        );
        let n_cuts = [1, 2, 4, 16, 64][dice.index(5)];
        let mut cuts: Vec<_> = (1..n_cuts).map(|_| dice.index(text.len())).collect();
        cuts.push(text.len());
        // Where a save is cut most awkwardly: after the opening fence.
        cuts[0] = if dice.roll(2) == 0 { 4 } else { cuts[0] };
        cuts.push(text.len());
        cuts.sort_unstable();
        cuts.dedup();
        let pauses = (0..cuts.len() + 4).map(|_| dice.up_to(PAUSE)).collect();
        Self {
            id,
            manner,
            text,
            cuts,
            pauses,
        }
    }

    /// Where its file is.
    pub fn path(&self) -> String {
        format!("p/{}.md", self.id)
    }

    /// What the file held before, if it was there.
    pub fn before(&self) -> Option<String> {
        let id = &self.id;
        let text = format!(
            "---\nid: {id}\ntitle: before\n---\n\nbefore, and longer than what comes {:200}\n",
            ""
        );
        (self.manner != Manner::New).then_some(text)
    }

    /// Saves. Returns when the last call that matters was done.
    pub fn run(&self, path: &Path) -> Result<Instant, Stalled> {
        let mut clock = Clock::new(&self.pauses);
        let beside = |suffix: &str| path.with_extension(suffix);
        match self.manner {
            Manner::InPlace | Manner::Synced => {
                drop(self.write(open(path, OFlags::TRUNC), &mut clock)?);
            }
            Manner::KeptOpen => {
                let file = self.write(open(path, OFlags::TRUNC), &mut clock)?;
                let end = Instant::now();
                std::thread::sleep(Duration::from_secs(1));
                drop(file);
                return Ok(end);
            }
            Manner::New => drop(self.write(create(path), &mut clock)?),
            Manner::AnyOrder => self.write_in_any_order(path, &mut clock)?,
            Manner::EmptiedFirst | Manner::BrokenFirst => {
                let first = if self.manner == Manner::EmptiedFirst {
                    0
                } else {
                    12
                };
                put(path, &self.text.as_bytes()[..first]);
                std::thread::sleep(PATIENCE / 2);
                clock.pause(PATIENCE - HOLD)?;
                put(path, self.text.as_bytes());
                clock.check(PATIENCE - HOLD)?;
            }
            Manner::RenamedOver => {
                drop(self.write(create(&beside("tmp")), &mut clock)?);
                fs::rename(beside("tmp"), path).unwrap();
            }
            Manner::Vim => {
                fs::rename(path, beside("md~")).unwrap();
                clock.pause(HOLD)?;
                let file = create(path);
                clock.check(HOLD)?;
                drop(self.write(file, &mut clock)?);
                fs::unlink(beside("md~")).unwrap();
            }
            Manner::VimInPlace => {
                std::fs::copy(path, beside("md~")).unwrap();
                drop(self.write(open(path, OFlags::TRUNC), &mut clock)?);
                fs::unlink(beside("md~")).unwrap();
            }
            Manner::DeletedFirst => {
                fs::unlink(path).unwrap();
                clock.pause(HOLD)?;
                let file = create(path);
                clock.check(HOLD)?;
                drop(self.write(file, &mut clock)?);
            }
        }
        clock.check(QUIET)?;
        Ok(Instant::now())
    }

    /// Writes the text from its start.
    fn write(&self, mut file: File, clock: &mut Clock<'_>) -> Result<File, Stalled> {
        let mut from = 0;
        for to in &self.cuts {
            clock.pause(QUIET)?;
            file.write_all(&self.text.as_bytes()[from..*to]).unwrap();
            if self.manner == Manner::Synced {
                file.sync_all().unwrap();
            }
            from = *to;
        }
        clock.check(QUIET)?;
        Ok(file)
    }

    fn write_in_any_order(&self, path: &Path, clock: &mut Clock<'_>) -> Result<(), Stalled> {
        let file = open(path, OFlags::empty());
        let starts = [&[0], &self.cuts[..]].concat();
        let pieces: Vec<_> = starts.windows(2).map(|piece| piece[0]..piece[1]).collect();
        let (odd, even): (Vec<_>, Vec<_>) =
            pieces.into_iter().partition(|piece| piece.start % 2 == 1);
        for piece in odd.into_iter().chain(even) {
            clock.pause(QUIET)?;
            let at = piece.start as u64;
            file.write_all_at(&self.text.as_bytes()[piece], at).unwrap();
        }
        clock.pause(QUIET)?;
        file.set_len(self.text.len() as u64).unwrap();
        clock.check(QUIET)
    }
}

/// What a saver took for its calls, against what it may take.
struct Clock<'a> {
    started: Instant,
    last: Instant,
    pauses: std::slice::Iter<'a, Duration>,
}

impl<'a> Clock<'a> {
    fn new(pauses: &'a [Duration]) -> Self {
        let now = Instant::now();
        Self {
            started: now,
            last: now,
            pauses: pauses.iter(),
        }
    }

    /// Waits, for less than half of `most`.
    fn pause(&mut self, most: Duration) -> Result<(), Stalled> {
        let pause = self.pauses.next().copied().unwrap_or_default();
        std::thread::sleep(pause.min(most / 2));
        self.check(most)
    }

    /// Did no more time pass since the last check than the watcher waits?
    fn check(&mut self, most: Duration) -> Result<(), Stalled> {
        let now = Instant::now();
        // What the watcher hears, it hears a little later or earlier.
        let is_late = now - self.last > most * 4 / 5 || now - self.started > QUIET_MAX * 4 / 5;
        self.last = now;
        if is_late { Err(Stalled) } else { Ok(()) }
    }
}

fn open(path: &Path, flags: OFlags) -> File {
    let flags = flags | OFlags::WRONLY | OFlags::CLOEXEC;
    fs::open(path, flags, Mode::from_raw_mode(0o644))
        .unwrap()
        .into()
}

fn create(path: &Path) -> File {
    open(path, OFlags::CREATE | OFlags::EXCL)
}
