//! Calls into the composition libraries, which panic on some valid components whose types they cannot encode.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Calls a function, and returns the message of its panic if it panics.
///
/// What the function was given must not be used after a panic.
pub(crate) fn guard<T>(function: impl FnOnce() -> T) -> Result<T, String> {
    let before = GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(function));
    GUARDED.set(before);
    result.map_err(|payload| message(&*payload))
}

/// Keeps this process from printing panics that [`guard`] turns into errors.
pub(crate) fn silence_guarded_panics() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !GUARDED.get() {
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
        assert_eq!(guard(|| 1), Ok(1));
        assert_eq!(guard::<()>(|| panic!("plain")), Err("plain".into()));
        assert_eq!(guard::<()>(|| panic!("{}", 2)), Err("2".into()));
        assert_eq!(
            guard::<()>(|| panic::panic_any(3)),
            Err("no reason is given".into())
        );
    }
}
