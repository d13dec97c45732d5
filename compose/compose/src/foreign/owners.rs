//! Who has a named type first.

use std::collections::HashMap;

use wasmparser::component_types::ComponentAnyTypeId;
use wasmparser::types::Types;

/// The owners of types. The owner of an alias is the owner of the type that it names.
///
/// A chain of aliases can be as long as a file has definitions, and every item of every instance can be its last link. So
/// each link is followed once, and what was found at its end is kept.
pub(crate) struct Owners<T> {
    owners: HashMap<ComponentAnyTypeId, T>,
    /// What was found of types that have no owner themselves, as long as nothing has changed it.
    found: HashMap<ComponentAnyTypeId, Option<T>>,
}

impl<T> Default for Owners<T> {
    fn default() -> Self {
        Self {
            owners: HashMap::new(),
            found: HashMap::new(),
        }
    }
}

impl<T: Copy> Owners<T> {
    /// The owner of a type: its own, or the one of the nearest type for which it is an alias.
    pub(crate) fn of(&mut self, id: ComponentAnyTypeId, types: &Types) -> Option<T> {
        let mut passed = Vec::new();
        let mut owner = None;
        let mut alias = Some(id);
        while let Some(id) = alias {
            if let Some(own) = self.owners.get(&id) {
                owner = Some(*own);
                break;
            }
            if let Some(found) = self.found.get(&id) {
                owner = *found;
                break;
            }
            passed.push(id);
            alias = types.peel_alias(id);
        }
        self.found.extend(passed.into_iter().map(|id| (id, owner)));
        owner
    }

    /// Gives a type to an owner.
    pub(crate) fn insert(&mut self, id: ComponentAnyTypeId, owner: T) {
        // Types are given away in the order in which they are defined, before anybody asks for an alias of them.
        if self.found.contains_key(&id) {
            self.found.clear();
        }
        self.owners.insert(id, owner);
    }
}
