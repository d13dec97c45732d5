//! `wasi:cli/{stdin,stdout,stderr}`.

use std::collections::VecDeque;
use std::rc::Rc;

use interpose_adapter::with;
use interpose_config::{Stdin, Stdout, Terminal};
use interpose_stdio::LinePrefix;

use crate::Adapter;
use crate::bindings::exports::wasi::cli::{stderr, stdin, stdout};
use crate::bindings::exports::wasi::filesystem::types::ErrorCode;
use crate::bindings::exports::wasi::io::streams::{self, StreamError};
use crate::bindings::wasi::cli as host;
use crate::bindings::wasi::io::streams::StreamError as HostStreamError;
use crate::given::Given;
use crate::state::{Kernel, STATE};
use crate::streams::{InputStream, MAX_BYTES, OutputStream, PrefixedWriter, Result};

/// Standard input.
pub enum Input {
    /// The host's.
    Host(Terminal),
    /// At its end from the start.
    Closed,
    /// The host's, of which nothing has been read yet. The first read takes all of it, and makes it the next: how it
    /// comes in pieces, and how long that takes, does not show.
    Whole,
    /// These bytes. All streams of it share one position, as those of a host do.
    Bytes {
        /// What there is to read.
        bytes: Box<[u8]>,
        /// How much of it was read.
        position: usize,
        /// What comes behind the bytes instead of the end, once.
        failure: Option<StreamError>,
    },
}

impl Input {
    /// The input that the policy says.
    pub fn new(config: Stdin<'_>) -> Self {
        match config {
            Stdin::Host(terminal) => Self::Host(terminal),
            Stdin::Closed => Self::Closed,
            Stdin::Whole => Self::Whole,
            Stdin::Bytes(bytes) => Self::Bytes {
                bytes: bytes.into(),
                position: 0,
                failure: None,
            },
        }
    }

    /// Whose answer `get-terminal-stdin` gives: what is not the host's is no terminal.
    pub fn terminal(&self) -> Terminal {
        match self {
            Self::Host(terminal) => *terminal,
            Self::Closed | Self::Whole | Self::Bytes { .. } => Terminal::Never,
        }
    }

    /// Takes at most `length` of the bytes that are left.
    ///
    /// # Errors
    /// Behind the last byte, what comes there; for an input of another kind, the end.
    fn take(&mut self, length: u64) -> Result<Vec<u8>> {
        let Self::Bytes {
            bytes,
            position,
            failure,
        } = self
        else {
            return Err(StreamError::Closed);
        };
        let left = &bytes[*position..];
        if left.is_empty() && length > 0 {
            return Err(failure.take().unwrap_or(StreamError::Closed));
        }
        let taken = left
            .len()
            .min(usize::try_from(length).unwrap_or(usize::MAX));
        *position += taken;
        Ok(left[..taken].to_vec())
    }
}

/// The most that is read of a standard input that the application gets as a whole, as it has to be kept: 1 GiB, a quarter
/// of what the kernel can have.
const MAX_INPUT: usize = 1 << 30;

/// Reads at most `length` bytes of a standard input that is kept.
///
/// # Errors
/// At its end, and when the host's could not be read or is too long to be kept.
pub fn read_kept(length: u64) -> Result<Vec<u8>> {
    if with(&STATE, |kernel| matches!(kernel.stdin, Input::Whole)) {
        let (bytes, failure) = whole_of_host();
        with(&STATE, |kernel| {
            kernel.stdin = Input::Bytes {
                bytes: bytes.into(),
                position: 0,
                failure,
            };
        });
    }
    with(&STATE, |kernel| kernel.stdin.take(length))
}

/// All that the host's standard input has, and what its end is if it is not that.
fn whole_of_host() -> (Vec<u8>, Option<StreamError>) {
    let stream = host::stdin::get_stdin();
    let mut all = Vec::new();
    loop {
        match stream.blocking_read(MAX_BYTES) {
            Ok(bytes) if all.len() + bytes.len() > MAX_INPUT => {
                return (all, Some(ErrorCode::InsufficientMemory.into()));
            }
            Ok(bytes) => all.extend(bytes),
            Err(HostStreamError::Closed) => return (all, None),
            Err(error) => return (all, Some(error.into())),
        }
    }
}

/// Standard output or error.
pub enum Output {
    /// The host's.
    Host(Terminal),
    /// Everything vanishes.
    Discard,
    /// The host's, with a text in front of each line.
    Prefixed(Prefixed),
}

/// An output with a text in front of each line. All streams of it share this, so that their lines stay whole.
pub struct Prefixed {
    /// Knows where lines begin.
    pub lines: LinePrefix,
    /// What the host has not accepted yet: a host permits a number of bytes at a time, and the text adds some that the
    /// guest was not told of.
    pub pending: VecDeque<u8>,
    /// Whether the host shall flush as soon as nothing is pending.
    pub flush: bool,
}

impl Output {
    /// The output that the policy says.
    pub fn new(config: Stdout<'_>) -> Self {
        match config {
            Stdout::Host(terminal) => Self::Host(terminal),
            Stdout::Discard => Self::Discard,
            Stdout::Prefix(text) => Self::Prefixed(Prefixed {
                lines: LinePrefix::new(text),
                pending: VecDeque::new(),
                flush: false,
            }),
        }
    }

    /// Whose answer `get-terminal-stdout` gives: what is not simply the host's is no terminal.
    pub fn terminal(&self) -> Terminal {
        match self {
            Self::Host(terminal) => *terminal,
            Self::Discard | Self::Prefixed(_) => Terminal::Never,
        }
    }
}

/// Standard output or standard error.
#[derive(Clone, Copy)]
pub enum Which {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Which {
    /// Its state.
    pub fn of(self, kernel: &mut Kernel) -> &mut Output {
        match self {
            Self::Stdout => &mut kernel.stdout,
            Self::Stderr => &mut kernel.stderr,
        }
    }
}

/// A new stream of standard input.
pub fn input() -> InputStream {
    let own = with(&STATE, |kernel| match kernel.stdin {
        Input::Host(_) => None,
        Input::Closed => Some(InputStream::Closed),
        Input::Whole | Input::Bytes { .. } => Some(InputStream::Stdin),
    });
    own.unwrap_or_else(|| InputStream::Host(Given::new(host::stdin::get_stdin())))
}

/// A new stream of standard output or error.
pub fn output(which: Which) -> OutputStream {
    let of_host = || {
        Given::new(match which {
            Which::Stdout => host::stdout::get_stdout(),
            Which::Stderr => host::stderr::get_stderr(),
        })
    };
    enum Kind {
        Host,
        Discard,
        Prefixed,
    }
    let kind = with(&STATE, |kernel| match which.of(kernel) {
        Output::Host(_) => Kind::Host,
        Output::Discard => Kind::Discard,
        Output::Prefixed(_) => Kind::Prefixed,
    });
    match kind {
        Kind::Host => OutputStream::Host(of_host()),
        Kind::Discard => OutputStream::Discard(Rc::default()),
        Kind::Prefixed => OutputStream::Prefixed(PrefixedWriter::new(of_host(), which)),
    }
}

impl stdin::Guest for Adapter {
    fn get_stdin() -> streams::InputStream {
        streams::InputStream::new(input())
    }
}

impl stdout::Guest for Adapter {
    fn get_stdout() -> streams::OutputStream {
        streams::OutputStream::new(output(Which::Stdout))
    }
}

impl stderr::Guest for Adapter {
    fn get_stderr() -> streams::OutputStream {
        streams::OutputStream::new(output(Which::Stderr))
    }
}
