//! What the programs share: the root directory, files in it, and printing outcomes.

pub mod sockets;

use std::fmt::Debug;

use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{
    Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags, filesystem_error_code,
};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

/// The most that `blocking-write-and-flush` takes.
pub const MAX_BLOCKING_WRITE: usize = 4096;

/// The preopened directory `/`.
pub fn root() -> Descriptor {
    get_directories()
        .into_iter()
        .find(|(_, path)| path == "/")
        .expect("a directory preopened as /")
        .0
}

/// Prints the outcome of a filesystem operation: the value, or the error's name.
pub fn show<T: Debug>(label: &str, result: Result<T, ErrorCode>) {
    match result {
        Ok(value) => println!("{label}: {value:?}"),
        Err(error) => println!("{label}: error: {}", error.name()),
    }
}

/// Prints the outcome of a stream operation: the value, `closed`, or the filesystem's name for the error.
pub fn show_stream<T: Debug>(label: &str, result: Result<T, StreamError>) {
    match result {
        Ok(value) => println!("{label}: {value:?}"),
        Err(StreamError::Closed) => println!("{label}: closed"),
        Err(StreamError::LastOperationFailed(error)) => {
            println!(
                "{label}: failed: {:?}",
                filesystem_error_code(&error).map(|code| code.name())
            )
        }
    }
}

/// Text out of bytes, whatever they are.
pub fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// Opens a path below the root, following links.
pub fn open(path: &str, how: OpenFlags, access: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
    root().open_at(PathFlags::SYMLINK_FOLLOW, path, how, access)
}

/// Reading and writing.
pub fn read_write() -> DescriptorFlags {
    DescriptorFlags::READ | DescriptorFlags::WRITE
}

/// Creates or replaces a file with these contents, and keeps it open to read and write.
pub fn create(path: &str, contents: &[u8]) -> Descriptor {
    let file =
        open(path, OpenFlags::CREATE | OpenFlags::TRUNCATE, read_write()).expect("a new file");
    let mut offset = 0;
    while offset < contents.len() {
        offset += file
            .write(&contents[offset..], offset as u64)
            .expect("a write") as usize;
    }
    file
}

/// Everything that a file holds, without moving anything.
pub fn contents(file: &Descriptor) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let (bytes, end) = file.read(65_536, all.len() as u64).expect("a read");
        all.extend(&bytes);
        if end || bytes.is_empty() {
            return all;
        }
    }
}

/// Reads a stream to its end.
pub fn read_to_end(stream: &InputStream) -> Result<Vec<u8>, StreamError> {
    let mut all = Vec::new();
    loop {
        match stream.blocking_read(65_536) {
            Ok(bytes) => all.extend(bytes),
            Err(StreamError::Closed) => return Ok(all),
            Err(error) => return Err(error),
        }
    }
}

/// Writes all bytes to a stream and waits until they are where they belong.
pub fn write_all(stream: &OutputStream, bytes: &[u8]) -> Result<(), StreamError> {
    bytes
        .chunks(MAX_BLOCKING_WRITE)
        .try_for_each(|chunk| stream.blocking_write_and_flush(chunk))
}
