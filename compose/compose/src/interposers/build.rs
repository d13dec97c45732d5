//! Makes a chain of an application and the interposers of a policy.

use std::collections::BTreeMap;

use bytes::Bytes;
use interpose_policy::Policy;

use super::connect::{Connections, Unlinked};
use super::error::InterposeError;
use super::model::{Chain, Link, part_name};
use super::read::{Interposer, read};
use super::widen::refuse_wider;
use crate::aliases::inline_aliases;
use crate::audit::{audit, is_later};
use crate::interface::same;
use crate::link::{Argument, Export, LinkError, Part, encode};
use crate::plan::{APPLICATION, Granted};
use crate::surface::{Item, Kind, Surface};

impl Chain {
    /// Connects an application, given as a component, and the interposers of a policy, whose files are read; `None` if the
    /// policy has none.
    ///
    /// # Errors
    /// [`InterposeError`].
    pub fn of(application: &Bytes, policy: &Policy) -> Result<Option<Self>, InterposeError> {
        if policy.interposers.is_empty() {
            return Ok(None);
        }
        let mut links = vec![link(APPLICATION.to_owned(), application)?];
        for Interposer { name, component } in read(policy)? {
            links.push(link(name, &component)?);
        }
        let unlinked: Vec<Unlinked<'_>> = links
            .iter()
            .map(|link| Unlinked {
                name: &link.name,
                surface: &link.surface,
            })
            .collect();
        let Connections {
            answered,
            exports,
            order,
        } = Connections::of(&unlinked)?;
        for (link, answered) in links.iter_mut().zip(answered) {
            link.answered = answered;
        }
        let mut chain = Self {
            component: Bytes::new(),
            links,
            exports,
            order,
        };
        refuse_wider(policy, &chain)?;
        chain.component = chain.encode()?.into();
        Ok(Some(chain))
    }

    /// Encodes the links as one component and audits it.
    fn encode(&self) -> Result<Vec<u8>, InterposeError> {
        let place = |link: usize| {
            let place = self.order.iter().position(|other| *other == link);
            place.unwrap_or_default()
        };
        let parts: Vec<Part> = self
            .order
            .iter()
            .map(|&number| {
                let link = &self.links[number];
                let arguments = link.answered.iter().map(|(import, from)| Argument {
                    import: import.clone(),
                    part: place(from.link),
                    export: from.export.clone(),
                });
                Part {
                    name: part_name(number, &link.name),
                    component: link.component.clone(),
                    arguments: arguments.collect(),
                }
            })
            .collect();
        let exports: Vec<Export> = self
            .exports
            .iter()
            .map(|export| Export {
                part: place(export.from.link),
                from: export.from.export.clone(),
                name: export.name.clone(),
            })
            .collect();
        let surface = self.expected();
        let granted = surface.imports.iter().map(|item| {
            let granted = match item.kind == Kind::Instance && !item.can_be_called() {
                true => Granted::Types,
                false => Granted::All,
            };
            (item.name.clone(), granted)
        });
        let granted: BTreeMap<String, Granted> = granted.collect();
        let component = encode(&parts, &exports, &surface, &granted)
            .map_err(|error| self.in_own_words(error))?;
        audit(&component, &granted, &surface).map_err(InterposeError::Audit)?;
        Ok(component)
    }

    /// The surface that the chain may have at the most: the application's exports, and what no link answers. An import that
    /// the application has too keeps the application's name, unless an interposer needs functions that hosts of that version
    /// may lack.
    fn expected(&self) -> Surface {
        let Some((application, interposers)) = self.links.split_first() else {
            return Surface::default();
        };
        let more: Vec<Item> = interposers.iter().flat_map(open).collect();
        let of_application = open(application);
        let mut own: Vec<Item> = Vec::new();
        for item in &application.surface.imports {
            let left = of_application.iter().find(|left| left.name == item.name);
            // An interposer may answer the import, and have it itself.
            let shared = more.iter().filter(|other| same(&item.name, &other.name));
            let is_called = shared.clone().any(Item::can_be_called);
            own.extend(match is_called {
                true => Some(item.clone()),
                false => left
                    .cloned()
                    .or_else(|| shared.clone().next().map(|_| types(item))),
            });
        }
        let suffices = |item: &Item| {
            own.iter().any(|own| {
                let name = own.interface();
                let is_old =
                    |function: &String| name.as_ref().is_none_or(|name| !is_later(name, function));
                same(&own.name, &item.name)
                    && (own.can_be_called() || !item.can_be_called())
                    && item.functions.iter().all(is_old)
            })
        };
        let more: Vec<Item> = more.into_iter().filter(|item| !suffices(item)).collect();
        let imports = own.into_iter().chain(more).collect();
        Surface {
            imports,
            exports: application.surface.exports.clone(),
        }
    }

    /// Says of an error about two links whose types differ which links they are.
    fn in_own_words(&self, error: LinkError) -> InterposeError {
        let LinkError::Mismatch {
            part,
            import,
            message,
        } = &error
        else {
            return InterposeError::Link(error);
        };
        let mut links = self.links.iter().enumerate();
        let found = links.find(|(number, link)| part_name(*number, &link.name) == *part);
        let Some((link, from)) =
            found.and_then(|(_, link)| Some((link, link.answered.get(import)?)))
        else {
            return InterposeError::Link(error);
        };
        InterposeError::Mismatch {
            link: link.name.clone(),
            import: import.clone(),
            answering: self.links[from.link].name.clone(),
            message: message.clone(),
        }
    }
}

/// What no other link answers of the imports of a link: of an interface that one answers, the types that others use which
/// none does. Types that are not resources are the same wherever they come from.
fn open(link: &Link) -> Vec<Item> {
    let is_answered = |name: &String| link.answered.contains_key(name);
    let imports = link.surface.imports.iter();
    let left = || imports.clone().filter(|item| !is_answered(&item.name));
    let open = imports.clone().filter_map(|item| {
        if !is_answered(&item.name) {
            return Some(item.clone());
        }
        let is_used = left().any(|other| other.types_of.contains(&item.name));
        is_used.then(|| types(item))
    });
    open.collect()
}

/// An import of the types of an interface alone.
fn types(item: &Item) -> Item {
    Item {
        functions: Vec::new(),
        ..item.clone()
    }
}

/// A component with its surface, which nothing answers yet.
fn link(name: String, component: &Bytes) -> Result<Link, InterposeError> {
    let component =
        inline_aliases(component).map_err(|error| InterposeError::Link(LinkError::Alias(error)))?;
    let surface = Surface::of(&component).map_err(|error| InterposeError::Surface {
        link: name.clone(),
        error,
    })?;
    Ok(Link {
        name,
        component,
        surface,
        answered: BTreeMap::new(),
    })
}
