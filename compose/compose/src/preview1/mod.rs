//! Core modules for WASI preview 1, and for its predecessor `wasi_unstable`, as components.
//!
//! The component has these core modules. The **adapter** ([`adapter`]) is the crate `interpose-preview1-adapter`, with
//! memory of its own: it implements the functions of preview 1 over WASI 0.2. The **program** ([`program`]) is the module
//! that was given; its imports are the adapter's exports. **Copy** ([`copy`]) sees the program's memory and moves bytes
//! between it and the adapter. **Link** ([`link`]) puts the functions of the program and of copy into the adapter's table.
//!
//! wit-component encodes the adapter alone as a component, so that it lowers all imports of WASI with the adapter's memory.
//! The other modules are appended ([`component`]). They are instantiated after the adapter, which therefore reaches them
//! through its table. A program whose start function calls WASI would run before they are there, so the start function is
//! taken out of the module, and is called after all are linked.

mod adapter;
mod component;
mod copy;
mod error;
mod export;
mod known;
mod link;
mod linked;
mod module;
mod program;
pub(crate) mod standard;
mod target;

pub use error::{Preview1Error, StandardError};
pub use target::{Preview1, Target};

use std::net::SocketAddr;

use program::Program;
use wasmparser::WasmFeatures;

use crate::foreign::{validate, validate_structure};

/// A core module as a component.
pub(crate) struct Adapted {
    /// The component.
    pub component: Vec<u8>,
    /// Whether the program accepts connections of sockets that it is given.
    pub accepts: bool,
}

/// Makes a component of a valid core module, with sockets that listen when the program starts.
///
/// # Errors
/// [`Preview1Error`] when the module is no program for preview 1, or cannot be one in a component.
pub(crate) fn adapt(
    module: &[u8],
    target: Target,
    listeners: &[SocketAddr],
) -> Result<Adapted, Preview1Error> {
    let mut program = Program::read(module, target)?;
    adapter::note_exit_codes(&mut program, target, listeners)?;
    let adapter = adapter::encode(&program, target, listeners)?;
    // Nothing else reads the functions of the adapter, of which those are left out that this program does not need.
    validate(&adapter.component)?;
    let component = component::assemble(&adapter, &program, target, listeners)?;
    // The bodies of functions are those of a valid module and of the adapter, which take long.
    validate_structure(&component, WasmFeatures::all())?;
    Ok(Adapted {
        component,
        accepts: program.accepts,
    })
}
