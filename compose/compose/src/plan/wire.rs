//! What answers each import of each part of a plan.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::uses;
use super::error::PlanError;
use super::layer::{Layer, LayerConfiguration, Provider, Wire};
use super::model::{Granted, Plan};
use super::network::{handles_requests, leaves_http_types};
use crate::adapters::Adapter;
use crate::http_handler;
use crate::http_types_shim;
use crate::interface::InterfaceName;
use crate::resolved::Decisions;
use crate::surface::{Item, Kind, Surface};
use crate::wasi::Capability;

/// Wires layers, the host's side first, and the application on top. `surface` has the application's imports that are
/// not `answered` by other components, `whole` has all of them.
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
        let imports = layer_wires(adapter, &configuration, &own, &surfaces, surface)?;
        surfaces.push(offered(adapter, own));
        layers.push(Layer {
            adapter,
            configuration,
            imports,
        });
    }
    let leaves_http = leaves_http_types(surface);
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
                    .and_then(|name| answer(&name, &surfaces))
                    .unwrap_or(Provider::Host)
            };
            Wire {
                import: item.name.clone(),
                provider,
            }
        })
        .collect();
    keep_types_together(whole, &application, &layers)?;
    let granted = granted(&layers, &surfaces, &application, whole)?;
    Ok(Plan {
        decisions,
        layers,
        application,
        granted,
        warnings: Vec::new(),
    })
}

/// A layer's surface as the application may see it, with the interface that a function of it is put into.
fn offered(adapter: Adapter, mut own: Surface) -> Surface {
    own.exports
        .retain(|item| !item.name.starts_with("wasi-interpose:"));
    if adapter == Adapter::HttpHeaders {
        own.exports.push(Item::named(http_types_shim::INTERFACE));
    }
    own
}

/// The layer that owns the types of what a wire leads to, if any does: where one function alone is replaced, they are
/// those of the layer below, or of the host.
fn owner_of(provider: &Provider, layers: &[Layer]) -> Option<Adapter> {
    let Provider::Layer { layer, export } = provider else {
        return None;
    };
    let layer = &layers[*layer];
    if layer.replaces_a_function_of(export) {
        let below = layer.imports.iter().find(|wire| wire.import == *export)?;
        return owner_of(&below.provider, layers);
    }
    Some(layer.adapter)
}

/// Refuses exports, and imports left to the host, that use resources of an interface that a layer answers: whoever is
/// on the other side has another type of that name.
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
        // A component in front of it has the host's types.
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

/// The layer nearest to the application that offers an interface; `surfaces` are those of the layers.
fn answer(name: &InterfaceName, surfaces: &[Surface]) -> Option<Provider> {
    surfaces
        .iter()
        .enumerate()
        .rev()
        .find_map(|(layer, surface)| {
            let mut exports = surface.exports.iter().filter_map(Item::interface);
            let export = exports.find(|export| export.is_compatible(name))?;
            Some(Provider::Layer {
                layer,
                export: export.to_string(),
            })
        })
}

fn layer_wires(
    adapter: Adapter,
    configuration: &LayerConfiguration,
    own: &Surface,
    below: &[Surface],
    surface: &Surface,
) -> Result<Vec<Wire>, PlanError> {
    let imported = |name: &InterfaceName| surface.imports_of(name).next().is_some();
    // Of a capability of which the application can call nothing, an adapter needs nothing either. But the times of a
    // kernel's files are the host's, also where the application has no more than their type; and a request comes to a
    // server without a call of it.
    let serves = handles_requests(surface);
    let called = |name: &InterfaceName| {
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
    // The interfaces whose resources are used by what is not stubbed.
    let mut needed: BTreeSet<&String> = BTreeSet::new();
    for (item, name) in others {
        let provider = if !configuration.uses(&name, can_wait) {
            Provider::Stub
        } else if item.name == http_handler::INCOMING {
            Provider::Request
        } else if let Some(provider) = answer(&name, below) {
            provider
        } else if imported(&name) && called(&name) {
            Provider::Host
        } else {
            // Without the import, the application cannot call what would need it.
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
    // A filter's streams and pollables are the application's and so the host's; a kernel makes its own, and knows the
    // host's only where it uses something of the host that has them.
    let is_filter = !matches!(configuration, LayerConfiguration::Kernel(_));
    // An interface stands behind those that it uses.
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
    // In the adapter's order.
    wires.sort_by_key(|wire| own.imports.iter().position(|item| item.name == wire.import));
    Ok(wires)
}

/// The application's names of all that is left to the host, and of the interfaces that lend it types.
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
            // An adapter's import is wired to the host only if the application has it too.
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

/// The wires that lead to the host, as one does that leads to an interface of the host with one function replaced.
fn left<'a>(wires: &'a [Wire], layers: &'a [Layer]) -> impl Iterator<Item = &'a Wire> {
    wires.iter().filter(|wire| is_left(&wire.provider, layers))
}

fn is_left(provider: &Provider, layers: &[Layer]) -> bool {
    match provider {
        Provider::Host | Provider::Peer => true,
        Provider::Layer { layer, export } if layers[*layer].replaces_a_function_of(export) => {
            let mut imports = layers[*layer].imports.iter();
            imports.any(|wire| wire.import == *export && is_left(&wire.provider, layers))
        }
        Provider::Layer { .. } | Provider::Type | Provider::Request | Provider::Stub => false,
    }
}
