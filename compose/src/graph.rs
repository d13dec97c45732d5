//! From a plan to one component: wires the application, the configured adapters and the stubs with wac-graph.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;
use wac_graph::types::Package;
use wac_graph::{
    CompositionGraph, EncodeError, EncodeOptions, InstantiationArgumentError, NodeId, Processor,
};

use crate::adapters::Adapter;
use crate::aliases::{AliasError, inline_aliases};
use crate::foreign::{Fault, Limits, apart, check};
use crate::glue::{self, GlueError, glue};
use crate::incoming;
use crate::interface::InterfaceName;
use crate::names::{RenameError, rename_imports};
use crate::plan::{Granted, Layer, Plan, Source, Wire};
use crate::prune::{PruneError, prune_imports};
use crate::stub::{StubError, stub};
use crate::surface::{Item, Kind, Surface};

/// What the application is called in a composition.
pub const APPLICATION: &str = "application";

/// Why the parts could not be wired together.
#[derive(Debug, Error)]
pub enum GraphError {
    /// A component could not be taken into the graph.
    #[error("the {part} could not be taken into the composition: {message}")]
    Package {
        /// Which one.
        part: String,
        /// What the graph said.
        message: String,
    },
    /// A part asks for another type of an interface than the part offers that is to answer it.
    #[error(
        "the {part} imports `{import}` in a form that differs from what the plan offers for it: {message}"
    )]
    Mismatch {
        /// Who imports.
        part: String,
        /// What it imports.
        import: String,
        /// Where the types differ.
        message: String,
    },
    /// The composed component could not be encoded, because types conflict or cannot be expressed.
    #[error("the composition could not be encoded: {message}")]
    Encode {
        /// What the encoder said.
        message: String,
    },
    /// What a layer does not use could not be stubbed.
    #[error(transparent)]
    Stub(#[from] StubError),
    /// What a layer replaces of an interface could not be put into it.
    #[error(transparent)]
    Glue(#[from] GlueError),
    /// What the application uses of its imports could not be read.
    #[error(transparent)]
    Alias(#[from] AliasError),
    /// The imports could not be given the application's names.
    #[error(transparent)]
    Rename(#[from] RenameError),
    /// The imports could not be reduced to what is granted.
    #[error(transparent)]
    Prune(#[from] PruneError),
}

/// What a graph is made of, in the order of instantiation: also what `--emit-wac` writes.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it is called in the composition: `random`, `kernel-stub`, `application`.
    pub name: String,
    /// The component.
    pub component: Vec<u8>,
    /// Which earlier part's export answers which import; what is missing is left to the host.
    pub arguments: Vec<Argument>,
}

/// An import of a part that an earlier part answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The import's name.
    pub import: String,
    /// The position of the part that answers.
    pub part: usize,
    /// The name of its export.
    pub export: String,
}

/// Lays out the parts of a composition: each layer, a stub in front of those that need one, the application, and what
/// handles requests for it where a kernel stands between.
///
/// `configured` holds the configured adapter of each of the plan's layers; `application` is left out for the
/// adapters alone.
///
/// # Errors
/// [`GraphError::Stub`] when an adapter is damaged.
pub fn parts(
    plan: &Plan,
    configured: Vec<Vec<u8>>,
    application: Option<&[u8]>,
) -> Result<Vec<Part>, GraphError> {
    let mut parts: Vec<Part> = Vec::new();
    for (number, (layer, component)) in plan.layers.iter().zip(configured).enumerate() {
        let granted: BTreeSet<String> = layer
            .imports
            .iter()
            .filter(|wire| wire.source != Source::Stub)
            .map(|wire| wire.import.clone())
            .collect();
        let mut stub_part = None;
        if let Some(component) = stub(layer.adapter.component(), &granted)? {
            let imports = surface(&component, &format!("{}-stub", layer.adapter))?;
            let wires = layer
                .imports
                .iter()
                .filter(|wire| imports.import(&wire.import).is_some());
            let arguments = arguments(wires, plan, &parts, None);
            stub_part = Some(parts.len());
            parts.push(Part {
                name: format!("{}-stub", layer.adapter),
                component,
                arguments,
            });
        }
        let mut takes = layer.imports.iter();
        if takes.any(|wire| wire.source == Source::Request) {
            let arguments = hosts_http_types(layer, plan, &parts);
            parts.push(part_of_text(
                incoming::REQUEST_NAME,
                incoming::REQUEST,
                arguments,
            )?);
        }
        let wired = arguments(layer.imports.iter(), plan, &parts, stub_part);
        parts.push(Part {
            name: layer.adapter.to_string(),
            component,
            arguments: wired,
        });
        if layer.adapter == Adapter::HttpHeaders {
            let asked = asked(plan, number, application)?;
            let component = glue(&asked)?;
            let imports = surface(&component, glue::NAME)?;
            let wires = layer
                .imports
                .iter()
                .filter(|wire| imports.import(&wire.import).is_some());
            let mut arguments = arguments(wires, plan, &parts, stub_part);
            if imports.import(glue::REQUESTS).is_some() {
                arguments.push(Argument {
                    import: glue::REQUESTS.into(),
                    part: parts.len() - 1,
                    export: glue::REQUESTS.into(),
                });
            }
            parts.push(Part {
                name: glue::NAME.into(),
                component,
                arguments,
            });
        }
    }
    if let Some(component) = application {
        let arguments = arguments(plan.application.iter(), plan, &parts, None);
        let own = surface(component, APPLICATION)?;
        parts.push(Part {
            name: APPLICATION.into(),
            component: inline_aliases(component)?,
            arguments,
        });
        let handled = own.handler();
        if let Some(arguments) = handler_arguments(plan, &parts, handled) {
            parts.push(part_of_text(
                incoming::HANDLER_NAME,
                incoming::HANDLER,
                arguments,
            )?);
        }
    }
    Ok(parts)
}

/// What answers the import of `wasi:http/types` for a component that stands beside a layer.
fn hosts_http_types(layer: &Layer, plan: &Plan, parts: &[Part]) -> Vec<Argument> {
    let wires = layer.imports.iter();
    arguments(
        wires.filter(|wire| wire.import == incoming::TYPES),
        plan,
        parts,
        None,
    )
}

/// A part that is embedded as text.
fn part_of_text(name: &str, text: &str, arguments: Vec<Argument>) -> Result<Part, GraphError> {
    let component = wat::parse_str(text).map_err(|error| GraphError::Package {
        part: name.into(),
        message: error.to_string(),
    })?;
    Ok(Part {
        name: name.into(),
        component,
        arguments,
    })
}

/// What answers the component that handles requests of the host for an application under a kernel. `handled` is the
/// application's handler.
fn handler_arguments(plan: &Plan, parts: &[Part], handled: Option<&str>) -> Option<Vec<Argument>> {
    let (position, _) = plan.kernel().filter(|_| plan.wraps_requests())?;
    let kernel = &plan.layers[position];
    let from = |import: &str, name: &str, export: &str| {
        Some(Argument {
            import: import.into(),
            part: parts.iter().position(|part| part.name == name)?,
            export: export.into(),
        })
    };
    let mut arguments = hosts_http_types(kernel, plan, parts);
    arguments.extend([
        from(incoming::HOLDER, incoming::REQUEST_NAME, incoming::HOLDER)?,
        from(
            incoming::INCOMING,
            kernel.adapter.name(),
            incoming::INCOMING,
        )?,
        from(incoming::EXPORT, APPLICATION, handled?)?,
    ]);
    Some(arguments)
}

fn surface(component: &[u8], part: &str) -> Result<Surface, GraphError> {
    Surface::of(component).map_err(|error| GraphError::Package {
        part: part.into(),
        message: error.to_string(),
    })
}

/// The types and functions that the layers above and the application ask of the interface that a layer puts a function
/// into; all of them, where there is no application.
fn asked(
    plan: &Plan,
    number: usize,
    application: Option<&[u8]>,
) -> Result<BTreeSet<String>, GraphError> {
    let above = plan.layers.iter().skip(number + 1);
    let mut users: Vec<(Surface, &[Wire])> = Vec::new();
    for layer in above {
        let own = surface(layer.adapter.component(), layer.adapter.name())?;
        users.push((own, &layer.imports));
    }
    let mut asked = BTreeSet::new();
    match application {
        Some(component) => users.push((surface(component, APPLICATION)?, &plan.application)),
        None => {
            let whole = surface(Adapter::KernelNetwork.component(), "kernel")?;
            let item = whole
                .exports
                .into_iter()
                .find(|item| item.name == glue::INTERFACE);
            asked.extend(
                item.into_iter()
                    .flat_map(|item| [item.functions, item.types])
                    .flatten(),
            );
        }
    }
    for (surface, wires) in users {
        for wire in wires {
            let leads_here = matches!(&wire.source, Source::Layer { layer, export }
                if *layer == number && export == glue::INTERFACE);
            if let Some(item) = surface.import(&wire.import).filter(|_| leads_here) {
                asked.extend(item.functions.iter().chain(&item.types).cloned());
            }
        }
    }
    Ok(asked)
}

fn arguments<'a>(
    wires: impl Iterator<Item = &'a Wire>,
    plan: &Plan,
    parts: &[Part],
    stub: Option<usize>,
) -> Vec<Argument> {
    wires
        .filter_map(|wire| {
            let (part, export) = match &wire.source {
                Source::Host | Source::Peer | Source::Type => return None,
                Source::Request => {
                    let mut parts = parts.iter();
                    let part = parts.position(|part| part.name == incoming::REQUEST_NAME)?;
                    (part, incoming::INCOMING.to_owned())
                }
                Source::Stub => (stub?, wire.import.clone()),
                Source::Layer { layer, export } => {
                    let name = plan.layers[*layer].part(export);
                    let part = parts.iter().position(|part| part.name == name)?;
                    (part, export.clone())
                }
            };
            Some(Argument {
                import: wire.import.clone(),
                part,
                export,
            })
        })
        .collect()
}

/// An export of the result: where it comes from, and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The position of the part that has it.
    pub part: usize,
    /// The name that the part has it under.
    pub from: String,
    /// The name that the result has it under.
    pub name: String,
}

impl Export {
    /// An export that keeps its name.
    pub fn same(part: usize, name: &str) -> Self {
        Self {
            part,
            from: name.into(),
            name: name.into(),
        }
    }
}

/// Encodes parts as one component with these exports. Imports that no part answers become imports of the result,
/// compatible versions as one; each is given the highest of the compatible names in `surface`, and reduced to
/// its types where no more than them is in `granted`.
///
/// # Errors
/// [`GraphError`] when types differ where they must agree.
pub fn encode(
    parts: &[Part],
    exports: &[Export],
    surface: &Surface,
    granted: &BTreeMap<String, Granted>,
) -> Result<Vec<u8>, GraphError> {
    apart(|| encode_apart(parts, exports, surface, granted))
        .unwrap_or_else(|message| Err(GraphError::Encode { message }))
}

fn encode_apart(
    parts: &[Part],
    exports: &[Export],
    surface: &Surface,
    granted: &BTreeMap<String, Granted>,
) -> Result<Vec<u8>, GraphError> {
    for part in parts {
        let failed = |fault: Fault| GraphError::Package {
            part: part.name.clone(),
            message: fault.to_string(),
        };
        check(&part.component, Limits::COMPOSED).map_err(failed)?;
    }
    let bytes = apart(|| encode_graph(parts, exports)).unwrap_or_else(|panic| {
        Err(GraphError::Encode {
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
            (GraphError::Encode { .. }, Some(names)) => GraphError::Encode {
                message: format!(
                    "types that are exported outside of interfaces, {names}, cannot be expressed"
                ),
            },
            (error, _) => error,
        }
    })?;
    // wac keeps but a part of what an import says of itself, and takes it from another import of the same type.
    let renamed = rename_imports(
        &bytes,
        |name| surface.highest_import_of(&InterfaceName::parse(name)?),
        |name| {
            let import = surface.import(name);
            import.map_or_else(Default::default, |item| item.annotations.clone())
        },
    )?;
    Ok(prune_imports(&renamed, |name| {
        granted.get(name) == Some(&Granted::Types)
    })?)
}

/// The items of a kind, which stand outside of interfaces by that, as a sentence lists them.
fn outside_interfaces(items: &[Item], kind: Kind) -> Option<String> {
    let names = items.iter().filter(|item| item.kind == kind);
    let names: Vec<String> = names.map(|item| format!("`{}`", item.name)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn encode_graph(parts: &[Part], exports: &[Export]) -> Result<Vec<u8>, GraphError> {
    let mut graph = CompositionGraph::new();
    let mut nodes: Vec<NodeId> = Vec::new();
    for part in parts {
        let failed = |message: String| GraphError::Package {
            part: part.name.clone(),
            message,
        };
        let package = format!("wasi-interpose:{}", part.name);
        let package =
            Package::from_bytes(&package, None, part.component.clone(), graph.types_mut())
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
                        GraphError::Mismatch {
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
        let failed = |message: String| GraphError::Package {
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
        validate: true,
        processor: Some(processor),
    };
    graph.encode(options).map_err(|error| GraphError::Encode {
        message: match &error {
            EncodeError::ValidationFailure { source } => {
                format!("the result is not valid: {source}")
            }
            other => format!("{:#}", anyhow::Error::msg(other.to_string())),
        },
    })
}
