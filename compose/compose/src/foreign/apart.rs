//! Runs parsers of foreign bytes so that they cannot bring the process down.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::thread;

/// The size of the thread's stack in bytes: more than half a megabyte for each of the hundred levels that
/// [`super::Limits`] allow. The recursive functions of wasmparser, wit-component, wac and Wasmtime take less than two
/// kilobytes a call in an optimised build and some ten with a sanitizer, and a level of nesting takes a few calls.
const STACK: usize = 64 << 20;

thread_local! {
    static APART: Cell<bool> = const { Cell::new(false) };
}

/// Calls a function on a thread with a stack of [`STACK`] bytes, and returns the message of its panic if it panics.
/// Calls the function directly if this is such a thread already.
///
/// After a panic, the caller must not use the values that the function had access to. Foreign bytes must have passed
/// [`super::check`] first, because otherwise no stack is large enough.
pub fn apart<T: Send>(function: impl FnOnce() -> T + Send) -> Result<T, String> {
    if APART.get() {
        return on_this_thread(function);
    }
    thread::scope(|scope| {
        let on_thread = || on_this_thread(function);
        let thread = thread::Builder::new()
            .name("parser".into())
            .stack_size(STACK);
        let joined = thread
            .spawn_scoped(scope, on_thread)
            .map(thread::ScopedJoinHandle::join);
        match joined {
            Ok(Ok(result)) => result,
            Ok(Err(payload)) => Err(message(&*payload)),
            Err(error) => Err(format!("no thread can be started: {error}")),
        }
    })
}

/// Calls a function on a thread that does nothing else, and returns the message of its panic if it panics.
pub(super) fn on_this_thread<T>(function: impl FnOnce() -> T) -> Result<T, String> {
    APART.set(true);
    panic::catch_unwind(AssertUnwindSafe(function)).map_err(|payload| message(&*payload))
}

/// Keeps this process from printing panics that [`apart`] turns into errors.
pub fn silence_panics() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !APART.get() {
            print(info);
        }
    }));
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or(payload.downcast_ref::<&str>().copied());
    text.unwrap_or("no reason is given").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(apart(|| 1), Ok(1));
        assert_eq!(apart::<()>(|| panic!("plain")), Err("plain".into()));
        assert_eq!(apart::<()>(|| panic!("{}", 2)), Err("2".into()));
        assert_eq!(
            apart::<()>(|| panic::panic_any(3)),
            Err("no reason is given".into())
        );
        assert_eq!(
            apart(|| apart(|| panic!("inner"))),
            Ok(Err::<(), _>("inner".into()))
        );
    }

    #[test]
    fn the_stack_is_larger_than_that_of_other_threads() {
        fn deep(levels: u32) -> u32 {
            let frame = std::hint::black_box([levels; 1024]);
            if levels == 0 {
                0
            } else {
                deep(levels - 1) + frame[7] - levels + 1
            }
        }
        assert_eq!(apart(|| deep(4_000)), Ok(4_000));
    }
}
