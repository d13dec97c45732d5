//! Stand-ins for what an adapter imports and the plan does not grant.
//!
//! An adapter imports everything that some configuration of it may use. What its present configuration does not use
//! must not reach the surface of the result, so a component without behaviour answers it: every function traps.

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

/// Why a stub could not be made: the adapter is damaged, or of a shape that no adapter has.
#[derive(Debug, Error)]
#[error("no stand-in could be made for what an adapter imports: {0:#}")]
pub struct StubError(anyhow::Error);

/// Makes a component that exports those imports of `adapter` that are not in `granted`, under the same names. Of the
/// granted interfaces it imports the types that the others use, and no functions. `None` if everything is granted.
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

/// A world that exports those imports of the adapter's world that are not granted, and imports types of the others.
///
/// Decoding makes one interface of what a component imports and what it exports under the same name. So what is here
/// may be more than the adapter imports, and may mention interfaces that it does not import: those are exported too.
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

/// Adds an interface to `list`, behind those that it uses and that are not imported.
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

/// Leaves of an interface the types that are made of types of `interfaces` only. A stand-in calls nothing.
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
