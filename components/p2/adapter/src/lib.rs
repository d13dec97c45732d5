//! Code that all adapters share: how they are configured, where they keep their state, how much memory the arguments of
//! a call may take, how they tell of refusals, and how they trap.

pub mod arguments;
pub mod refusals;

use std::cell::RefCell;
use std::hint::black_box;
use std::thread::LocalKey;

use interpose_settings::Configuration;
use serde::Deserialize;

/// The module that the generated bindings call at run time: `runtime_path: "interpose_adapter::rt"`.
pub mod rt {
    pub use wit_bindgen::rt::*;

    /// The bindings call this function at the beginning of each exported function, before they read its arguments. Rust
    /// has no constructors to run, so it only notes that the arguments are complete.
    #[inline]
    pub fn run_ctors_once() {
        crate::arguments::enter();
    }
}

/// The state of an adapter, empty until it is configured.
///
/// It is declared with [`state!`]. An adapter is a single-threaded instance, so a plain cell suffices.
pub type State<T> = LocalKey<RefCell<Option<T>>>;

/// Declares the state of an adapter: `state!(static STATE: Type);`.
#[macro_export]
macro_rules! state {
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty) => {
        ::std::thread_local! {
            $(#[$attribute])*
            $visibility static $name: ::std::cell::RefCell<::std::option::Option<$type>> =
                const { ::std::cell::RefCell::new(::std::option::Option::None) };
        }
    };
}

/// Runs `f` with the adapter's state.
///
/// # Panics
/// When the adapter was not configured, or when `f` (or what it calls) asks for the state again. The first is a bug in
/// the tool, the second a bug in the adapter; both trap.
pub fn with<T: 'static, R>(state: &'static State<T>, f: impl FnOnce(&mut T) -> R) -> R {
    state.with_borrow_mut(|slot| match slot {
        Some(value) => f(value),
        None => trap!(the_adapter_was_never_configured),
    })
}

/// Implements an adapter's `configure` export: decodes `bytes`, builds the state and stores it. Call [`erase`] with
/// the bytes afterwards.
///
/// # Errors
/// A sentence that says why, when the bytes are not a configuration for this adapter or `build` refuses it.
pub fn configure<'a, C, T>(
    state: &'static State<T>,
    bytes: &'a [u8],
    build: impl FnOnce(C) -> Result<T, String>,
) -> Result<(), String>
where
    C: Configuration + Deserialize<'a>,
    T: 'static,
{
    let value = interpose_settings::decode::<C>(bytes)
        .map_err(|error| error.to_string())
        .and_then(build)?;
    state.set(Some(value));
    Ok(())
}

/// Overwrites the bytes of an encoded configuration with zeroes and frees them: the snapshot that follows keeps every
/// byte of memory that is not zero, and would otherwise store baked files twice.
pub fn erase(mut bytes: Vec<u8>) {
    bytes.fill(0);
    black_box(&bytes);
}

/// Traps with a function on the stack whose name is the reason: `trap!(random_is_denied_by_the_policy)`.
///
/// A component has no way to hand a message to its host while it traps, but the backtrace of a trap names the
/// functions on the stack. The tool's build keeps the names of the functions that this macro makes (and of no
/// others), with spaces for the underscores.
#[macro_export]
macro_rules! trap {
    ($reason:ident) => {{
        mod because {
            // Two underscores stand for a colon.
            #[allow(non_snake_case)]
            #[cold]
            #[inline(never)]
            pub(super) fn $reason() -> ! {
                // Different text keeps the linker from folding all of these functions into one.
                ::std::hint::black_box(::std::stringify!($reason));
                ::std::process::abort()
            }
        }
        because::$reason()
    }};
}

mod http_names;
