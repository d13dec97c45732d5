//! Copies the definitions of a component into another one.

use super::component::{Component, Imported};
use super::items::{Definition, Space};
use super::references::references;
use super::refusal::Refusal;
use super::reindex::Reindex;
use super::structure::Structures;
use super::target::Target;
use wasmparser::component_types::ComponentAnyTypeId;

/// A component whose definitions are copied, in their order.
pub struct Copy<'c, 'a> {
    component: &'c Component<'a>,
    /// The definitions that are not copied because something else answers the imports they come from.
    imported: &'c Imported<'a>,
    structures: Structures,
    /// For each space, the new indices of the definitions; `None` for those that are not there.
    indices: [Vec<Option<u32>>; Space::COUNT],
}

impl<'c, 'a> Copy<'c, 'a> {
    /// Begins to copy.
    pub fn new(component: &'c Component<'a>, imported: &'c Imported<'a>) -> Self {
        Self {
            component,
            imported,
            structures: Structures::default(),
            indices: Default::default(),
        }
    }

    /// The new index of a definition.
    ///
    /// # Errors
    /// [`Refusal`] when it is not there.
    pub fn index(&self, space: Space, index: u32) -> Result<u32, Refusal> {
        let new = self.indices[space as usize].get(index as usize);
        new.copied()
            .flatten()
            .ok_or_else(|| self.missing(space, index))
    }

    fn missing(&self, space: Space, index: u32) -> Refusal {
        match self.imported.import(space, index) {
            Some(interface) => Refusal::HandedOn {
                interface: interface.to_owned(),
            },
            None => Refusal::Form(format!("{space:?} {index} is not there")),
        }
    }

    /// Leaves the next definition of a space out, or says what stands in its place.
    pub fn replace(&mut self, space: Space, new: Option<u32>) {
        self.indices[space as usize].push(new);
    }

    /// Copies the next definition.
    ///
    /// # Errors
    /// [`Refusal`] when it refers to something that is not there.
    pub fn add(&mut self, definition: &Definition<'_>, target: &mut Target) -> Result<(), Refusal> {
        let space = definition.space();
        let index = target.next(space);
        let mut missing = None;
        let mut reindex = Reindex::new(|space, index| match self.index(space, index) {
            Ok(new) => new,
            Err(refusal) => {
                missing.get_or_insert(refusal);
                index
            }
        });
        target.add(definition, &mut reindex)?;
        match missing {
            Some(refusal) => Err(refusal),
            None => {
                self.replace(space, Some(index));
                Ok(())
            }
        }
    }

    /// Writes the next type out in full: it comes from an imported interface that is gone.
    ///
    /// # Errors
    /// [`Refusal::HandedOn`] when there are resources in it.
    pub fn write_type(&mut self, index: u32, target: &mut Target) -> Result<(), Refusal> {
        let types = self.component.types();
        let written = match types.component_any_type_at(index) {
            ComponentAnyTypeId::Defined(id) => self.structures.write(types, id, target),
            _ => None,
        };
        let written = written.ok_or_else(|| self.missing(Space::Type, index))?;
        self.replace(Space::Type, Some(written));
        Ok(())
    }
}

/// Which definitions of a component, by their positions, are needed for those that `is_root` selects. `replaced` returns
/// what a definition refers to if something stands in its place.
///
/// # Errors
/// An error when a definition cannot be read.
pub fn needed(
    component: &Component<'_>,
    is_root: impl Fn(&Definition<'_>) -> bool,
    replaced: impl Fn(u32, &Definition<'_>) -> Option<Vec<(Space, u32)>>,
) -> anyhow::Result<Vec<bool>> {
    let mut wanted: [Vec<bool>; Space::COUNT] = Default::default();
    let mut needed = Vec::new();
    for (index, definition) in component.items.iter().rev() {
        let of_space = &wanted[definition.space() as usize];
        let is_wanted = of_space.get(index as usize).copied().unwrap_or_default();
        let is_needed = is_wanted || is_root(definition);
        needed.push(is_needed);
        if !is_needed {
            continue;
        }
        let referred = match replaced(index, definition) {
            Some(referred) => referred,
            None => references(definition)?,
        };
        for (space, index) in referred {
            let of_space = &mut wanted[space as usize];
            let index = index as usize;
            if of_space.len() <= index {
                of_space.resize(index + 1, false);
            }
            of_space[index] = true;
        }
    }
    needed.reverse();
    Ok(needed)
}
