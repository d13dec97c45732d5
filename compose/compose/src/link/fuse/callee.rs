//! What a component that answers imports has: the functions that it lifts, its memory, its resources.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ResourceId};
use wasmparser::{CanonicalFunction, ComponentType};

use super::component::{Component, CoreExport};
use super::items::{Definition, Space};
use super::refusal::{Refusal, Side};

/// A component that answers imports.
pub struct Callee<'a> {
    /// The component.
    pub component: Component<'a>,
    /// The instance of the core module behind all functions that it lifts.
    pub instance: u32,
    /// The export of that instance in which arguments and results lie.
    pub memory: &'a str,
    /// The export of that instance that allocates.
    pub realloc: Option<&'a str>,
    /// The lifted functions, by the export of the instance, with what is called when the result was read.
    lifted: BTreeMap<&'a str, Option<&'a str>>,
    /// The types of resources that the component defines: their indices, with the core functions that destroy them.
    pub resources: BTreeMap<u32, Option<u32>>,
    /// All exports of the instance.
    core_exports: BTreeSet<String>,
}

impl<'a> Callee<'a> {
    /// Reads a component.
    ///
    /// # Errors
    /// [`Refusal`] when no functions can be called without the component model between.
    pub fn of(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let component = Component::of(bytes, Side::Adapter)?;
        let several = Refusal::Memory {
            side: Side::Adapter,
        };
        let (mut instance, mut memory, mut realloc) = (None, None, None);
        let mut lifted = BTreeMap::new();
        let mut resources = BTreeMap::new();
        for (index, definition) in component.items.iter() {
            match definition {
                Definition::Canonical(CanonicalFunction::Lift {
                    core_func_index,
                    options,
                    ..
                }) => {
                    let options = component.options(options)?;
                    let function = component.core_export(Space::CoreFunction, *core_func_index)?;
                    let all = [Some(function), options.memory, options.realloc];
                    let all = all.into_iter().chain([options.post_return]).flatten();
                    for (of, _) in all {
                        if *instance.get_or_insert(of) != of {
                            return Err(several);
                        }
                    }
                    for (known, own) in [
                        (&mut memory, options.memory),
                        (&mut realloc, options.realloc),
                    ] {
                        if let Some(own) = own
                            && *known.get_or_insert(own) != own
                        {
                            return Err(several);
                        }
                    }
                    lifted.insert(function.1, options.post_return.map(name));
                }
                Definition::Type(ComponentType::Resource { dtor, .. }) => {
                    resources.insert(index, *dtor);
                }
                _ => {}
            }
        }
        let instance = instance.ok_or_else(|| Refusal::Form("it has no functions".into()))?;
        let types = component.types();
        let exports = types[types.core_instance_at(instance)].exports(types);
        let core_exports = exports.keys().cloned().collect();
        Ok(Self {
            instance,
            // Without functions that need a memory, the name stands for nothing.
            memory: memory.map_or("memory", name),
            realloc: realloc.map(name),
            lifted,
            resources,
            core_exports,
            component,
        })
    }

    /// The export of the core module that is behind a function of an exported interface, and what is called when its
    /// result was read.
    pub fn function(&self, interface: &str, function: &str) -> Option<(&'a str, Option<&'a str>)> {
        let export = format!("{interface}#{function}");
        let (export, post_return) = self.lifted.get_key_value(export.as_str())?;
        Some((export, *post_return))
    }

    /// The types of resources that the component defines and exports, each with an interface and its name there, for the
    /// core export that destroys resources.
    ///
    /// # Errors
    /// [`Refusal::NoDestructor`] for resources that nothing destroys.
    pub fn destructors<'e>(
        &self,
        exports: impl Iterator<Item = &'e str>,
    ) -> Result<BTreeMap<ResourceId, String>, Refusal> {
        let mut found = BTreeMap::new();
        let mut missing = BTreeMap::new();
        let types = self.component.types();
        for export in exports {
            let Some(interface) = self.component.interface(export, false) else {
                continue;
            };
            for (name, item) in &types[interface].exports {
                let ComponentEntityType::Type {
                    created: ComponentAnyTypeId::Resource(id),
                    ..
                } = item.ty
                else {
                    continue;
                };
                let id = id.resource();
                let destructor = format!("{export}#[dtor]{name}");
                match self.core_exports.contains(&destructor) {
                    true => drop(found.insert(id, destructor)),
                    false => drop(missing.insert(id, name.clone())),
                }
            }
        }
        // Another name for the type, in an interface that uses it, has no destructor of its own.
        missing.retain(|id, _| !found.contains_key(id));
        match missing.into_values().next() {
            Some(resource) => Err(Refusal::NoDestructor { resource }),
            None => Ok(found),
        }
    }
}

fn name<'a>((_, name): CoreExport<'a>) -> &'a str {
    name
}
