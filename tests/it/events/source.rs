//! What a browser's EventSource does (WHATWG HTML, section 9.2), over a connection that may be cut anywhere.

use crate::resume::follower::Cut;
use crate::support::{DEADLINE, Response, Server};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;

/// A stream of messages.
pub struct Source {
    lines: BufReader<Chunked>,
    /// What the last whole block has left: it is sent along when the client comes again.
    pub last_event_id: String,
    /// The time after which to come again.
    pub retry_ms: Option<u64>,
    /// Lines that say nothing.
    pub n_comments: usize,
    pub head: Response,
}

impl Source {
    /// Follows `p`, with this query and, if it is none of the first, what it has had last.
    pub fn open(server: &Server, query: &str, last_event_id: Option<&str>) -> Self {
        let source = Self::open_for(server, query, last_event_id, usize::MAX).unwrap();
        assert_eq!(source.head.status, 200, "{query} {last_event_id:?}");
        source
    }

    /// The same, for so many bytes.
    pub fn open_for(
        server: &Server,
        query: &str,
        last_event_id: Option<&str>,
        n_bytes: usize,
    ) -> io::Result<Self> {
        let stream = TcpStream::connect(server.address())?;
        stream.set_read_timeout(Some(DEADLINE))?;
        let mut stream = BufReader::new(Cut {
            stream,
            n_left: n_bytes,
        });
        let mut head = format!(
            "GET /api/v1/projects/p/events{query} HTTP/1.1\r\nhost: {}\r\naccept: text/event-stream\r\n",
            server.address()
        );
        if let Some(id) = last_event_id {
            head += &format!("last-event-id: {id}\r\n");
        }
        stream.get_mut().write_all((head + "\r\n").as_bytes())?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read_until(b'\n', &mut head)? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        let body = Chunked {
            stream,
            n_left: 0,
            is_over: false,
        };
        Ok(Self {
            lines: BufReader::new(body),
            last_event_id: last_event_id.unwrap_or("").to_owned(),
            retry_ms: None,
            n_comments: 0,
            head: Response::parse(&head),
        })
    }

    /// The next message's data. None when the stream ends as it should, an error when it is cut.
    pub fn next(&mut self) -> io::Result<Option<String>> {
        while let Some(data) = self.block()? {
            if !data.is_empty() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// The data up to the next empty line, which may be none.
    pub fn block(&mut self) -> io::Result<Option<String>> {
        let (mut data, mut id) = (Vec::new(), self.last_event_id.clone());
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            let line = line.strip_suffix('\n').expect("a line has an end");
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "" if line.is_empty() => break,
                "" => self.n_comments += 1,
                "data" => data.push(value.to_owned()),
                "id" => id = value.to_owned(),
                "retry" => self.retry_ms = Some(value.parse().unwrap()),
                other => panic!("a field `{other}`"),
            }
        }
        self.last_event_id = id;
        Ok(Some(data.join("\n")))
    }

    /// The connection.
    pub fn stream(&self) -> &TcpStream {
        &self.lines.get_ref().stream.get_ref().stream
    }
}

/// A body in chunks: RFC 9112, section 7.1.
struct Chunked {
    stream: BufReader<Cut>,
    n_left: usize,
    is_over: bool,
}

impl Chunked {
    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let line = line.strip_suffix("\r\n");
        line.map(str::to_owned)
            .ok_or(ErrorKind::UnexpectedEof.into())
    }
}

impl Read for Chunked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.n_left == 0 && !self.is_over {
            self.n_left = usize::from_str_radix(&self.line()?, 16).expect("the size of a chunk");
            if self.n_left == 0 {
                self.is_over = true;
                assert_eq!(self.line()?, "", "no trailers");
            }
        }
        if self.is_over {
            return Ok(0);
        }
        let n_bytes = buffer.len().min(self.n_left);
        let n_read = self.stream.read(&mut buffer[..n_bytes])?;
        if n_read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.n_left -= n_read;
        if self.n_left == 0 {
            assert_eq!(self.line()?, "", "a chunk has an end");
        }
        Ok(n_read)
    }
}
