//! Passes a component's output to standard error of this process and notes whether its last line is complete, so that
//! later messages of the tool begin on a line of their own.

use std::io::{self, Write, stderr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

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
        Box::new(WatchedWriter {
            stream: Box::into_pin(stderr().async_stream()),
            is_open: self.is_open.clone(),
        })
    }
}

/// The same as [`Watched`] for WASI 0.3.
struct WatchedWriter {
    stream: Pin<Box<dyn AsyncWrite + Send + Sync>>,
    is_open: Arc<AtomicBool>,
}

impl AsyncWrite for WatchedWriter {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream.as_mut().poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = written
            && let Some(last) = bytes[..count].last()
        {
            self.is_open.store(*last != b'\n', Ordering::Relaxed);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(context)
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
