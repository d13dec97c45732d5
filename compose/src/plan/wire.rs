//! What answers each import of each part of a plan.

use std::collections::BTreeSet;

use super::{Capability, Configuration, Layer, Plan, PlanError, Source, Wire};
use crate::adapters::Adapter;
use crate::interface::InterfaceName;
use crate::surface::Surface;

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
    let granted = granted(&layers, &application, surface);
    Ok(Plan {
        layers,
        application,
        granted,
        warnings,
    })
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
    let named =
        |item: &crate::surface::Item| item.interface().map(|name| (item.name.clone(), name));
    let imports: Vec<(String, InterfaceName)> = own.imports.iter().filter_map(named).collect();
    let mut wires = Vec::new();
    let mut needs_io = false;
    for (import, name) in imports
        .iter()
        .filter(|(_, name)| Capability::of(name) != Capability::Io)
    {
        let source = if !configuration.uses(name) {
            Source::Stub
        } else if let Some(source) = answer(name, below) {
            source
        } else if surface.imports_of(name).next().is_some() {
            Source::Host
        } else {
            // Without the import, the application cannot call what would need it.
            Source::Stub
        };
        needs_io |= source != Source::Stub && Capability::of(name) != Capability::Random;
        wires.push(Wire {
            import: import.clone(),
            source,
        });
    }
    // A filter's streams and pollables are the application's and so the host's; a kernel makes its own, and knows the
    // host's only where it uses something of the host that has them.
    needs_io |= !matches!(configuration, Configuration::Kernel(_));
    for (import, name) in imports
        .iter()
        .filter(|(_, name)| Capability::of(name) == Capability::Io)
    {
        let source = match (needs_io, surface.imports_of(name).next()) {
            (false, _) => Source::Stub,
            (true, Some(_)) => Source::Host,
            (true, None) => {
                return Err(PlanError::Widens {
                    interface: name.path(),
                    adapter,
                });
            }
        };
        wires.push(Wire {
            import: import.clone(),
            source,
        });
    }
    // In the adapter's order.
    wires.sort_by_key(|wire| {
        imports
            .iter()
            .position(|(import, _)| *import == wire.import)
    });
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
