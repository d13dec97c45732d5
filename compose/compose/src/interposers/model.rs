//! An application and its interposers as data.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::interface::same;
use crate::link::{Argument, Export, Part};
use crate::plan::APPLICATION;
use crate::surface::Surface;

/// An application and its interposers, connected to one component.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The component, which is planned in place of the application.
    pub component: Bytes,
    /// The application, then its interposers, the nearest to the application first.
    pub links: Vec<Link>,
    /// The exports of the component.
    pub exports: Vec<ChainExport>,
    /// The positions of the links in the order of their instantiation.
    pub(super) order: Vec<usize>,
}

/// A component of a chain.
#[derive(Clone, Debug)]
pub struct Link {
    /// The name in messages and pictures: `application`, or the name of an interposer's file without its ending. No two
    /// links have the same.
    pub name: String,
    /// The component.
    pub component: Bytes,
    /// The component's imports and exports.
    pub surface: Surface,
    /// The imports that other links answer, by full name. All others are imports of the chain.
    pub answered: BTreeMap<String, LinkAnswer>,
}

/// An export of a link that answers an import of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkAnswer {
    /// The position of the link.
    pub link: usize,
    /// The name of its export.
    pub export: String,
}

/// An export of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainExport {
    /// The name, which is the application's.
    pub name: String,
    /// The link whose export it is.
    pub from: LinkAnswer,
}

impl Chain {
    /// The interposers, the nearest to the application first.
    pub fn interposers(&self) -> &[Link] {
        self.links.get(1..).unwrap_or_default()
    }

    /// Replaces the application of a composition by the links of the chain, each as a part of its own.
    pub fn expand(&self, parts: &[Part], exports: &[Export]) -> (Vec<Part>, Vec<Export>) {
        let Some(whole) = parts.iter().position(|part| part.name == APPLICATION) else {
            return (parts.to_vec(), exports.to_vec());
        };
        let place = |link: usize| {
            let before = self.order.iter().position(|other| *other == link);
            whole + before.unwrap_or_default()
        };
        // Where an export of an earlier part is now.
        let moved = |part: usize, export: &str| -> (usize, String) {
            if part < whole {
                return (part, export.to_owned());
            }
            if part > whole {
                return (part + self.links.len() - 1, export.to_owned());
            }
            let own = self.exports.iter().find(|own| own.name == export);
            match own {
                Some(own) => (place(own.from.link), own.from.export.clone()),
                None => (place(0), export.to_owned()),
            }
        };
        let mut expanded: Vec<Part> = parts[..whole].to_vec();
        for &link in &self.order {
            let Link {
                name,
                component,
                surface,
                answered,
            } = &self.links[link];
            let arguments = surface.imports.iter().filter_map(|item| {
                if let Some(answer) = answered.get(&item.name) {
                    return Some(Argument {
                        import: item.name.clone(),
                        part: place(answer.link),
                        export: answer.export.clone(),
                    });
                }
                let mut outer = parts[whole].arguments.iter();
                let outer = outer.find(|argument| same(&argument.import, &item.name))?;
                Some(Argument {
                    import: item.name.clone(),
                    ..outer.clone()
                })
            });
            expanded.push(Part {
                name: part_name(link, name),
                component: component.clone(),
                arguments: arguments.collect(),
            });
        }
        expanded.extend(parts[whole + 1..].iter().map(|part| {
            let arguments = part.arguments.iter().map(|argument| {
                let (part, export) = moved(argument.part, &argument.export);
                Argument {
                    import: argument.import.clone(),
                    part,
                    export,
                }
            });
            Part {
                arguments: arguments.collect(),
                ..part.clone()
            }
        }));
        let exports = exports.iter().map(|export| {
            let (part, from) = moved(export.part, &export.from);
            Export {
                part,
                from,
                name: export.name.clone(),
            }
        });
        (expanded, exports.collect())
    }
}

/// The name of a link's part in a composition, which no adapter has.
pub(super) fn part_name(link: usize, name: &str) -> String {
    match link {
        0 => APPLICATION.to_owned(),
        _ => format!("interposer-{name}"),
    }
}
