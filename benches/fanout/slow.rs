//! Whether slow clients delay the others: one that never reads and one that reads 1 KiB a second, among many that read
//! what comes.
//!
//! There are two servers, with as many clients. The slow ones are at one of them and then at the other, and the two take
//! turns event by event: a percentile of a busy machine is its noise, unless that is the same for both.

use crate::audience::{Audience, follow};
use crate::connection::connect_with_room;
use crate::judged;
use crate::stage::{CROWD, Stage};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

const CLIENTS: usize = 500;
/// How often the slow clients change sides.
const TURNS: usize = 10;
/// Events of a turn on either side, one after the other.
const EVENTS: usize = 100;
/// Between an event that all have had and the next one.
const REST: Duration = Duration::from_millis(1);
/// Before them come as many batches of so many: more than the kernel holds for a client that does not read.
const BATCHES: usize = 8;
const BATCH_EVENTS: usize = 64;
/// What a slow client has room for, in bytes.
const ROOM_BYTES: usize = 4 << 10;
/// The target, as a ratio.
const RATIO_MAX: f64 = 1.1;

/// Measures the time from a save to its event at a client.
pub(crate) fn measure(out: &mut dyn Write) -> io::Result<()> {
    let (mut rough, mut calm) = (Side::set()?, Side::set()?);
    let [mut with, mut without] = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        let slow = Slow::connect(&rough.stage)?;
        for side in [&mut rough, &mut calm] {
            side.fill()?;
        }
        for _ in 0..EVENTS {
            rough.tell_one(&mut with)?;
            calm.tell_one(&mut without)?;
        }
        slow.are_behind(&rough.stage)?;
        std::mem::swap(&mut rough, &mut calm);
    }
    with.sort_unstable();
    without.sort_unstable();
    writeln!(
        out,
        "{CLIENTS} clients; ms from a save to a client, of {} deliveries",
        with.len()
    )?;
    for (name, times) in [("beside two slow ones", &with), ("without", &without)] {
        let [median, p99] = [50, 99].map(|part| percentile(times, part).as_secs_f64() * 1e3);
        writeln!(out, "  {name:<24} {median:>6.2}, p99 {p99:.2}")?;
    }
    let ratio = percentile(&with, 99).div_duration_f64(percentile(&without, 99));
    let (name, judged) = ("with / without, p99", judged(ratio, RATIO_MAX));
    writeln!(out, "  {name:<24} {ratio:>6.2}  ({judged})")
}

/// A percentile of sorted times.
fn percentile(times: &[Duration], part: usize) -> Duration {
    times[times.len() * part / 100]
}

/// A server, and its clients that read what comes.
struct Side {
    stage: Stage,
    crowd: Audience,
}

impl Side {
    fn set() -> io::Result<Self> {
        let stage = Stage::set(&[])?;
        let crowd = stage.audience(CROWD, CLIENTS)?;
        Ok(Self { stage, crowd })
    }

    /// Makes so many events that whoever does not read falls behind.
    fn fill(&mut self) -> io::Result<()> {
        for _ in 0..BATCHES {
            self.stage.make(CROWD, BATCH_EVENTS)?;
            self.crowd.take(BATCH_EVENTS)?;
        }
        Ok(())
    }

    /// Makes one event, and notes how long each client waited for it.
    fn tell_one(&mut self, times: &mut Vec<Duration>) -> io::Result<()> {
        std::thread::sleep(REST);
        let saved = self.stage.make(CROWD, 1)?;
        match self.crowd.try_take(1, || times.push(saved.elapsed()))? {
            0 => Ok(()),
            n_lost => Err(io::Error::other(format!("{n_lost} clients were let go"))),
        }
    }
}

/// The slow clients. They go when dropped.
struct Slow {
    _silent: TcpStream,
    _trickle: SyncSender<()>,
}

impl Slow {
    fn connect(stage: &Stage) -> io::Result<Self> {
        let server = &stage.server;
        let connect = || {
            let mut stream = connect_with_room(ROOM_BYTES, server.address)?;
            follow(&mut stream, &server.request(CROWD))?;
            io::Result::Ok(stream)
        };
        let (silent, mut trickling) = (connect()?, connect()?);
        let (trickle, ends) = sync_channel::<()>(0);
        std::thread::spawn(move || -> io::Result<()> {
            while ends.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                trickling.read_exact(&mut [0; 1 << 10])?;
            }
            Ok(())
        });
        Ok(Self {
            _silent: silent,
            _trickle: trickle,
        })
    }

    /// Makes sure that they were slow.
    fn are_behind(self, stage: &Stage) -> io::Result<()> {
        let mut stream = TcpStream::connect(stage.server.address)?;
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let name = format!("taskmd_client_lag_events{{project=\"{CROWD}\"}} ");
        let lag = answer.lines().find_map(|line| line.strip_prefix(&name));
        match lag.and_then(|lag| lag.parse::<usize>().ok()) {
            Some(lag) if lag > EVENTS => Ok(()),
            lag => Err(io::Error::other(format!(
                "the slow clients are not behind: {lag:?}"
            ))),
        }
    }
}
