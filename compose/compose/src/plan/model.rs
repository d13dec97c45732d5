//! The plan of a composition as data.

use std::collections::BTreeMap;

use miette::Diagnostic;
use serde::Serialize;
use thiserror::Error;

use super::layer::{KernelPlan, Layer, LayerConfiguration, Provider, Wire};
use crate::http_handler;
use crate::interface::InterfaceName;
use crate::resolved::Decisions;

/// The plan that interposes an application.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The decisions about each capability.
    pub decisions: Decisions,
    /// The layers: an adapter each, the host's side first.
    pub layers: Vec<Layer>,
    /// The answers to the application's imports, in its order.
    pub application: Vec<Wire>,
    /// The imports that the composition may have, under the application's names, and how much of each.
    pub granted: BTreeMap<String, Granted>,
    /// The warnings for the person who composes.
    pub warnings: Vec<Warning>,
}

/// A property of a composition that a person should know before it runs.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[non_exhaustive]
pub enum Warning {
    /// The policy asks for determinism, and the application has instructions for which WebAssembly allows several
    /// results.
    #[error(
        "the application uses relaxed SIMD, whose results depend on the processor except on hosts that decide them, as that of `interpose run` does: {}",
        instructions.join(", ")
    )]
    #[diagnostic(code("plan::relaxed-simd"))]
    RelaxedSimd {
        /// The names of these instructions.
        instructions: Vec<&'static str>,
    },
    /// The policy hands over listening sockets, and the application takes none.
    #[error(
        "`preopen` under `[network]` has no effect: the application is no core module for preview 1 that calls `sock_accept`, or the standard adapter was asked for"
    )]
    #[diagnostic(
        code("plan::useless-preopens"),
        help("a component opens its sockets by itself: name their addresses under `listen`")
    )]
    UselessPreopens,
    /// A rule about faults is about no function that the application imports and that could have this fault.
    #[error(
        "rule {rule} of `[faults]` has no effect: the application imports no function that could have this fault"
    )]
    #[diagnostic(
        code("plan::useless-fault"),
        help("`interpose inspect` lists the functions that the application imports")
    )]
    UselessFault {
        /// The number of the rule, counted from 1.
        rule: usize,
    },
}

/// The part of an interface that is left to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Granted {
    /// Its types, because another interface uses them, but none of its functions.
    Types,
    /// All types and functions.
    All,
}

impl Plan {
    /// The name of the provider of an import: `host`, the name of an adapter, or words for the other providers.
    pub fn answered_by(&self, provider: &Provider) -> &str {
        match provider {
            Provider::Host => "host",
            Provider::Peer => "another component",
            Provider::Type => "type of another import",
            Provider::Request => http_handler::REQUEST_NAME,
            Provider::Stub => "stub",
            Provider::Layer { layer, .. } => self.layers[*layer].adapter.name(),
        }
    }

    /// Whether something above a layer is answered by this export of it.
    pub(crate) fn asks(&self, layer: usize, export: &str) -> bool {
        let above = self.layers.iter().skip(layer + 1);
        let mut wires = above
            .flat_map(|layer| &layer.imports)
            .chain(&self.application);
        wires.any(|wire| {
            matches!(&wire.provider, Provider::Layer { layer: other, export: name }
                if *other == layer && name == export)
        })
    }

    /// The layer that is the kernel, if there is one.
    pub fn kernel(&self) -> Option<(usize, &KernelPlan)> {
        self.layers
            .iter()
            .enumerate()
            .find_map(|(position, layer)| match &layer.configuration {
                LayerConfiguration::Kernel(plan) => Some((position, plan)),
                _ => None,
            })
    }

    /// Whether the requests to the application become the kernel's: whether a part above the kernel exports
    /// `wasi:http/incoming-handler` in place of the application.
    pub fn wraps_requests(&self) -> bool {
        self.kernel()
            .is_some_and(|(_, kernel)| kernel.handles_requests)
    }

    /// Whether the functions of an interface, named without version, are left to the host. An import in a version that
    /// no table decides about does not count if a table decides about another version of the interface.
    pub fn grants(&self, interface: &str) -> bool {
        self.granted.iter().any(|(name, granted)| {
            let name = InterfaceName::parse(name);
            *granted == Granted::All
                && name.is_some_and(|name| {
                    name.path() == interface && !self.decisions.leaves_another_version(&name)
                })
        })
    }
}
