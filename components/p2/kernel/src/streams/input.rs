//! `input-stream`.

#[cfg(feature = "responses")]
use std::rc::Rc;

#[cfg(feature = "p3")]
use interpose_adapter::with;
use interpose_settings::Reason;
use interpose_stdio::Denied;

use super::file::FileReader;
use super::limits::MAX_BYTES;
use super::stdin;
use crate::bindings::exports::wasi::io::poll;
use crate::bindings::exports::wasi::io::streams::{GuestInputStream, StreamError};
use crate::bindings::wasi::io::streams as host;
use crate::bindings::wasi::random::random;
use crate::error::{Result, refusal};
use crate::host_resource::HostResource;
use crate::poll::Pollable;
#[cfg(feature = "p3")]
use crate::state::STATE;

/// An input stream.
pub enum InputStream {
    /// A stream of the host.
    Host(HostResource<host::InputStream>),
    /// A file in memory.
    File(FileReader),
    /// The body of an answer of the kernel's own.
    #[cfg(feature = "responses")]
    Answer(Rc<interpose_http::Download>),
    /// Standard input that is kept: the bytes in the policy, or all bytes of the host's standard input.
    Stdin,
    /// A stream without bytes.
    Closed,
    /// Standard input that must not be read.
    Denied(Denied),
    /// A stream of zeroes without end.
    Zeroes,
    /// A stream of random bytes without end.
    Random,
}

impl GuestInputStream for InputStream {
    fn read(&self, len: u64) -> Result<Vec<u8>> {
        let capped = len.min(MAX_BYTES);
        match self {
            Self::Host(stream) => Ok(stream.read(len)?),
            Self::File(file) => file.read(len),
            #[cfg(feature = "responses")]
            Self::Answer(body) => body.read(capped).ok_or(StreamError::Closed),
            Self::Stdin => stdin::read(capped),
            Self::Closed => Err(StreamError::Closed),
            Self::Denied(denied) => Err(refusal(denied, Reason::Stdin)),
            Self::Zeroes => Ok(vec![0; capped as usize]),
            Self::Random => Ok(random_bytes(capped)),
        }
    }

    fn blocking_read(&self, len: u64) -> Result<Vec<u8>> {
        match self {
            Self::Host(stream) => Ok(stream.blocking_read(len)?),
            _ => self.read(len),
        }
    }

    fn skip(&self, len: u64) -> Result<u64> {
        match self {
            Self::Host(stream) => Ok(stream.skip(len)?),
            Self::File(file) => file.skip(len),
            #[cfg(feature = "responses")]
            Self::Answer(body) => body.skip(len).ok_or(StreamError::Closed),
            Self::Zeroes => Ok(len),
            Self::Stdin | Self::Closed | Self::Denied(_) | Self::Random => {
                Ok(self.read(len)?.len() as u64)
            }
        }
    }

    fn blocking_skip(&self, len: u64) -> Result<u64> {
        match self {
            Self::Host(stream) => Ok(stream.blocking_skip(len)?),
            _ => self.skip(len),
        }
    }

    fn subscribe(&self) -> poll::Pollable {
        match self {
            Self::Host(stream) => stream.pollable(|stream| stream.subscribe()),
            _ => Pollable::Ready.into(),
        }
    }
}

/// Random bytes of the host.
fn random_bytes(length: u64) -> Vec<u8> {
    #[cfg(feature = "p3")]
    if with(&STATE, |kernel| kernel.random_p3) {
        return crate::p3::random_bytes(length);
    }
    random::get_random_bytes(length)
}
