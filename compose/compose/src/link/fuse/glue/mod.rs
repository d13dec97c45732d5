//! Generates the core modules that stand between two core modules which were components' before: they do what a runtime
//! does between components (`canon lower` of `canon lift`), with all of its checks.
//!
//! The **callee** defines functions and resources; the **application** calls them. Two kinds of modules stand between:
//!
//! - [`direct`] has the application's handles, the functions that drop them, and each function that needs no memory of
//!   the application. It imports `callee`, and can be instantiated before the application.
//! - [`with_memory`] has the functions that do, for one pair of the application's memory and function that allocates in
//!   it. It imports `callee`, `direct`, `application` (`memory` and, if it needs that, `realloc`) and, in the portable
//!   form, `copy`, an instance of [`copy()`].
//!
//! # What the callee can rely on
//!
//! - The application reaches none of the callee's memory: glue writes there only what it has checked, where the callee's own
//!   function has allocated, and reads from there only the values of a result, never what lies between them.
//! - The application names resources by handles alone. A number that is no handle, was dropped or given away, or is of
//!   another type traps; so does giving away what the same call lends.
//! - The application calls nothing while the callee works for it, and nothing while it allocates for a result. If it leaves
//!   that by an exception, it never calls anything again.
//! - After a trap, the runtime lets nobody enter the component again.
//!
//! The callee's own functions are trusted with resources: as it defines them, its handles are their representations.
//!
//! # What a runtime does besides
//!
//! It lets no exception out of a component, and none of the host's functions be called while the application allocates. Glue
//! sees neither.

mod body;
mod bytes;
mod call;
mod copy;
mod description;
mod emitter;
mod flat;
mod gate;
mod generate;
mod handles;
mod memory;
mod module;
mod scalar;
mod utf8;
mod value;

pub use copy::copy;
pub use description::{Callee, Function, MAX_WEIGHT, Memories, Resource};
pub use generate::{direct, with_memory};
