//! The adapter for `wasi:random` of WASI 0.3: the host's numbers, numbers from a seed, or none.
//!
//! World: `random` in `wit/p3/random.wit`; with the feature `testing`, `random-p3-testing` in `wit/own`.
//! [`interpose_random`] decides which numbers the application gets. Those of a seed are of other streams than those of
//! WASI 0.2, because an application may import both. If random numbers are denied, every call traps, because no function
//! of `wasi:random` can return an error.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    #[cfg(not(feature = "testing"))]
    wit_bindgen::generate!({
        world: "wasi-interpose:p3/random",
        path: "../../../wit/p3",
        generate_all,
        runtime_path: "interpose_adapter::rt",
    });
    #[cfg(feature = "testing")]
    wit_bindgen::generate!({
        world: "wasi-interpose:random-p3-testing/random-p3-testing",
        path: ["../../../wit/p3", "../../../wit/own/testing.wit", "../../../wit/own/random-p3-testing.wit"],
        generate_all,
        runtime_path: "interpose_adapter::rt",
    });
    use super::Adapter;
    export!(Adapter);
}

mod insecure;
mod insecure_seed;
mod random;

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::{configure, erase, state, trap, with};
use interpose_random::{Numbers, Refusal, Streams};
use interpose_settings::{RandomConfig, Reason};

struct Adapter;

state!(static NUMBERS: Numbers);

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&NUMBERS, &config, |config: RandomConfig| {
            Ok(Numbers::new(config.mode, Streams::Second))
        });
        erase(config);
        result
    }
}

/// Takes the seed of the run before the first number is drawn.
#[cfg(feature = "testing")]
fn reseed() {
    use std::cell::Cell;

    thread_local! {
        static IS_SEEDED: Cell<bool> = const { Cell::new(false) };
    }
    if !IS_SEEDED.replace(true) {
        let seed = bindings::wasi_interpose::testing::run::seed();
        with(&NUMBERS, |numbers| numbers.reseed(seed));
    }
}

/// Draws from the numbers of the policy on behalf of a function. A refusal traps, because no function of `wasi:random`
/// can return an error.
fn draw<T>(function: &str, request: impl FnOnce(&mut Numbers) -> Result<T, Refusal>) -> T {
    #[cfg(feature = "testing")]
    reseed();
    match with(&NUMBERS, request) {
        Ok(answer) => answer,
        Err(Refusal::Denied) => {
            refused(Reason::Random, function, Subject::Text(&[]));
            trap!(random_is_denied_by_the_policy)
        }
        Err(Refusal::TooMany) => trap!(too_many_random_bytes_were_asked_for_at_once),
    }
}
