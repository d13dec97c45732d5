//! Finds the component that answers each import.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use interpose_policy::graph::HOST;

use super::error::{GraphError, GraphProblem, GraphProblemKind};
use super::model::{Graph, Import, Member};
use crate::interface::{InterfaceName, same};
use crate::surface::{Item, Surface};
use crate::wasi::Capability;

/// An export that answers an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// The position of the component that answers.
    pub(super) member: usize,
    /// The name of its export.
    pub(super) export: String,
    /// The place in the graph's file that asked for the connection; `None` if no file did.
    pub(super) place: Option<Range<usize>>,
}

/// The connections between the components of a graph.
pub(super) struct Connections {
    /// For each component, the imports that other components answer, by full name.
    pub(super) imports: Vec<BTreeMap<String, Answer>>,
    /// The positions of all components in order: each behind those that answer it, the application last.
    pub(super) order: Vec<usize>,
    /// The application's position.
    pub(super) application: usize,
}

impl Connections {
    pub(super) fn of(graph: &Graph, surfaces: &[Surface]) -> Result<Self, GraphError> {
        let mut problems = Vec::new();
        let mut seen = BTreeSet::new();
        for member in &graph.members {
            if !seen.insert(&member.name) {
                let name = member.name.clone();
                problems.push(graph.problem(GraphProblemKind::DuplicateComponent { name }, None));
            }
        }
        let Some(application) = position(graph, &graph.application) else {
            let place = graph.file.as_ref().map(|(_, span)| span);
            let name = graph.application.clone();
            problems.push(graph.problem(GraphProblemKind::UnknownComponent { name }, place));
            return Err(GraphError::Problems(problems));
        };
        let imports = (0..surfaces.len())
            .map(|index| connect(graph, surfaces, index, &mut problems))
            .collect();
        let mut connections = Self {
            imports,
            order: Vec::new(),
            application,
        };
        if problems.is_empty() {
            connections.sort(graph, &mut problems);
        }
        if problems.is_empty() {
            connections.check_connections(graph, surfaces, &mut problems);
            connections.check_exports(graph, surfaces, &mut problems);
        }
        if problems.is_empty() {
            Ok(connections)
        } else {
            Err(GraphError::Problems(problems))
        }
    }

    /// The exports of a component that other components import; `None` for the application, whose exports are all kept.
    pub(super) fn wanted(&self, member: usize) -> Option<BTreeSet<String>> {
        if member == self.application {
            return None;
        }
        let answers = self.imports.iter().flat_map(BTreeMap::values);
        let own = answers.filter(|answer| answer.member == member);
        Some(own.map(|answer| answer.export.clone()).collect())
    }

    /// Orders the components that the application needs, and reports circles and components that it does not need.
    fn sort(&mut self, graph: &Graph, problems: &mut Vec<GraphProblem>) {
        let mut order = Vec::new();
        self.visit(
            self.application,
            &mut Vec::new(),
            &mut order,
            graph,
            problems,
        );
        // After a circle, components that the walk did not reach may still be needed.
        if !problems.is_empty() {
            return;
        }
        for (index, member) in graph.members.iter().enumerate() {
            if !order.contains(&index) {
                let component = member.name.clone();
                let place = member.places.name.as_ref();
                problems.push(graph.problem(GraphProblemKind::Unused { component }, place));
            }
        }
        self.order = order;
    }

    fn visit(
        &self,
        member: usize,
        path: &mut Vec<usize>,
        order: &mut Vec<usize>,
        graph: &Graph,
        problems: &mut Vec<GraphProblem>,
    ) {
        if order.contains(&member) || !problems.is_empty() {
            return;
        }
        if let Some(start) = path.iter().position(|other| *other == member) {
            let circle = path[start..].iter().chain([&member]);
            let chain = circle
                .map(|index| graph.members[*index].name.clone())
                .collect();
            let place = graph.members[member].places.name.as_ref();
            problems.push(graph.problem(GraphProblemKind::Cycle { chain }, place));
            return;
        }
        path.push(member);
        let others: BTreeSet<usize> = self.imports[member].values().map(|to| to.member).collect();
        for other in others {
            self.visit(other, path, order, graph, problems);
        }
        path.pop();
        order.push(member);
    }

    /// Reports connections between components that take the types of an interface from different places.
    fn check_connections(
        &self,
        graph: &Graph,
        surfaces: &[Surface],
        problems: &mut Vec<GraphProblem>,
    ) {
        let whose = |owner: Option<usize>| {
            owner.map_or("the host's".to_owned(), |index| {
                format!("those of `{}`", graph.members[index].name)
            })
        };
        for (index, imports) in self.imports.iter().enumerate() {
            let member = &graph.members[index];
            for (import, to) in imports {
                let mut exports = surfaces[to.member].exports.iter();
                let (Some(item), Some(export)) = (
                    surfaces[index].import(import),
                    exports.find(|item| item.name == to.export),
                ) else {
                    continue;
                };
                for interface in &item.uses {
                    let one = self.owner(index, interface);
                    // The component that answers either imports the types or defines them.
                    let used = export.uses.iter().find(|used| same(used, interface));
                    let other = used.map_or(Some(to.member), |used| self.owner(to.member, used));
                    if one != other {
                        let problem = GraphProblemKind::DifferentTypes {
                            component: member.name.clone(),
                            import: import.clone(),
                            from: graph.members[to.member].name.clone(),
                            interface: interface.clone(),
                            one: whose(one),
                            other: whose(other),
                        };
                        let place = to.place.as_ref().or(member.places.name.as_ref());
                        problems.push(graph.problem(problem, place));
                    }
                }
            }
        }
    }

    /// Reports exports of the application with types that no importer could have.
    fn check_exports(&self, graph: &Graph, surfaces: &[Surface], problems: &mut Vec<GraphProblem>) {
        let application = &graph.members[self.application];
        for export in &surfaces[self.application].exports {
            let owned = export
                .uses
                .iter()
                .find_map(|interface| Some((interface, self.owner(self.application, interface)?)));
            if let Some((interface, owner)) = owned {
                let problem = GraphProblemKind::Leaks {
                    component: application.name.clone(),
                    export: export.name.clone(),
                    interface: interface.clone(),
                    owner: graph.members[owner].name.clone(),
                };
                problems.push(graph.problem(problem, application.places.name.as_ref()));
            }
        }
    }

    /// The component that answers a component's import; `None` for the host. That an adapter answers the import is
    /// found later, when the component is planned.
    fn owner(&self, member: usize, import: &str) -> Option<usize> {
        self.imports[member].get(import).map(|to| to.member)
    }
}

fn position(graph: &Graph, name: &str) -> Option<usize> {
    graph.members.iter().position(|m| m.name == name)
}

/// The export that can answer an import: the one of the same name, otherwise the highest compatible version.
fn export_for(surface: &Surface, import: &str) -> Option<String> {
    if let Some(exact) = surface.exports.iter().find(|item| item.name == import) {
        return Some(exact.name.clone());
    }
    let wanted = InterfaceName::parse(import)?;
    let names = surface.exports.iter().filter_map(Item::interface);
    let highest = names.filter(|name| name.is_compatible(&wanted)).max()?;
    Some(highest.to_string())
}

/// Finds the components that answer the imports of one component.
fn connect(
    graph: &Graph,
    surfaces: &[Surface],
    index: usize,
    problems: &mut Vec<GraphProblem>,
) -> BTreeMap<String, Answer> {
    let member = &graph.members[index];
    check_asked(graph, surfaces, index, problems);
    let mut answers = BTreeMap::new();
    for item in &surfaces[index].imports {
        let answer = match asked(member, &item.name) {
            Some(asked) if asked.from == HOST => None,
            Some(asked) => position(graph, &asked.from).and_then(|other| {
                Some(Answer {
                    member: other,
                    export: export_for(&surfaces[other], &item.name)?,
                    place: asked.place.clone(),
                })
            }),
            None => find(graph, surfaces, index, item, problems),
        };
        answers.extend(answer.map(|answer| (item.name.clone(), answer)));
    }
    let member_of = |name: &String| answers.get(name).map(|to: &Answer| to.member);
    let imports = &surfaces[index].imports;
    for (position, item) in imports.iter().enumerate() {
        let split = imports[..position].iter().find(|other| {
            same(&other.name, &item.name) && member_of(&other.name) != member_of(&item.name)
        });
        if let Some(other) = split {
            let problem = GraphProblemKind::Split {
                component: member.name.clone(),
                one: other.name.clone(),
                other: item.name.clone(),
            };
            problems.push(graph.problem(problem, member.places.name.as_ref()));
        }
    }
    answers
}

/// The connection that the graph asks for: one with the import's full name wins over one without version.
fn asked<'a>(member: &'a Member, import: &str) -> Option<&'a Import> {
    let path = InterfaceName::parse(import).map(|name| name.path());
    let exact = member.imports.iter().find(|asked| asked.name == import);
    exact.or_else(|| {
        let mut all = member.imports.iter();
        all.find(|asked| path.as_ref() == Some(&asked.name))
    })
}

/// Reports connections that the graph asks for and that are impossible.
fn check_asked(
    graph: &Graph,
    surfaces: &[Surface],
    index: usize,
    problems: &mut Vec<GraphProblem>,
) {
    let member = &graph.members[index];
    let names = |items: &[Item]| items.iter().map(|item| item.name.clone()).collect();
    for import in &member.imports {
        let mut report = |problem| {
            problems.push(graph.problem(problem, import.place.as_ref()));
        };
        let meant: Vec<&Item> = surfaces[index]
            .imports
            .iter()
            .filter(|item| asked(member, &item.name).is_some_and(|a| a.name == import.name))
            .collect();
        if meant.is_empty() {
            report(GraphProblemKind::UnknownImport {
                component: member.name.clone(),
                import: import.name.clone(),
                imports: names(&surfaces[index].imports),
            });
        } else if import.from != HOST {
            let Some(other) = position(graph, &import.from) else {
                let name = import.from.clone();
                report(GraphProblemKind::UnknownComponent { name });
                continue;
            };
            let missing = meant
                .iter()
                .find(|item| export_for(&surfaces[other], &item.name).is_none());
            if let Some(item) = missing {
                report(GraphProblemKind::UnknownExport {
                    component: member.name.clone(),
                    import: item.name.clone(),
                    from: import.from.clone(),
                    exports: names(&surfaces[other].exports),
                });
            }
        }
    }
}

/// The only other component that exports an import. An interface that a table of the policy decides about is connected
/// only on request; otherwise a component that serves another purpose could answer in place of the host.
fn find(
    graph: &Graph,
    surfaces: &[Surface],
    index: usize,
    item: &Item,
    problems: &mut Vec<GraphProblem>,
) -> Option<Answer> {
    let member = &graph.members[index];
    let name = item.interface();
    let of_a_table = !Capability::is_anything(item) && !Capability::claimed_by(item).is_empty();
    if item.name.starts_with("wasi:") || of_a_table {
        return None;
    }
    let candidates: Vec<(usize, String)> = (0..surfaces.len())
        .filter(|other| *other != index)
        .filter_map(|other| Some((other, export_for(&surfaces[other], &item.name)?)))
        .collect();
    let allowed = name.is_some_and(|name| allows(member, &name));
    if candidates.len() > 1 || (candidates.len() == 1 && allowed) {
        let components = candidates
            .iter()
            .map(|(other, _)| graph.members[*other].name.clone());
        let problem = GraphProblemKind::Ambiguous {
            component: member.name.clone(),
            import: item.name.clone(),
            candidates: components.chain(allowed.then(|| HOST.to_owned())).collect(),
        };
        problems.push(graph.problem(problem, member.places.name.as_ref()));
        return None;
    }
    let (other, export) = candidates.into_iter().next()?;
    Some(Answer {
        member: other,
        export,
        place: None,
    })
}

/// Whether `[interfaces]` of a component's policy leaves an interface to the host.
fn allows(member: &Member, name: &InterfaceName) -> bool {
    let (namespace, package) = name.package.split_once(':').unwrap_or_default();
    let interfaces = member.policy.interfaces.iter();
    interfaces
        .flat_map(|table| &table.allow)
        .any(|pattern| pattern.matches(namespace, package, &name.interface, name.version.as_ref()))
}
