//! What a kernel answers of the WASI 0.3 that an application imports.

use interpose_policy::model::Clocks;
use interpose_settings::StreamsConfig;

use super::layer::LayerConfiguration;
use super::p3_imports::{called, has, uses};
use crate::adapters::Adapter;
use crate::interface::InterfaceName;
use crate::resolved::Decisions;
use crate::surface::Surface;
use crate::wasi::{Capability, Revision};

/// What a kernel answers of the WASI 0.3 that an application imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OfKernel {
    /// Files.
    pub(super) files: bool,
    clocks: bool,
    standard_streams: bool,
}

impl OfKernel {
    pub(super) fn of(decisions: &Decisions, surface: &Surface) -> Self {
        let imports = |capability| uses(surface, capability);
        Self {
            files: imports(Capability::Filesystem) && decisions.files_are_kernels_in_p3(),
            clocks: imports(Capability::Clocks) && is_virtual(decisions),
            standard_streams: called(surface, Capability::Stdio)
                .any(|name| !leaves_stream(decisions, surface, &name.interface)),
        }
    }

    /// Whether there must be a kernel.
    pub(super) fn is_any(self) -> bool {
        self.files || self.clocks || self.standard_streams
    }

    /// The adapter that stands above the kernel, if functions of the kernel give streams.
    pub(super) fn streams(self) -> Option<(Adapter, LayerConfiguration)> {
        (self.files || self.standard_streams).then(|| {
            let config = LayerConfiguration::Streams(StreamsConfig::default());
            (Adapter::StreamsP3, config)
        })
    }
}

/// Whether time is virtual.
pub(super) fn is_virtual(decisions: &Decisions) -> bool {
    matches!(decisions.clocks, Clocks::Virtual { .. })
}

/// Whether an adapter that has an interface answers it. A kernel has clocks also where the host's are used, and files also
/// where a filter shows those of the host.
pub(super) fn answers(
    decisions: &Decisions,
    surface: &Surface,
    adapter: Adapter,
    name: &InterfaceName,
) -> bool {
    if name.revision() != Some(Revision::P3) {
        return true;
    }
    match Capability::of_known(name) {
        Capability::Clocks if adapter.is_kernel_of_p3() => is_virtual(decisions),
        Capability::Filesystem if adapter.is_kernel_of_p3() || adapter == Adapter::StreamsP3 => {
            decisions.files_are_kernels_in_p3()
        }
        Capability::Stdio => !leaves_stream(decisions, surface, &name.interface),
        _ => true,
    }
}

/// Whether an interface of `wasi:cli` about the standard streams is the host's. Interfaces that share a resource are answered
/// by one side: where the host's answer is for one of them only, neither output is a terminal.
fn leaves_stream(decisions: &Decisions, surface: &Surface, interface: &str) -> bool {
    let sharing: &[&str] = match interface {
        "terminal-input" | "terminal-stdin" => &["terminal-stdin"],
        "terminal-output" | "terminal-stdout" | "terminal-stderr" => {
            &["terminal-stdout", "terminal-stderr"]
        }
        _ => &[],
    };
    let imported = sharing
        .iter()
        .filter(|interface| has(surface, &format!("wasi:cli/{interface}")));
    let mut imported = imported.peekable();
    match imported.peek() {
        Some(_) => imported.all(|interface| decisions.leaves_stream(interface)),
        None => decisions.leaves_stream(interface),
    }
}
