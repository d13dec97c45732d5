//! Stand-ins for what an adapter imports and the plan does not grant.
//!
//! An adapter imports everything that some configuration of it may use. What its present configuration does not use
//! must not reach the surface of the result, so a component without behaviour answers it: every function traps.

use std::collections::BTreeSet;

use thiserror::Error;
use wit_component::{
    ComponentEncoder, DecodedWasm, StringEncoding, dummy_module, embed_component_metadata,
};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve, World, WorldId, WorldItem};

use crate::sections::strip;

/// Why a stub could not be made: the adapter is damaged, or of a shape that no adapter has.
#[derive(Debug, Error)]
#[error("no stand-in could be made for what an adapter imports: {0:#}")]
pub struct StubError(anyhow::Error);

/// Makes a component that exports those imports of `adapter` that are not in `granted`, under the same names. It
/// imports those granted interfaces whose types the others use. `None` if everything is granted.
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

/// A world that imports what is granted and exports the other imports of the adapter's world.
fn stub_world(resolve: &mut Resolve, adapter: WorldId, granted: &BTreeSet<String>) -> WorldId {
    let source = &resolve.worlds[adapter];
    let mut imports = source.imports.clone();
    let mut exports = source.imports.clone();
    imports.retain(|key, _| granted.contains(&resolve.name_world_key(key)));
    exports.retain(|key, item| {
        matches!(item, WorldItem::Interface { .. })
            && !granted.contains(&resolve.name_world_key(key))
    });
    let world = World {
        name: "stub".into(),
        imports,
        exports,
        ..source.clone()
    };
    let package = source.package;
    let id = resolve.worlds.alloc(world);
    if let Some(package) = package {
        resolve.packages[package].worlds.insert("stub".into(), id);
    }
    id
}
