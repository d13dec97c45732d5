//! The adapter for `wasi:random`: the host's numbers, numbers from a seed, or none.
//!
//! World: `random` in `wit/p2/random.wit`. With a seed every number is a function of the seed and of the calls made
//! before, see [`generators`]. Denied, every call traps, because no function of `wasi:random` can return an error.

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

mod generators;
mod insecure;
mod insecure_seed;
mod random;

use interpose_adapter::{configure, erase, state, trap, with};
use interpose_config::{Random, RandomConfig};

use generators::{Generators, MAX_BYTES};

struct Adapter;

/// Where numbers come from.
enum Source {
    Host,
    Seeded(Box<Generators>),
    Denied,
}

state!(static SOURCE: Source);

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&SOURCE, &config, |config: RandomConfig| {
            Ok(match config.mode {
                Random::Host => Source::Host,
                Random::Seeded(seed) => Source::Seeded(Box::new(Generators::new(seed))),
                Random::Deny => Source::Denied,
            })
        });
        erase(config);
        result
    }
}

/// Asks the host, or the generators of the seed, as the policy says; traps if it says neither.
fn draw<T>(host: impl FnOnce() -> T, seeded: impl FnOnce(&mut Generators) -> T) -> T {
    with(&SOURCE, |source| match source {
        Source::Host => host(),
        Source::Seeded(generators) => seeded(generators),
        Source::Denied => trap!(random_is_denied_by_the_policy),
    })
}

/// Checks a length that a guest asked for. What is too long traps: an answer may neither be shorter than asked nor an
/// error.
fn checked_length(length: u64) -> usize {
    match usize::try_from(length) {
        Ok(length) if length <= MAX_BYTES => length,
        _ => trap!(too_many_random_bytes_were_asked_for_at_once),
    }
}
