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

use crate::canonical::Signature;

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
/// application ([`Signature::needs_memory`]).
pub fn direct(functions: &[Function], resources: &[Resource]) -> Vec<u8> {
    let _ = (functions, resources);
    unimplemented!("comes with the generator")
}

/// Generates the module with functions that need a memory of the application.
pub fn with_memory(functions: &[Function], callee: &Callee, memories: Memories) -> Vec<u8> {
    let _ = (functions, callee, memories);
    unimplemented!("comes with the generator")
}

/// Generates the module that reads and writes the callee's memory for [`with_memory`] in its portable form. It imports
/// `callee`.
pub fn copy(callee: &Callee) -> Vec<u8> {
    let _ = callee;
    unimplemented!("comes with the generator")
}
