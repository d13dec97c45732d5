//! Generates the core modules that stand between two core modules which were components' before: they do what a runtime
//! does between components (`canon lower` of `canon lift`), with all of its checks.
//!
//! The **callee** defines functions and resources; the **application** calls them. Two kinds of modules stand between:
//!
//! - [`direct`] has the application's handles, the functions that drop them, and each function that needs no memory of
//!   the application. It imports `callee`, and can be instantiated before the application.
//! - [`with_memory`] has the functions that do, for one pair of the application's memory and function that allocates in
//!   it. It imports `callee`, `direct`, `application` (`memory` and, if it needs that, `realloc`) and, in the portable
//!   form, `copy`, an instance of [`copy`].

mod body;
mod call;
mod copy;
mod emitter;
mod flat;
mod handles;
mod memory;
mod module;
mod scalar;
mod utf8;
mod value;

use wasm_encoder::ValType;

use self::call::Callees;
pub use self::copy::copy;
use self::emitter::{Glue, Side, Sides};
use self::handles::Handles;
use self::memory::{Accessors, Memory};
use self::module::Module;
use crate::canonical::Signature;

/// The names under which glue imports the two sides.
const CALLEE: &str = "callee";
const APPLICATION: &str = "application";

/// The largest [`Signature::weight`] of a function for which glue is generated. The types of WASI have less than a
/// hundredth of it. The code of a heavier function could be longer than engines accept.
pub const MAX_WEIGHT: u32 = 10_000;

/// The type of a function that allocates: the old address and size, the alignment, and the new size.
const REALLOC: (&[ValType], &[ValType]) = (&[ValType::I32; 4], &[ValType::I32]);

/// A function of the callee that the application calls.
#[derive(Clone, Debug)]
pub struct Function {
    /// The name of the generated export.
    pub export: String,
    /// The callee's export that does the work, as it was lifted.
    pub callee: String,
    /// The callee's export that is called when the result has been read, with the same number.
    pub post_return: Option<String>,
    /// Its parameters and its result. A number of a type of resources is a position among the [`Resource`]s.
    pub signature: Signature,
}

/// A type of resources that the callee defines and the application uses.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The name of the generated export that drops a handle.
    pub drop: String,
    /// The callee's export that destroys a resource.
    pub destructor: Option<String>,
}

/// What the callee's functions were lifted with.
#[derive(Clone, Debug)]
pub struct Callee {
    /// The export that is its memory.
    pub memory: String,
    /// The export that allocates in it.
    pub realloc: Option<String>,
}

/// How many memories a generated module may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memories {
    /// Two: the engine has to support multiple memories. The fastest.
    Multiple,
    /// One, which every engine supports.
    Portable,
}

/// Generates the module with the handles of these types of resources, and with functions that need no memory of the
/// application.
///
/// # Panics
/// If one of the functions does ([`Signature::needs_memory`]), or is heavier than [`MAX_WEIGHT`].
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
    let handles = Handles::define(&mut module);
    let mut glue = Glue::new(module, handles, None);
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
/// If a function needs one of the callee's exports that `callee` does not have, or is heavier than [`MAX_WEIGHT`].
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
    let handles = Handles::import(&mut module, multiple);
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
    let mut glue = Glue::new(module, handles, Some(sides));
    for (function, callees) in functions.iter().zip(&callees) {
        glue.function(function, callees);
    }
    glue.movers();
    glue.module.finish()
}
