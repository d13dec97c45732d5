//! Finds the provider of each import of each part of a plan.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::uses;
use super::error::PlanError;
use super::layer::{Layer, LayerConfiguration, Provider, Wire};
use super::model::{Granted, Plan};
use super::network::{handles_requests, leaves_http_types};
use super::{of_kernel, p3, p3_imports};
use crate::adapters::Adapter;
use crate::http_handler;
use crate::interface::InterfaceName;
use crate::resolved::Decisions;
use crate::surface::{Item, Kind, Surface};
use crate::testing::RUN;
use crate::wasi::{Capability, Revision};

/// Connects layers, the host's side first, and the application on top. `surface` has the application's imports that no
/// other component answers, `whole` has all of them.
pub(super) fn wire(
    decisions: Decisions,
    configurations: Vec<(Adapter, LayerConfiguration)>,
    surface: &Surface,
    whole: &Surface,
    answered: &BTreeSet<String>,
) -> Result<Plan, PlanError> {
    let mut layers = Vec::new();
    let mut surfaces: Vec<Surface> = Vec::new();
    for (adapter, configuration) in configurations {
        let own = Surface::of(adapter.component()).map_err(|error| PlanError::Adapter {
            adapter,
            message: error.to_string(),
        })?;
        let below = Below {
            decisions: &decisions,
            surface,
            layers: &layers,
            surfaces: &surfaces,
        };
        let imports = layer_wires(adapter, &configuration, &own, &below, surface)?;
        surfaces.push(offered(adapter, own));
        layers.push(Layer {
            adapter,
            configuration,
            imports,
        });
    }
    let leaves_http = leaves_http_types(surface);
    let below = Below {
        decisions: &decisions,
        surface,
        layers: &layers,
        surfaces: &surfaces,
    };
    let application: Vec<Wire> = whole
        .imports
        .iter()
        .map(|item| {
            let provider = if item.is_alias {
                Provider::Type
            } else if answered.contains(&item.name) {
                Provider::Peer
            } else {
                item.interface()
                    .filter(|name| !leaves_http || Capability::of(name) != Capability::Http)
                    // The interfaces between adapters are not the application's.
                    .filter(|name| !name.package.starts_with(OWN))
                    .and_then(|name| below.answer(&name))
                    .unwrap_or(Provider::Host)
            };
            Wire {
                import: item.name.clone(),
                provider,
            }
        })
        .collect();
    keep_types_together(whole, &application, &layers)?;
    p3::keep_restricted(&decisions, whole, &application)?;
    let granted = granted(&layers, &surfaces, &application, whole)?;
    Ok(Plan {
        decisions,
        layers,
        application,
        granted,
        warnings: Vec::new(),
    })
}

/// The namespace of the interfaces between adapters.
const OWN: &str = "wasi-interpose:";

/// The surface of a layer towards what is above it. It includes the interface into which functions of the layer are put, and
/// those that the layer has under other names.
fn offered(adapter: Adapter, mut own: Surface) -> Surface {
    if let Some(replaced) = adapter.replaced() {
        own.exports.push(Item::named(replaced.interface));
    }
    let renamed = adapter.renamed().iter();
    let renamed = renamed.map(|(interface, _)| Item::named(interface));
    own.exports.extend(renamed);
    own
}

/// The adapter that defines the types behind a provider, if an adapter does. An interface with replaced functions
/// has the types of the layer below, or of the host.
fn owner_of(provider: &Provider, layers: &[Layer]) -> Option<Adapter> {
    let Provider::Layer { layer, export } = provider else {
        return None;
    };
    let layer = &layers[*layer];
    if layer.replaces_functions_of(export) {
        let below = layer.below(export)?;
        return owner_of(&below.provider, layers);
    }
    Some(layer.adapter)
}

/// Refuses exports, and imports that are left to the host, if they use resources of an interface that a layer answers:
/// the other side has a different type of the same name.
fn keep_types_together(
    surface: &Surface,
    application: &[Wire],
    layers: &[Layer],
) -> Result<(), PlanError> {
    let owner = |item: &Item| {
        item.uses.iter().find_map(|interface| {
            let wire = application.iter().find(|wire| wire.import == *interface)?;
            Some((interface.clone(), owner_of(&wire.provider, layers)?))
        })
    };
    for (item, wire) in surface.imports.iter().zip(application) {
        let Some((interface, adapter)) = owner(item) else {
            continue;
        };
        let import = item.name.clone();
        match wire.provider {
            Provider::Host => {
                return Err(PlanError::Foreign {
                    import,
                    interface,
                    adapter,
                });
            }
            Provider::Peer => {
                return Err(PlanError::NotShared {
                    import,
                    interface,
                    adapter,
                });
            }
            Provider::Layer { .. } | Provider::Type | Provider::Request | Provider::Stub => {}
        }
    }
    let wraps_requests = layers.iter().any(|layer| {
        matches!(&layer.configuration, LayerConfiguration::Kernel(plan) if plan.handles_requests)
    });
    let handler = surface.handler().filter(|_| wraps_requests);
    for item in &surface.exports {
        // The part above the kernel that exports the handler has the host's types.
        if handler == Some(&item.name) {
            continue;
        }
        if let Some((interface, adapter)) = owner(item) {
            return Err(PlanError::Leaks {
                export: item.name.clone(),
                interface,
                adapter,
            });
        }
    }
    Ok(())
}

/// The layers below an import.
struct Below<'a> {
    decisions: &'a Decisions,
    /// The application's.
    surface: &'a Surface,
    layers: &'a [Layer],
    /// The surfaces of the layers.
    surfaces: &'a [Surface],
}

impl Below<'_> {
    /// The layer nearest to the application that answers an interface.
    fn answer(&self, name: &InterfaceName) -> Option<Provider> {
        let layers = self.layers.iter().zip(self.surfaces).enumerate().rev();
        let mut layers = layers.filter(|(_, (layer, _))| {
            of_kernel::answers(self.decisions, self.surface, layer.adapter, name)
        });
        layers.find_map(|(number, (layer, surface))| {
            let mut exports = surface.exports.iter().filter_map(Item::interface);
            let export = exports.find(|export| export.is_compatible(name))?;
            Some(Provider::Layer {
                layer: number,
                export: layer.adapter.export_of(export.to_string()),
            })
        })
    }
}

fn layer_wires(
    adapter: Adapter,
    configuration: &LayerConfiguration,
    own: &Surface,
    below: &Below<'_>,
    surface: &Surface,
) -> Result<Vec<Wire>, PlanError> {
    let imported = |name: &InterfaceName| surface.imports_of(name).next().is_some();
    // If the application can call no function of a capability, its adapters need none either. There are two exceptions:
    // the kernel's files have the host's times even if the application imports only their type, and a server receives
    // requests without a call.
    let serves = handles_requests(surface);
    let called = |name: &InterfaceName| {
        if name.revision() == Some(Revision::P3) {
            return p3_imports::uses(surface, Capability::of_known(name))
                || name.path() == "wasi:clocks/system-clock";
        }
        let capability = Capability::of(name);
        uses(surface, capability)
            || name.path() == "wasi:clocks/wall-clock"
            || (serves && capability == Capability::Http)
    };
    let can_wait = surface.imports.iter().any(|item| {
        let poll = |name: InterfaceName| name.is("wasi:io/poll");
        item.interface().is_some_and(poll)
    });
    let (io, others): (Vec<_>, Vec<_>) = own
        .imports
        .iter()
        .filter_map(|item| Some((item, item.interface()?)))
        .partition(|(_, name)| Capability::of(name) == Capability::Io);
    let mut wires = Vec::new();
    // The interfaces whose resources the imports that are not stubbed use.
    let mut needed: BTreeSet<&String> = BTreeSet::new();
    for (item, name) in others {
        // The host of a test answers, whatever the policy says.
        if item.name == RUN {
            continue;
        }
        let can_wait = can_wait || name.revision() == Some(Revision::P3);
        let provider = if !configuration.uses(&name, can_wait) {
            Provider::Stub
        } else if item.name == http_handler::INCOMING {
            Provider::Request
        } else if let Some(provider) = below.answer(&name) {
            provider
        } else if imported(&name) && called(&name) {
            Provider::Host
        } else {
            // An application without the import cannot call a function that would need it.
            Provider::Stub
        };
        if provider != Provider::Stub {
            needed.extend(&item.uses);
        }
        wires.push(Wire {
            import: item.name.clone(),
            provider,
        });
    }
    // A filter passes on the host's streams and pollables, so it needs the host's `wasi:io`. A kernel makes its own,
    // and needs the host's only if it uses an interface of the host that has them.
    let is_filter = !matches!(configuration, LayerConfiguration::Kernel(_));
    // An interface stands behind those that it uses, so its users come first in reverse order.
    for (item, name) in io.into_iter().rev() {
        let needs = needed.contains(&item.name);
        let provider = match (needs || is_filter, imported(&name)) {
            (true, true) => Provider::Host,
            (true, false) if needs => {
                return Err(PlanError::Widens {
                    interface: name.path(),
                    adapter,
                });
            }
            _ => Provider::Stub,
        };
        if provider != Provider::Stub {
            needed.extend(&item.uses);
        }
        wires.push(Wire {
            import: item.name.clone(),
            provider,
        });
    }
    // Restores the order of the adapter's imports.
    wires.sort_by_key(|wire| own.imports.iter().position(|item| item.name == wire.import));
    Ok(wires)
}

/// The application's names of all imports that are left to the host, and of the interfaces whose types these use.
fn granted(
    layers: &[Layer],
    surfaces: &[Surface],
    application: &[Wire],
    surface: &Surface,
) -> Result<BTreeMap<String, Granted>, PlanError> {
    let mut names = BTreeMap::new();
    for (layer, own) in layers.iter().zip(surfaces) {
        let left: Vec<&Item> = left(&layer.imports, layers)
            .filter_map(|wire| own.import(&wire.import))
            .collect();
        for item in &left {
            // A layer's import goes to the host only if the application has the import too.
            let name = item.interface();
            names.extend(
                name.and_then(|name| Some((surface.highest_import_of(&name)?, Granted::All))),
            );
        }
        for interface in left.iter().flat_map(|item| &item.types_of) {
            let name = InterfaceName::parse(interface);
            let Some(name) = name.and_then(|name| surface.highest_import_of(&name)) else {
                return Err(PlanError::Widens {
                    interface: interface.clone(),
                    adapter: layer.adapter,
                });
            };
            names.entry(name).or_insert(Granted::Types);
        }
    }
    for item in left(application, layers).filter_map(|wire| surface.import(&wire.import)) {
        let highest = |name: &String| {
            let name = InterfaceName::parse(name)?;
            surface.highest_import_of(&name)
        };
        let name = item.interface().and_then(|_| highest(&item.name));
        let granted = match item.kind == Kind::Instance && !item.can_be_called() {
            true => Granted::Types,
            false => Granted::All,
        };
        let name = name.unwrap_or_else(|| item.name.clone());
        let entry = names.entry(name).or_insert(granted);
        *entry = granted.max(*entry);
        for interface in item.types_of.iter().filter_map(highest) {
            names.entry(interface).or_insert(Granted::Types);
        }
    }
    Ok(names)
}

/// The wires that lead to the host, directly or through an interface of the host with replaced functions.
fn left<'a>(wires: &'a [Wire], layers: &'a [Layer]) -> impl Iterator<Item = &'a Wire> {
    wires.iter().filter(|wire| is_left(&wire.provider, layers))
}

fn is_left(provider: &Provider, layers: &[Layer]) -> bool {
    match provider {
        Provider::Host | Provider::Peer => true,
        Provider::Layer { layer, export } if layers[*layer].replaces_functions_of(export) => {
            let below = layers[*layer].below(export);
            below.is_some_and(|wire| is_left(&wire.provider, layers))
        }
        Provider::Layer { .. } | Provider::Type | Provider::Request | Provider::Stub => false,
    }
}
