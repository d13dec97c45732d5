//! The probes of a composition.

use wasi_interpose::probe::Observed;

/// A probe of a composition, and the name of its component in a graph.
pub struct Probe {
    pub component: Option<String>,
    pub observed: Observed,
}
