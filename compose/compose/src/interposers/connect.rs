//! Decides which component of a chain answers what. This reads surfaces alone.

use std::collections::{BTreeMap, BTreeSet};

use super::error::InterposeError;
use super::model::{ChainExport, LinkAnswer};
use crate::interface::{InterfaceName, same};
use crate::surface::{Annotations, Item, Surface};

/// The position of the application among the links.
const FIRST: usize = 0;

/// A component of a chain before it is connected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unlinked<'a> {
    /// Its name in messages.
    pub(super) name: &'a str,
    /// Its imports and exports.
    pub(super) surface: &'a Surface,
}

/// Which component answers what. Components are given by their positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Connections {
    /// For each component, the imports that others answer, by full name.
    pub(super) answered: Vec<BTreeMap<String, LinkAnswer>>,
    /// The exports of the chain.
    pub(super) exports: Vec<ChainExport>,
    /// All components in the order of their instantiation.
    pub(super) order: Vec<usize>,
}

impl Connections {
    /// Connects the application, which is the first of `links`, and its interposers, the nearest to it first.
    pub(super) fn of(links: &[Unlinked<'_>]) -> Result<Self, InterposeError> {
        let fronts = fronts(links)?;
        let answered: Vec<BTreeMap<String, LinkAnswer>> = (0..links.len())
            .map(|link| answers(links, link, &fronts))
            .collect();
        let application = links.first().map(|link| &link.surface.exports);
        let exports: Vec<ChainExport> = application
            .into_iter()
            .flatten()
            .map(|item| ChainExport {
                name: item.name.clone(),
                from: outermost(links, item, links.len(), &fronts),
            })
            .collect();
        let mut connections = Self {
            answered,
            exports,
            order: Vec::new(),
        };
        connections.refuse_idle(links)?;
        connections.sort(links)?;
        connections.refuse_partial(links)?;
        connections.refuse_other_types(links)?;
        connections.refuse_leaks(links)?;
        Ok(connections)
    }

    /// Refuses interposers that nothing leads to.
    fn refuse_idle(&self, links: &[Unlinked<'_>]) -> Result<(), InterposeError> {
        let answers = self.answered.iter().flat_map(BTreeMap::values);
        let exports = self.exports.iter().map(|export| &export.from);
        let used: BTreeSet<usize> = answers.chain(exports).map(|answer| answer.link).collect();
        let Some(idle) = (1..links.len()).find(|link| !used.contains(link)) else {
            return Ok(());
        };
        let nearer = links.iter().zip(&self.answered).take(idle);
        let open = nearer.flat_map(|(link, answered)| {
            let imports = link.surface.imports.iter().map(|item| &item.name);
            imports.filter(|name| !answered.contains_key(*name))
        });
        let imported: BTreeSet<String> = open.cloned().collect();
        Err(InterposeError::AnswersNothing {
            interposer: links[idle].name.to_owned(),
            exports: names(&links[idle].surface.exports),
            imported: imported.into_iter().collect(),
        })
    }

    /// Orders the components, each behind those that answer it.
    fn sort(&mut self, links: &[Unlinked<'_>]) -> Result<(), InterposeError> {
        let mut order = Vec::new();
        for link in 0..links.len() {
            self.visit(links, link, &mut Vec::new(), &mut order)?;
        }
        self.order = order;
        Ok(())
    }

    fn visit(
        &self,
        links: &[Unlinked<'_>],
        link: usize,
        path: &mut Vec<usize>,
        order: &mut Vec<usize>,
    ) -> Result<(), InterposeError> {
        if order.contains(&link) {
            return Ok(());
        }
        if let Some(start) = path.iter().position(|other| *other == link) {
            let circle = path[start..].iter().chain([&link]);
            let chain = circle.map(|link| links[*link].name.to_owned()).collect();
            return Err(InterposeError::Cycle { chain });
        }
        path.push(link);
        let others: BTreeSet<usize> = self.answered[link].values().map(|to| to.link).collect();
        for other in others {
            self.visit(links, other, path, order)?;
        }
        path.pop();
        order.push(link);
        Ok(())
    }

    /// Refuses interposers that export less of an interface than others import of it, or than the application exports.
    fn refuse_partial(&self, links: &[Unlinked<'_>]) -> Result<(), InterposeError> {
        let check = |item: &Item, link: usize, imports: bool, from: &LinkAnswer| {
            let Some(export) = export(links, from).filter(|_| from.link != FIRST) else {
                return Ok(());
            };
            let has =
                |name: &&String| export.functions.contains(name) || export.types.contains(name);
            let parts = item.functions.iter().chain(&item.types);
            let missing: Vec<String> = parts.filter(|name| !has(name)).cloned().collect();
            match missing.is_empty() {
                true => Ok(()),
                false => Err(InterposeError::Lacks {
                    interposer: links[from.link].name.to_owned(),
                    interface: from.export.clone(),
                    link: links[link].name.to_owned(),
                    imports,
                    missing,
                }),
            }
        };
        for (link, answered) in self.answered.iter().enumerate() {
            for item in &links[link].surface.imports {
                if let Some(from) = answered.get(&item.name) {
                    check(item, link, true, from)?;
                }
            }
        }
        let exports = links.first().map(|link| &link.surface.exports);
        for (item, export) in exports.into_iter().flatten().zip(&self.exports) {
            check(item, FIRST, false, &export.from)?;
        }
        Ok(())
    }

    /// Refuses imports whose types come from elsewhere than those of what answers them.
    fn refuse_other_types(&self, links: &[Unlinked<'_>]) -> Result<(), InterposeError> {
        for (link, own) in links.iter().enumerate() {
            for interface in own.surface.imports.iter().map(|item| &item.name) {
                let one = self.origin(links, link, interface);
                let uses = |item: &&Item| item.uses.contains(interface);
                let users = own.surface.imports.iter().filter(uses);
                let (inside, outside): (Vec<&Item>, Vec<&Item>) =
                    users.partition(|item| self.answered[link].contains_key(&item.name));
                if let Some(interposer) = one
                    && !outside.is_empty()
                {
                    return Err(InterposeError::SharedTypes {
                        interposer: links[interposer].name.to_owned(),
                        interface: interface.clone(),
                        link: own.name.to_owned(),
                        missing: outside.iter().map(|item| item.name.clone()).collect(),
                    });
                }
                for item in inside {
                    let from = &self.answered[link][&item.name];
                    let other = self.types_of_answer(links, from, interface);
                    if one != other {
                        let whose = |origin: Option<usize>| match origin {
                            None => "the host's".to_owned(),
                            Some(link) => format!("those of `{}`", links[link].name),
                        };
                        return Err(InterposeError::DifferentTypes {
                            link: own.name.to_owned(),
                            import: item.name.clone(),
                            answering: links[from.link].name.to_owned(),
                            interface: interface.clone(),
                            sides: Box::new((whose(one), whose(other))),
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// Refuses exports of the chain whose types an interposer defines for others inside the chain.
    fn refuse_leaks(&self, links: &[Unlinked<'_>]) -> Result<(), InterposeError> {
        for ChainExport { name, from } in &self.exports {
            let uses = export(links, from).map(|item| &item.uses);
            for interface in uses.into_iter().flatten() {
                if let Some(interposer) = self.origin(links, from.link, interface) {
                    return Err(InterposeError::Leaks {
                        link: links[from.link].name.to_owned(),
                        export: name.clone(),
                        interface: interface.clone(),
                        interposer: links[interposer].name.to_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    /// The component that defines the types of an import; `None` if nobody in the chain does, because whoever answers the
    /// chain's imports does.
    fn origin(&self, links: &[Unlinked<'_>], link: usize, import: &str) -> Option<usize> {
        let from = self.answered[link].get(import)?;
        self.types_of_answer(links, from, import)
    }

    /// The component that defines the types of an interface which an export uses or is.
    fn types_of_answer(
        &self,
        links: &[Unlinked<'_>],
        from: &LinkAnswer,
        interface: &str,
    ) -> Option<usize> {
        let uses = export(links, from).map(|item| &item.uses);
        let mut uses = uses.into_iter().flatten();
        // What an export uses are imports: it passes on their types.
        match uses.find(|used| same(used, interface)) {
            Some(import) => self.origin(links, from.link, import),
            None => Some(from.link),
        }
    }
}

/// For each export of the application, the interposers in front of it, the nearest first.
fn fronts(links: &[Unlinked<'_>]) -> Result<BTreeMap<String, Vec<usize>>, InterposeError> {
    let Some((application, interposers)) = links.split_first() else {
        return Ok(BTreeMap::new());
    };
    let mut fronts = BTreeMap::new();
    for item in &application.surface.exports {
        let mut of_item = Vec::new();
        for (number, interposer) in interposers.iter().enumerate() {
            let imports = interposer.surface.imports.iter();
            let is_front = imports.clone().any(|import| fits(item, import))
                && find(&interposer.surface.exports, item).is_some();
            if !is_front {
                continue;
            }
            if application
                .surface
                .imports
                .iter()
                .any(|import| fits(item, import))
            {
                return Err(InterposeError::Ambiguous {
                    interposer: interposer.name.to_owned(),
                    interface: item.name.clone(),
                });
            }
            of_item.push(number + 1);
        }
        fronts.insert(item.name.clone(), of_item);
    }
    Ok(fronts)
}

/// The outermost component in front of an export of the application that is nearer to it than `below`.
fn outermost(
    links: &[Unlinked<'_>],
    item: &Item,
    below: usize,
    fronts: &BTreeMap<String, Vec<usize>>,
) -> LinkAnswer {
    let fronts = fronts.get(&item.name).map_or(&[][..], Vec::as_slice);
    let nearest = fronts.iter().rev().find(|link| **link < below);
    let front = nearest.and_then(|link| {
        Some(LinkAnswer {
            link: *link,
            export: find(&links[*link].surface.exports, item)?,
        })
    });
    front.unwrap_or_else(|| LinkAnswer {
        link: FIRST,
        export: item.name.clone(),
    })
}

/// The imports of a component that other components answer.
fn answers(
    links: &[Unlinked<'_>],
    link: usize,
    fronts: &BTreeMap<String, Vec<usize>>,
) -> BTreeMap<String, LinkAnswer> {
    let exported = links.first().map(|link| &link.surface.exports);
    let fronted = |item: &Item, link: usize| {
        let mut exported = exported.into_iter().flatten();
        exported.find(|export| {
            fits(export, item)
                && (fronts.get(&export.name)).is_some_and(|fronts| fronts.contains(&link))
        })
    };
    let mut answered = BTreeMap::new();
    for item in &links[link].surface.imports {
        let answer = match fronted(item, link) {
            Some(export) => Some(outermost(links, export, link, fronts)),
            None => (link + 1..links.len()).find_map(|other| {
                if fronted(item, other).is_some() {
                    return None;
                }
                Some(LinkAnswer {
                    link: other,
                    export: find(&links[other].surface.exports, item)?,
                })
            }),
        };
        answered.extend(answer.map(|answer| (item.name.clone(), answer)));
    }
    answered
}

/// Whether one item can stand for the other, as far as names and kinds say.
fn fits(one: &Item, other: &Item) -> bool {
    let plain = Annotations::default();
    one.kind == other.kind
        && one.annotations == plain
        && other.annotations == plain
        && same(&one.name, &other.name)
}

/// The export that stands for an item: that of the same name, otherwise the highest compatible version.
fn find(exports: &[Item], item: &Item) -> Option<String> {
    let fitting = exports.iter().filter(|export| fits(export, item));
    let rank = |export: &&Item| (export.name == item.name, InterfaceName::parse(&export.name));
    fitting.max_by_key(rank).map(|export| export.name.clone())
}

fn export<'a>(links: &[Unlinked<'a>], from: &LinkAnswer) -> Option<&'a Item> {
    let mut exports = links[from.link].surface.exports.iter();
    exports.find(|item| item.name == from.export)
}

fn names(items: &[Item]) -> Vec<String> {
    items.iter().map(|item| item.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An instance with a function, which uses the resources of these imports.
    fn item(name: &str, uses: &[&str]) -> Item {
        Item {
            functions: vec!["f".into()],
            uses: uses.iter().map(|name| (*name).to_owned()).collect(),
            ..Item::named(name)
        }
    }

    fn surface(imports: Vec<Item>, exports: Vec<Item>) -> Surface {
        Surface { imports, exports }
    }

    /// A surface of imports and exports that use nothing.
    fn plain(imports: &[&str], exports: &[&str]) -> Surface {
        let items = |names: &[&str]| names.iter().map(|name| item(name, &[])).collect();
        surface(items(imports), items(exports))
    }

    fn connect(surfaces: &[Surface]) -> Result<Connections, InterposeError> {
        let names = ["application", "one", "two", "three"];
        let links: Vec<Unlinked<'_>> = names
            .iter()
            .zip(surfaces)
            .map(|(name, surface)| Unlinked { name, surface })
            .collect();
        Connections::of(&links)
    }

    /// The position of what answers an import.
    fn answering(connections: &Connections, link: usize, import: &str) -> Option<usize> {
        let answer = connections.answered[link].get(import)?;
        Some(answer.link)
    }

    #[test]
    fn the_nearest_that_exports_an_interface_answers_it_in_any_compatible_version() {
        let found = connect(&[
            plain(&["a:b/c@1.2.0", "a:b/d"], &["x:y/z"]),
            plain(&["a:b/c@1.0.0"], &["a:b/c@1.0.0", "a:b/c@1.1.0"]),
            plain(&[], &["a:b/c@1.2.0", "a:b/d"]),
        ])
        .expect("connections");
        assert_eq!(answering(&found, 0, "a:b/c@1.2.0"), Some(1));
        assert_eq!(found.answered[0]["a:b/c@1.2.0"].export, "a:b/c@1.1.0");
        assert_eq!(answering(&found, 0, "a:b/d"), Some(2));
        assert_eq!(answering(&found, 1, "a:b/c@1.0.0"), Some(2));
        assert_eq!(found.order, [2, 1, 0]);
        assert_eq!(found.exports[0].from.link, 0);
        let other = connect(&[plain(&["a:b/c@1.2.0"], &[]), plain(&[], &["a:b/c@2.0.0"])]);
        assert!(matches!(other, Err(InterposeError::AnswersNothing { .. })));
    }

    #[test]
    fn fronts_are_called_from_the_outside_to_the_inside() {
        let front = || plain(&["x:y/z"], &["x:y/z"]);
        let found = connect(&[plain(&[], &["x:y/z"]), front(), front()]).expect("connections");
        assert_eq!(answering(&found, 1, "x:y/z"), Some(0));
        assert_eq!(answering(&found, 2, "x:y/z"), Some(1));
        assert_eq!(found.exports[0].from.link, 2);
        assert_eq!(found.order, [0, 1, 2]);
        // An export that does not ask for the application's does not replace it.
        let found = connect(&[plain(&[], &["x:y/z"]), plain(&[], &["x:y/z"])]);
        assert!(matches!(found, Err(InterposeError::AnswersNothing { .. })));
    }

    #[test]
    fn what_cannot_be_connected_is_refused() {
        let circle = connect(&[
            plain(&["a:b/c"], &["x:y/z"]),
            plain(&["x:y/z"], &["x:y/z", "a:b/c"]),
        ]);
        assert!(
            matches!(&circle, Err(InterposeError::Cycle { chain }) if chain.len() == 3),
            "{circle:?}"
        );
        let both = plain(&["a:b/c"], &["a:b/c"]);
        let ambiguous = connect(&[both.clone(), both]);
        assert!(matches!(ambiguous, Err(InterposeError::Ambiguous { .. })));
        let less = Surface {
            exports: vec![Item::named("a:b/c")],
            ..Surface::default()
        };
        let lacks = connect(&[plain(&["a:b/c"], &[]), less]);
        assert!(
            matches!(&lacks, Err(InterposeError::Lacks { missing, imports: true, .. }) if missing == &["f"])
        );
    }

    #[test]
    fn types_come_from_one_place() {
        let user = || {
            surface(
                vec![item("t:t/types", &[]), item("t:t/ops", &["t:t/types"])],
                Vec::new(),
            )
        };
        // One that defines the types has to export what uses them.
        let defines = connect(&[user(), plain(&[], &["t:t/types"])]);
        assert!(
            matches!(&defines, Err(InterposeError::SharedTypes { missing, .. }) if missing == &["t:t/ops"]),
            "{defines:?}"
        );
        assert!(connect(&[user(), plain(&[], &["t:t/types", "t:t/ops"])]).is_ok());
        // One that passes them on does not.
        let passes = surface(
            vec![item("t:t/types", &[])],
            vec![item("t:t/types", &["t:t/types"])],
        );
        assert!(connect(&[user(), passes]).is_ok());
        // One that answers an interface has to have the types of the one who asks.
        let own = connect(&[user(), plain(&[], &["t:t/ops"])]);
        assert!(
            matches!(own, Err(InterposeError::DifferentTypes { .. })),
            "{own:?}"
        );
        let hosts = surface(
            vec![item("t:t/types", &[])],
            vec![item("t:t/ops", &["t:t/types"])],
        );
        assert!(connect(&[user(), hosts]).is_ok());
    }

    #[test]
    fn an_export_with_types_of_an_interposer_is_refused() {
        let application = || {
            surface(
                vec![item("t:t/types", &[])],
                vec![item("x:y/z", &["t:t/types"])],
            )
        };
        let leaks = connect(&[application(), plain(&[], &["t:t/types"])]);
        assert!(
            matches!(leaks, Err(InterposeError::Leaks { .. })),
            "{leaks:?}"
        );
    }
}
