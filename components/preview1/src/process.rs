//! The program as a whole: its start, its end, and random numbers.

use interpose_preview1::{Errno, Exit, Memory, signal};

use crate::Adapter;
use crate::bindings::exports::wasi::cli::run::Guest;
use crate::bindings::wasi::cli::exit;
use crate::bindings::wasi::cli::stderr::get_stderr;
use crate::bindings::wasi::random::random::get_random_bytes;
use crate::program::Program;

impl Guest for Adapter {
    /// A program that returns has succeeded: one that fails calls `proc_exit`.
    fn run() -> Result<(), ()> {
        // The sockets of the policy listen before the program does anything.
        #[cfg(feature = "sockets")]
        let _ = crate::descriptor::with(|_| Ok(()));
        Program.run();
        Ok(())
    }
}

/// `proc_exit` where the host knows only success and failure.
pub fn exit(code: u32) {
    let told = Exit::Result.told(code);
    exit::exit(if told == 0 { Ok(()) } else { Err(()) });
}

/// `proc_exit` where the host takes the code.
pub fn exit_with_code(code: u32) {
    exit::exit_with_code(Exit::Code.told(code));
}

/// Writes a code that the host cannot be told to standard error, whether or not the program has closed its descriptor.
pub fn note(exit: Exit, code: u32) {
    if let Some(note) = exit.note(code) {
        // The program ends now, and has no use for an error.
        let _ = get_stderr().blocking_write_and_flush(note.as_bytes());
    }
}

/// `proc_raise`: WASI has no signals.
pub fn raise(number: u32) -> Result<(), Errno> {
    signal(number)?;
    Err(Errno::NotSupported)
}

/// `random_get`.
pub fn random(at: u32, length: u32) -> Result<(), Errno> {
    /// How many bytes are asked for at once.
    const PART: u32 = 1 << 16;
    Program.check(at, length.into())?;
    let mut done = 0;
    while done < length {
        let bytes = get_random_bytes(u64::from(PART.min(length - done)));
        let bytes = &bytes[..bytes.len().min((length - done) as usize)];
        Program.write(at + done, bytes);
        done += bytes.len() as u32;
        if bytes.is_empty() {
            return Err(Errno::Io);
        }
    }
    Ok(())
}
