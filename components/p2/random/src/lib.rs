//! The adapter for `wasi:random`: the host's numbers, numbers from a seed, or none.
//!
//! World: `random` in `wit/p2/random.wit`. [`interpose_random`] decides which numbers the application gets. If random
//! numbers are denied, every call traps, because no function of `wasi:random` can return an error.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    wit_bindgen::generate!({
        world: "random",
        path: "../../../wit/p2",
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
use interpose_random::{Numbers, Refusal};
use interpose_settings::{RandomConfig, Reason};

struct Adapter;

state!(static NUMBERS: Numbers);

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&NUMBERS, &config, |config: RandomConfig| {
            Ok(Numbers::new(config.mode))
        });
        erase(config);
        result
    }
}

/// Draws from the numbers of the policy on behalf of a function. A refusal traps, because no function of `wasi:random` can return an error.
fn draw<T>(function: &str, request: impl FnOnce(&mut Numbers) -> Result<T, Refusal>) -> T {
    match with(&NUMBERS, request) {
        Ok(answer) => answer,
        Err(Refusal::Denied) => {
            refused(Reason::Random, function, Subject::Text(&[]));
            trap!(random_is_denied_by_the_policy)
        }
        Err(Refusal::TooMany) => trap!(too_many_random_bytes_were_asked_for_at_once),
    }
}
