//! The limits: everything that has a bound.

use std::time::Duration;

/// Everything that has a bound. The values come from guarantees that are measured or from what trusted servers use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a file that is read as a task: 1 MiB.
    pub file_bytes: u64,
    /// Files in one project.
    pub project_files: usize,
    /// Directories below one project, each of which costs a watch.
    pub project_directories: usize,
    /// Projects in the root.
    pub projects: usize,
    /// Bytes of a request's body: 1 MiB.
    pub body_bytes: usize,
    /// Until a request's body has arrived.
    pub body_time: Duration,
    /// Until more of a request's body has arrived.
    pub body_pause: Duration,
    /// Until a request's head has arrived, from its first byte on, or from the connection's start.
    pub head_time: Duration,
    /// How long a connection may rest between two requests: nginx's 75 s.
    pub idle_time: Duration,
    /// Headers of a request.
    pub headers: usize,
    /// Bytes of a request's head: 16 KiB.
    pub head_bytes: usize,
    /// Connections at one time.
    pub connections: usize,
    /// Connections at one time from one address; `None` is 256, and any number from this machine, where programs and
    /// proxies are the user's own.
    pub connections_per_address: Option<usize>,
    /// Connections that are told at one time that there is no place for them.
    pub refusals: usize,
    /// Until who is refused has taken its answer.
    pub refusal_time: Duration,
    /// Requests at one time on one connection of HTTP/2.
    pub streams: u32,
    /// Until one sees that the other end of a connection of HTTP/2 is gone, and as long again for its answer.
    pub peer_time: Duration,
    /// Descriptors that no connection takes: for the files of writes.
    pub reserved_descriptors: usize,
    /// How often the certificate's files are looked at.
    pub certificate_time: Duration,
    /// Tasks on one page of a list.
    pub page_tasks: usize,
    /// Lists that are kept so that a client can read all their pages …
    pub kept_lists: usize,
    /// … and tasks in all of them, each of which costs a pointer and, once it has changed, its old version …
    pub kept_list_tasks: usize,
    /// … since somebody has asked for one of their pages.
    pub kept_list_time: Duration,
    /// Answers to lists that are kept until something changes …
    pub kept_answers: usize,
    /// … and their bytes: 16 MiB, which a list of 10,000 tasks of 1 KiB fits into.
    pub kept_answer_bytes: usize,
    /// Bytes of a task's body as a page, about: 4 MiB. It ends there, and says so.
    pub page_bytes: usize,
    /// Such pages that are kept …
    pub kept_pages: usize,
    /// … and their bytes: 8 MiB.
    pub kept_page_bytes: usize,
    /// Tasks that get a position so that another one gets its place among them.
    pub placed_tasks: usize,
    /// Problems between tasks of whose place in a file is told: for each, a file is read.
    pub located_problems: usize,
    /// Operations of one batch.
    pub batch_operations: usize,
    /// Events that a project's log keeps.
    pub replay_events: usize,
    /// Bytes of events that a project's log keeps: 16 MiB.
    pub replay_bytes: usize,
    /// Bytes of a message from a WebSocket client: 16 KiB. They are read and dropped.
    pub ws_message_bytes: usize,
    /// Frames of such a message.
    pub ws_fragments: u32,
    /// Until such a message has ended, from its first byte on.
    pub ws_message_time: Duration,
    /// Messages that a WebSocket client may send at once, pings and pongs included, …
    pub ws_burst: u32,
    /// … and in each second after that.
    pub ws_messages_a_second: u32,
    /// Bytes of pongs that wait for a WebSocket client: 4 KiB. One that asks for more before it takes these gets the last.
    pub ws_answers_bytes: usize,
    /// Bytes of events that are written to one client before it is the next one's turn: 64 KiB.
    pub run_bytes: usize,
    /// Bytes that the kernel may hold for one client of a stream: 128 KiB. By itself it takes up to 4 MiB.
    pub socket_bytes: usize,
    /// Until a ping is answered, or what was sent is acknowledged by the client's system.
    pub pong_time: Duration,
    /// Until a client takes what is being sent to it.
    pub send_time: Duration,
    /// Until a client answers a close.
    pub close_time: Duration,
    /// For how long a request waits for the projects to be read at the start.
    pub start_time: Duration,
    /// How long a poll may wait for an event. Most proxies hang up then.
    pub poll_time: Duration,
    /// Events in the answer to a poll.
    pub poll_events: usize,
    /// Until a ticket is worth nothing.
    pub ticket_time: Duration,
    /// Tickets that may wait to be used: one for each connection.
    pub tickets: usize,
    /// For how long an answer is kept under its `Idempotency-Key`: a day …
    pub idempotency_time: Duration,
    /// … how many keys there are, those under way included …
    pub idempotency_keys: usize,
    /// … and bytes of all answers: 16 MiB.
    pub idempotency_bytes: usize,
    /// Until everything has stopped.
    pub shutdown_time: Duration,
    /// How often a write is tried when somebody saves the same file at the same moment.
    pub write_tries: usize,
    /// Until the second try; twice as long before each further one. In all, a little longer than a deletion is held.
    pub write_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 1 << 20,
            project_files: 100_000,
            project_directories: 10_000,
            projects: 1_000,
            body_bytes: 1 << 20,
            body_time: Duration::from_secs(30),
            body_pause: Duration::from_secs(10),
            head_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(75),
            headers: 64,
            head_bytes: 16 << 10,
            connections: 10_000,
            connections_per_address: None,
            refusals: 64,
            refusal_time: Duration::from_secs(1),
            streams: 100,
            peer_time: Duration::from_secs(20),
            reserved_descriptors: 64,
            certificate_time: Duration::from_secs(2),
            page_tasks: 10_000,
            kept_lists: 64,
            kept_list_tasks: 200_000,
            kept_list_time: Duration::from_secs(300),
            kept_answers: 256,
            kept_answer_bytes: 16 << 20,
            page_bytes: 4 << 20,
            kept_pages: 256,
            kept_page_bytes: 8 << 20,
            placed_tasks: 500,
            located_problems: 1_000,
            batch_operations: 500,
            replay_events: 10_000,
            replay_bytes: 16 << 20,
            ws_message_bytes: 16 << 10,
            ws_fragments: 64,
            ws_message_time: Duration::from_secs(10),
            ws_burst: 100,
            ws_messages_a_second: 20,
            ws_answers_bytes: 4 << 10,
            run_bytes: 64 << 10,
            socket_bytes: 128 << 10,
            pong_time: Duration::from_secs(10),
            send_time: Duration::from_secs(10),
            close_time: Duration::from_secs(2),
            start_time: Duration::from_secs(30),
            poll_time: Duration::from_secs(60),
            poll_events: 1_000,
            ticket_time: Duration::from_secs(30),
            tickets: 10_000,
            idempotency_time: Duration::from_secs(24 * 60 * 60),
            idempotency_keys: 10_000,
            idempotency_bytes: 16 << 20,
            shutdown_time: Duration::from_secs(10),
            write_tries: 8,
            write_pause: Duration::from_millis(1),
        }
    }
}
