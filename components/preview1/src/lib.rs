//! WASI preview 1 over WASI 0.2, with memory of its own.
//!
//! World: `preview1` in `wit/p2/preview1.wit`. The module is made for one component with a program's module: [`exports`]
//! are the functions that the program imports, and [`program`] is how they reach its memory. [`interpose_preview1`] has the
//! table of descriptors, their rights and positions, and the layouts; the modules here translate.
//!
//! No function here is reached through a table: the tool leaves out every function that the program cannot call, and with
//! it the imports of WASI that only that function has.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    macro_rules! generate {
        ($world:literal) => {
            wit_bindgen::generate!({
                world: $world,
                path: "../../wit/p2",
                generate_all,
            });
        };
    }
    #[cfg(not(feature = "sockets"))]
    generate!("preview1");
    #[cfg(feature = "sockets")]
    generate!("preview1-sockets");
    use super::Adapter;
    export!(Adapter);
}

mod clocks;
mod descriptor;
mod environment;
mod errors;
mod exports;
mod open;
mod path;
mod poll;
mod process;
mod program;
mod read;
#[cfg_attr(feature = "sockets", path = "socket.rs")]
#[cfg_attr(not(feature = "sockets"), path = "no_socket.rs")]
mod socket;
mod sockets;
mod stat;
mod stdio;
mod write;

struct Adapter;
