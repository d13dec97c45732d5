//! A plan.

use std::collections::BTreeMap;

use miette::Diagnostic;
use serde::Serialize;
use thiserror::Error;

use super::layer::{KernelPlan, Layer, LayerConfiguration, Provider, Wire};
use crate::http_handler;
use crate::interface::InterfaceName;
use crate::resolved::Decisions;

/// How an application is interposed.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What the application gets.
    pub decisions: Decisions,
    /// The adapters, the host's side first.
    pub layers: Vec<Layer>,
    /// What answers each import of the application, in its order.
    pub application: Vec<Wire>,
    /// The imports that the result may have, under the application's names.
    pub granted: BTreeMap<String, Granted>,
    /// What the person should know.
    pub warnings: Vec<Warning>,
}

/// What a person should know of a composition before it runs.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[non_exhaustive]
pub enum Warning {
    /// The policy asks for determinism, and the application has instructions whose results WebAssembly leaves open.
    #[error(
        "the application uses relaxed SIMD, whose results depend on the processor except on hosts that decide them, as that of `interpose run` does: {}",
        instructions.join(", ")
    )]
    #[diagnostic(code("plan::relaxed-simd"))]
    RelaxedSimd {
        /// The names of these instructions.
        instructions: Vec<&'static str>,
    },
}

/// How much of an interface is left to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Granted {
    /// Its types, because another interface uses them, and none of its functions.
    Types,
    /// All of it.
    All,
}

impl Plan {
    /// The name of the component that answers an import: `host`, the name of an adapter, or words for what else there is.
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

    /// Whether the requests to the application become the kernel's: whether another component than the application
    /// exports its `wasi:http/incoming-handler`.
    pub fn wraps_requests(&self) -> bool {
        self.kernel()
            .is_some_and(|(_, kernel)| kernel.handles_requests)
    }

    /// Whether the functions of an interface, named without version, are left to the host. A version that no table decides about,
    /// of an interface that has a table in another, does not count.
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
