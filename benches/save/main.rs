//! From the close of a save to the frame at a client: `cargo bench --bench save`.
//!
//! Everything is real: the release binary, files on a disk, a WebSocket over loopback. Beside the server runs a floor,
//! a thread that does the least that anybody must (hear of the file, read it, send its bytes), and the two take turns,
//! a save each: the machine's noise is the same for both, and their ratio means more than either figure.
//!
//! The clock, CLOCK_MONOTONIC, starts just before the close(2) or rename(2) that makes a save whole, and stops when
//! the reader has the last byte of it.

mod editor;
mod floor;
mod follower;
#[path = "../support/served.rs"]
#[expect(dead_code, reason = "the other bench uses more of it")]
mod served;

use editor::{Editor, Manner};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// Saves a line of the table, on either side: p99 is the fourth slowest.
const SAVES: usize = 300;
/// Those before that are not counted.
const SAVES_TO_WARM_UP: usize = 5;
/// Appended lines add up to no other size of file: after so many, it is written anew.
const APPENDS_MAX: usize = 32;
/// Between two saves all threads come to rest, as between two saves of a person.
const REST: Duration = Duration::from_millis(2);
/// What takes longer was lost.
const DEADLINE: Duration = Duration::from_secs(5);

const TASKS: [usize; 2] = [10, 10_000];
const FILE_BYTES: [usize; 2] = [1 << 10, 64 << 10];

/// The targets, of a machine that does nothing else.
const MEDIAN_MAX: Duration = Duration::from_millis(2);
const RATIO_MAX: f64 = 2.0;

fn main() -> io::Result<()> {
    // `cargo test --all-targets` runs this too, and wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut out = io::stdout();
    let folder = tempfile::tempdir()?;
    let (root, bare) = (folder.path().join("served"), folder.path().join("bare"));
    for n_tasks in TASKS {
        // A directory of as many files for the floor: what the file system asks of both is the same.
        editor::fill(&root.join(project(n_tasks)), n_tasks)?;
        editor::fill(&bare.join(project(n_tasks)), n_tasks)?;
    }
    let server = served::Server::start(&root, &[])?;
    writeln!(
        out,
        "ms from the close of a save to its frame; {SAVES} saves a line; load {}",
        load()
    )?;
    writeln!(
        out,
        "save      bytes  tasks  server median     p99  floor median     p99  ratio"
    )?;
    let (mut n_lines, mut n_met) = (0, 0);
    for n_tasks in TASKS {
        let project = project(n_tasks);
        for n_bytes in FILE_BYTES {
            let served = follower::follow(&server, &project)?;
            let mut served = Side::new(&root.join(&project), n_bytes, served)?;
            let floor = floor::follow(&bare.join(&project))?;
            let mut floor = Side::new(&bare.join(&project), n_bytes, floor)?;
            for manner in Manner::ALL {
                let [served, floor] = take_turns(&mut served, &mut floor, manner)?;
                write!(out, "{:<8} {n_bytes:>6} {n_tasks:>6}", manner.name())?;
                n_lines += 1;
                n_met += usize::from(tell(&mut out, &served, &floor)?);
            }
        }
    }
    writeln!(
        out,
        "targets: median <= {} ms, ratio <= {RATIO_MAX}: met in {n_met} of {n_lines} lines; load {}",
        MEDIAN_MAX.as_millis(),
        load()
    )
}

fn project(n_tasks: usize) -> String {
    format!("of-{n_tasks}")
}

/// How busy the machine is, in the system's words.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// Somebody who is told of saves.
trait Reader {
    /// Waits for all of the file whose text ends with `line`, and returns when it was there.
    fn wait(&mut self, file_bytes: usize, line: &str) -> io::Result<Instant>;
}

/// An editor, and a reader who is told of what it saves.
struct Side<R> {
    editor: Editor,
    reader: R,
}

impl<R: Reader> Side<R> {
    fn new(directory: &Path, n_bytes: usize, reader: R) -> io::Result<Self> {
        let mut side = Self {
            editor: Editor::new(directory, n_bytes),
            reader,
        };
        // A new file is told of at once too, but later than a save.
        side.save(Manner::InPlace)?;
        Ok(side)
    }

    /// Saves, and returns how long the reader waited for it.
    fn save(&mut self, manner: Manner) -> io::Result<Duration> {
        let closed = self.editor.save(manner)?;
        let (n_bytes, line) = (self.editor.file_bytes(), self.editor.last_line());
        let told = self.reader.wait(n_bytes, &line)?;
        std::thread::sleep(REST);
        Ok(told.saturating_duration_since(closed))
    }

    /// Saves as a `n`th save, after what this manner of saving needs.
    fn save_nth(&mut self, n: usize, manner: Manner) -> io::Result<Duration> {
        if manner == Manner::Append && n.is_multiple_of(APPENDS_MAX) {
            self.save(Manner::InPlace)?;
        }
        self.save(manner)
    }
}

/// Saves on both sides in turn, and returns the sorted times of either.
fn take_turns(
    served: &mut Side<impl Reader>,
    floor: &mut Side<impl Reader>,
    manner: Manner,
) -> io::Result<[Vec<Duration>; 2]> {
    let mut times = [Vec::new(), Vec::new()];
    for n in 0..SAVES_TO_WARM_UP + SAVES {
        let both = [served.save_nth(n, manner)?, floor.save_nth(n, manner)?];
        if n >= SAVES_TO_WARM_UP {
            for (times, time) in times.iter_mut().zip(both) {
                times.push(time);
            }
        }
    }
    for times in &mut times {
        times.sort_unstable();
    }
    Ok(times)
}

/// Writes the figures of a line. True when they are within the targets.
fn tell(out: &mut impl Write, served: &[Duration], floor: &[Duration]) -> io::Result<bool> {
    let median = |times: &[Duration]| times[times.len() / 2];
    let p99 = |times: &[Duration]| times[times.len() * 99 / 100];
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let ratio = ms(median(served)) / ms(median(floor));
    let is_met = median(served) <= MEDIAN_MAX && ratio <= RATIO_MAX;
    writeln!(
        out,
        " {:>14.3} {:>7.3} {:>13.3} {:>7.3} {ratio:>6.2}{}",
        ms(median(served)),
        ms(p99(served)),
        ms(median(floor)),
        ms(p99(floor)),
        if is_met { "" } else { "  missed" }
    )?;
    Ok(is_met)
}

/// A connection that notes when bytes came.
struct Clocked {
    stream: TcpStream,
    /// When the last of what has been read was there: what the reader makes of it is its own time.
    read_at: Instant,
}

impl Clocked {
    fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_read_timeout(Some(DEADLINE))?;
        Ok(Self {
            stream,
            read_at: Instant::now(),
        })
    }
}

impl Read for Clocked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.stream.read(buffer)?;
        self.read_at = Instant::now();
        Ok(n_bytes)
    }
}

impl Write for Clocked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
