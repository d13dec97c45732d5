//! Sockets: those that listen, which the policy hands over, and the connections that they accept.

use std::cell::RefCell;
use std::mem;

use interpose_adapter::trap;
use interpose_preview1::{Errno, FdFlags, FdStat, FileType, Memory, Rights, Scope, Span};

use crate::bindings::wasi::clocks::monotonic_clock::subscribe_duration;
use crate::bindings::wasi::io::poll::poll;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream, StreamError};
use crate::bindings::wasi::sockets::instance_network::instance_network;
use crate::bindings::wasi::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};
use crate::bindings::wasi::sockets::tcp::{ShutdownType, TcpSocket};
use crate::bindings::wasi::sockets::tcp_create_socket::create_tcp_socket;
use crate::poll::Wait;
use crate::program::Program;
use crate::read::PART;
use crate::stdio::write_all;

/// A socket of TCP.
pub struct Socket {
    /// The streams of a connection, which are dropped before the socket; a socket that listens has none.
    streams: Option<Streams>,
    socket: TcpSocket,
    nonblocking: bool,
    /// How many calls in a row would have had to wait.
    refused: u32,
}

struct Streams {
    input: InputStream,
    output: OutputStream,
    /// What was looked at and not read yet.
    peeked: Vec<u8>,
    /// Whether receiving failed after what is in `peeked`.
    failed: bool,
}

thread_local! {
    /// The addresses of the policy, until the sockets are opened.
    static ADDRESSES: RefCell<Vec<IpSocketAddress>> = const { RefCell::new(Vec::new()) };
}

// The generated module calls these before the program runs.
#[allow(unsafe_code)]
mod exports {
    use super::{ADDRESSES, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress};

    /// Adds an IPv4 address, whose first byte is the highest one of the number.
    #[unsafe(no_mangle)]
    extern "C" fn listen4(address: u32, port: u32) {
        let [a, b, c, d] = address.to_be_bytes();
        add(IpSocketAddress::Ipv4(Ipv4SocketAddress {
            port: port as u16,
            address: (a, b, c, d),
        }));
    }

    /// Adds an IPv6 address.
    #[unsafe(no_mangle)]
    extern "C" fn listen6(high: u64, low: u64, port: u32) {
        let part = |number: u64, place: u32| (number >> (48 - 16 * place)) as u16;
        let [a, b, c, d] = [0, 1, 2, 3].map(|place| part(high, place));
        let [e, f, g, h] = [0, 1, 2, 3].map(|place| part(low, place));
        add(IpSocketAddress::Ipv6(Ipv6SocketAddress {
            port: port as u16,
            flow_info: 0,
            address: (a, b, c, d, e, f, g, h),
            scope_id: 0,
        }));
    }

    fn add(address: IpSocketAddress) {
        ADDRESSES.with_borrow_mut(|addresses| addresses.push(address));
    }
}

/// The listening sockets of the policy, opened now. The program was promised them, so it cannot go on without one.
pub fn preopened() -> Vec<Socket> {
    let addresses = ADDRESSES.with_borrow_mut(mem::take);
    let sockets = addresses.into_iter().map(listen);
    sockets
        .map(|socket| match socket {
            Ok(socket) => socket,
            Err(ErrorCode::AccessDenied) => trap!(the_host_denies_a_preopened_socket_its_address),
            Err(ErrorCode::AddressInUse) => trap!(the_address_of_a_preopened_socket_is_in_use),
            Err(_) => trap!(a_preopened_socket_cannot_be_opened),
        })
        .collect()
}

fn listen(address: IpSocketAddress) -> Result<Socket, ErrorCode> {
    let family = match address {
        IpSocketAddress::Ipv4(_) => IpAddressFamily::Ipv4,
        IpSocketAddress::Ipv6(_) => IpAddressFamily::Ipv6,
    };
    let socket = create_tcp_socket(family)?;
    socket.start_bind(&instance_network(), address)?;
    finish(&socket, TcpSocket::finish_bind)?;
    socket.start_listen()?;
    finish(&socket, TcpSocket::finish_listen)?;
    Ok(Socket {
        streams: None,
        socket,
        nonblocking: false,
        refused: 0,
    })
}

/// Waits until an operation is done.
fn finish<T>(
    socket: &TcpSocket,
    operation: fn(&TcpSocket) -> Result<T, ErrorCode>,
) -> Result<T, ErrorCode> {
    loop {
        match operation(socket) {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            other => return other,
        }
    }
}

impl Socket {
    fn streams(&mut self) -> Result<&mut Streams, Errno> {
        self.streams.as_mut().ok_or(Errno::NotConnected)
    }

    /// Comes before a call that does not wait. A program that tries again and again would never see anything on a host
    /// that looks at its sockets only while it waits, so after some refusals in a row this waits for a moment.
    fn look(&mut self, writing: bool) -> Result<(), Errno> {
        const REFUSALS: u32 = 16;
        const MOMENT: u64 = 1_000_000;
        self.refused = self.refused.saturating_add(1);
        if self.refused > REFUSALS
            && let Wait::Pollable(pollable) = self.wait(writing)?
        {
            poll(&[&pollable, &subscribe_duration(MOMENT)]);
        }
        Ok(())
    }

    /// Receives into a span: what is there, or all that fits. What is looked at stays, and is at most [`PART`] bytes.
    pub fn read(&mut self, span: Span, peek: bool, all: bool) -> Result<u32, Errno> {
        if peek || !all {
            return self.read_part(span, peek, all);
        }
        let mut done = 0;
        loop {
            let part = Span {
                at: span.at + done,
                length: (span.length - done).min(PART),
            };
            let count = match self.read_part(part, false, true) {
                Ok(count) => count,
                Err(_) if done > 0 => return Ok(done),
                Err(error) => return Err(error),
            };
            done += count;
            if done == span.length || count < part.length {
                return Ok(done);
            }
        }
    }

    fn read_part(&mut self, span: Span, peek: bool, all: bool) -> Result<u32, Errno> {
        let nonblocking = self.nonblocking;
        if nonblocking && self.streams()?.peeked.is_empty() {
            self.look(false)?;
        }
        let streams = self.streams()?;
        let wanted = span.length.min(PART) as usize;
        let least = if all { wanted } else { wanted.min(1) };
        if streams.peeked.is_empty() && mem::take(&mut streams.failed) {
            return Err(Errno::ConnectionReset);
        }
        // Whoever looks again wants to see more than before.
        if peek
            && !streams.peeked.is_empty()
            && streams.peeked.len() < wanted
            && let Ok(bytes) = streams.input.read((wanted - streams.peeked.len()) as u64)
        {
            streams.peeked.extend(bytes);
        }
        while streams.peeked.len() < least {
            let room = (wanted - streams.peeked.len()) as u64;
            let read = if nonblocking {
                streams.input.read(room)
            } else {
                streams.input.blocking_read(room)
            };
            match read {
                Ok(bytes) if bytes.is_empty() && nonblocking => {
                    if streams.peeked.is_empty() {
                        return Err(Errno::Again);
                    }
                    break;
                }
                Ok(bytes) => streams.peeked.extend(bytes),
                Err(StreamError::Closed) => break,
                Err(StreamError::LastOperationFailed(_)) if !streams.peeked.is_empty() => {
                    // What came before counts; the next call meets the error.
                    streams.failed = true;
                    break;
                }
                Err(StreamError::LastOperationFailed(_)) => return Err(Errno::ConnectionReset),
            }
        }
        let count = wanted.min(streams.peeked.len());
        Program.store(span.at, streams.peeked.get(..count).unwrap_or_default())?;
        if !peek {
            streams.peeked.drain(..count);
        }
        self.refused = 0;
        Ok(count as u32)
    }

    /// Sends a span, or as much of it as there is room for if the socket does not wait.
    pub fn write(&mut self, span: Span) -> Result<u32, Errno> {
        let nonblocking = self.nonblocking;
        if span.length == 0 {
            // A host may trap if nothing is written while it still sends.
            return self.streams().map(|_| 0);
        }
        if nonblocking {
            self.look(true)?;
        }
        let output = &self.streams()?.output;
        let mut length = span.length.min(PART);
        if nonblocking {
            let room = output.check_write().map_err(sending)?;
            if room == 0 {
                return Err(Errno::Again);
            }
            length = u32::try_from(room).unwrap_or(u32::MAX).min(length);
            let bytes = Program.copy(span.at, length)?;
            output.write(&bytes).map_err(sending)?;
            output.flush().map_err(sending)?;
        } else {
            let bytes = Program.copy(span.at, length)?;
            write_all(output, &bytes).map_err(|_| Errno::Pipe)?;
        }
        self.refused = 0;
        Ok(length)
    }

    /// Accepts a connection.
    pub fn accept(&mut self, flags: FdFlags) -> Result<Self, Errno> {
        if self.streams.is_some() || !FdFlags::NONBLOCK.contains(flags) {
            return Err(Errno::Invalid);
        }
        let (socket, input, output) = if self.nonblocking {
            self.look(false)?;
            self.socket.accept()?
        } else {
            finish(&self.socket, TcpSocket::accept)?
        };
        self.refused = 0;
        Ok(Self {
            streams: Some(Streams {
                input,
                output,
                peeked: Vec::new(),
                failed: false,
            }),
            socket,
            nonblocking: flags.contains(FdFlags::NONBLOCK),
            refused: 0,
        })
    }

    /// Ends one direction of a connection, or both.
    pub fn shutdown(&mut self, receive: bool, send: bool) -> Result<(), Errno> {
        self.streams()?;
        let how = match (receive, send) {
            (true, true) => ShutdownType::Both,
            (true, false) => ShutdownType::Receive,
            (false, true) => ShutdownType::Send,
            (false, false) => return Err(Errno::Invalid),
        };
        Ok(self.socket.shutdown(how)?)
    }

    /// Whether it waits is all that can change.
    pub fn set_flags(&mut self, flags: FdFlags) -> Result<(), Errno> {
        if !FdFlags::NONBLOCK.contains(flags) {
            return Err(Errno::Invalid);
        }
        self.nonblocking = flags.contains(FdFlags::NONBLOCK);
        Ok(())
    }

    /// What the descriptor is.
    pub fn fd_stat(&self) -> FdStat {
        let rights = Rights::FD_READ
            .with(Rights::FD_WRITE)
            .with(Rights::FD_FDSTAT_SET_FLAGS)
            .with(Rights::FD_FILESTAT_GET)
            .with(Rights::POLL_FD_READWRITE)
            .with(Rights::SOCK_SHUTDOWN)
            .with(Rights::SOCK_ACCEPT);
        FdStat {
            file_type: FileType::SocketStream,
            flags: FdFlags::default().with(FdFlags::NONBLOCK, self.nonblocking),
            scope: Scope {
                base: rights,
                inheriting: rights,
            },
        }
    }

    /// Waits until something can be accepted, received or sent.
    pub fn wait(&self, writing: bool) -> Result<Wait, Errno> {
        let pollable = match &self.streams {
            None if writing => return Err(Errno::NotConnected),
            None => self.socket.subscribe(),
            Some(streams) if writing => streams.output.subscribe(),
            Some(streams) if !streams.peeked.is_empty() => return Ok(Wait::File(1)),
            Some(streams) => streams.input.subscribe(),
        };
        Ok(Wait::Pollable(pollable))
    }
}

/// Why nothing could be sent.
fn sending(_error: StreamError) -> Errno {
    Errno::Pipe
}

impl From<ErrorCode> for Errno {
    fn from(code: ErrorCode) -> Self {
        match code {
            ErrorCode::Unknown
            | ErrorCode::NameUnresolvable
            | ErrorCode::TemporaryResolverFailure
            | ErrorCode::PermanentResolverFailure => Self::Io,
            ErrorCode::AccessDenied => Self::Access,
            ErrorCode::NotSupported => Self::NotSupported,
            ErrorCode::InvalidArgument | ErrorCode::NotInProgress | ErrorCode::InvalidState => {
                Self::Invalid
            }
            ErrorCode::OutOfMemory => Self::NoMemory,
            ErrorCode::Timeout => Self::TimedOut,
            ErrorCode::ConcurrencyConflict => Self::Already,
            ErrorCode::WouldBlock => Self::Again,
            ErrorCode::NewSocketLimit => Self::TooManyDescriptors,
            ErrorCode::AddressNotBindable => Self::AddressNotAvailable,
            ErrorCode::AddressInUse => Self::AddressInUse,
            ErrorCode::RemoteUnreachable => Self::HostUnreachable,
            ErrorCode::ConnectionRefused => Self::ConnectionRefused,
            ErrorCode::ConnectionReset => Self::ConnectionReset,
            ErrorCode::ConnectionAborted => Self::ConnectionAborted,
            ErrorCode::DatagramTooLarge => Self::MessageSize,
        }
    }
}
