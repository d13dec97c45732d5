//! The whole way from an application and a policy to one component.

use std::collections::BTreeSet;

use interpose_policy::Policy;
use miette::Diagnostic;
use thiserror::Error;

use crate::adapters::Adapter;
use crate::application::Application;
use crate::audit::{AuditError, audit};
use crate::cache::CompilationCache;
use crate::configure::{Configurator, ConfigureError};
use crate::http_handler;
use crate::instructions;
use crate::link::{Export, LinkError, Part, encode, parts};
use crate::plan::{Plan, PlanError, Provider};
use crate::surface::{Item, Kind, Surface, SurfaceError};
use crate::wasi::p2;

/// Why nothing was composed.
#[derive(Debug, Error, Diagnostic)]
pub enum ComposeError {
    /// The application's imports and exports could not be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Surface(#[from] SurfaceError),
    /// There is no plan for this application under this policy.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Plan(#[from] PlanError),
    /// The runtime that configures adapters could not be started.
    #[error("the runtime could not be started: {0:#}")]
    #[diagnostic(code("compose::runtime"))]
    Runtime(wasmtime::Error),
    /// An adapter could not be configured.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Configure(#[from] ConfigureError),
    /// The parts could not be wired together.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Graph(#[from] LinkError),
    /// The result is not what was planned: a bug, and nothing is returned.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Audit(#[from] AuditError),
}

/// An application and its adapters as one component.
#[derive(Clone, Debug)]
pub struct Composition {
    /// The component.
    pub component: Vec<u8>,
    /// What it imports and exports, as read back from it.
    pub surface: Surface,
    /// How it was made.
    pub plan: Plan,
    /// What it was made of.
    pub parts: Vec<Part>,
    /// Which exports of which parts are its exports.
    pub exports: Vec<Export>,
}

/// Composes applications.
pub struct Composer {
    configurator: Configurator,
}

/// The interfaces of the kernel that [`Composer::compose_exposed`] exports: the filesystem, and the interfaces whose
/// types it uses, in the order in which they depend on each other.
pub(crate) const EXPOSED: &[&str] = &[
    p2!("wasi:io/error"),
    p2!("wasi:io/poll"),
    p2!("wasi:io/streams"),
    p2!("wasi:clocks/wall-clock"),
    p2!("wasi:filesystem/types"),
    p2!("wasi:filesystem/preopens"),
];

impl Composer {
    /// Makes a composer that keeps compiled adapters in `cache`.
    ///
    /// # Errors
    /// [`ComposeError::Runtime`] when this machine cannot run WebAssembly.
    pub fn new(cache: &CompilationCache) -> Result<Self, ComposeError> {
        Ok(Self {
            configurator: Configurator::new(cache).map_err(ComposeError::Runtime)?,
        })
    }

    /// Interposes an application as a policy says. The same input gives the same bytes.
    ///
    /// # Errors
    /// [`ComposeError`]; there is never a partial result.
    pub fn compose(
        &self,
        application: &Application,
        policy: &Policy,
    ) -> Result<Composition, ComposeError> {
        self.compose_with(application, policy, &[])
    }

    /// Like [`Composer::compose`], for running at once: where the plan has a kernel, the result also exports its
    /// filesystem, so that the host can save files when the application has ended.
    ///
    /// # Errors
    /// As [`Composer::compose`].
    pub fn compose_exposed(
        &self,
        application: &Application,
        policy: &Policy,
    ) -> Result<Composition, ComposeError> {
        self.compose_with(application, policy, EXPOSED)
    }

    fn compose_with(
        &self,
        application: &Application,
        policy: &Policy,
        exposed: &[&str],
    ) -> Result<Composition, ComposeError> {
        self.compose_among(application, policy, &BTreeSet::new(), None, exposed)
    }

    /// Interposes one of several components: `answered` are the imports that others answer, `wanted` the exports that
    /// are of use, if not all are.
    pub(crate) fn compose_among(
        &self,
        application: &Application,
        policy: &Policy,
        answered: &BTreeSet<String>,
        wanted: Option<&BTreeSet<String>>,
        exposed: &[&str],
    ) -> Result<Composition, ComposeError> {
        let mut surface = Surface::of(application.component())?;
        if let Some(wanted) = wanted {
            surface.exports.retain(|item| wanted.contains(&item.name));
        }
        let mut plan = Plan::among(policy, &surface, answered)?;
        if plan.decisions.are_deterministic() {
            plan.warnings
                .extend(instructions::warning(application.component()));
        }
        let (parts, layout) = parts(
            &plan,
            self.configured(&plan)?,
            Some(application.component()),
        )?;
        let handled = surface.handler().map(str::to_owned);
        let mut exports: Vec<Export> = Vec::new();
        if let Some((layer, _)) = plan.kernel() {
            let kernel = layout.layer(layer);
            exports.extend(exposed.iter().map(|name| Export::same(kernel, name)));
            surface
                .exports
                .extend(exposed.iter().map(|name| Item::named(name)));
        }
        let own = surface.exports.iter().map(|export| &export.name);
        let own: Vec<Export> = own
            .filter(|name| exports.iter().all(|e| e.name != **name))
            .filter_map(|name| match layout.handler() {
                Some(part) if handled.as_ref() == Some(name) => Some(Export {
                    part,
                    from: http_handler::EXPORT.into(),
                    name: name.clone(),
                }),
                _ => Some(Export::same(layout.application()?, name)),
            })
            .collect();
        exports.extend(own);
        let component = encode(&parts, &exports, &surface, &plan.granted)?;
        let surface = audit(&component, &plan.granted, &surface)?;
        Ok(Composition {
            component,
            surface,
            plan,
            parts,
            exports,
        })
    }

    /// The configured adapters of a policy as one component without an application: it exports every interface that
    /// they answer, for `wac plug` and other composers. Imports and exports have the adapters' version names.
    ///
    /// # Errors
    /// As [`Composer::compose`].
    pub fn adapters(&self, policy: &Policy) -> Result<Composition, ComposeError> {
        let mut surface = everything()?;
        let plan = Plan::new(policy, &surface)?;
        let (parts, layout) = parts(&plan, self.configured(&plan)?, None)?;
        let mut exports = Vec::new();
        for wire in &plan.application {
            if let Provider::Layer { layer, export } = &wire.provider {
                exports.push(Export::same(layout.exporter(*layer, export), export));
            }
        }
        surface.exports = exports
            .iter()
            .map(|export| Item::named(&export.name))
            .collect();
        let component = encode(&parts, &exports, &surface, &plan.granted)?;
        let surface = audit(&component, &plan.granted, &surface)?;
        Ok(Composition {
            component,
            surface,
            plan,
            parts,
            exports,
        })
    }

    fn configured(&self, plan: &Plan) -> Result<Vec<Vec<u8>>, ConfigureError> {
        plan.layers
            .iter()
            .map(|layer| {
                self.configurator
                    .configure(layer.adapter, &layer.configuration.encode())
            })
            .collect()
    }
}

/// A surface that imports all that any adapter answers.
fn everything() -> Result<Surface, SurfaceError> {
    let mut seen = BTreeSet::new();
    let mut imports = Vec::new();
    for adapter in [
        Adapter::KernelNetwork,
        Adapter::Environment,
        Adapter::Random,
        Adapter::Config,
    ] {
        let own = Surface::of(adapter.component())?;
        let interfaces = own
            .exports
            .into_iter()
            .filter(|item| item.kind == Kind::Instance);
        imports.extend(interfaces.filter(|item| seen.insert(item.name.clone())));
    }
    Ok(Surface {
        imports,
        exports: Vec::new(),
    })
}
