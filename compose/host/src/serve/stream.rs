//! Connections of clients, and how one that hung up is noticed while nothing is read or written.

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

/// How long nothing may come from a client before its system is asked whether it still knows of the connection, and how
/// long between two such questions.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// A connection with a client.
pub(super) struct Client {
    stream: TcpStream,
    /// Reads and writes that moved bytes.
    moves: AtomicU64,
}

impl Client {
    /// Takes a connection that was accepted. What the system refuses to set for it is left as it is.
    pub(super) fn new(stream: TcpStream) -> Self {
        // Small answers should not wait for more.
        let _ = stream.set_nodelay(true);
        // A client whose machine is gone says nothing; only this finds it.
        let keep_alive = TcpKeepalive::new()
            .with_time(KEEP_ALIVE)
            .with_interval(KEEP_ALIVE);
        let _ = SockRef::from(&stream).set_tcp_keepalive(&keep_alive);
        Self {
            stream,
            moves: AtomicU64::new(0),
        }
    }

    /// The connection to be read and written.
    pub(super) fn io(&self) -> ClientIo<'_> {
        ClientIo(self)
    }

    /// Ends when the client has hung up: when the connection is broken; or when the client has said that it sends no
    /// more, and nothing has moved for `limit` since. It may wait for its answer then, or may have closed the connection:
    /// TCP says the same of both, until something is sent to it.
    pub(super) async fn hung_up(&self, limit: Duration) {
        let broken = async {
            if self.stream.ready(Interest::ERROR).await.is_err() {
                // The runtime ends, and everything with it.
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
        // Besides urgent data, which is not asked for, this tells of an end of what is read and leaves what can be read
        // to others.
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

    /// Elsewhere the system does not tell it apart from bytes that can be read: the limits of instances hold alone.
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

/// Reads and writes a connection that others watch meanwhile.
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
    /// Does what writes as soon as something can be written.
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
