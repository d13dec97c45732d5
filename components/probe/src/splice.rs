//! `splice` by the functions that `wasi:io/streams` defines it by, so that what is copied is seen.

use interpose_calls::{Memory, Place, Splice};

use crate::imports;
use crate::memory::{Own, bytes};

/// The first byte of a result that is an error.
const ERROR: u64 = 1;

/// Copies in place of a `splice` whose arguments are in the frame, and puts its result into the result area. Returns what was
/// copied; `None` after an error.
///
/// The results of the functions lie in the result area too. They have their cases at the beginning, and what they hold at 8
/// where it is a number of 64 bits, as in the result of `splice`, and at 4 otherwise.
pub fn copy(functions: Splice) -> Option<&'static [u8]> {
    let (to, from, length) = (argument(0) as u32, argument(1) as u32, argument(2));
    let mut permit = check_write(functions, to)?;
    if permit == 0
        && let Some(wait) = functions.wait
    {
        set_argument(0, to.into());
        call(wait, 4)?;
        permit = check_write(functions, to)?;
    }

    set_argument(0, from.into());
    set_argument(1, length.min(permit));
    call(functions.read, 4)?;
    let (at, length) = (field(4, 4) as u32, field(8, 4) as u32);

    set_argument(0, to.into());
    set_argument(1, at.into());
    set_argument(2, length.into());
    call(functions.write, 4)?;
    set_field(8, &u64::from(length).to_le_bytes());
    Some(bytes(at, length))
}

/// How many bytes may be written.
fn check_write(functions: Splice, to: u32) -> Option<u64> {
    set_argument(0, to.into());
    call(functions.check_write, 8)?;
    Some(field(8, 8))
}

/// Calls a function. `None` after an error, which is the result of `splice` then; `at` says where the function has it.
fn call(function: u32, at: u32) -> Option<()> {
    imports::behind(function);
    if field(0, 1) != ERROR {
        return Some(());
    }
    // A case, and a handle of an error behind it.
    let (case, error) = (field(at, 1), field(at + 4, 4));
    set_field(8, &(case as u8).to_le_bytes());
    set_field(12, &(error as u32).to_le_bytes());
    None
}

/// An argument in the frame. The upper half is undefined where it has 32 bits.
fn argument(number: u32) -> u64 {
    Own.number(Place::flat(imports::frame()).number(number).at, 8)
}

fn set_argument(number: u32, value: u64) {
    let at = Place::flat(imports::frame()).number(number).at;
    Own.set(at, &value.to_le_bytes());
}

/// A number in the result area.
fn field(at: u32, size: u32) -> u64 {
    Own.number(imports::result() + at, size)
}

fn set_field(at: u32, value: &[u8]) {
    Own.set(imports::result() + at, value);
}
