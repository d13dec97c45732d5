//! The functions of preview 1 that the adapter has.

use super::error::Preview1Error;
use super::module::Module;
use crate::adapters::PREVIEW1;

/// The adapter's module.
pub fn module() -> Result<Module<'static>, Preview1Error> {
    Ok(Module::read(PREVIEW1)?)
}

/// Whether the adapter exports a function of this name for programs: their names are of a form that its other exports
/// do not have.
pub fn is_function_of_wasi(name: &str) -> bool {
    const FAMILIES: [&str; 10] = [
        "args_", "environ_", "clock_", "fd_", "path_", "poll_", "proc_", "random_", "sched_",
        "sock_",
    ];
    FAMILIES.iter().any(|family| name.starts_with(family)) && !name.ends_with("_with_code")
}
