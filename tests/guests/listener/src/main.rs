//! A server for preview 1: it accepts connections of a socket that it is given, and says what it was sent.
//!
//! Arguments: the number of the descriptor, and one word for each connection: `echo` answers with what it receives until
//! the peer ends, `peek` looks at what it receives before, `poll` waits without blocking, `flood` sends until there is no room.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd};
use std::{env, io};

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let number = arguments.next().and_then(|number| number.parse().ok());
    // SAFETY: the descriptor is a socket that listens, or every call on it fails.
    let listener = unsafe { TcpListener::from_raw_fd(number.expect("the number of a descriptor")) };
    for word in arguments {
        let (mut stream, _) = listener.accept()?;
        match word.as_str() {
            "echo" => echo(&mut stream)?,
            "peek" => {
                peek(&stream);
                echo(&mut stream)?;
            }
            "poll" => poll(&listener, &mut stream)?,
            "flood" => flood(&mut stream)?,
            other => panic!("what is {other}?"),
        }
    }
    Ok(())
}

/// An `iovec`.
#[repr(C)]
struct Vector {
    at: *mut u8,
    length: usize,
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    /// See `sock_recv` of preview 1; std cannot look at what is received without taking it.
    fn sock_recv(
        fd: i32,
        list: *const Vector,
        count: usize,
        flags: i32,
        size: *mut usize,
        out: *mut u16,
    ) -> i32;
}

/// Looks at the first bytes: waits for four of them (`recv_peek` and `recv_waitall`), and then for six.
fn peek(stream: &TcpStream) {
    for count in [4, 6] {
        let (mut first, mut size, mut out) = (vec![0; count], 0, 7);
        let list = [Vector {
            at: first.as_mut_ptr(),
            length: first.len(),
        }];
        // SAFETY: all pointers are of this function, for as long as the call takes.
        let errno =
            unsafe { sock_recv(stream.as_raw_fd(), list.as_ptr(), 1, 3, &mut size, &mut out) };
        let first = String::from_utf8_lossy(&first[..size]).into_owned();
        println!("peeked {first:?}, errno {errno}, flags {out}");
    }
}

/// Sends as much as there is room for, and then nothing, while the host still sends.
fn flood(stream: &mut TcpStream) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    let mut sent = 0;
    loop {
        match stream.write(&[b'x'; 65536]) {
            Ok(count) => sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    println!("sent: {}, nothing: {:?}", sent > 0, stream.write(&[]));
    Ok(())
}

fn echo(stream: &mut TcpStream) -> io::Result<()> {
    let mut received = Vec::new();
    stream.read_to_end(&mut received)?;
    println!("received {} bytes", received.len());
    stream.write_all(&received)?;
    stream.shutdown(Shutdown::Both)
}

/// Reads without waiting until there is something, and shows that nothing else is to be accepted.
fn poll(listener: &TcpListener, stream: &mut TcpStream) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    println!(
        "another: {:?}",
        listener.accept().err().map(|error| error.kind())
    );
    listener.set_nonblocking(false)?;
    stream.set_nonblocking(true)?;
    let mut room = [0; 64];
    let mut waited = false;
    let count = loop {
        match stream.read(&mut room) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => waited = true,
            other => break other?,
        }
    };
    println!(
        "waited: {waited}, received {:?}",
        String::from_utf8_lossy(&room[..count])
    );
    stream.set_nonblocking(false)?;
    stream.write_all(b"done")
}
