//! Where the arguments and the result of a call lie.

use interpose_calls::{Function, Memory, Place, Table};

use crate::imports;
use crate::memory::Own;

/// The first number of the frame: the first argument of a call, or its result.
pub fn first_argument() -> u32 {
    Own.number(imports::frame(), 4) as u32
}

/// Where the arguments of a function lie, and their types.
pub fn arguments<'a>(
    table: &'a Table,
    function: &'a Function,
) -> impl Iterator<Item = (Place, u32)> + 'a {
    let frame = Place::flat(imports::frame());
    let pointed = Own.number(frame.at, 4) as u32;
    let mut numbers = 0;
    function.parameters.iter().map(move |parameter| {
        let place = if function.arguments_in_memory {
            Place::memory(pointed + parameter.offset)
        } else {
            frame.number(numbers)
        };
        numbers += table.ty(parameter.ty).flat;
        (place, parameter.ty)
    })
}

/// Where the result of a function lies.
pub fn result(function: &Function) -> Place {
    if function.result_in_memory {
        Place::memory(imports::result())
    } else {
        Place::flat(imports::frame())
    }
}
