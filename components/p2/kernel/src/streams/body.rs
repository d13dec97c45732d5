//! The stream of a body that a guest writes for a message of the kernel's own.
//!
//! Nobody gets the bytes of a request that the kernel answers itself. Whether it does is known only when the request is
//! handed over, and a guest may write before. So the bytes are kept until then, if they may have to be sent.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use interpose_http::{Kept, Room, Upload};

use super::in_pieces::{blocking_write, blocking_write_zeroes};
use super::limits::MAX_BYTES;
use crate::bindings::exports::wasi::io::poll;
use crate::bindings::exports::wasi::io::streams::StreamError;
use crate::bindings::wasi::io::streams as host;
use crate::error::Result;
use crate::host_resource::HostResource;
use crate::poll::Pollable;

/// A body, as its stream and its message share it.
pub struct Body {
    upload: Upload,
    destination: RefCell<Destination>,
    is_written: Cell<bool>,
}

/// Where the bytes of a body go.
enum Destination {
    /// Nowhere.
    Nobody,
    /// They are kept.
    Kept(Kept),
    /// To a stream of the host.
    Host(HostResource<host::OutputStream>),
    /// The body is at its end.
    End,
}

impl Body {
    /// A body of which `content-length` says that it has `expected` bytes. With a room its bytes are kept.
    pub fn new(expected: Option<u64>, room: Option<&Room>) -> Self {
        Self {
            upload: Upload::new(expected),
            destination: RefCell::new(match room {
                Some(room) => Destination::Kept(Kept::new(room)),
                None => Destination::Nobody,
            }),
            is_written: Cell::new(false),
        }
    }

    /// How many bytes were written, and whether the body was given up.
    pub fn upload(&self) -> &Upload {
        &self.upload
    }

    /// Whether a stream of the body exists.
    pub fn is_written(&self) -> bool {
        self.is_written.get()
    }

    /// Lets the bytes vanish.
    pub fn discard(&self) {
        self.exchange(Destination::Nobody);
    }

    /// Sends all further bytes to a stream of the host, behind those that were kept.
    pub fn send(&self, stream: HostResource<host::OutputStream>) {
        let kept = self.exchange(Destination::Host(stream.clone()));
        if let Destination::Kept(kept) = kept {
            // A stream that fails here fails again when the guest uses it.
            let mut pieces = kept.into_pieces();
            let _ = pieces.try_for_each(|piece| blocking_write(&stream, &piece));
        }
    }

    /// Ends the body. Its stream of the host is dropped.
    pub fn end(&self) {
        self.exchange(Destination::End);
    }

    fn exchange(&self, next: Destination) -> Destination {
        self.destination.replace(next)
    }

    /// The stream of the host, if the bytes go to it.
    fn host(&self) -> Option<HostResource<host::OutputStream>> {
        match &*self.destination.borrow() {
            Destination::Host(stream) => Some(stream.clone()),
            _ => None,
        }
    }

    /// Takes bytes that do not go to the host. Where there is no room for them, none of them is taken.
    fn take(&self, count: u64, keep: impl FnOnce(&mut Kept) -> bool) -> Result<()> {
        match &mut *self.destination.borrow_mut() {
            Destination::Kept(kept) => {
                if !keep(kept) {
                    return Err(StreamError::Closed);
                }
            }
            Destination::Nobody => {}
            Destination::Host(_) | Destination::End => return Err(StreamError::Closed),
        }
        self.upload.add(count);
        Ok(())
    }
}

/// The stream of a body.
pub struct BodyWriter(Rc<Body>);

impl Drop for BodyWriter {
    fn drop(&mut self) {
        self.0.is_written.set(false);
    }
}

impl BodyWriter {
    /// The stream of a body, which has one.
    pub fn new(body: &Rc<Body>) -> Self {
        body.is_written.set(true);
        Self(body.clone())
    }

    /// How many bytes the guest may write now. Where no room is left for bytes that must be kept, the stream is closed.
    pub fn check_write(&self) -> Result<u64> {
        if let Some(stream) = self.0.host() {
            return Ok(stream.check_write()?);
        }
        match &*self.0.destination.borrow() {
            Destination::Kept(kept) => match kept.left() as u64 {
                0 => Err(StreamError::Closed),
                left => Ok(left.min(MAX_BYTES)),
            },
            Destination::Nobody => Ok(MAX_BYTES),
            Destination::Host(_) | Destination::End => Err(StreamError::Closed),
        }
    }

    /// Writes all of `bytes`.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        let count = bytes.len() as u64;
        let Some(stream) = self.0.host() else {
            return self.0.take(count, |kept| kept.add(bytes));
        };
        stream.write(bytes)?;
        self.0.upload.add(count);
        Ok(())
    }

    /// Writes all of `bytes` and flushes, for however long the host takes.
    pub fn blocking_write_and_flush(&self, bytes: &[u8]) -> Result<()> {
        let Some(stream) = self.0.host() else {
            return self.write(bytes);
        };
        blocking_write(&stream, bytes)?;
        self.0.upload.add(bytes.len() as u64);
        Ok(())
    }

    /// Writes `length` zeroes.
    pub fn write_zeroes(&self, length: u64) -> Result<()> {
        let Some(stream) = self.0.host() else {
            return self.0.take(length, |kept| kept.add_zeroes(length));
        };
        stream.write_zeroes(length)?;
        self.0.upload.add(length);
        Ok(())
    }

    /// Writes `length` zeroes and flushes, for however long the host takes.
    pub fn blocking_write_zeroes_and_flush(&self, length: u64) -> Result<()> {
        let Some(stream) = self.0.host() else {
            return self.write_zeroes(length);
        };
        blocking_write_zeroes(&stream, length)?;
        self.0.upload.add(length);
        Ok(())
    }

    /// Asks the host to flush.
    pub fn flush(&self) -> Result<()> {
        match self.0.host() {
            Some(stream) => Ok(stream.flush()?),
            None => self.check_write().map(|_| ()),
        }
    }

    /// Flushes, for however long the host takes.
    pub fn blocking_flush(&self) -> Result<()> {
        match self.0.host() {
            Some(stream) => Ok(stream.blocking_flush()?),
            None => self.flush(),
        }
    }

    /// A pollable that is ready when the guest may write.
    pub fn subscribe(&self) -> poll::Pollable {
        match self.0.host() {
            Some(stream) => stream.pollable(|stream| stream.subscribe()),
            None => Pollable::Ready.into(),
        }
    }
}
