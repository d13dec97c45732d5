//! Standard streams: the input that an application reads, its output, a text in front of each line of output, and the
//! reason why a stream of the host failed.
#![no_std]

extern crate alloc;

mod denied;
mod failure;
mod input;
mod line_prefix;
mod output;
mod prefixed;
mod printable;

pub use denied::Denied;
pub use failure::Failure;
pub use input::{End, Kept, StandardInput};
pub use line_prefix::LinePrefix;
pub use output::StandardOutput;
pub use prefixed::{Prefixed, Sink, TooLong};
pub use printable::is_printable;
