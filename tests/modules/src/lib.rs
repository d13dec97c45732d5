//! Keeps circles out of the modules of a crate: a test that reads the crate's sources.
//!
//! ```no_run
//! // In `tests/modules.rs` of the crate:
//! let modules = interpose_modules::Modules::read(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs")).unwrap();
//! modules.assert_no_circles();
//! // And, where groups of modules have an order, that none uses a later one:
//! modules.assert_order(&["crate::model", "crate::ops"]);
//! ```
//!
//! # What counts as a use
//!
//! A path is a use of the module that holds what it leads to, if it begins with `crate`, `self` or `super`, with a
//! module within the one where it stands, or with a name that a `use` brings in. Modules are those that `mod` declares,
//! from the root file on, whatever features a build has. To declare a module is no use of it.
//!
//! **Names that are only passed on are transparent.** Where a module has `pub use child::Name` (or `pub(crate) use`)
//! and does not mention `Name` otherwise, that is no use. Another module that takes the name from there uses `child`.
//! So a `mod.rs` that only declares modules and passes on their names takes part in no circle.
//!
//! `use module::*` is a use of the module, and of each other whose names it passes on and which are mentioned.
//!
//! A circle is reported if it goes through at least two files. Modules within one file may use each other.
//!
//! What is behind `#[cfg(test)]` or `#[cfg(all(test, …))]` is left out: the tests of a module may use everything.
//!
//! # What it does not see
//!
//! It reads text and knows no types. It does not see
//! - **calls of methods**: `files.resolve(path)` is no use of the module that implements `resolve`. Mostly a path leads
//!   to the type or trait and tells. Where the methods of one type are spread over modules, visibility can keep the
//!   direction: a method that is `pub(super)` is called by its neighbours alone;
//! - what macros make, but for the paths in their definitions and arguments; a macro with `#[macro_export]` counts as
//!   the root's;
//! - names in texts, such as `#[serde(with = "…")]`.
//!
//! Where it cannot know, it takes too much for a use rather than too little: a local variable, for instance, for what a
//! `pub use` of the same name passes on.

mod error;
mod graph;
mod syntax;
mod token;
mod tree;

use std::{fs, path::Path};

pub use error::ReadError;
use graph::Graph;
pub use graph::{Circle, Use};
use tree::Tree;

/// The modules of a crate and which of them uses which.
#[derive(Debug)]
pub struct Modules(Graph);

impl Modules {
    /// Reads a crate from the file of its root, such as `src/lib.rs`.
    ///
    /// Fails if a file cannot be read, or if a module is declared with `#[path = "…"]`, which is not followed.
    pub fn read(root: impl AsRef<Path>) -> Result<Self, ReadError> {
        let tree = Tree::read(root.as_ref(), &|file| fs::read_to_string(file))?;
        Ok(Self(Graph::new(&tree)))
    }

    /// One of the shortest circles that goes through more than one file, if there is any.
    pub fn circle(&self) -> Option<Circle> {
        self.0.circle()
    }

    /// All uses, ordered by where the modules are declared.
    pub fn uses(&self) -> impl Iterator<Item = Use> {
        self.0.uses()
    }

    /// Panics with the modules of a circle, and where each uses the next, if there is any.
    #[track_caller]
    pub fn assert_no_circles(&self) {
        if let Some(circle) = self.circle() {
            panic!("{circle}");
        }
    }

    /// Panics if a module in one of `groups` uses one in a later group. A group is a module with all that are within
    /// it.
    ///
    /// Panics as well if there is no such module, which a test would otherwise not notice.
    #[track_caller]
    pub fn assert_order(&self, groups: &[&str]) {
        for group in groups {
            assert!(self.0.has(group), "there is no module `{group}`");
        }
        let place = |module: &str| {
            groups.iter().position(|group| {
                let rest = module.strip_prefix(group);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            })
        };
        for step in self.uses() {
            if let (Some(from), Some(to)) = (place(&step.from), place(&step.to)) {
                let (earlier, later) = (groups[from], groups[to.max(from)]);
                assert!(from >= to, "{step}, but `{earlier}` comes before `{later}`");
            }
        }
    }
}

#[cfg(test)]
mod tests;
