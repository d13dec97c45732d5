//! Standard output with a text in front of each line.

use interpose_adapter::{trap, with};

use super::{MAX_BYTES, Result};
use crate::bindings::exports::wasi::io::poll;
use crate::bindings::wasi::io::streams as host;
use crate::given::Given;
use crate::state::STATE;
use crate::stdio::{Output, Prefixed, Which};

/// A stream of the host with a text in front of each line.
///
/// The host permits a number of bytes at a time, and the texts come on top of what the guest writes. What exceeds the
/// permission stays in memory, and nothing is permitted to the guest until that is gone. What is written is prefixed
/// piece by piece, so that no more than about two [`MAX_BYTES`] are ever held, however much the texts are.
pub struct PrefixedWriter {
    stream: Given<host::OutputStream>,
    which: Which,
}

impl PrefixedWriter {
    /// Writes `stream`, which is the host's standard output or error.
    pub fn new(stream: Given<host::OutputStream>, which: Which) -> Self {
        Self { stream, which }
    }

    /// How many bytes the guest may write now.
    pub fn check_write(&self) -> Result<u64> {
        if self.forward()? {
            Ok(self.stream.check_write()?.min(self.piece() as u64))
        } else {
            Ok(0)
        }
    }

    /// Takes all of `bytes` and passes on what the host permits. More than could ever be permitted traps, as on
    /// Wasmtime's host.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        if bytes.len() as u64 > MAX_BYTES {
            trap!(more_was_written_than_check_write_permits);
        }
        for piece in bytes.chunks(self.piece()) {
            self.put(piece);
            // It only waits for a guest that did not ask, or that asked several streams.
            while !self.forward()? && self.is_full() {
                self.wait()?;
            }
        }
        Ok(())
    }

    /// As [`PrefixedWriter::write`].
    pub fn write_zeroes(&self, length: u64) -> Result<()> {
        if length > MAX_BYTES {
            trap!(more_zeroes_were_written_than_check_write_permits);
        }
        self.write(&vec![0; length as usize])
    }

    /// Writes all of `bytes` and flushes, for however long the host takes.
    pub fn blocking_write_and_flush(&self, bytes: &[u8]) -> Result<()> {
        for piece in bytes.chunks(self.piece()) {
            self.put(piece);
            while !self.forward()? {
                self.wait()?;
            }
        }
        self.blocking_flush()
    }

    /// Asks the host to flush once everything is passed on.
    pub fn flush(&self) -> Result<()> {
        self.shared(|shared| shared.flush = true);
        self.forward()?;
        Ok(())
    }

    /// Passes everything on and flushes, for however long the host takes.
    pub fn blocking_flush(&self) -> Result<()> {
        while !self.forward()? {
            self.wait()?;
        }
        self.wait()
    }

    /// Ready when the host is. The guest then asks `check-write`, which passes on what is left.
    pub fn subscribe(&self) -> poll::Pollable {
        self.stream.pollable(|stream| stream.subscribe())
    }

    /// Passes on what the host permits, and returns whether nothing is left. What is left when the host's stream fails
    /// is lost with it.
    fn forward(&self) -> Result<bool> {
        let (mut pending, flush) =
            self.shared(|shared| (std::mem::take(&mut shared.pending), shared.flush));
        while !pending.is_empty() {
            let next = pending.as_slices().0;
            let permitted = usize::try_from(self.stream.check_write()?)
                .unwrap_or(usize::MAX)
                .min(next.len());
            if permitted == 0 {
                self.shared(|shared| shared.pending = pending);
                return Ok(false);
            }
            self.stream.write(&next[..permitted])?;
            pending.drain(..permitted);
        }
        if flush {
            self.shared(|shared| shared.flush = false);
            self.stream.flush()?;
        }
        Ok(true)
    }

    /// Waits until the host's stream has taken what it was given, and takes more.
    fn wait(&self) -> Result<()> {
        Ok(self.stream.blocking_flush()?)
    }

    /// How many bytes of the guest can be put at once.
    fn piece(&self) -> usize {
        self.shared(|shared| shared.lines.most(MAX_BYTES as usize))
    }

    /// Whether so much is pending that nothing may come on top.
    fn is_full(&self) -> bool {
        self.shared(|shared| shared.pending.len() as u64 > MAX_BYTES)
    }

    fn put(&self, piece: &[u8]) {
        self.shared(|shared| shared.lines.apply(piece, &mut shared.pending));
    }

    fn shared<R>(&self, f: impl FnOnce(&mut Prefixed) -> R) -> R {
        with(&STATE, |kernel| match self.which.of(kernel) {
            Output::Prefixed(shared) => f(shared),
            Output::Host(_) | Output::Discard => {
                trap!(a_prefixed_stream_was_made_of_another_output)
            }
        })
    }
}
