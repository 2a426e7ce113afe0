//! The floor: one thread that waits for inotify, reads the file that was saved, and sends its bytes.

use crate::{Clocked, Reader};
use rustix::fd::OwnedFd;
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Instant;

/// Who is told by the floor.
pub(crate) struct Bare {
    stream: Clocked,
    bytes: Vec<u8>,
}

/// Tells of the saves in a directory from now on.
pub(crate) fn follow(directory: &Path) -> io::Result<Bare> {
    let notifier = inotify::init(CreateFlags::CLOEXEC)?;
    let saves = WatchFlags::CLOSE_WRITE | WatchFlags::MOVED_TO;
    inotify::add_watch(&notifier, directory, saves)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let reader = TcpStream::connect(listener.local_addr()?)?;
    let (mut writer, _) = listener.accept()?;
    writer.set_nodelay(true)?;
    let directory = directory.to_owned();
    // It ends with the program, or when nobody reads what it sends.
    std::thread::spawn(move || tell(notifier, &directory, &mut writer));
    Ok(Bare {
        stream: Clocked::new(reader)?,
        bytes: Vec::new(),
    })
}

fn tell(notifier: OwnedFd, directory: &Path, writer: &mut TcpStream) -> io::Result<()> {
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut events = inotify::Reader::new(notifier, &mut buffer);
    loop {
        let event = events.next()?;
        let name = event.file_name().and_then(|name| name.to_str().ok());
        if let Some(name) = name.filter(|name| name.ends_with(".md")) {
            writer.write_all(&std::fs::read(directory.join(name))?)?;
        }
    }
}

impl Reader for Bare {
    fn wait(&mut self, file_bytes: usize, line: &str) -> io::Result<Instant> {
        self.bytes.resize(file_bytes, 0);
        self.stream.read_exact(&mut self.bytes)?;
        if !self.bytes.ends_with(line.as_bytes()) {
            return Err(io::Error::other("another save was told of than the last"));
        }
        Ok(self.stream.read_at)
    }
}
