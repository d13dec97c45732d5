//! Makes stubs for the imports of an adapter that the plan does not grant.
//!
//! An adapter imports every interface that any of its configurations uses. The interfaces that the present
//! configuration does not use must not become imports of the composition, so a component answers them whose functions
//! all trap.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use thiserror::Error;
use wit_component::{
    ComponentEncoder, DecodedWasm, StringEncoding, dummy_module, embed_component_metadata,
};
use wit_parser::{
    InterfaceId, LiftLowerAbi, LiveTypes, ManglingAndAbi, Resolve, TypeOwner, World, WorldId,
    WorldItem, WorldKey,
};

use crate::sections::strip;

/// The stub could not be made because the adapter is damaged or has an unknown shape.
#[derive(Debug, Error)]
#[error("no stand-in could be made for what an adapter imports: {0:#}")]
pub struct StubError(anyhow::Error);

/// Makes a component that exports the imports of `adapter` that are not in `granted`, under the same names. It imports
/// from the granted interfaces the types that its exports use, and no functions. `None` if everything is granted.
///
/// # Errors
/// [`StubError`] when `adapter` is not a component as the build makes them.
pub fn stub(adapter: &[u8], granted: &BTreeSet<String>) -> Result<Option<Vec<u8>>, StubError> {
    make(adapter, granted).map_err(StubError)
}

fn make(adapter: &[u8], granted: &BTreeSet<String>) -> anyhow::Result<Option<Vec<u8>>> {
    let DecodedWasm::Component(mut resolve, id) = wit_component::decode(adapter)? else {
        anyhow::bail!("not a component");
    };
    let world = stub_world(&mut resolve, id, granted);
    if resolve.worlds[world].exports.is_empty() {
        return Ok(None);
    }
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)?
        .encode()?;
    Ok(Some(strip(&component)?))
}

/// A world that exports the imports of the adapter's world that are not granted, and imports the types of the others.
///
/// Decoding merges an import and an export of the same name into one interface. Such an interface may have more than
/// the adapter imports, and may use interfaces that the adapter does not import; those are exported too.
fn stub_world(resolve: &mut Resolve, adapter: WorldId, granted: &BTreeSet<String>) -> WorldId {
    let source = resolve.worlds[adapter].clone();
    let (imports, others): (IndexMap<_, _>, IndexMap<_, _>) = source
        .imports
        .into_iter()
        .partition(|(key, _)| granted.contains(&resolve.name_world_key(key)));
    let imported: BTreeSet<InterfaceId> = imports.values().filter_map(interface).collect();
    let mut exported = Vec::new();
    for id in others.values().filter_map(interface) {
        with_dependencies(resolve, id, &imported, &mut exported);
    }
    let exports = exported.into_iter().map(|id| {
        let item = WorldItem::Interface {
            id,
            stability: Default::default(),
            external_id: None,
            docs: Default::default(),
            span: Default::default(),
        };
        (WorldKey::Interface(id), item)
    });
    let world = World {
        name: "stub".into(),
        imports,
        exports: exports.collect(),
        ..source
    };
    let package = world.package;
    let id = resolve.worlds.alloc(world);
    if let Some(package) = package {
        resolve.packages[package].worlds.insert("stub".into(), id);
    }
    for id in &imported {
        keep_types_of(resolve, *id, &imported);
    }
    id
}

fn interface(item: &WorldItem) -> Option<InterfaceId> {
    match item {
        WorldItem::Interface { id, .. } => Some(*id),
        _ => None,
    }
}

/// Adds an interface to `list`, behind the interfaces that it uses and that are not imported.
fn with_dependencies(
    resolve: &Resolve,
    id: InterfaceId,
    imported: &BTreeSet<InterfaceId>,
    list: &mut Vec<InterfaceId>,
) {
    if imported.contains(&id) || list.contains(&id) {
        return;
    }
    for dependency in resolve.interface_direct_deps(id) {
        with_dependencies(resolve, dependency, imported, list);
    }
    list.push(id);
}

/// Removes from an interface all functions, and all types that contain types of interfaces other than `interfaces`. A
/// stub calls no functions.
fn keep_types_of(resolve: &mut Resolve, id: InterfaceId, interfaces: &BTreeSet<InterfaceId>) {
    let types = &resolve.interfaces[id].types;
    let kept = types.iter().filter(|(_, ty)| {
        let mut parts = LiveTypes::default();
        parts.add_type_id(resolve, **ty);
        parts.iter().all(|part| match resolve.types[part].owner {
            TypeOwner::Interface(owner) => interfaces.contains(&owner),
            TypeOwner::World(_) | TypeOwner::None => true,
        })
    });
    let kept = kept.map(|(name, ty)| (name.clone(), *ty)).collect();
    let interface = &mut resolve.interfaces[id];
    interface.types = kept;
    interface.functions.clear();
}
