//! Whether the application may call the callee now.

use wasm_encoder::{ConstExpr, ValType};

use super::body::Body;
use super::description::DIRECT;
use super::module::Module;

/// The global's name. No function of an interface has such a name.
const BUSY: &str = "[gate]busy";

/// A global that is not 0 while the callee works for the application, and while the application allocates for a result.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    busy: u32,
}

impl Gate {
    /// Defines it.
    pub fn define(module: &mut Module) -> Self {
        Self {
            busy: module.global(BUSY, ValType::I32, &ConstExpr::i32_const(0)),
        }
    }

    /// Imports it.
    pub fn import(module: &mut Module) -> Self {
        Self {
            busy: module.import_global(DIRECT, BUSY, ValType::I32),
        }
    }

    /// Traps if a call is not allowed now, and says that one begins.
    pub fn enter(self, body: &mut Body) {
        body.code().global_get(self.busy);
        body.trap_if();
        body.code().i32_const(1).global_set(self.busy);
    }

    /// Says that the call is over.
    pub fn leave(self, body: &mut Body) {
        body.code().i32_const(0).global_set(self.busy);
    }
}
