//! Keeps the modules of a crate free of circles, by a test that reads the crate's sources.
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
//! A path is a use of the module that contains the path's target, if the path begins with `crate`, `self` or `super`,
//! with a module inside the current one, or with a name that a `use` imports. The modules are those that `mod`
//! declares, beginning at the root file, whatever features a build has. Declaring a module is no use of it.
//!
//! **Re-exported names are transparent.** If a module has `pub use child::Name` (or `pub(crate) use`) and does not
//! mention `Name` otherwise, that is no use. A module that imports the name from there uses `child`. So a `mod.rs` that
//! only declares modules and re-exports their names is part of no circle.
//!
//! `use module::*` is a use of the module, and of each module whose names it re-exports and which are mentioned.
//!
//! A circle is reported if it passes through at least two files. Modules within one file may use each other.
//!
//! Items behind `#[cfg(test)]` or `#[cfg(all(test, …))]` are ignored, because the tests of a module may use everything.
//!
//! # What it does not see
//!
//! This crate reads text and knows no types. It does not see
//! - **calls of methods**: `files.resolve(path)` is no use of the module that implements `resolve`. Usually a path to
//!   the type or trait shows the use. If the methods of one type are spread over modules, visibility can keep the
//!   direction: only neighbours can call a method that is `pub(super)`;
//! - the output of macros, except the paths in their definitions and arguments; a macro with `#[macro_export]` counts
//!   as the root's;
//! - names in texts, such as `#[serde(with = "…")]`.
//!
//! In doubt, it finds a use too many rather than one too few: for instance, it takes a local variable for a re-exported
//! item of the same name.

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

/// The modules of a crate and their uses of each other.
#[derive(Debug)]
pub struct Modules(Graph);

impl Modules {
    /// Reads a crate from the file of its root, such as `src/lib.rs`.
    ///
    /// Fails if a file cannot be read, or if a module is declared with `#[path = "…"]`, which this crate does not
    /// follow.
    pub fn read(root: impl AsRef<Path>) -> Result<Self, ReadError> {
        let tree = Tree::read(root.as_ref(), &|file| fs::read_to_string(file))?;
        Ok(Self(Graph::new(&tree)))
    }

    /// One of the shortest circles through more than one file, if there is a circle.
    pub fn circle(&self) -> Option<Circle> {
        self.0.circle()
    }

    /// All uses, in the order in which their modules are declared.
    pub fn uses(&self) -> impl Iterator<Item = Use> {
        self.0.uses()
    }

    /// Panics if there is a circle, with its modules and the place of each use.
    #[track_caller]
    pub fn assert_no_circles(&self) {
        if let Some(circle) = self.circle() {
            panic!("{circle}");
        }
    }

    /// Panics if a module in one of `groups` uses a module in a later group. A group is a module with all modules
    /// inside it.
    ///
    /// Also panics if a group's module does not exist, because the test would otherwise check nothing.
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
