//! The adapter for `wasi:clocks` of WASI 0.3: the host's clocks shifted, rounded, or replaced by clocks that stand still.
//!
//! World: `clocks` in `wit/p3/clocks.wit`. The host does the waiting, so a wait takes as long as the host's clock says,
//! whatever the application reads. [`interpose_time`] decides the readings. If clocks are denied, every call traps, because
//! no function of `wasi:clocks` can return an error.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::Adapter;
    wit_bindgen::generate!({
        world: "wasi-interpose:p3/clocks",
        path: "../../../wit/p3",
        generate_all,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

mod monotonic_clock;
mod system_clock;

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::{configure, erase, state, trap, with};
use interpose_settings::{ClocksConfig, Reason};
use interpose_time::{Denied, FilteredClocks};

struct Adapter;

state!(static CLOCKS: FilteredClocks);

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&CLOCKS, &config, |config: ClocksConfig| {
            FilteredClocks::new(config.mode).map_err(|error| error.to_string())
        });
        erase(config);
        result
    }
}

/// Asks the clocks of the policy on behalf of a function. If clocks are denied, the call traps, because no function of
/// `wasi:clocks` can return an error.
fn ask<T>(function: &str, question: impl FnOnce(&mut FilteredClocks) -> Result<T, Denied>) -> T {
    match with(&CLOCKS, question) {
        Ok(answer) => answer,
        Err(Denied) => {
            refused(Reason::Clocks, function, Subject::Text(&[]));
            trap!(clocks_are_denied_by_the_policy)
        }
    }
}
