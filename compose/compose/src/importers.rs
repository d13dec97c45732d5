//! Says of each import of an application, and of its interposers, what answers it in a composition.

use crate::compose::Composition;
use crate::interface::same;
use crate::plan::{APPLICATION, Provider};
use crate::surface::Item;

/// The application or an interposer, with its imports.
#[derive(Clone, Debug)]
pub struct Importer<'a> {
    /// The name: `application`, or that of the interposer.
    pub name: &'a str,
    /// The imports in the component's order, and what answers each.
    pub imports: Vec<(&'a Item, Answered<'a>)>,
}

impl Importer<'_> {
    /// Whether it is an interposer.
    pub fn is_interposer(&self) -> bool {
        self.name != APPLICATION
    }
}

/// What answers an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered<'a> {
    /// The interposer of this name, or the application where an interposer stands in front of it.
    Link(&'a str),
    /// What the plan says.
    Plan(&'a Provider),
}

impl Composition {
    /// The application, then its interposers, the nearest to the application first.
    pub fn importers(&self) -> Vec<Importer<'_>> {
        let planned = || self.application.imports.iter().zip(&self.plan.application);
        let Some(chain) = &self.chain else {
            let imports = planned().map(|(item, wire)| (item, Answered::Plan(&wire.provider)));
            return vec![Importer {
                name: APPLICATION,
                imports: imports.collect(),
            }];
        };
        let links = chain.links.iter();
        links
            .map(|link| {
                let imports = link.surface.imports.iter().filter_map(|item| {
                    if let Some(from) = link.answered.get(&item.name) {
                        return Some((item, Answered::Link(&chain.links[from.link].name)));
                    }
                    // Imports of compatible versions are one import of the chain.
                    let (_, wire) = planned().find(|(own, _)| same(&own.name, &item.name))?;
                    Some((item, Answered::Plan(&wire.provider)))
                });
                Importer {
                    name: &link.name,
                    imports: imports.collect(),
                }
            })
            .collect()
    }

    /// The name of what answers an import.
    pub fn name_of<'a>(&'a self, answered: Answered<'a>) -> &'a str {
        match answered {
            Answered::Link(name) => name,
            Answered::Plan(provider) => self.plan.answered_by(provider),
        }
    }
}
