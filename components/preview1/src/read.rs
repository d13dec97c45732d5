//! Reading: files at a position, standard input, directories.

use interpose_preview1::{Errno, Listed, Listing, Memory, Rights, Span, first_span};

use crate::bindings::wasi::cli::stdin::get_stdin;
use crate::bindings::wasi::filesystem::types::{self, PathFlags};
use crate::bindings::wasi::io::streams::StreamError;
use crate::descriptor::{Descriptor, with};
use crate::program::Program;
use crate::stat::file_type;

/// How many bytes are read or written at once: the adapter's memory holds as many.
pub const PART: u32 = 1 << 20;

/// `fd_read`.
pub fn next(fd: u32, list: u32, count: u32, out: u32) -> Result<(), Errno> {
    let span = first_span(&Program, list, count)?;
    Program.check(out, 4)?;
    let read = with(|table| match table.get_mut(fd)? {
        Descriptor::File(file) => {
            file.scope.require(Rights::FD_READ)?;
            let read = file_at(&file.handle, span, file.position)?;
            let position = file.position.checked_add(read.into());
            file.position = position.ok_or(Errno::Overflow)?;
            Ok(read)
        }
        Descriptor::Stdin(stream) => {
            if span.length == 0 {
                return Ok(0);
            }
            let stream = stream.get_or_insert_with(get_stdin);
            match stream.blocking_read(span.length.min(PART).into()) {
                Ok(bytes) if bytes.is_empty() => Err(Errno::Interrupted),
                Ok(bytes) => store(span, 0, &bytes),
                Err(StreamError::Closed) => Ok(0),
                Err(error) => Err(error.into()),
            }
        }
        Descriptor::Socket(socket) => socket.read(span, false, false),
        _ => Err(Errno::BadDescriptor),
    })?;
    Program.store_u32(out, read)
}

/// `fd_pread`.
pub fn at(fd: u32, list: u32, count: u32, offset: u64, out: u32) -> Result<(), Errno> {
    let span = first_span(&Program, list, count)?;
    Program.check(out, 4)?;
    let read = with(|table| match table.get(fd)? {
        Descriptor::File(file) => {
            file.scope.require(Rights::FD_READ.with(Rights::FD_SEEK))?;
            file_at(&file.handle, span, offset)
        }
        Descriptor::Stdin(_) | Descriptor::Socket(_) => Err(Errno::InvalidSeek),
        _ => Err(Errno::BadDescriptor),
    })?;
    Program.store_u32(out, read)
}

/// How many bytes every host gives at once if the file has them. Wasmtime gives no more than this at once.
const AT_ONCE: usize = 1 << 16;

/// Reads until the span is full or the file ends, and returns how many bytes were read. Less than [`AT_ONCE`] and less than
/// was asked for is the end of the file, so that a short file takes one call.
fn file_at(handle: &types::Descriptor, span: Span, offset: u64) -> Result<u32, Errno> {
    let mut done = 0;
    loop {
        let wanted = (span.length - done).min(PART);
        let start = offset.checked_add(done.into()).ok_or(Errno::Overflow)?;
        let (bytes, ended) = match handle.read(wanted.into(), start) {
            Ok(read) => read,
            // What was read before counts; the next call meets the error again.
            Err(_) if done > 0 => return Ok(done),
            Err(error) => return Err(error.into()),
        };
        done += store(span, done, &bytes)?;
        let is_short = bytes.len() < AT_ONCE.min(wanted as usize);
        if ended || done == span.length || is_short {
            return Ok(done);
        }
    }
}

/// Writes to a span what was read, and returns how much that is. No host gives more than it was asked for.
fn store(span: Span, done: u32, bytes: &[u8]) -> Result<u32, Errno> {
    let room = (span.length - done) as usize;
    let bytes = bytes.get(..room.min(bytes.len())).unwrap_or_default();
    Program.store(span.at + done, bytes)?;
    Ok(bytes.len() as u32)
}

/// `fd_readdir`. A program that begins anew, with the cookie 0, sees the directory as it is now.
pub fn directory(fd: u32, at: u32, length: u32, cookie: u64, out: u32) -> Result<(), Errno> {
    Program.check(at, length.into())?;
    Program.check(out, 4)?;
    let written = with(|table| match table.get_mut(fd)? {
        Descriptor::Directory(directory) => {
            directory.scope.require(Rights::FD_READDIR)?;
            let kept = directory.listing.take().filter(|_| cookie != 0);
            let listing = match kept {
                Some(listing) => listing,
                None => list(&directory.handle)?,
            };
            let written = listing.store(&mut Program, at, length, cookie);
            directory.listing = Some(listing);
            written
        }
        _ => Err(Errno::BadDescriptor),
    })?;
    Program.store_u32(out, written)
}

fn list(handle: &types::Descriptor) -> Result<Listing, Errno> {
    let stream = handle.read_directory()?;
    let own = handle.metadata_hash()?.lower;
    let mut entries = Vec::new();
    while let Some(entry) = stream.read_directory_entry()? {
        let inode = match handle.metadata_hash_at(PathFlags::empty(), &entry.name) {
            Ok(hash) => hash.lower,
            // Somebody removed it meanwhile.
            Err(types::ErrorCode::NoEntry) => continue,
            Err(error) => return Err(error.into()),
        };
        entries.push(Listed {
            inode,
            file_type: file_type(entry.type_),
            name: entry.name,
        });
    }
    Ok(Listing::new(own, entries))
}
