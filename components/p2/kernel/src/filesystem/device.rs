//! Input and output of devices.

use std::rc::Rc;

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::with;
use interpose_filesystem::{Access, Descriptor, Device};
use interpose_settings::Reason;

use crate::bindings::exports::wasi::filesystem::types::ErrorCode;
use crate::bindings::exports::wasi::io::streams::{
    GuestInputStream, GuestOutputStream, StreamError,
};
use crate::error::StreamFailure;
use crate::state::STATE;
use crate::stdio;
use crate::streams::input::InputStream;
use crate::streams::limits::MAX_BYTES;
use crate::streams::output::OutputStream;

/// The stream that reads a device. Fails with `bad-descriptor` if the device is not open for reading or cannot be read,
/// and with `not-permitted` for random numbers that the policy does not allow.
pub fn input(device: Device, access: Access) -> Result<InputStream, ErrorCode> {
    if !access.read {
        return Err(ErrorCode::BadDescriptor);
    }
    match device {
        Device::Null => Ok(InputStream::Closed),
        Device::Zero => Ok(InputStream::Zeroes),
        Device::Random if with(&STATE, |kernel| kernel.random_device) => Ok(InputStream::Random),
        Device::Random => {
            refused(
                Reason::Random,
                "read-via-stream",
                Subject::Text(&["/dev/urandom"]),
            );
            Err(ErrorCode::NotPermitted)
        }
        Device::Stdin => Ok(stdio::input()),
        Device::Stdout | Device::Stderr => Err(ErrorCode::BadDescriptor),
    }
}

/// The stream that writes a device. Fails with `bad-descriptor` if the device is not open for writing or cannot be
/// written.
pub fn output(device: Device, access: Access) -> Result<OutputStream, ErrorCode> {
    if !access.write {
        return Err(ErrorCode::BadDescriptor);
    }
    match device {
        Device::Null | Device::Zero | Device::Random => Ok(OutputStream::Discard(Rc::default())),
        Device::Stdin => Err(ErrorCode::BadDescriptor),
        Device::Stdout => Ok(stdio::standard_output()),
        Device::Stderr => Ok(stdio::standard_error()),
    }
}

/// Reads a device, however long that takes. The offset does not matter, but is checked like the offset of a file. The
/// flag in the result is true if the end of the device is reached.
pub fn read(
    device: Device,
    file: &Descriptor,
    offset: u64,
    length: u64,
) -> Result<(Vec<u8>, bool), ErrorCode> {
    file.check_read(offset, length)?;
    match input(device, file.access())?.blocking_read(length) {
        Ok(bytes) => Ok((bytes, false)),
        Err(StreamError::Closed) => Ok((Vec::new(), true)),
        Err(StreamError::LastOperationFailed(error)) => Err(code(error.get())),
    }
}

/// Writes at most [`MAX_BYTES`] to a device, however long that takes, and returns how many bytes were written. The
/// offset is only checked.
pub fn write(
    device: Device,
    file: &Descriptor,
    offset: u64,
    mut bytes: Vec<u8>,
) -> Result<u64, ErrorCode> {
    file.check_write(offset, bytes.len() as u64)?;
    bytes.truncate(MAX_BYTES as usize);
    let length = bytes.len() as u64;
    match output(device, file.access())?.blocking_write_and_flush(bytes) {
        Ok(()) => Ok(length),
        Err(StreamError::Closed) => Err(ErrorCode::Pipe),
        Err(StreamError::LastOperationFailed(error)) => Err(code(error.get())),
    }
}

fn code(failure: &StreamFailure) -> ErrorCode {
    failure.code().unwrap_or(ErrorCode::Io)
}
