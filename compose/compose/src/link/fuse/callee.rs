//! What a component that answers imports has: the functions that it lifts, its memory, its resources.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ResourceId};
use wasmparser::{CanonicalFunction, ComponentType, Instance, InstantiationArg, Parser, Payload};

use super::component::{Component, CoreExport};
use super::items::{Definition, Space};
use super::refusal::{Refusal, Side};
use super::trim::Trimmed;

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

    /// The types of resources that the component exports, each with a name and the core export that destroys resources, if
    /// there is one.
    pub fn destructors(&self) -> BTreeMap<ResourceId, (String, Option<String>)> {
        let mut found: BTreeMap<ResourceId, (String, Option<String>)> = BTreeMap::new();
        let types = self.component.types();
        for (_, definition) in self.component.items.iter() {
            let Definition::Export(export) = definition else {
                continue;
            };
            let export = export.name.name;
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
                // In an interface that only uses the type, its name has no destructor.
                let destructor = format!("{export}#[dtor]{name}");
                let destructor = self
                    .core_exports
                    .contains(&destructor)
                    .then_some(destructor);
                let known = found.entry(id.resource());
                let (_, known) = known.or_insert_with(|| (name.clone(), None));
                *known = known.take().or(destructor);
            }
        }
        found
    }
}

impl<'a> Callee<'a> {
    /// The core module behind all functions, if it is instantiated once.
    pub fn module(&self) -> Option<&'a [u8]> {
        let index = self.module_index()?;
        let instances = self.instances().filter(|(module, _)| *module == index);
        match self.component.items.get(Space::Module, index)? {
            Definition::Module(module) if instances.count() == 1 => Some(module),
            _ => None,
        }
    }

    fn module_index(&self) -> Option<u32> {
        match self
            .component
            .items
            .get(Space::CoreInstance, self.instance)?
        {
            Definition::CoreInstance(Instance::Instantiate { module_index, .. }) => {
                Some(*module_index)
            }
            _ => None,
        }
    }

    /// The exports of the instance behind all functions that other core modules import, where these get the whole instance.
    ///
    /// # Errors
    /// An error when one of these modules cannot be read.
    pub fn given_away(&self) -> anyhow::Result<BTreeSet<&'a str>> {
        let mut names = BTreeSet::new();
        for (module, arguments) in self.instances() {
            let mut arguments = arguments.iter();
            let Some(argument) = arguments.find(|argument| argument.index == self.instance) else {
                continue;
            };
            let Some(Definition::Module(module)) = self.component.items.get(Space::Module, module)
            else {
                continue;
            };
            for payload in Parser::new(0).parse_all(module) {
                let Payload::ImportSection(section) = payload? else {
                    continue;
                };
                for import in section.into_imports() {
                    let import = import?;
                    if import.module == argument.name {
                        names.insert(import.name);
                    }
                }
            }
        }
        Ok(names)
    }

    /// All instances of core modules, with their modules and arguments.
    fn instances(&self) -> impl Iterator<Item = (u32, &[InstantiationArg<'a>])> {
        let items = self.component.items.iter();
        items.filter_map(|(_, definition)| match definition {
            Definition::CoreInstance(Instance::Instantiate { module_index, args }) => {
                Some((*module_index, args.as_ref()))
            }
            _ => None,
        })
    }

    /// Puts a module that imports less in the place of [`Callee::module`].
    pub fn replace_module(&mut self, trimmed: &'a Trimmed) {
        let Some(module_index) = self.module_index() else {
            return;
        };
        let Some((_, arguments)) = self.instances().find(|(module, _)| *module == module_index)
        else {
            return;
        };
        let imported = |argument: &InstantiationArg<'a>| trimmed.imports.get(argument.name);
        let arguments: Vec<InstantiationArg<'a>> = arguments
            .iter()
            .filter(|argument| imported(argument).is_some())
            .cloned()
            .collect();
        let mut bags = Vec::new();
        for argument in &arguments {
            let uses = self.instances().flat_map(|(_, others)| others);
            let is_alone = uses.filter(|other| other.index == argument.index).count() == 1;
            if let Some(Definition::CoreInstance(Instance::FromExports(exports))) = self
                .component
                .items
                .get(Space::CoreInstance, argument.index)
                && let Some(names) = imported(argument).filter(|_| is_alone)
            {
                let exports = exports.iter();
                let exports = exports.filter(|export| names.contains(export.name));
                bags.push((argument.index, exports.copied().collect()));
            }
        }
        let items = &mut self.component.items;
        for (index, exports) in bags {
            let bag = Definition::CoreInstance(Instance::FromExports(exports));
            items.replace(Space::CoreInstance, index, bag);
        }
        let instance = Definition::CoreInstance(Instance::Instantiate {
            module_index,
            args: arguments.into(),
        });
        items.replace(Space::CoreInstance, self.instance, instance);
        let module = Definition::Module(&trimmed.module);
        items.replace(Space::Module, module_index, module);
    }
}

fn name<'a>((_, name): CoreExport<'a>) -> &'a str {
    name
}
