//! Connects the application, the configured adapters and the stubs of a plan to one component with wac-graph.

pub mod fuse;
mod part;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use miette::Diagnostic;
use thiserror::Error;
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, InstantiationArgumentError, NodeId, Processor};
use wasmparser::{Payload, WasmFeatures};

use crate::aliases::{AliasError, inline_aliases};
use crate::foreign::{Fault, Limits, apart, check, validate, validate_structure};
use crate::http_handler;
use crate::interface::InterfaceName;
use crate::link::fuse::glue::Memories;
use crate::link::fuse::{Fused, Refusal, fuse_parts};
pub use crate::link::part::{Argument, Export, Part};
use crate::names::{RenameError, rename_imports};
use crate::plan::{APPLICATION, Granted, Layer, Layout, Plan, Provider, Role, Wire};
use crate::prune::{PruneError, prune_imports};
use crate::replaced::{ReplaceError, Replaced};
use crate::sections::outermost;
use crate::stub::{StubError, stub};
use crate::surface::{Annotations, Item, Kind, Surface};
use crate::wasi::Revision;

/// The hint about a component that should have been accepted.
const IF_VALID: &str = "`wasm-tools validate` says whether the component is valid; if it is, please report it with the policy";

/// Why the parts could not be connected.
#[derive(Debug, Error, Diagnostic)]
pub enum LinkError {
    /// wac-graph refused a component.
    #[error("the {part} could not be taken into the composition: {message}")]
    #[diagnostic(code("link::package"), help("{IF_VALID}"))]
    Package {
        /// The part.
        part: String,
        /// The error of wac-graph.
        message: String,
    },
    /// A part imports another type of an interface than the answering part exports.
    #[error(
        "the {part} imports `{import}` in a form that differs from what the plan offers for it: {message}"
    )]
    #[diagnostic(
        code("link::mismatch"),
        help(
            "build the component with bindings of a released version of the interface, or inherit it"
        )
    )]
    Mismatch {
        /// The part with the import.
        part: String,
        /// The import.
        import: String,
        /// The difference between the types.
        message: String,
    },
    /// The composition could not be encoded, because types conflict or cannot be expressed.
    #[error("the composition could not be encoded: {message}")]
    #[diagnostic(
        code("link::encode"),
        help(
            "put its functions and types into interfaces, as a WIT package has them: outside, not all can be composed"
        )
    )]
    Encode {
        /// The error of the encoder.
        message: String,
    },
    /// No stub could be made for the imports that an adapter does not use.
    #[error(transparent)]
    #[diagnostic(code("link::stub"), help("{IF_VALID}"))]
    Stub(#[from] StubError),
    /// The functions that a layer replaces could not be put into their interface.
    #[error(transparent)]
    #[diagnostic(code("link::shim"), help("{IF_VALID}"))]
    Replace(#[from] ReplaceError),
    /// The types that the application imports beside their interfaces could not be read.
    #[error(transparent)]
    #[diagnostic(code("link::alias"), help("{IF_VALID}"))]
    Alias(#[from] AliasError),
    /// The imports could not be given the application's names.
    #[error(transparent)]
    #[diagnostic(code("link::rename"), help("{IF_VALID}"))]
    Rename(#[from] RenameError),
    /// The imports could not be reduced to the granted types.
    #[error(transparent)]
    #[diagnostic(code("link::prune"), help("{IF_VALID}"))]
    Prune(#[from] PruneError),
    /// A part that has to be fused cannot be.
    #[error("the {part} cannot be fused with the application: {refusal}")]
    #[diagnostic(
        code("link::not-fused"),
        help("`--link auto` fuses what can be fused, and wires the rest")
    )]
    NotFused {
        /// The part.
        part: String,
        /// Why not.
        refusal: Refusal,
    },
}

/// How the parts of a composition become one component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Linking {
    /// Each part is a component in it, and the runtime copies values between them.
    #[default]
    Wired,
    /// Adapters are [fused](fuse) with the application where that is possible, and wired where it is not.
    Fused(Memories),
    /// All adapters are fused with the application, or there is no composition.
    AllFused(Memories),
}

/// Fuses parts as far as they are to be fused. `roles` has the role of each.
///
/// # Errors
/// [`LinkError::NotFused`] with [`Linking::AllFused`].
pub fn fused(
    parts: &[Part],
    roles: &[Role],
    exports: &[Export],
    linking: Linking,
) -> Result<Fused, LinkError> {
    let memories = match linking {
        Linking::Wired => return Ok(Fused::wired(parts, roles, exports)),
        Linking::Fused(memories) | Linking::AllFused(memories) => memories,
    };
    let fused = apart(|| fuse_parts(parts, roles, exports, memories))
        .map_err(|message| LinkError::Encode { message })?;
    if let Linking::AllFused(_) = linking {
        for fate in &fused.fates {
            if let Some(refusal) = &fate.refusal {
                return Err(LinkError::NotFused {
                    part: fate.part.clone(),
                    refusal: refusal.clone(),
                });
            }
        }
    }
    Ok(fused)
}

/// The parts of a composition, and their positions: each layer, a stub in front of each layer that needs one, the
/// application, and the parts that pass requests to the application if a kernel stands between.
///
/// `configured` holds the configured adapter of each of the plan's layers. Without `application`, the composition
/// consists of the adapters alone.
///
/// # Errors
/// [`LinkError`] when an adapter is damaged or the application is not a component.
pub fn parts(
    plan: &Plan,
    configured: Vec<Vec<u8>>,
    application: Option<&Bytes>,
) -> Result<(Vec<Part>, Layout), LinkError> {
    let stubs = plan.layers.iter().map(stub_of);
    let mut stubs = stubs.collect::<Result<Vec<_>, _>>()?;
    let stubbed: Vec<bool> = stubs.iter().map(Option::is_some).collect();
    let layout = Layout::new(plan, &stubbed, application.is_some());
    let link = Link {
        plan,
        layout: &layout,
    };
    let mut configured: Vec<Option<Vec<u8>>> = configured.into_iter().map(Some).collect();
    let mut parts = Vec::new();
    for role in layout.roles() {
        let name = role.name(plan);
        let (component, arguments) = match *role {
            Role::Stub(layer) => {
                let component = stubs[layer].take().unwrap_or_default();
                let arguments = link.asked_of_layer(layer, &surface(&component, &name)?);
                (component.into(), arguments)
            }
            Role::RequestHolder => {
                let component = of_text(&name, http_handler::REQUEST)?;
                (component.into(), link.hosts_http_types())
            }
            Role::Layer(layer) => {
                let component = configured.get_mut(layer).and_then(Option::take);
                let wires = plan.layers[layer].imports.iter();
                let arguments = link.arguments(wires, Some(layer));
                (component.unwrap_or_default().into(), arguments)
            }
            Role::Replaced(layer) => {
                let replaced = plan.layers[layer].adapter.replaced();
                let replaced = replaced.ok_or_else(|| LinkError::Package {
                    part: name.clone(),
                    message: "it replaces no functions".into(),
                })?;
                let asked = asked(plan, layer, replaced, application.map(Bytes::as_ref))?;
                let component = replaced.component(&asked)?;
                let own = surface(&component, &name)?;
                let mut arguments = link.asked_of_layer(layer, &own);
                if own.import(replaced.own).is_some() {
                    arguments.push(Argument {
                        import: replaced.own.into(),
                        part: layout.layer(layer),
                        export: replaced.own.into(),
                    });
                }
                (component.into(), arguments)
            }
            Role::Application => {
                let component = match application {
                    Some(component) => inline_aliases(component)?,
                    None => Bytes::new(),
                };
                (component, link.arguments(plan.application.iter(), None))
            }
            Role::Handler => {
                let application = application.map(Bytes::as_ref).unwrap_or_default();
                let own = surface(application, APPLICATION)?;
                let component = of_text(&name, http_handler::HANDLER)?;
                (component.into(), link.handler_arguments(own.handler()))
            }
        };
        let component = match *role {
            Role::Application => component,
            _ => with_applications_names(component, &arguments, plan)?,
        };
        // The application's functions were validated when it was read, and all others are this tool's.
        if *role != Role::Application {
            validate(&component).map_err(|error| LinkError::Package {
                part: name.clone(),
                message: error.to_string(),
            })?;
        }
        parts.push(Part {
            name,
            component,
            arguments,
        });
    }
    Ok((parts, layout))
}

/// A component that answers the imports which a layer's adapter does not use; `None` if it uses all of them.
fn stub_of(layer: &Layer) -> Result<Option<Vec<u8>>, StubError> {
    let wires = layer.imports.iter();
    let granted = wires
        .filter(|wire| wire.provider != Provider::Stub)
        .map(|wire| wire.import.clone());
    stub(layer.adapter.component(), &granted.collect())
}

/// The parts of a plan while their imports are connected.
struct Link<'a> {
    plan: &'a Plan,
    layout: &'a Layout,
}

impl Link<'_> {
    /// The arguments for these wires. If they are the imports of a layer, `layer` is that layer.
    fn arguments<'w>(
        &self,
        wires: impl Iterator<Item = &'w Wire>,
        layer: Option<usize>,
    ) -> Vec<Argument> {
        let answered = |wire: &Wire| {
            let (part, export) = match &wire.provider {
                Provider::Host | Provider::Peer | Provider::Type => return None,
                Provider::Request => (
                    self.layout.request_holder()?,
                    http_handler::INCOMING.to_owned(),
                ),
                Provider::Stub => (self.layout.stub(layer?)?, wire.import.clone()),
                Provider::Layer { layer, export } => (
                    self.layout.exporter(self.plan, *layer, export),
                    export.clone(),
                ),
            };
            Some(Argument {
                import: wire.import.clone(),
                part,
                export,
            })
        };
        wires.filter_map(answered).collect()
    }

    /// The arguments of a component beside a layer, with the surface `own`: the component shares the answers to the
    /// layer's imports.
    fn asked_of_layer(&self, layer: usize, own: &Surface) -> Vec<Argument> {
        let wires = self.plan.layers[layer].imports.iter();
        let wires = wires.filter(|wire| own.import(&wire.import).is_some());
        self.arguments(wires, Some(layer))
    }

    /// The arguments of a component beside the kernel: its import of `wasi:http/types`, answered as the kernel's is.
    fn hosts_http_types(&self) -> Vec<Argument> {
        let kernel = self.plan.kernel();
        let wires = kernel
            .into_iter()
            .flat_map(|(layer, _)| &self.plan.layers[layer].imports);
        self.arguments(
            wires.filter(|wire| wire.import == http_handler::TYPES),
            None,
        )
    }

    /// The arguments of the component that passes the host's requests to an application above a kernel. `handled` is
    /// the name of the application's handler.
    fn handler_arguments(&self, handled: Option<&str>) -> Vec<Argument> {
        let kernel = self.plan.kernel();
        let kernel = kernel.map(|(layer, _)| self.layout.layer(layer));
        let answers = [
            (
                http_handler::HOLDER,
                self.layout.request_holder(),
                Some(http_handler::HOLDER),
            ),
            (http_handler::INCOMING, kernel, Some(http_handler::INCOMING)),
            (http_handler::EXPORT, self.layout.application(), handled),
        ];
        let mut arguments = self.hosts_http_types();
        arguments.extend(answers.into_iter().filter_map(|(import, part, export)| {
            Some(Argument {
                import: import.into(),
                part: part?,
                export: export?.into(),
            })
        }));
        arguments
    }
}

/// A part whose imports that are left to the host have the name of WASI 0.3's release candidate where the application uses
/// no other. wac would take the interface of a release for another one, with other types.
fn with_applications_names(
    component: Bytes,
    arguments: &[Argument],
    plan: &Plan,
) -> Result<Bytes, RenameError> {
    let is_candidate = |name: &InterfaceName| {
        let version = name.version.as_ref();
        version.is_some_and(|version| !version.pre.is_empty())
    };
    let applications = |import: &str| {
        let is_answered = arguments.iter().any(|argument| argument.import == import);
        let name = InterfaceName::parse(import).filter(|_| !is_answered)?;
        if name.revision() != Some(Revision::P3) {
            return None;
        }
        let imports = plan.application.iter();
        let names = imports.filter_map(|wire| InterfaceName::parse(&wire.import));
        let names: Vec<_> = names.filter(|other| other.is_compatible(&name)).collect();
        let only = names.first().filter(|_| names.iter().all(is_candidate))?;
        Some(only.to_string())
    };
    let renamed = rename_imports(&component, applications, |_| Annotations::default())?;
    Ok(renamed.map_or(component, Bytes::from))
}

/// Parses a component that is embedded as text.
fn of_text(name: &str, text: &str) -> Result<Vec<u8>, LinkError> {
    wat::parse_str(text).map_err(|error| LinkError::Package {
        part: name.into(),
        message: error.to_string(),
    })
}

fn surface(component: &[u8], part: &str) -> Result<Surface, LinkError> {
    Surface::of(component).map_err(|error| LinkError::Package {
        part: part.into(),
        message: error.to_string(),
    })
}

/// The types and functions that the application and the layers above import from an interface into which a layer puts
/// functions; all of them without an application.
fn asked(
    plan: &Plan,
    number: usize,
    replaced: &Replaced,
    application: Option<&[u8]>,
) -> Result<BTreeSet<String>, LinkError> {
    let above = plan.layers.iter().skip(number + 1);
    let mut users: Vec<(Surface, &[Wire])> = Vec::new();
    for layer in above {
        let own = surface(layer.adapter.component(), layer.adapter.name())?;
        users.push((own, &layer.imports));
    }
    let mut asked = BTreeSet::new();
    match application {
        Some(component) => users.push((surface(component, APPLICATION)?, &plan.application)),
        None => asked = replaced.everything()?,
    }
    for (surface, wires) in users {
        for wire in wires {
            let leads_here = matches!(&wire.provider, Provider::Layer { layer, export }
                if *layer == number && export == replaced.interface);
            if let Some(item) = surface.import(&wire.import).filter(|_| leads_here) {
                asked.extend(item.functions.iter().chain(&item.types).cloned());
            }
        }
    }
    Ok(asked)
}

/// Encodes parts as one component with these exports. Imports that no part answers become imports of the composition,
/// where compatible versions are merged. Each import gets the highest of the compatible names in `surface`, and is
/// reduced to its types if `granted` has no more of it.
///
/// # Errors
/// [`LinkError`] when a part is refused or when types differ where they must agree.
pub fn encode(
    parts: &[Part],
    exports: &[Export],
    surface: &Surface,
    granted: &BTreeMap<String, Granted>,
) -> Result<Vec<u8>, LinkError> {
    apart(|| encode_apart(parts, exports, surface, granted))
        .unwrap_or_else(|message| Err(LinkError::Encode { message }))
}

/// Like [`encode`], for parts of which some are fused. If everything is fused, the result is that part itself.
///
/// # Errors
/// As [`encode`].
pub fn encode_fused(
    fused: &Fused,
    surface: &Surface,
    granted: &BTreeMap<String, Granted>,
) -> Result<Vec<u8>, LinkError> {
    let is_fused = fused.fates.iter().any(|fate| fate.refusal.is_none());
    match fused.parts.as_slice() {
        [part] if is_fused && is_whole(part, &fused.exports, surface)? => {
            named(valid(part.component.to_vec())?, surface, granted)
        }
        parts => encode(parts, &fused.exports, surface, granted),
    }
}

fn encode_apart(
    parts: &[Part],
    exports: &[Export],
    surface: &Surface,
    granted: &BTreeMap<String, Granted>,
) -> Result<Vec<u8>, LinkError> {
    for part in parts {
        let failed = |fault: Fault| LinkError::Package {
            part: part.name.clone(),
            message: fault.to_string(),
        };
        check(&part.component, Limits::COMPOSED).map_err(failed)?;
    }
    let bytes = apart(|| encode_graph(parts, exports)).unwrap_or_else(|panic| {
        Err(LinkError::Encode {
            message: match outside_interfaces(&surface.imports, Kind::Function) {
                Some(names) => {
                    format!("the types of imported functions outside of interfaces, {names}, cannot be expressed")
                }
                None => format!("the types of an import, or of an export that is one, cannot be expressed ({panic})"),
            },
        })
    });
    let bytes = bytes.map_err(|error| {
        match (error, outside_interfaces(&surface.exports, Kind::Type)) {
            (LinkError::Encode { .. }, Some(names)) => LinkError::Encode {
                message: format!(
                    "types that are exported outside of interfaces, {names}, cannot be expressed"
                ),
            },
            (error, _) => error,
        }
    })?;
    named(bytes, surface, granted)
}

/// Gives the imports of a composition the names and annotations of `surface`, and reduces them to what is granted.
fn named(
    composition: Vec<u8>,
    surface: &Surface,
    granted: &BTreeMap<String, Granted>,
) -> Result<Vec<u8>, LinkError> {
    // wac keeps only some annotations of an import, and takes them from another import of the same type.
    let renamed = rename_imports(
        &composition,
        |name| new_name(surface, name),
        |name| {
            let import = surface.import(name);
            import.map_or_else(Default::default, |item| item.annotations.clone())
        },
    )?;
    let renamed = renamed.unwrap_or(composition);
    let pruned = prune_imports(&renamed, |name| granted.get(name) == Some(&Granted::Types))?;
    Ok(pruned.unwrap_or(renamed))
}

fn new_name(surface: &Surface, name: &str) -> Option<String> {
    surface.highest_import_of(&InterfaceName::parse(name)?)
}

/// Whether a part is all of a composition: it has these exports and no others, and no two of its imports get the same new
/// name.
fn is_whole(part: &Part, exports: &[Export], surface: &Surface) -> Result<bool, LinkError> {
    let sections = outermost(&part.component);
    let failed = |error: anyhow::Error| LinkError::Package {
        part: part.name.clone(),
        message: format!("{error:#}"),
    };
    let (mut own, mut imports) = (BTreeSet::new(), BTreeSet::new());
    let mut is_unique = part.arguments.is_empty();
    for section in sections.map_err(failed)? {
        match section {
            Payload::ComponentExportSection(section) => {
                for export in section {
                    own.insert(export.map_err(|error| failed(error.into()))?.name.name);
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let name = import.map_err(|error| failed(error.into()))?.name.name;
                    is_unique &=
                        imports.insert(new_name(surface, name).unwrap_or_else(|| name.into()));
                }
            }
            _ => {}
        }
    }
    let same = exports.iter().filter(|export| export.from == export.name);
    let names: BTreeSet<&str> = same.map(|export| export.name.as_str()).collect();
    Ok(is_unique && names.len() == exports.len() && names == own)
}

/// The names of all items of a kind that cannot be in an interface, as part of a message.
fn outside_interfaces(items: &[Item], kind: Kind) -> Option<String> {
    let names = items.iter().filter(|item| item.kind == kind);
    let names: Vec<String> = names.map(|item| format!("`{}`", item.name)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn encode_graph(parts: &[Part], exports: &[Export]) -> Result<Vec<u8>, LinkError> {
    let mut graph = CompositionGraph::new();
    let mut nodes: Vec<NodeId> = Vec::new();
    for part in parts {
        let failed = |message: String| LinkError::Package {
            part: part.name.clone(),
            message,
        };
        let package = format!("wasi-interpose:{}", part.name);
        let package =
            Package::from_bytes(&package, None, part.component.to_vec(), graph.types_mut())
                .map_err(|error| failed(format!("{error:#}")))?;
        let package = graph
            .register_package(package)
            .map_err(|error| failed(error.to_string()))?;
        let node = graph.instantiate(package);
        for argument in &part.arguments {
            let export = graph
                .alias_instance_export(nodes[argument.part], &argument.export)
                .map_err(|error| failed(error.to_string()))?;
            graph
                .set_instantiation_argument(node, &argument.import, export)
                .map_err(|error| match error {
                    InstantiationArgumentError::ArgumentTypeMismatch { source, .. } => {
                        LinkError::Mismatch {
                            part: part.name.clone(),
                            import: argument.import.clone(),
                            message: format!("{source:#}"),
                        }
                    }
                    other => failed(other.to_string()),
                })?;
        }
        nodes.push(node);
    }
    for export in exports {
        let failed = |message: String| LinkError::Package {
            part: parts[export.part].name.clone(),
            message,
        };
        let node = graph
            .alias_instance_export(nodes[export.part], &export.from)
            .map_err(|error| failed(error.to_string()))?;
        graph
            .export(node, &export.name)
            .map_err(|error| failed(error.to_string()))?;
    }
    let processor = Processor {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
    };
    let options = EncodeOptions {
        define_components: true,
        // It would validate the bodies of all functions, which those who made the parts did.
        validate: false,
        processor: Some(processor),
    };
    let encoded = graph.encode(options);
    valid(encoded.map_err(|error| LinkError::Encode {
        message: error.to_string(),
    })?)
}

/// Makes sure that a composition is valid, but for the bodies of functions.
fn valid(composition: Vec<u8>) -> Result<Vec<u8>, LinkError> {
    match validate_structure(&composition, WasmFeatures::all()) {
        Ok(()) => Ok(composition),
        Err(error) => Err(LinkError::Encode {
            message: format!("the result is not valid: {error}"),
        }),
    }
}
