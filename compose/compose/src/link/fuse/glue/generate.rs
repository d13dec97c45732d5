//! The modules that are instantiated.

use wasm_encoder::ValType;

use super::call::Callees;
use super::description::{APPLICATION, CALLEE, Callee, Function, Memories, Resource};
use super::emitter::{Glue, Side, Sides};
use super::gate::Gate;
use super::handles::Handles;
use super::memory::{Accessors, Memory};
use super::module::Module;
use crate::canonical::Signature;

/// The type of a function that allocates: the old address and size, the alignment, and the new size.
const REALLOC: (&[ValType], &[ValType]) = (&[ValType::I32; 4], &[ValType::I32]);

/// Generates the module with the handles of these types of resources, and with functions that need no memory of the
/// application.
///
/// # Panics
/// If one of the functions does ([`Signature::needs_memory`]), or is heavier than [`MAX_WEIGHT`](super::MAX_WEIGHT).
pub fn direct(functions: &[Function], resources: &[Resource]) -> Vec<u8> {
    let mut module = Module::default();
    let callees: Vec<Callees> = functions
        .iter()
        .map(|function| Callees::import(&mut module, function))
        .collect();
    let destructors: Vec<Option<u32>> = resources
        .iter()
        .map(|resource| {
            let name = resource.destructor.as_ref()?;
            Some(module.import(CALLEE, name, &[ValType::I32], &[]))
        })
        .collect();
    let gate = Gate::define(&mut module);
    let handles = (!resources.is_empty()).then(|| Handles::define(&mut module));
    let mut glue = Glue::new(module, gate, handles, None);
    for (number, (resource, destructor)) in (0..).zip(resources.iter().zip(destructors)) {
        glue.dropping(number, resource, destructor);
    }
    for (function, callees) in functions.iter().zip(&callees) {
        glue.function(function, callees);
    }
    glue.movers();
    glue.module.finish()
}

/// Generates the module with functions that need a memory of the application.
///
/// # Panics
/// If a function needs one of the callee's exports that `callee` does not have, or is heavier than [`MAX_WEIGHT`](super::MAX_WEIGHT).
pub fn with_memory(functions: &[Function], callee: &Callee, memories: Memories) -> Vec<u8> {
    let mut module = Module::default();
    let callees: Vec<Callees> = functions
        .iter()
        .map(|function| Callees::import(&mut module, function))
        .collect();
    let any = |needs: fn(&Signature) -> bool| functions.iter().any(|one| needs(&one.signature));
    let mut realloc = |side: &str, name: &str| module.import(side, name, REALLOC.0, REALLOC.1);
    let of_application = any(Signature::allocates_for_caller);
    let of_application = of_application.then(|| realloc(APPLICATION, "realloc"));
    let of_callee = any(Signature::allocates_for_callee);
    let of_callee = callee.realloc.as_ref().filter(|_| of_callee);
    let of_callee = of_callee.map(|name| realloc(CALLEE, name));
    let application = Memory::Seen(module.import_memory(APPLICATION, "memory"));
    let multiple = memories == Memories::Multiple;
    let of_the_callee = match memories {
        Memories::Multiple => Memory::Seen(module.import_memory(CALLEE, &callee.memory)),
        Memories::Portable => Memory::Behind(Accessors::import(&mut module)),
    };
    let gate = Gate::import(&mut module);
    let handles = any(Signature::has_handles).then(|| Handles::import(&mut module, multiple));
    let sides = Sides {
        application: Side {
            memory: application,
            realloc: of_application,
        },
        callee: Side {
            memory: of_the_callee,
            realloc: of_callee,
        },
    };
    let mut glue = Glue::new(module, gate, handles, Some(sides));
    for (function, callees) in functions.iter().zip(&callees) {
        glue.function(function, callees);
    }
    glue.movers();
    glue.module.finish()
}
