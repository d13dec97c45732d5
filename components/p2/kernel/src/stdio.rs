//! `wasi:cli/{stdin,stdout,stderr}`.

use std::collections::VecDeque;
use std::rc::Rc;

use interpose_adapter::with;
use interpose_config::{Stdin, Stdout, Terminal};
use interpose_stdio::LinePrefix;

use crate::Adapter;
use crate::bindings::exports::wasi::cli::{stderr, stdin, stdout};
use crate::bindings::exports::wasi::io::streams;
use crate::bindings::wasi::cli as host;
use crate::given::Given;
use crate::state::{Kernel, STATE};
use crate::streams::{InputStream, OutputStream, PrefixedWriter};

/// Standard input.
pub enum Input {
    /// The host's.
    Host(Terminal),
    /// At its end from the start.
    Closed,
    /// These bytes. All streams of it share one position, as those of a host do.
    Bytes {
        /// What there is to read.
        bytes: Box<[u8]>,
        /// How much of it was read.
        position: usize,
    },
}

impl Input {
    /// The input that the policy says.
    pub fn new(config: Stdin<'_>) -> Self {
        match config {
            Stdin::Host(terminal) => Self::Host(terminal),
            Stdin::Closed => Self::Closed,
            Stdin::Bytes(bytes) => Self::Bytes {
                bytes: bytes.into(),
                position: 0,
            },
        }
    }

    /// Whose answer `get-terminal-stdin` gives: what is not the host's is no terminal.
    pub fn terminal(&self) -> Terminal {
        match self {
            Self::Host(terminal) => *terminal,
            Self::Closed | Self::Bytes { .. } => Terminal::Never,
        }
    }

    /// Takes at most `length` of the bytes that are left; none for an input of another kind.
    pub fn take(&mut self, length: u64) -> &[u8] {
        let Self::Bytes { bytes, position } = self else {
            return &[];
        };
        let left = &bytes[*position..];
        let taken = &left[..left
            .len()
            .min(usize::try_from(length).unwrap_or(usize::MAX))];
        *position += taken.len();
        taken
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
        Input::Bytes { .. } => Some(InputStream::Stdin),
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
