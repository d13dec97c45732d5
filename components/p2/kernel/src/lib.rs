//! The kernel: the adapter that owns `wasi:io`, and with it every interface whose functions return streams or
//! pollables.
//!
//! An application has one `wasi:io`. As soon as an adapter makes a stream or a pollable of its own (a file in memory, a
//! timer in virtual time, standard input from a policy), it must own the `wasi:io` that the application sees. The
//! host's streams and pollables are wrapped one to one, so that a list of pollables may hold both kinds.
//!
//! The configuration ([`KernelConfig`](interpose_settings::KernelConfig)) says for each capability whether it is
//! virtual or the host's. An import that the configuration does not need is never called, so the tool may connect a
//! stub to it.
//!
//! With the Cargo feature `host-poll` the host's pollables are wrapped. Without it `wasi:io/poll` is not imported. That
//! build is for applications that do not import it either: they cannot call functions that return a pollable, so these
//! functions trap.
//!
//! | Cargo features | world in `wit/p2/kernel.wit` | for applications that |
//! | --- | --- | --- |
//! | none | `kernel` | import neither `wasi:sockets` nor `wasi:http` |
//! | `network` | `kernel-network` | import one of them and are denied both |
//! | `forward` | `kernel-forward` | handle HTTP requests, or reach a network or HTTP below |
//! | `responses` | `kernel-forward` | make HTTP requests, of which the configuration answers some |
//! | `p3` | the world of the other features, and `kernel` in `wit/p3` | import WASI 0.3 beside it or alone |
//! | `control` | `kernel-testing` or `kernel-testing-forward`, in `wit/own` | are tested: it is `kernel-network` or `kernel-forward`, and exports `wasi-interpose:testing/control` |
//!
//! The feature `responses` belongs to `forward`. With it, the requests and responses that an application builds are the
//! kernel's own, as in the build that refuses. Those that the configuration does not answer are handed over to the layer
//! below.
//!
//! With the feature `overlay` there can be overlays. Without it a configuration with an overlay is refused, and the
//! adapter has no code for overlays.
//!
//! The build that forwards wraps the resources from below one to one. In the build that refuses, the same wrappers hold
//! a type without values ([`Forwarded`](host_resource::Forwarded)), so that no interface of the host's network is
//! imported.
//!
//! There is a module per WASI package and a file per interface or kind of object. The crates in `components/core` make
//! all decisions, and this crate translates between them and WIT. [`state`] is the kernel's memory between calls; the
//! types in it do not use [`state`] themselves.
//!
//! This crate follows these rules, so that a guest cannot make it trap:
//! - The [`STATE`](state::STATE) is borrowed for one step at a time, never across a call to an import, and never while
//!   something is dropped that might close a file.
//! - A guest's length or count is capped before the kernel allocates memory for it.
//! - A child resource of the host is dropped before its parent, whatever the order in which the guest drops the
//!   kernel's resources.

mod bindings {
    #![allow(missing_docs, unsafe_code)]

    macro_rules! generate {
        ($world:literal) => {
            generate!($world, ["../../../wit/p2"]);
        };
        ($world:literal, [$($path:literal),+]) => {
            wit_bindgen::generate!({
                world: $world,
                path: [$($path),+],
                generate_all,
                // One Rust type for the host's and our own records, enums and flags, so that forwarding is a move.
                merge_structurally_equal_types: true,
                runtime_path: "crate::rt",
            });
        };
    }

    #[cfg(not(any(feature = "network", feature = "forward")))]
    generate!("kernel");
    #[cfg(all(
        feature = "network",
        not(any(feature = "forward", feature = "control"))
    ))]
    generate!("kernel-network");
    #[cfg(all(feature = "forward", not(feature = "control")))]
    generate!("kernel-forward");
    #[cfg(all(feature = "control", feature = "forward"))]
    generate!(
        "wasi-interpose:kernel-testing/kernel-testing-forward",
        [
            "../../../wit/p2",
            "../../../wit/own/testing.wit",
            "../../../wit/own/kernel-testing.wit"
        ]
    );
    #[cfg(all(feature = "control", not(feature = "forward")))]
    generate!(
        "wasi-interpose:kernel-testing/kernel-testing",
        [
            "../../../wit/p2",
            "../../../wit/own/testing.wit",
            "../../../wit/own/kernel-testing.wit"
        ]
    );

    use super::adapter::Adapter;
    export!(Adapter);
}

mod adapter;
mod clocks;
#[cfg(feature = "control")]
mod control;
mod error;
mod filesystem;
mod host_resource;
#[cfg(any(feature = "network", feature = "forward"))]
mod http;
mod mounts;
mod poll;
#[cfg(any(feature = "network", feature = "forward"))]
mod sockets;
mod state;
mod stdio;
mod streams;
mod terminal;

use interpose_adapter::{configure, erase};

use adapter::Adapter;

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&state::STATE, &config, state::Kernel::new);
        erase(config);
        result
    }
}

#[cfg(feature = "p3")]
mod p3;

/// The module that the generated bindings call at run time.
mod rt {
    pub use interpose_adapter::rt::*;

    /// Each exported function calls this at its beginning. While the application uses the kernel, it does not wait.
    #[cfg(feature = "p3")]
    #[inline]
    pub fn run_ctors_once() {
        interpose_adapter::rt::run_ctors_once();
        crate::p3::used();
    }
}
