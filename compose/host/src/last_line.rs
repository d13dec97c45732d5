//! Passes a component's output to standard error of this process and notes whether its last line is complete, so that
//! later messages of the tool begin on a line of their own.

use std::io::{Write, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi_io::bytes::Bytes;

/// Standard error of this process. Clones share the note about the last line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stderr {
    is_open: Arc<AtomicBool>,
}

impl Stderr {
    /// Whether the last line that a component wrote is incomplete.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// Writes bytes, as a component does.
    pub(crate) fn print(&self, bytes: &[u8]) {
        if let Some(last) = bytes.last() {
            self.is_open.store(*last != b'\n', Ordering::Relaxed);
        }
        // Nobody reads it if it cannot be written.
        drop(stderr().write_all(bytes));
    }
}

impl IsTerminal for Stderr {
    fn is_terminal(&self) -> bool {
        std::io::IsTerminal::is_terminal(&stderr())
    }
}

impl StdoutStream for Stderr {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(Watched {
            stream: stderr().p2_stream(),
            is_open: self.is_open.clone(),
        })
    }

    // Only WASI 0.3 calls this method.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        stderr().async_stream()
    }
}

/// A stream that notes whether the last byte written ends a line.
struct Watched {
    stream: Box<dyn OutputStream>,
    is_open: Arc<AtomicBool>,
}

impl OutputStream for Watched {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if let Some(last) = bytes.last() {
            self.is_open.store(*last != b'\n', Ordering::Relaxed);
        }
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.stream.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.stream.check_write()
    }
}

#[async_trait]
impl Pollable for Watched {
    async fn ready(&mut self) {
        self.stream.ready().await;
    }
}
