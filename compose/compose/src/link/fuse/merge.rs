//! Puts a callee, the generated modules and an application into one component.

use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::ExportKind;
use wasmparser::{CanonicalFunction, ComponentAlias, Instance};

use super::callee::Callee;
use super::component::{Component, CoreExport, Imported};
use super::copy::{Copy, needed};
use super::glue::{self, Memories};
use super::items::{Definition, Space};
use super::refusal::Refusal;
use super::stand_ins::{IDENTITY, StandIns};
use super::target::Target;
use super::uses::{Place, Uses};

/// What is put into one component.
pub struct Merge<'m, 'a> {
    /// The imports that the callee does not use, and what comes from these.
    pub unused: &'m Imported<'a>,
    /// New names for imports of the callee.
    pub renamed: &'m BTreeMap<String, String>,
    /// The component that imports.
    pub application: &'m Component<'a>,
    /// What it uses of the callee.
    pub uses: &'m Uses<'a>,
    /// How many memories a generated module may see.
    pub memories: Memories,
}

/// The instances of the callee and of the generated modules.
struct Instances {
    callee: u32,
    direct: u32,
    /// The instance that reads and writes the callee's memory, if there is one yet.
    copy: Option<u32>,
    /// The instance of each group of functions, if there is one yet.
    groups: Vec<Option<u32>>,
}

impl Merge<'_, '_> {
    /// The component.
    ///
    /// # Errors
    /// [`Refusal`] when something is handed on that is not there any more.
    pub fn encode(&self, callee: &Callee<'_>) -> Result<Vec<u8>, Refusal> {
        let mut target = Target::default();
        let instance = self.add_callee(callee, &mut target)?;
        let direct = target.module(&glue::direct(&self.uses.direct, &self.uses.resources));
        let direct = target.instantiate(direct, &[("callee", instance)]);
        let mut instances = Instances {
            callee: instance,
            direct,
            copy: None,
            groups: vec![None; self.uses.groups.len()],
        };
        self.add_application(callee, &mut instances, &mut target)?;
        Ok(target.finish())
    }

    /// Adds the callee, and returns the instance of its core module.
    fn add_callee(&self, callee: &Callee<'_>, target: &mut Target) -> Result<u32, Refusal> {
        let component = &callee.component;
        let types = component.types();
        let resources = &callee.resources;
        let mut stand_ins = StandIns::default();
        for (index, definition) in component.items.iter() {
            if let Definition::Canonical(function) = definition
                && self.is_unused(function)
            {
                stand_ins.trap(types, index)?;
            }
        }
        let stand_in = target.module(&stand_ins.module());
        let stand_in = target.instantiate(stand_in, &[]);
        let needed = self.needed_of_callee(callee)?;
        let mut copy = Copy::new(component, self.unused);
        for ((index, definition), needed) in component.items.iter().zip(needed) {
            let space = definition.space();
            let of_stand_ins = |target: &mut Target, name: &str| {
                Some(target.core_export(stand_in, name, ExportKind::Func))
            };
            match definition {
                _ if !needed => copy.replace(space, None),
                _ if self.unused.contains(space, index) => match space {
                    Space::Type => copy.write_type(index, target)?,
                    _ => copy.replace(space, None),
                },
                Definition::Canonical(function) if self.is_unused(function) => {
                    let trap = stand_ins.trap(types, index)?;
                    copy.replace(space, of_stand_ins(target, &trap));
                }
                Definition::Canonical(
                    CanonicalFunction::ResourceNew { resource }
                    | CanonicalFunction::ResourceRep { resource },
                ) if resources.contains_key(resource) => {
                    copy.replace(space, of_stand_ins(target, IDENTITY));
                }
                Definition::Canonical(CanonicalFunction::ResourceDrop { resource })
                    if let Some(destructor) = resources.get(resource) =>
                {
                    let destructor = destructor.ok_or_else(|| Refusal::NotItsOwn {
                        resource: format!("type {resource}"),
                    })?;
                    let destructor = copy.index(Space::CoreFunction, destructor)?;
                    copy.replace(space, Some(destructor));
                }
                Definition::Import(import)
                    if let Some(name) = self.renamed.get(import.name.name) =>
                {
                    let mut renamed = *import;
                    renamed.name.name = name;
                    copy.add(&Definition::Import(renamed), target)?;
                }
                other => copy.add(other, target)?,
            }
        }
        copy.index(Space::CoreInstance, callee.instance)
    }

    /// Which definitions of the callee are needed, by their positions.
    fn needed_of_callee(&self, callee: &Callee<'_>) -> anyhow::Result<Vec<bool>> {
        let component = &callee.component;
        let resources = &callee.resources;
        let is_root = |definition: &Definition<'_>| match definition {
            Definition::CoreInstance(instance) => {
                matches!(instance, Instance::Instantiate { .. })
            }
            _ => false,
        };
        let replaced = |index: u32, definition: &Definition<'_>| match definition {
            _ if self.unused.contains(definition.space(), index) => Some(Vec::new()),
            Definition::Canonical(function) if self.is_unused(function) => Some(Vec::new()),
            Definition::Canonical(
                CanonicalFunction::ResourceNew { resource }
                | CanonicalFunction::ResourceRep { resource },
            ) if resources.contains_key(resource) => Some(Vec::new()),
            Definition::Canonical(CanonicalFunction::ResourceDrop { resource }) => {
                let destructor = resources.get(resource)?;
                let destructor = destructor.iter();
                Some(destructor.map(|f| (Space::CoreFunction, *f)).collect())
            }
            _ => None,
        };
        needed(component, is_root, replaced)
    }

    /// The exports of the callee's core module that the result uses.
    ///
    /// # Errors
    /// An error when a definition cannot be read.
    pub fn used_exports(&self, callee: &Callee<'_>) -> anyhow::Result<BTreeSet<String>> {
        let functions = self.uses.groups.iter().flat_map(|group| &group.functions);
        let mut used: BTreeSet<String> = functions
            .chain(&self.uses.direct)
            .flat_map(|function| [Some(&function.callee), function.post_return.as_ref()])
            .flatten()
            .chain(self.uses.resources.iter().flat_map(|own| &own.destructor))
            .cloned()
            .chain(callee.realloc.map(str::to_owned))
            .chain(callee.given_away()?.into_iter().map(str::to_owned))
            .collect();
        let definitions = callee.component.items.iter();
        for ((_, definition), needed) in definitions.zip(self.needed_of_callee(callee)?) {
            if let Definition::Alias(ComponentAlias::CoreInstanceExport {
                instance_index,
                name,
                ..
            }) = definition
                && needed
                && *instance_index == callee.instance
            {
                used.insert((*name).to_owned());
            }
        }
        Ok(used)
    }

    /// Whether a canonical function of the callee is of an import that it does not use.
    fn is_unused(&self, function: &CanonicalFunction) -> bool {
        self.unused.lowered(function).is_some() || self.unused.dropped(function).is_some()
    }

    /// Adds the application, and the generated modules that need its memories where these are first needed.
    fn add_application(
        &self,
        callee: &Callee<'_>,
        instances: &mut Instances,
        target: &mut Target,
    ) -> Result<(), Refusal> {
        let (component, uses) = (self.application, self.uses);
        let is_root = |definition: &Definition<'_>| match definition {
            Definition::CoreInstance(instance) => {
                matches!(instance, Instance::Instantiate { .. })
            }
            Definition::Import(import) => {
                let names = uses.imported.instances.values();
                !names.into_iter().any(|name| *name == import.name.name)
            }
            Definition::Export(_) => true,
            _ => false,
        };
        let replaced = |index: u32, definition: &Definition<'_>| {
            let space = definition.space();
            let is_replaced = uses.imported.contains(space, index)
                || space == Space::CoreFunction && uses.replaced.contains_key(&index);
            is_replaced.then(Vec::new)
        };
        let needed = needed(component, is_root, replaced)?;
        let mut copy = Copy::new(component, &uses.imported);
        for ((index, definition), needed) in component.items.iter().zip(needed) {
            let space = definition.space();
            match definition {
                _ if !needed => copy.replace(space, None),
                _ if uses.imported.contains(space, index) => match space {
                    Space::Type => copy.write_type(index, target)?,
                    _ => copy.replace(space, None),
                },
                Definition::Canonical(_)
                    if space == Space::CoreFunction
                        && let Some((place, name)) = uses.replaced.get(&index) =>
                {
                    let instance = match place {
                        Place::Direct => instances.direct,
                        Place::Group(number) => {
                            self.group(callee, *number, &copy, instances, target)?
                        }
                    };
                    let function = target.core_export(instance, name, ExportKind::Func);
                    copy.replace(space, Some(function));
                }
                other => copy.add(other, target)?,
            }
        }
        Ok(())
    }

    /// The instance of the generated module for a group of functions. It is made when it is first asked for: then the
    /// application's memory exists, because the application's own definition refers to it.
    fn group(
        &self,
        callee: &Callee<'_>,
        number: usize,
        application: &Copy<'_, '_>,
        instances: &mut Instances,
        target: &mut Target,
    ) -> Result<u32, Refusal> {
        if let Some(instance) = instances.groups[number] {
            return Ok(instance);
        }
        let group = &self.uses.groups[number];
        let own = |(instance, name): CoreExport<'_>, kind, target: &mut Target| {
            let instance = application.index(Space::CoreInstance, instance)?;
            Ok::<u32, Refusal>(target.core_export(instance, name, kind))
        };
        let mut bag = vec![(
            "memory",
            ExportKind::Memory,
            own(group.memory, ExportKind::Memory, target)?,
        )];
        if let Some(realloc) = group.realloc {
            let function = own(realloc, ExportKind::Func, target)?;
            bag.push(("realloc", ExportKind::Func, function));
        }
        let bag = target.bag(bag);
        let lifted_with = glue::Callee {
            memory: callee.memory.to_owned(),
            realloc: callee.realloc.map(str::to_owned),
        };
        let mut arguments = vec![
            ("callee", instances.callee),
            ("direct", instances.direct),
            ("application", bag),
        ];
        if self.memories == Memories::Portable {
            let copy = *instances.copy.get_or_insert_with(|| {
                let module = target.module(&glue::copy(&lifted_with));
                target.instantiate(module, &[("callee", instances.callee)])
            });
            arguments.push(("copy", copy));
        }
        let module = glue::with_memory(&group.functions, &lifted_with, self.memories);
        let module = target.module(&module);
        let instance = target.instantiate(module, &arguments);
        instances.groups[number] = Some(instance);
        Ok(instance)
    }
}
