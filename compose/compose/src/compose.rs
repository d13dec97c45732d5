//! The whole way from an application and a policy to one component.

use std::collections::{BTreeMap, BTreeSet};

use interpose_policy::Policy;
use miette::Diagnostic;
use thiserror::Error;

use crate::adapters::Adapter;
use crate::application::Application;
use crate::audit::{AuditError, audit};
use crate::cache::CompilationCache;
use crate::configurations::{Configuration, imports_configuration};
use crate::configure::{Configurator, ConfigureError, check_size};
use crate::http_handler;
use crate::instructions;
use crate::link::{Export, LinkError, Part, encode, parts};
use crate::plan::{Granted, Plan, PlanError, Provider};
use crate::starter::with_starter;
use crate::step::Step;
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
    /// In an open form, what its adapters are to be given when it is instantiated; none if it is sealed.
    pub configurations: Vec<Configuration>,
}

/// In which form a component is composed. Without any of these it runs on every host; they are for a host that runs it at
/// once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Whether the result is open: its adapters ask their host for their configuration when they are instantiated, and have
    /// it before the application starts. Such a component does not depend on what a policy says, but for the adapters that
    /// this needs, so that it is compiled once for many policies. It is sealed nevertheless for an application that imports
    /// what only adapters may.
    ///
    /// Only a host that gives [`Composition::configurations`] runs it, as that of the crate `interpose-host` does.
    pub open: bool,
    /// Whether the result also exports the filesystem of its kernel, where the plan has one, so that the host can save files
    /// when the application has ended.
    pub exposed: bool,
}

/// What there is around one of several components.
#[derive(Clone, Debug, Default)]
pub(crate) struct Among {
    /// The imports that others answer.
    pub(crate) answered: BTreeSet<String>,
    /// The exports that are of use, if not all are.
    pub(crate) wanted: Option<BTreeSet<String>>,
    /// The form.
    pub(crate) form: Form,
    /// How many adapters others have that are configured when they are instantiated.
    pub(crate) first: usize,
}

/// Composes applications.
pub struct Composer {
    configurator: Configurator,
    watch: Box<dyn Fn(Step) + Send + Sync>,
}

/// The interfaces of the kernel that [`Form::exposed`] is about: the filesystem, and the interfaces whose
/// types it uses, in the order in which they depend on each other.
const EXPOSED: &[&str] = &[
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
            watch: Box::new(|_| {}),
        })
    }

    /// Tells `watch` of each step when it begins.
    pub fn watched(self, watch: impl Fn(Step) + Send + Sync + 'static) -> Self {
        Self {
            watch: Box::new(watch),
            ..self
        }
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
        self.compose_as(application, policy, Form::default())
    }

    /// Like [`Composer::compose`], in another form.
    ///
    /// # Errors
    /// As [`Composer::compose`].
    pub fn compose_as(
        &self,
        application: &Application,
        policy: &Policy,
        form: Form,
    ) -> Result<Composition, ComposeError> {
        let among = Among {
            form,
            ..Among::default()
        };
        self.compose_among(application, policy, &among)
    }

    /// Interposes one of several components.
    pub(crate) fn compose_among(
        &self,
        application: &Application,
        policy: &Policy,
        among: &Among,
    ) -> Result<Composition, ComposeError> {
        (self.watch)(Step::Planning);
        let mut surface = Surface::of(application.component())?;
        if let Some(wanted) = &among.wanted {
            surface.exports.retain(|item| wanted.contains(&item.name));
        }
        // An application that imports a configuration must not get one.
        let open = among.form.open && !imports_configuration(&surface);
        let exposed = if among.form.exposed { EXPOSED } else { &[] };
        let mut plan = Plan::among(policy, &surface, &among.answered)?;
        if plan.decisions.are_deterministic() {
            plan.warnings
                .extend(instructions::warning(application.component()));
        }
        let (adapters, configurations) = match open {
            true => open_adapters(&plan, among.first)?,
            false => (self.configured(&plan)?, Vec::new()),
        };
        let (parts, layout) = parts(&plan, adapters, Some(application.component()))?;
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
        let mut granted = plan.granted.clone();
        grant_configurations(&configurations, &mut granted, &mut surface);
        let (component, surface) = self.finish(&parts, &exports, &surface, &granted)?;
        Ok(Composition {
            component,
            surface,
            plan,
            parts,
            exports,
            configurations,
        })
    }

    /// The configured adapters of a policy as one component without an application: it exports every interface that
    /// they answer, for `wac plug` and other composers. Imports and exports have the adapters' version names.
    ///
    /// # Errors
    /// As [`Composer::compose`].
    pub fn adapters(&self, policy: &Policy) -> Result<Composition, ComposeError> {
        (self.watch)(Step::Planning);
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
        let (component, surface) = self.finish(&parts, &exports, &surface, &plan.granted)?;
        Ok(Composition {
            component,
            surface,
            plan,
            parts,
            exports,
            configurations: Vec::new(),
        })
    }

    /// Encodes parts and audits the result, of which nothing else is to be imported and exported than `surface` has.
    fn finish(
        &self,
        parts: &[Part],
        exports: &[Export],
        surface: &Surface,
        granted: &BTreeMap<String, Granted>,
    ) -> Result<(Vec<u8>, Surface), ComposeError> {
        (self.watch)(Step::Connecting);
        let component = encode(parts, exports, surface, granted)?;
        (self.watch)(Step::Checking);
        let surface = audit(&component, granted, surface)?;
        Ok((component, surface))
    }

    fn configured(&self, plan: &Plan) -> Result<Vec<Vec<u8>>, ConfigureError> {
        let mut adapters = Vec::new();
        for layer in &plan.layers {
            let (adapter, configuration) = (layer.adapter, layer.configuration.encode());
            let bytes = configuration.len() as u64;
            (self.watch)(Step::Configuring { adapter, bytes });
            adapters.push(self.configurator.configure(adapter, &configuration)?);
        }
        Ok(adapters)
    }
}

/// The adapters of a plan, and what they are to be configured with. They are numbered from `first`.
fn open_adapters(
    plan: &Plan,
    first: usize,
) -> Result<(Vec<Vec<u8>>, Vec<Configuration>), ConfigureError> {
    let mut adapters = Vec::new();
    let mut configurations = Vec::new();
    for (number, layer) in plan.layers.iter().enumerate() {
        let bytes = layer.configuration.encode();
        check_size(layer.adapter, &bytes)?;
        let configuration = Configuration::new(first + number, layer.adapter, bytes);
        let adapter = with_starter(layer.adapter.component(), &configuration.import);
        adapters.push(adapter.map_err(|error| ConfigureError::Failed {
            adapter: layer.adapter,
            message: error.to_string(),
        })?);
        configurations.push(configuration);
    }
    Ok((adapters, configurations))
}

/// Lets a result import the configurations of its adapters: `granted` says what it may import, `surface` what is known of
/// that.
pub(crate) fn grant_configurations(
    configurations: &[Configuration],
    granted: &mut BTreeMap<String, Granted>,
    surface: &mut Surface,
) {
    for configuration in configurations {
        granted.insert(configuration.import.clone(), Granted::All);
        surface.imports.push(Item::named(&configuration.import));
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
