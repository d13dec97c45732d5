//! The kernel: the adapter that owns `wasi:io`, and with it every interface whose functions return streams or
//! pollables.
//!
//! An application has one `wasi:io`. As soon as one of our components makes a stream or a pollable of its own (a file
//! in memory, a timer in virtual time, a scripted standard input), it must own the `wasi:io` that the application
//! sees. What comes from the host is wrapped one to one, so that a list of pollables may hold both kinds.
//!
//! The configuration ([`KernelConfig`](interpose_settings::KernelConfig)) says for each capability whether it is
//! virtual or the host's. An import that the configuration does not call for is never called: the tool may leave it
//! unconnected.
//!
//! With the Cargo feature `host-poll` the host's pollables are wrapped. Without it `wasi:io/poll` is not imported, for
//! applications that do not import it either: they cannot call what returns a pollable, so here it traps.
//!
//! | Cargo features | world in `wit/p2/kernel.wit` | for applications that |
//! | --- | --- | --- |
//! | none | `kernel` | import neither `wasi:sockets` nor `wasi:http` |
//! | `network` | `kernel-network` | import one of them and are denied both |
//! | `forward` | `kernel-forward` | handle HTTP requests, or reach a network or HTTP below |
//!
//! With the feature `overlay` there can be overlays. Without it a configuration that has one is refused, and nothing of
//! them is in the code.
//!
//! The build that forwards wraps one to one what it gets from below. In the one that refuses, the same wrappers hold
//! what can never exist ([`Forwarded`](host_resource::Forwarded)), so that nothing of the host's network is imported.
//!
//! There is a module per WASI package and a file per interface or kind of object. Everything that has to be decided is
//! decided in `components/core`; here it is translated. [`state`] is the kernel's memory between calls, and none of its
//! types knows of it.
//!
//! Rules of this crate, which keep a guest from trapping it:
//! - The [`STATE`](state::STATE) is borrowed for one step at a time and never across a call to an import, nor while
//!   something is dropped that might close a file.
//! - Whatever a guest's length or count makes us allocate is capped first.
//! - A host's child resource is dropped before its parent, in whatever order the guest drops ours.

mod bindings {
    #![allow(missing_docs, unsafe_code)]

    macro_rules! generate {
        ($world:literal) => {
            wit_bindgen::generate!({
                world: $world,
                path: "../../../wit/p2",
                generate_all,
                // One Rust type for the host's and our own records, enums and flags, so that forwarding is a move.
                merge_structurally_equal_types: true,
                runtime_path: "interpose_adapter::rt",
            });
        };
    }

    #[cfg(not(any(feature = "network", feature = "forward")))]
    generate!("kernel");
    #[cfg(all(feature = "network", not(feature = "forward")))]
    generate!("kernel-network");
    #[cfg(feature = "forward")]
    generate!("kernel-forward");

    use super::adapter::Adapter;
    export!(Adapter);
}

mod adapter;
mod clocks;
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
