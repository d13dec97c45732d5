//! What the adapter has for functions that are linked later.

use wasmparser::FuncType;

/// The export of the adapter's table, which the tool adds.
pub const TABLE: &str = "interpose:table";

/// A place in the adapter's table for a function that is linked later.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The name under which the adapter imports the function.
    pub name: String,
    /// The function's type.
    pub ty: FuncType,
}

/// The functions of the adapter that take the address of a socket, for IPv4 and for IPv6.
pub const LISTEN: [&str; 2] = ["listen4", "listen6"];
