//! What glue is generated for.

use crate::canonical::Signature;

/// The name under which glue imports the callee.
pub const CALLEE: &str = "callee";
/// The name under which glue imports the application.
pub const APPLICATION: &str = "application";
/// The name under which glue imports an instance of [`direct`](super::direct).
pub const DIRECT: &str = "direct";

/// The largest [`Signature::weight`] of a function for which glue is generated. The functions of WASI have less than a
/// fiftieth of it. The code of a heavier function could be longer than engines accept.
pub const MAX_WEIGHT: u32 = 10_000;

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
