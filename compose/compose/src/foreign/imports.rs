//! How much a core module imports.

use wasmparser::{Parser, Payload};

use super::walk::Fault;
use super::{Limit, Limits};

/// Refuses a core module with too many imports to become a component. Programs have some dozens.
///
/// # Errors
/// [`Limit::ModuleImports`], or the fault of a module that cannot be read.
pub(crate) fn check_module_imports(module: &[u8]) -> Result<(), Fault> {
    let most = Limits::FOREIGN.externs;
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(section) = payload?
            && section.into_imports().nth(most as usize).is_some()
        {
            return Err(Limit::ModuleImports(most).into());
        }
    }
    Ok(())
}
