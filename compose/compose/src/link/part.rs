//! The parts of a composition, as they are before they become one component.

use bytes::Bytes;

/// A component of a composition. Parts are instantiated in their order, and `--emit-wac` writes each of them.
#[derive(Clone, Debug)]
pub struct Part {
    /// The part's name in the composition, such as `random`, `kernel-stub` or `application`.
    pub name: String,
    /// The component.
    pub component: Bytes,
    /// The imports that earlier parts answer; all others are left to the host.
    pub arguments: Vec<Argument>,
}

/// An import of a part that an earlier part answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The import's name.
    pub import: String,
    /// The position of the part that answers the import.
    pub part: usize,
    /// The name of that part's export.
    pub export: String,
}

/// An export of the composition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The position of the part with the export.
    pub part: usize,
    /// The export's name in the part.
    pub from: String,
    /// The export's name in the composition.
    pub name: String,
}

impl Export {
    /// An export with the same name in the part and in the composition.
    pub fn same(part: usize, name: &str) -> Self {
        Self {
            part,
            from: name.into(),
            name: name.into(),
        }
    }
}
