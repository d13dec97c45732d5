//! What answers each import of each part of a plan.

use std::collections::BTreeSet;

use super::{Capability, Configuration, Layer, Plan, PlanError, Source, Wire};
use crate::adapters::Adapter;
use crate::interface::InterfaceName;
use crate::surface::{Item, Surface};

/// A layer's exports and whether it owns `wasi:io`.
struct Offer {
    exports: Vec<InterfaceName>,
}

/// Wires layers, the host's side first, and the application on top.
pub(super) fn wire(
    configurations: Vec<(Adapter, Configuration)>,
    surface: &Surface,
    warnings: Vec<String>,
) -> Result<Plan, PlanError> {
    let mut layers = Vec::new();
    let mut offers: Vec<Offer> = Vec::new();
    for (adapter, configuration) in configurations {
        let own = Surface::of(adapter.component()).map_err(|error| PlanError::Adapter {
            adapter,
            message: error.to_string(),
        })?;
        let imports = layer_wires(adapter, &configuration, &own, &offers, surface)?;
        offers.push(Offer {
            exports: own
                .exports
                .iter()
                .filter_map(|export| export.interface())
                .collect(),
        });
        layers.push(Layer {
            adapter,
            configuration,
            imports,
        });
    }
    let application: Vec<Wire> = surface
        .imports
        .iter()
        .map(|item| {
            let source = item
                .interface()
                .and_then(|name| answer(&name, &offers))
                .unwrap_or(Source::Host);
            Wire {
                import: item.name.clone(),
                source,
            }
        })
        .collect();
    keep_types_together(surface, &application, &layers)?;
    let granted = granted(&layers, &application, surface);
    Ok(Plan {
        layers,
        application,
        granted,
        warnings,
    })
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
            match wire.source {
                Source::Layer { layer, .. } => Some((interface.clone(), layers[layer].adapter)),
                _ => None,
            }
        })
    };
    for (item, wire) in surface.imports.iter().zip(application) {
        if wire.source == Source::Host
            && let Some((interface, adapter)) = owner(item)
        {
            return Err(PlanError::Foreign {
                import: item.name.clone(),
                interface,
                adapter,
            });
        }
    }
    for item in &surface.exports {
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

/// The layer nearest to the application that offers an interface.
fn answer(name: &InterfaceName, offers: &[Offer]) -> Option<Source> {
    offers.iter().enumerate().rev().find_map(|(layer, offer)| {
        let export = offer
            .exports
            .iter()
            .find(|export| export.is_compatible(name))?;
        Some(Source::Layer {
            layer,
            export: export.to_string(),
        })
    })
}

fn layer_wires(
    adapter: Adapter,
    configuration: &Configuration,
    own: &Surface,
    below: &[Offer],
    surface: &Surface,
) -> Result<Vec<Wire>, PlanError> {
    let imported = |name: &InterfaceName| surface.imports_of(name).next().is_some();
    let can_wait = surface.imports.iter().any(|item| {
        let poll = |name: InterfaceName| name.is_wasi_0_2() && name.path() == "wasi:io/poll";
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
        let source = if !configuration.uses(&name, can_wait) {
            Source::Stub
        } else if let Some(source) = answer(&name, below) {
            source
        } else if imported(&name) {
            Source::Host
        } else {
            // Without the import, the application cannot call what would need it.
            Source::Stub
        };
        if source != Source::Stub {
            needed.extend(&item.uses);
        }
        wires.push(Wire {
            import: item.name.clone(),
            source,
        });
    }
    // A filter's streams and pollables are the application's and so the host's; a kernel makes its own, and knows the
    // host's only where it uses something of the host that has them.
    let is_filter = !matches!(configuration, Configuration::Kernel(_));
    // An interface stands behind those that it uses.
    for (item, name) in io.into_iter().rev() {
        let needs = needed.contains(&item.name);
        let source = match (needs || is_filter, imported(&name)) {
            (true, true) => Source::Host,
            (true, false) if needs => {
                return Err(PlanError::Widens {
                    interface: name.path(),
                    adapter,
                });
            }
            _ => Source::Stub,
        };
        if source != Source::Stub {
            needed.extend(&item.uses);
        }
        wires.push(Wire {
            import: item.name.clone(),
            source,
        });
    }
    // In the adapter's order.
    wires.sort_by_key(|wire| own.imports.iter().position(|item| item.name == wire.import));
    Ok(wires)
}

/// The application's names of all that is left to the host.
fn granted(layers: &[Layer], application: &[Wire], surface: &Surface) -> BTreeSet<String> {
    let left = |wires: &[Wire]| -> Vec<String> {
        wires
            .iter()
            .filter(|wire| wire.source == Source::Host)
            .map(|wire| wire.import.clone())
            .collect()
    };
    let mut names = BTreeSet::new();
    for import in layers
        .iter()
        .flat_map(|layer| left(&layer.imports))
        .chain(left(application))
    {
        match InterfaceName::parse(&import) {
            Some(name) => names.extend(surface.highest_import_of(&name)),
            None => drop(names.insert(import)),
        }
    }
    names
}
