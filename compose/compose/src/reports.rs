//! The imports by which the adapters of a composition tell their host what the policy refuses.

use crate::adapters::Adapter;
use crate::surface::Surface;

/// The prefix of the names of all such imports. Applications must not be given one.
const PACKAGE: &str = "wasi-interpose:denials/";

/// The function of such an import: `func(reason: u8, function: string, subject: string)`. The reason is the number of a
/// [`Reason`](crate::denials::Reason).
pub const REFUSED: &str = "refused";

/// The import by which one adapter tells of refusals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The name of the import.
    pub import: String,
    /// The adapter.
    pub adapter: Adapter,
}

impl Report {
    /// The import of the adapter with this number in a composition.
    pub(crate) fn new(number: usize, adapter: Adapter) -> Self {
        Self {
            import: format!("{PACKAGE}adapter{number}"),
            adapter,
        }
    }
}

/// Whether a component imports a name that is reserved for adapters.
pub(crate) fn imports_report(surface: &Surface) -> bool {
    let mut imports = surface.imports.iter();
    imports.any(|import| import.name.starts_with(PACKAGE))
}
