//! Finds the first owner of each named type.

use std::collections::HashMap;

use wasmparser::component_types::ComponentAnyTypeId;
use wasmparser::types::Types;

/// The owners of types. The owner of an alias is the owner of the type for which it stands.
///
/// A chain of aliases can be as long as a file has definitions, and every item of every instance can be its last link.
/// Each link is therefore followed once, and the owner at the end of the chain is kept for all of its links.
pub(crate) struct Owners<T> {
    owners: HashMap<ComponentAnyTypeId, T>,
    /// The owners that were found through aliases, valid until the next change of `owners`.
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
    /// The owner of a type: its own owner, or that of the nearest type for which it is an alias.
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
        // Types get their owners in the order of their definitions, before the owner of any alias is looked up.
        if self.found.contains_key(&id) {
            self.found.clear();
        }
        self.owners.insert(id, owner);
    }
}
