//! The functions of WASI that have effects which a replay has too.

use interpose_calls::{Effect, Function, Splice, Table};

use super::splice::{
    BLOCKING_FLUSH, BLOCKING_READ, BLOCKING_SPLICE, CHECK_WRITE, READ, SPLICE, WRITE,
};

/// The functions of a table that have effects, with these.
pub fn effects(table: &Table) -> Vec<(u32, Effect)> {
    let effect = |function: &Function| {
        let path = function.interface.split('@').next()?;
        Some(match (path, function.name.as_str()) {
            ("wasi:cli/stdout", "get-stdout") => Effect::Stdout,
            ("wasi:cli/stderr", "get-stderr") => Effect::Stderr,
            ("wasi:cli/exit", "exit") => Effect::Exit,
            ("wasi:cli/exit", "exit-with-code") => Effect::ExitWithCode,
            ("wasi:io/streams", WRITE | "[method]output-stream.blocking-write-and-flush") => {
                Effect::Write
            }
            (
                "wasi:io/streams",
                "[method]output-stream.write-zeroes"
                | "[method]output-stream.blocking-write-zeroes-and-flush",
            ) => Effect::WriteZeroes,
            ("wasi:io/streams", SPLICE) => Effect::Splice(splice(table, function, false)?),
            ("wasi:io/streams", BLOCKING_SPLICE) => Effect::Splice(splice(table, function, true)?),
            _ => return None,
        })
    };
    let functions = (0..).zip(&table.functions);
    functions
        .filter_map(|(number, function)| Some((number, effect(function)?)))
        .collect()
}

/// The functions of the same interface that do what a `splice` does.
fn splice(table: &Table, function: &Function, waits: bool) -> Option<Splice> {
    let named = |name: &str| {
        let mut functions = table.functions.iter();
        let position = functions
            .position(|other| other.interface == function.interface && other.name == name)?;
        u32::try_from(position).ok()
    };
    Some(Splice {
        check_write: named(CHECK_WRITE)?,
        wait: match waits {
            true => Some(named(BLOCKING_FLUSH)?),
            false => None,
        },
        read: named(if waits { BLOCKING_READ } else { READ })?,
        write: named(WRITE)?,
    })
}
