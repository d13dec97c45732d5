//! Composes an application and the adapters that a policy needs into one component.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use interpose_calls::Table;
use interpose_policy::Policy;
use interpose_policy::model::{Faults, Network};
use miette::Diagnostic;
use thiserror::Error;

use crate::adapters::Adapter;
use crate::application::{Application, ApplicationError};
use crate::audit::{AuditError, audit};
use crate::cache::CompilationCache;
use crate::configurations::{Configuration, imports_configuration};
use crate::configure::{Configurator, ConfigureError, check_size};
use crate::faults::{self, FaultError};
use crate::http_handler;
use crate::instructions;
use crate::interposers::{Chain, InterposeError};
use crate::link::fuse::{Fate, Fused};
use crate::link::{Argument, Export, LinkError, Linking, Part, encode_fused, fused, parts};
use crate::plan::{Granted, Plan, PlanError, Provider, Warning};
use crate::probe::{CONTROL, Injecting, Kept, Observed, ProbeError, Probing, RUN, probed};
use crate::reporter::with_reporter;
use crate::reports::{Report, imports_report};
use crate::starter::with_starter;
use crate::step::Step;
use crate::surface::{Item, Kind, Surface, SurfaceError};
use crate::wasi::p2;

/// Why an application could not be composed.
#[derive(Debug, Error, Diagnostic)]
pub enum ComposeError {
    /// The application's imports and exports could not be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Surface(#[from] SurfaceError),
    /// The application could not be given the sockets of the policy.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Application(#[from] ApplicationError),
    /// The interposers of the policy cannot be used with the application.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Interposers(#[from] InterposeError),
    /// The policy refuses the application, or the application cannot be planned under it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Plan(#[from] PlanError),
    /// A rule of the policy is about an error that the application's functions do not have.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Faults(#[from] FaultError),
    /// The calls of the application cannot be observed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Probe(#[from] ProbeError),
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
    /// The result differs from its plan. That is a bug, so nothing is returned.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Audit(#[from] AuditError),
}

/// An application and its adapters as one component.
#[derive(Clone, Debug)]
pub struct Composition {
    /// The component.
    pub component: Vec<u8>,
    /// The component's imports and exports, decoded from its bytes.
    pub surface: Surface,
    /// The imports and exports of the application that was planned: with the interposers of the policy and with what it
    /// needs for the sockets that the policy hands over, and without exports that nothing needs.
    pub application: Surface,
    /// The application and its interposers, if the policy has any; they are one part of the composition.
    pub chain: Option<Chain>,
    /// The plan of the composition.
    pub plan: Plan,
    /// The parts that were connected.
    pub parts: Vec<Part>,
    /// The exports of the component: which part's export each one is.
    pub exports: Vec<Export>,
    /// What became of each adapter: whether it was fused with the application, and why not.
    pub fates: Vec<Fate>,
    /// In an open composition, the configurations that its host gives the adapters when it is instantiated; empty for a
    /// sealed one.
    pub configurations: Vec<Configuration>,
    /// If the composition has a probe: where it reports, and the functions that it sees.
    pub probe: Option<Observed>,
    /// Whether the composition exports [`CONTROL`], by which the host of a test reads the files: with
    /// [`Form::testing`], if the plan has a kernel.
    pub controlled: bool,
    /// The composition's import of [`RUN`], with [`Form::testing`].
    pub steered: Option<&'static str>,
    /// With [`Form::reports`], the imports by which the adapters tell of refusals.
    pub reports: Vec<Report>,
}

impl Composition {
    /// The parts and the exports, with each interposer as a part of its own, as `--emit-wac` writes them.
    pub fn expanded(&self) -> (Vec<Part>, Vec<Export>) {
        match &self.chain {
            // A probe is in one part with the application.
            Some(chain) if self.probe.is_none() => chain.expand(&self.parts, &self.exports),
            _ => (self.parts.clone(), self.exports.clone()),
        }
    }
}

/// The form in which a component is composed. The default form, sealed and not exposed, runs on every host; the others
/// are for a host that runs the component immediately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Whether the composition is open: its adapters ask their host for their configuration when they are instantiated,
    /// before the application starts. The policy decides only which adapters such a component has, so it is compiled
    /// once for many policies. An application that itself imports a configuration, which only adapters may do, is
    /// sealed nevertheless.
    ///
    /// Only a host that gives the adapters [`Composition::configurations`] can run it, as the crate `interpose-host`
    /// does.
    pub open: bool,
    /// Whether the composition also exports the filesystem of its kernel, if the plan has one, so that the host can
    /// save files after the application has ended.
    pub exposed: bool,
    /// Whether a [probe](crate::probe) stands around the application, and how much of each call it reports. It needs a host
    /// that takes its events.
    pub probe: Option<Kept>,
    /// Whether the composition is for a test: its host chooses the seed, and learns of each fault, by the import [`RUN`].
    pub testing: bool,
    /// Whether the adapters tell their host what the policy refuses, by an import each:
    /// [`Composition::reports`]. An application that itself imports one of these, which only adapters may do, is composed
    /// without them.
    pub reports: bool,
}

/// The context of a component that is one of several.
#[derive(Clone, Debug, Default)]
pub(crate) struct Among {
    /// The imports that other components answer.
    pub(crate) answered: BTreeSet<String>,
    /// The exports that other components use; `None` if all are kept.
    pub(crate) wanted: Option<BTreeSet<String>>,
    /// The form.
    pub(crate) form: Form,
    /// The number of adapters in earlier components.
    pub(crate) first: usize,
    /// The number of earlier components.
    pub(crate) number: usize,
}

/// An application as it is planned.
pub(crate) struct Ready {
    component: Bytes,
    /// The component's imports and exports.
    pub(crate) surface: Surface,
    chain: Option<Chain>,
    /// Whether the policy hands over sockets for which the application has no use.
    has_no_use: bool,
}

impl Ready {
    /// Gives an application the sockets and the interposers of a policy, whose files are read.
    pub(crate) fn new(application: &Application, policy: &Policy) -> Result<Self, ComposeError> {
        let listeners = policy.network.as_ref().map(Network::listeners);
        let listeners = listeners.filter(|listeners| !listeners.is_empty());
        let listening = match &listeners {
            Some(listeners) => application.with_listeners(listeners)?,
            None => None,
        };
        let has_no_use = listeners.is_some() && listening.is_none();
        let component = listening.as_ref().unwrap_or(application).component();
        let chain = Chain::of(component, policy)?;
        let component = match &chain {
            Some(chain) => chain.component.clone(),
            None => component.clone(),
        };
        Ok(Self {
            surface: Surface::of(&component)?,
            component,
            chain,
            has_no_use,
        })
    }
}

/// Composes applications.
pub struct Composer {
    configurator: Configurator,
    watch: Box<dyn Fn(Step) + Send + Sync>,
    linking: Linking,
}

/// The interfaces of the kernel that [`Form::exposed`] exports: the filesystem and the interfaces whose types it uses,
/// each behind those that it depends on.
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
            linking: Linking::default(),
        })
    }

    /// Calls `watch` with each step when the step begins.
    pub fn watched(self, watch: impl Fn(Step) + Send + Sync + 'static) -> Self {
        Self {
            watch: Box::new(watch),
            ..self
        }
    }

    /// Makes one component of the parts of each composition in this way.
    pub fn linked(self, linking: Linking) -> Self {
        Self { linking, ..self }
    }

    /// Composes an application under a policy. Equal inputs give equal bytes.
    ///
    /// # Errors
    /// [`ComposeError`]. There is never a partial result.
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
        self.compose_among(Ready::new(application, policy)?, policy, &among)
    }

    /// Composes one of several components.
    pub(crate) fn compose_among(
        &self,
        application: Ready,
        policy: &Policy,
        among: &Among,
    ) -> Result<Composition, ComposeError> {
        (self.watch)(Step::Planning);
        let Ready {
            component,
            mut surface,
            chain,
            has_no_use,
        } = application;
        if let Some(wanted) = &among.wanted {
            surface.exports.retain(|item| wanted.contains(&item.name));
        }
        // An application that itself imports a configuration must not be given one.
        let open = among.form.open && !imports_configuration(&surface);
        let exposed = if among.form.exposed { EXPOSED } else { &[] };
        let mut plan = Plan::among(policy, &surface, &among.answered, among.form.testing)?;
        let planned = surface.clone();
        if has_no_use {
            plan.warnings.push(Warning::UselessPreopens);
        }
        if plan.decisions.are_deterministic() {
            plan.warnings.extend(instructions::warning(&component));
        }
        let tells = among.form.reports && !imports_report(&surface);
        let reports = match tells {
            true => reports(&plan, among.first),
            false => Vec::new(),
        };
        let (adapters, configurations) = match open {
            true => open_adapters(&plan, among.first, &reports)?,
            false => (self.configured(&plan, &reports)?, Vec::new()),
        };
        let testing = among.form.testing;
        let kernel = plan.kernel().map(|(layer, _)| layer);
        let steered = kernel.filter(|layer| plan.layers[*layer].adapter.is_steered());
        let none = Faults::default();
        let faults = policy.faults.as_ref().or(testing.then_some(&none));
        let (mut useless, mut wrong) = (Vec::new(), None);
        let mut planned_faults = |table: &Table| {
            let planned = faults.map(|faults| faults::plan(faults, table));
            let planned = planned.unwrap_or_default();
            useless = planned.useless;
            wrong = planned.wrong;
            planned.plan
        };
        let mut probing = Probing {
            kept: among.form.probe,
            number: among.number,
            faults: faults.map(|_| Injecting {
                plan: &mut planned_faults,
                controls: steered.is_some(),
                tests: testing,
            }),
        };
        let probed = match probing.kept.is_some() || probing.faults.is_some() {
            true => Some(probed(&component, &mut probing)?),
            false => None,
        };
        if let Some(error) = wrong {
            return Err(error.into());
        }
        let useless = useless
            .iter()
            .map(|rule| Warning::UselessFault { rule: rule + 1 });
        plan.warnings.extend(useless);
        let component = match &probed {
            Some(probed) => &probed.component,
            None => &component,
        };
        let (mut parts, layout) = parts(&plan, adapters, Some(component))?;
        if let (Some(layer), Some(application)) = (steered, layout.application())
            && faults.is_some()
        {
            parts[application].arguments.push(Argument {
                import: CONTROL.into(),
                part: layout.layer(layer),
                export: CONTROL.into(),
            });
        }
        let probe = probed.map(|probed| probed.observed);
        let probe = probe.filter(|_| among.form.probe.is_some());
        let handled = surface.handler().map(str::to_owned);
        let mut exports: Vec<Export> = Vec::new();
        if let Some((layer, _)) = plan.kernel() {
            let kernel = layout.layer(layer);
            exports.extend(exposed.iter().map(|name| Export::same(kernel, name)));
            surface
                .exports
                .extend(exposed.iter().map(|name| Item::named(name)));
        }
        let controlled = steered.filter(|_| testing);
        if let Some(layer) = controlled {
            exports.push(Export::same(layout.layer(layer), CONTROL));
            surface.exports.push(Item::named(CONTROL));
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
        let steered = testing.then_some(RUN);
        let imports = own_imports(&configurations, &reports, probe.as_ref(), steered);
        grant_own(imports, &mut granted, &mut surface);
        (self.watch)(Step::Connecting);
        let fused = fused(&parts, layout.roles(), &exports, self.linking)?;
        let (component, surface) = self.finish(&fused, &surface, &granted)?;
        Ok(Composition {
            component,
            surface,
            application: planned,
            chain,
            plan,
            parts,
            exports,
            fates: fused.fates,
            configurations,
            probe,
            controlled: controlled.is_some(),
            steered,
            reports,
        })
    }

    /// Composes the configured adapters of a policy without an application. The component exports every interface that
    /// the adapters answer, for `wac plug` and other composers. Its imports and exports have the adapters' versions.
    /// # Errors
    /// As [`Composer::compose`].
    pub fn adapters(&self, policy: &Policy) -> Result<Composition, ComposeError> {
        if !policy.interposers.is_empty() {
            return Err(InterposeError::NoApplication.into());
        }
        (self.watch)(Step::Planning);
        let mut surface = everything()?;
        let plan = Plan::new(policy, &surface)?;
        let (parts, layout) = parts(&plan, self.configured(&plan, &[])?, None)?;
        let planned = surface.clone();
        let mut exports = Vec::new();
        for wire in &plan.application {
            if let Provider::Layer { layer, export } = &wire.provider {
                exports.push(Export::same(layout.exporter(&plan, *layer, export), export));
            }
        }
        surface.exports = exports
            .iter()
            .map(|export| Item::named(&export.name))
            .collect();
        (self.watch)(Step::Connecting);
        let wired = Fused::wired(&parts, layout.roles(), &exports);
        let (component, surface) = self.finish(&wired, &surface, &plan.granted)?;
        Ok(Composition {
            component,
            surface,
            application: planned,
            chain: None,
            plan,
            parts,
            exports,
            fates: Vec::new(),
            configurations: Vec::new(),
            probe: None,
            controlled: false,
            steered: None,
            reports: Vec::new(),
        })
    }

    /// Encodes the parts and audits the result, which may import and export no more than `surface` does.
    fn finish(
        &self,
        fused: &Fused,
        surface: &Surface,
        granted: &BTreeMap<String, Granted>,
    ) -> Result<(Vec<u8>, Surface), ComposeError> {
        let component = encode_fused(fused, surface, granted)?;
        (self.watch)(Step::Checking);
        let surface = audit(&component, granted, surface)?;
        Ok((component, surface))
    }

    fn configured(&self, plan: &Plan, reports: &[Report]) -> Result<Vec<Vec<u8>>, ConfigureError> {
        let mut adapters = Vec::new();
        for (number, layer) in plan.layers.iter().enumerate() {
            let report = reports.get(number).map(|report| report.import.as_str());
            let (adapter, configuration) = (layer.adapter, layer.configuration.encode());
            let bytes = configuration.len() as u64;
            (self.watch)(Step::Configuring { adapter, bytes });
            let configurator = &self.configurator;
            adapters.push(configurator.configure_with(adapter, &configuration, report)?);
        }
        Ok(adapters)
    }
}

/// The imports by which the adapters of a plan tell of refusals. The adapters are numbered from `first`.
fn reports(plan: &Plan, first: usize) -> Vec<Report> {
    let layers = plan.layers.iter().enumerate();
    layers
        .map(|(number, layer)| Report::new(first + number, layer.adapter))
        .collect()
}

/// The adapters of a plan in open form, and their configurations. The adapters are numbered from `first`, and each has
/// a report or none has.
fn open_adapters(
    plan: &Plan,
    first: usize,
    reports: &[Report],
) -> Result<(Vec<Vec<u8>>, Vec<Configuration>), ConfigureError> {
    let mut adapters = Vec::new();
    let mut configurations = Vec::new();
    for (number, layer) in plan.layers.iter().enumerate() {
        let bytes = layer.configuration.encode();
        check_size(layer.adapter, &bytes)?;
        let configuration = Configuration::new(first + number, layer.adapter, bytes);
        let failed = |message: String| ConfigureError::Failed {
            adapter: layer.adapter,
            message,
        };
        let mut adapter = Cow::Borrowed(layer.adapter.component());
        if let Some(report) = reports.get(number) {
            let reporting = with_reporter(&adapter, &report.import);
            adapter = reporting.map_err(|error| failed(error.to_string()))?.into();
        }
        let started = with_starter(&adapter, &configuration.import);
        adapters.push(started.map_err(|error| failed(error.to_string()))?);
        configurations.push(configuration);
    }
    Ok((adapters, configurations))
}

impl Composition {
    /// The imports of the composition that are not the application's: the configurations of its adapters, where these
    /// tell of refusals, and where its probe reports.
    pub(crate) fn own_imports(&self) -> impl Iterator<Item = &str> {
        let probe = self.probe.as_ref();
        own_imports(&self.configurations, &self.reports, probe, self.steered)
    }
}

fn own_imports<'a>(
    configurations: &'a [Configuration],
    reports: &'a [Report],
    probe: Option<&'a Observed>,
    steered: Option<&'a str>,
) -> impl Iterator<Item = &'a str> {
    let configurations = configurations.iter().map(|own| own.import.as_str());
    let reports = reports.iter().map(|own| own.import.as_str());
    let probe = probe.map(|probe| probe.sink.as_str());
    configurations.chain(reports).chain(probe).chain(steered)
}

/// Permits a composition to have these imports: adds them to `granted`, the permitted imports, and to `surface`.
pub(crate) fn grant_own<'a>(
    imports: impl Iterator<Item = &'a str>,
    granted: &mut BTreeMap<String, Granted>,
    surface: &mut Surface,
) {
    for import in imports {
        granted.insert(import.to_owned(), Granted::All);
        surface.imports.push(Item::named(import));
    }
}

/// A surface that imports every interface that any adapter answers.
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
