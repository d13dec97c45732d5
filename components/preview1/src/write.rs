//! Writing: files at a position or at their end, standard output and error.

use interpose_preview1::{Errno, Memory, Rights, Span, first_span};

use crate::bindings::wasi::cli::stderr::get_stderr;
use crate::bindings::wasi::cli::stdout::get_stdout;
use crate::bindings::wasi::filesystem::types;
use crate::bindings::wasi::io::streams::OutputStream;
use crate::descriptor::{Descriptor, with};
use crate::program::Program;
use crate::read::PART;
use crate::stdio::write_all;

/// `fd_write`.
pub fn next(fd: u32, list: u32, count: u32, out: u32) -> Result<(), Errno> {
    let span = first_span(&Program, list, count)?;
    Program.check(out, 4)?;
    let written = with(|table| match table.get_mut(fd)? {
        Descriptor::File(file) => {
            file.scope.require(Rights::FD_WRITE)?;
            let written = if file.append {
                let written = append(&file.handle, span)?;
                file.position = file.handle.stat()?.size;
                written
            } else {
                let written = file_at(&file.handle, span, file.position)?;
                let position = file.position.checked_add(written.into());
                file.position = position.ok_or(Errno::Overflow)?;
                written
            };
            Ok(written)
        }
        Descriptor::Stdout(stream) => to_stream(stream.get_or_insert_with(get_stdout), span),
        Descriptor::Stderr(stream) => to_stream(stream.get_or_insert_with(get_stderr), span),
        Descriptor::Socket(socket) => socket.write(span),
        _ => Err(Errno::BadDescriptor),
    })?;
    Program.store_u32(out, written)
}

/// `fd_pwrite`. A file that is open for appending is appended to, whatever the offset is, as on Linux.
pub fn at(fd: u32, list: u32, count: u32, offset: u64, out: u32) -> Result<(), Errno> {
    let span = first_span(&Program, list, count)?;
    Program.check(out, 4)?;
    let written = with(|table| match table.get(fd)? {
        Descriptor::File(file) => {
            file.scope.require(Rights::FD_WRITE.with(Rights::FD_SEEK))?;
            if file.append {
                append(&file.handle, span)
            } else {
                file_at(&file.handle, span, offset)
            }
        }
        Descriptor::Stdout(_) | Descriptor::Stderr(_) | Descriptor::Socket(_) => {
            Err(Errno::InvalidSeek)
        }
        _ => Err(Errno::BadDescriptor),
    })?;
    Program.store_u32(out, written)
}

/// The parts of a span that are written one after another; one empty part if the span is empty, so that the host sees it.
fn parts(span: Span) -> impl Iterator<Item = Span> {
    let count = span.length.div_ceil(PART).max(1);
    (0..count).map(move |index| Span {
        at: span.at.wrapping_add(index * PART),
        length: (span.length - index * PART).min(PART),
    })
}

/// Writes a span, as far as the file takes it, and returns how much that is.
fn file_at(handle: &types::Descriptor, span: Span, offset: u64) -> Result<u32, Errno> {
    let mut done = 0;
    for part in parts(span) {
        let start = offset.checked_add(done.into()).ok_or(Errno::Overflow)?;
        let bytes = Program.copy(part.at, part.length)?;
        match handle.write(&bytes, start) {
            Ok(written) => {
                done += u32::try_from(written).map_or(part.length, |n| n.min(part.length))
            }
            // What was written before counts; the next call meets the error again.
            Err(_) if done > 0 => return Ok(done),
            Err(error) => return Err(error.into()),
        }
        if done < part.at.wrapping_sub(span.at) + part.length {
            return Ok(done);
        }
    }
    Ok(done)
}

/// Writes a span at the end of a file. The stream lives for this call alone, so no other write stands behind it.
fn append(handle: &types::Descriptor, span: Span) -> Result<u32, Errno> {
    to_stream(&handle.append_via_stream()?, span)
}

fn to_stream(stream: &OutputStream, span: Span) -> Result<u32, Errno> {
    let mut done = 0;
    for part in parts(span) {
        match write_all(stream, &Program.copy(part.at, part.length)?) {
            Ok(()) => done += part.length,
            // What was written before counts; the next call meets the error again.
            Err(_) if done > 0 => return Ok(done),
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}
