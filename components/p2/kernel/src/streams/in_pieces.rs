//! Writes to streams of the host in pieces that are as long as a host accepts them.

use super::limits::MAX_BLOCKING_BYTES;
use crate::bindings::wasi::io::streams as host;
use crate::error::Result;
use crate::host_resource::HostResource;

/// Writes all of `bytes` to a stream of the host and flushes, for however long the host takes.
pub fn blocking_write(stream: &HostResource<host::OutputStream>, bytes: &[u8]) -> Result<()> {
    if bytes.is_empty() {
        return Ok(stream.blocking_write_and_flush(bytes)?);
    }
    bytes
        .chunks(MAX_BLOCKING_BYTES)
        .try_for_each(|chunk| Ok(stream.blocking_write_and_flush(chunk)?))
}

/// Writes `length` zeroes to a stream of the host and flushes, for however long the host takes.
pub fn blocking_write_zeroes(stream: &HostResource<host::OutputStream>, length: u64) -> Result<()> {
    let mut left = length;
    loop {
        let chunk = left.min(MAX_BLOCKING_BYTES as u64);
        stream.blocking_write_zeroes_and_flush(chunk)?;
        left -= chunk;
        if left == 0 {
            return Ok(());
        }
    }
}
