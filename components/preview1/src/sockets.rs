//! Calls on sockets.

use interpose_preview1::{Errno, FdFlags, first_span};

use crate::descriptor::with;
use crate::program::Program;

/// `sock_accept`.
pub fn accept(fd: u32, flags: u32, _out: u32) -> Result<(), Errno> {
    FdFlags::parse(flags)?;
    no_socket(fd)
}

/// `sock_recv`.
pub fn receive(
    fd: u32,
    list: u32,
    count: u32,
    flags: u32,
    _size: u32,
    _out: u32,
) -> Result<(), Errno> {
    /// `peek` and `waitall`.
    const FLAGS: u32 = 3;
    known(flags, FLAGS)?;
    first_span(&Program, list, count)?;
    no_socket(fd)
}

/// `sock_send`.
pub fn send(fd: u32, list: u32, count: u32, flags: u32, _out: u32) -> Result<(), Errno> {
    known(flags, 0)?;
    first_span(&Program, list, count)?;
    no_socket(fd)
}

/// `sock_shutdown`.
pub fn shutdown(fd: u32, how: u32) -> Result<(), Errno> {
    /// `rd` and `wr`.
    const HOW: u32 = 3;
    known(how, HOW)?;
    no_socket(fd)
}

fn known(flags: u32, all: u32) -> Result<(), Errno> {
    if flags & !all == 0 {
        Ok(())
    } else {
        Err(Errno::Invalid)
    }
}

/// No descriptor is a socket.
fn no_socket(fd: u32) -> Result<(), Errno> {
    with(|table| table.get(fd).map(drop))?;
    Err(Errno::NotSocket)
}
