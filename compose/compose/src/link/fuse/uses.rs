//! What an application uses of a callee.

use std::collections::BTreeMap;

use wasmparser::component_types::ComponentAnyTypeId;
use wasmparser::{CanonicalFunction, CanonicalOption};

use super::agree::Agreement;
use super::callee::Callee;
use super::component::{Component, CoreExport, Imported};
use super::glue::{Function, MAX_WEIGHT, Resource};
use super::items::Definition;
use super::refusal::{Refusal, Side};
use super::signatures::{SignatureError, Signatures};
use crate::canonical::Unsupported;

/// Where a generated function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the module of functions that need no memory of the application.
    Direct,
    /// In the module for this group of functions.
    Group(usize),
}

/// Functions that are lowered with the same memory and the same function that allocates in it.
pub struct Group<'a> {
    /// The memory.
    pub memory: CoreExport<'a>,
    /// The function that allocates.
    pub realloc: Option<CoreExport<'a>>,
    /// The functions.
    pub functions: Vec<Function>,
}

/// What an application uses of a callee.
pub struct Uses<'a> {
    /// The definitions of the application that are imports which the callee answers, or come from these.
    pub imported: Imported<'a>,
    /// The types of resources.
    pub resources: Vec<Resource>,
    /// The functions that need no memory of the application.
    pub direct: Vec<Function>,
    /// The functions that need one.
    pub groups: Vec<Group<'a>>,
    /// The core functions of the application that are replaced by generated ones, by their indices.
    pub replaced: BTreeMap<u32, (Place, String)>,
}

impl<'a> Uses<'a> {
    /// Finds what an application uses. `links` are its imports that the callee answers, with the names of the exports.
    ///
    /// # Errors
    /// [`Refusal`] when generated functions cannot take the place of the component model.
    pub fn of(
        application: &Component<'a>,
        callee: &Callee<'_>,
        links: &BTreeMap<String, String>,
    ) -> Result<Self, Refusal> {
        let imported = application.imported(|import| links.contains_key(import));
        let types = application.types();
        let mut agreement = Agreement::new(types, callee.component.types());
        for import in imported.instances.values() {
            let own = application.interface(import, true);
            let other = callee.component.interface(&links[*import], false);
            let agree = own.zip(other);
            if !agree.is_some_and(|(own, other)| agreement.interface(own, other)) {
                return Err(Refusal::Mismatch {
                    import: (*import).to_owned(),
                });
            }
        }
        let destructors = callee.destructors();
        let mut numbers = BTreeMap::new();
        let mut resources = Vec::new();
        for (own, other) in agreement.resources() {
            let found = destructors.get(other);
            let (name, destructor) = found.map_or(("", None), |(name, destructor)| {
                (name.as_str(), destructor.as_ref())
            });
            let Some(destructor) = destructor else {
                return Err(Refusal::NotItsOwn {
                    resource: name.to_owned(),
                });
            };
            // Two imports can be of one type.
            let number = resources
                .iter()
                .position(|known: &Resource| known.destructor.as_ref() == Some(destructor));
            let number = number.unwrap_or_else(|| {
                resources.push(Resource {
                    drop: format!("drop{}", resources.len()),
                    destructor: Some(destructor.clone()),
                });
                resources.len() - 1
            });
            numbers.insert(*own, number as u32);
        }
        let mut uses = Self {
            imported,
            resources,
            direct: Vec::new(),
            groups: Vec::new(),
            replaced: BTreeMap::new(),
        };
        let mut signatures = Signatures::new(types, &numbers);
        for (index, definition) in application.items.iter() {
            let Definition::Canonical(function) = definition else {
                continue;
            };
            if let CanonicalFunction::Lower {
                func_index,
                options,
            } = function
                && let Some((import, name)) = uses.imported.lowered(function)
            {
                let ty = types.component_function_at(*func_index);
                let signature = signatures.of(ty).map_err(|error| match error {
                    SignatureError::Unsupported(
                        Unsupported::Asynchronous | Unsupported::AsynchronousType,
                    ) => Refusal::Asynchronous {
                        side: Side::Adapter,
                    },
                    other => Refusal::Form(format!("`{name}` of `{import}` {other}")),
                })?;
                if signature.weight() > MAX_WEIGHT {
                    return Err(Refusal::TooHeavy {
                        function: name.to_owned(),
                    });
                }
                let export = &links[import];
                let (callee, post_return) = callee.function(export, name).ok_or_else(|| {
                    Refusal::Form(format!("`{name}` of `{export}` is not its own"))
                })?;
                let function = Function {
                    export: String::new(),
                    callee: callee.to_owned(),
                    post_return: post_return.map(str::to_owned),
                    signature,
                };
                let (place, export) = uses.place(application, function, options)?;
                uses.replaced.insert(index, (place, export));
            } else if let Some(ty) = uses.imported.dropped(function) {
                let ComponentAnyTypeId::Resource(id) = types.component_any_type_at(ty) else {
                    continue;
                };
                let number = numbers.get(&id.resource()).copied().unwrap_or_default();
                let export = uses.resources[number as usize].drop.clone();
                uses.replaced.insert(index, (Place::Direct, export));
            }
        }
        Ok(uses)
    }

    /// Puts a function where it can be generated, unless it is there, and returns the place and its export.
    fn place(
        &mut self,
        application: &Component<'a>,
        function: Function,
        options: &[CanonicalOption],
    ) -> Result<(Place, String), Refusal> {
        let options = application.options(options)?;
        let (place, functions) = match options.memory {
            Some(memory) if function.signature.needs_memory() => {
                let found = self
                    .groups
                    .iter()
                    .position(|group| group.memory == memory && group.realloc == options.realloc);
                let number = found.unwrap_or_else(|| {
                    self.groups.push(Group {
                        memory,
                        realloc: options.realloc,
                        functions: Vec::new(),
                    });
                    self.groups.len() - 1
                });
                (Place::Group(number), &mut self.groups[number].functions)
            }
            _ => (Place::Direct, &mut self.direct),
        };
        let known = functions
            .iter()
            .position(|known| known.callee == function.callee);
        let number = known.unwrap_or_else(|| {
            functions.push(Function {
                export: functions.len().to_string(),
                ..function
            });
            functions.len() - 1
        });
        Ok((place, functions[number].export.clone()))
    }
}
