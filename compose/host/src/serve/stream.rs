//! Connections of clients, and the detection of clients that hung up while nothing is read or written.

use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// The time without a byte from a client after which its system is asked whether it still has the connection, and the
/// time between two such questions.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// A connection with a client.
pub(super) struct Client {
    stream: TcpStream,
    /// The number of reads and writes that moved bytes.
    moves: AtomicU64,
}

impl Client {
    /// Takes an accepted connection. Options that the system refuses to set are skipped.
    pub(super) fn new(stream: TcpStream) -> Self {
        // A small answer should not wait for more bytes.
        let _ = stream.set_nodelay(true);
        // If a client's machine disappears, it sends nothing; only these probes notice.
        let keep_alive = TcpKeepalive::new()
            .with_time(KEEP_ALIVE)
            .with_interval(KEEP_ALIVE);
        let _ = SockRef::from(&stream).set_tcp_keepalive(&keep_alive);
        Self {
            stream,
            moves: AtomicU64::new(0),
        }
    }

    /// The connection for reading and writing.
    pub(super) fn io(&self) -> ClientIo<'_> {
        ClientIo(self)
    }

    /// Returns when the client has hung up: when the connection is broken, or when the client has shut down its sending
    /// side and no byte has moved for `limit` since. Such a client may still wait for its answer or may have closed the
    /// connection; TCP does not tell the difference until a byte is sent.
    pub(super) async fn hung_up(&self, limit: Duration) {
        let broken = async {
            if self.stream.ready(Interest::ERROR).await.is_err() {
                // The runtime ends, and all tasks with it.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = broken => {}
            () = self.sent_all_and_stands_still(limit) => {}
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    async fn sent_all_and_stands_still(&self, limit: Duration) {
        // Besides urgent data, which the server does not use, this event reports the end of the client's bytes. It does
        // not consume the readiness of unread bytes.
        if self.stream.ready(Interest::PRIORITY).await.is_err() {
            std::future::pending::<()>().await;
        }
        loop {
            let moved = self.moves.load(Ordering::Relaxed);
            sleep(limit).await;
            if self.moves.load(Ordering::Relaxed) == moved {
                return;
            }
        }
    }

    /// Other systems report this event like readable bytes, so only the limits of instances hold there.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    async fn sent_all_and_stands_still(&self, _: Duration) {
        std::future::pending::<()>().await;
    }

    fn moved(&self, length: usize) {
        if length > 0 {
            self.moves.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Reads and writes a connection that other tasks watch.
pub(super) struct ClientIo<'a>(&'a Client);

impl AsyncRead for ClientIo<'_> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.stream.poll_read_ready(context))?;
            match self.0.stream.try_read(buffer.initialize_unfilled()) {
                Ok(length) => {
                    buffer.advance(length);
                    self.0.moved(length);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl ClientIo<'_> {
    /// Calls a writing operation as soon as the connection takes bytes.
    fn poll_to_write(
        &self,
        context: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.stream.poll_write_ready(context))?;
            match write(&self.0.stream) {
                Ok(length) => {
                    self.0.moved(length);
                    return Poll::Ready(Ok(length));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for ClientIo<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_to_write(context, |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_to_write(context, |stream| stream.try_write_vectored(pieces))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(&self.0.stream).shutdown(Shutdown::Write))
    }
}
