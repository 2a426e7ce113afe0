//! Connections that are not like most: from another address of this machine, or with little room for what is sent.

use rustix::net::{AddressFamily, SocketType, bind, connect, socket, sockopt};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

/// Connects from this address.
pub(crate) fn connect_from(source: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddr::from((source, 0)))?;
    connect(&socket, &to)?;
    Ok(socket.into())
}

/// Connects with room for about so many bytes that have come and are not read yet. The kernel's own is some MiB.
pub(crate) fn connect_with_room(n_bytes: usize, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    // Before it is connected: the other side is told of it at the start.
    sockopt::set_socket_recv_buffer_size(&socket, n_bytes)?;
    connect(&socket, &to)?;
    Ok(socket.into())
}
