//! Calls on sockets.

use interpose_preview1::{Errno, FdFlags, Memory, first_span};

use crate::descriptor::{Descriptor, with};
use crate::program::Program;
use crate::socket::Socket;

/// `sock_accept`.
pub fn accept(fd: u32, flags: u32, out: u32) -> Result<(), Errno> {
    let flags = FdFlags::parse(flags)?;
    Program.check(out, 4)?;
    with(|table| table.check_room())?;
    let accepted = with_socket(fd, |socket| socket.accept(flags))?;
    let number = with(|table| table.add(Descriptor::Socket(accepted)))?;
    Program.store_u32(out, number)
}

/// `sock_recv`.
pub fn receive(
    fd: u32,
    list: u32,
    count: u32,
    flags: u32,
    size: u32,
    out: u32,
) -> Result<(), Errno> {
    /// `recv_peek`: what is received stays.
    const PEEK: u32 = 1;
    /// `recv_waitall`: the call waits until the span is full.
    const WAIT_ALL: u32 = 2;
    known(flags, PEEK | WAIT_ALL)?;
    let span = first_span(&Program, list, count)?;
    Program.check(size, 4)?;
    Program.check(out, 2)?;
    let received = with_socket(fd, |socket| {
        socket.read(span, flags & PEEK != 0, flags & WAIT_ALL != 0)
    })?;
    Program.store_u32(size, received)?;
    // A stream loses nothing, so no flag is ever set.
    Program.store(out, &[0; 2])
}

/// `sock_send`.
pub fn send(fd: u32, list: u32, count: u32, flags: u32, out: u32) -> Result<(), Errno> {
    known(flags, 0)?;
    let span = first_span(&Program, list, count)?;
    Program.check(out, 4)?;
    let sent = with_socket(fd, |socket| socket.write(span))?;
    Program.store_u32(out, sent)
}

/// `sock_shutdown`.
pub fn shutdown(fd: u32, how: u32) -> Result<(), Errno> {
    /// `rd`: nothing is received any more.
    const RECEIVE: u32 = 1;
    /// `wr`: nothing is sent any more.
    const SEND: u32 = 2;
    known(how, RECEIVE | SEND)?;
    with_socket(fd, |socket| {
        socket.shutdown(how & RECEIVE != 0, how & SEND != 0)
    })
}

fn known(flags: u32, all: u32) -> Result<(), Errno> {
    if flags & !all == 0 {
        Ok(())
    } else {
        Err(Errno::Invalid)
    }
}

fn with_socket<T>(fd: u32, f: impl FnOnce(&mut Socket) -> Result<T, Errno>) -> Result<T, Errno> {
    with(|table| match table.get_mut(fd)? {
        Descriptor::Socket(socket) => f(socket),
        _ => Err(Errno::NotSocket),
    })
}
