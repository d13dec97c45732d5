//! The adapter for `wasi:clocks`: the host's clocks shifted, rounded, or replaced by ones that stand still.
//!
//! World: `clocks` in `wit/p2/clocks.wit`. Pollables are the host's own and pass untouched, so a wait takes as long as
//! the host's clock says, whatever the application reads. What it reads is decided in [`time`]. Denied, every call
//! traps, because no function of `wasi:clocks` can return an error. Virtual time needs the kernel, which owns the
//! pollables.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::Adapter;
    wit_bindgen::generate!({
        world: "clocks",
        path: "../../../wit/p2",
        generate_all,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

mod monotonic_clock;
mod time;
mod wall_clock;

use interpose_adapter::{configure, erase, state};
use interpose_config::{Clocks, ClocksConfig};

use time::{Coarse, Frozen, Offset};

struct Adapter;

/// What the application's clocks show.
enum Mode {
    Host,
    Offset(Offset),
    Frozen(Frozen),
    Coarse(Coarse),
    Denied,
}

state!(static MODE: Mode);

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&MODE, &config, |config: ClocksConfig| match config.mode {
            Clocks::Host => Ok(Mode::Host),
            Clocks::Offset { nanoseconds } => Ok(Mode::Offset(Offset { nanoseconds })),
            Clocks::Frozen { start, tick } => Ok(Mode::Frozen(Frozen::new(start, tick))),
            Clocks::Coarse { resolution: 0 } => {
                Err("the resolution of a coarse clock is at least 1 ns".into())
            }
            Clocks::Coarse { resolution } => Ok(Mode::Coarse(Coarse { resolution })),
            Clocks::Deny => Ok(Mode::Denied),
            Clocks::Virtual { .. } => {
                Err("virtual time needs the kernel, which owns the pollables".into())
            }
        });
        erase(config);
        result
    }
}
