//! Terminals, and writing to a stream.

use interpose_preview1::{Errno, FileType};

use crate::bindings::wasi::cli::terminal_stderr::get_terminal_stderr;
use crate::bindings::wasi::cli::terminal_stdin::get_terminal_stdin;
use crate::bindings::wasi::cli::terminal_stdout::get_terminal_stdout;
use crate::bindings::wasi::io::streams::OutputStream;
use crate::descriptor::Descriptor;

/// The type of a standard stream: a terminal is a character device. `None` for what is no standard stream.
pub fn file_type(descriptor: &Descriptor) -> Option<FileType> {
    let is_terminal = match descriptor {
        Descriptor::Stdin(_) => get_terminal_stdin().is_some(),
        Descriptor::Stdout(_) => get_terminal_stdout().is_some(),
        Descriptor::Stderr(_) => get_terminal_stderr().is_some(),
        Descriptor::Directory(_) | Descriptor::File(_) | Descriptor::Socket(_) => return None,
    };
    Some(if is_terminal {
        FileType::CharacterDevice
    } else {
        FileType::Unknown
    })
}

/// Writes all bytes to a stream, and waits until they are written.
pub fn write_all(stream: &OutputStream, bytes: &[u8]) -> Result<(), Errno> {
    /// How many bytes `blocking-write-and-flush` takes.
    const AT_ONCE: usize = 4096;
    if bytes.len() <= AT_ONCE {
        return Ok(stream.blocking_write_and_flush(bytes)?);
    }
    let mut rest = bytes;
    while !rest.is_empty() {
        let permit = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX);
        if permit > AT_ONCE {
            let (now, later) = rest.split_at(rest.len().min(permit));
            stream.write(now)?;
            rest = later;
        } else {
            // There is no room for much: this waits until there is more.
            let (now, later) = rest.split_at(rest.len().min(AT_ONCE));
            stream.blocking_write_and_flush(now)?;
            rest = later;
        }
    }
    Ok(stream.blocking_flush()?)
}
