//! The program as a whole: its start, its end, and random numbers.

use interpose_preview1::{Errno, Memory, signal};

use crate::Adapter;
use crate::bindings::exports::wasi::cli::run::Guest;
use crate::bindings::wasi::cli::exit;
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
    exit::exit(if code == 0 { Ok(()) } else { Err(()) });
}

/// `proc_exit` where the host takes the code. One that it cannot take is a failure all the same.
pub fn exit_with_code(code: u32) {
    exit::exit_with_code(u8::try_from(code).unwrap_or(1));
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
