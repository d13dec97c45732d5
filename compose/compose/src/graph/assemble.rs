//! Composes several components into one.

use std::collections::BTreeMap;

use wasmparser::{Parser, Payload};

use super::connect::Connections;
use super::error::{GraphError, GraphProblemKind};
use super::model::Graph;
use crate::audit::{AuditError, Finding, audit};
use crate::compose::{Among, ComposeError, Composer, Composition, Form, Ready, grant_own};
use crate::configurations::{Configuration, imports_configuration};
use crate::interface::{InterfaceName, same};
use crate::link::{Argument, Export, LinkError, Part, encode};
use crate::plan::Granted;
use crate::reports::{Report, imports_report};
use crate::surface::{Item, Surface};

/// The composed graph.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// The component.
    pub component: Vec<u8>,
    /// The component's imports and exports, decoded from its bytes.
    pub surface: Surface,
    /// The composed components of the graph, each behind those that answer it.
    pub members: Vec<AssembledMember>,
    /// The parts that were connected: one for each component, in the same order.
    pub parts: Vec<Part>,
    /// The exports of the component: which part's export each one is.
    pub exports: Vec<Export>,
}

/// A composed component of a graph.
#[derive(Clone, Debug)]
pub struct AssembledMember {
    /// The component's name in the graph.
    pub name: String,
    /// The component's surface without adapters.
    pub before: Surface,
    /// The component with its adapters, audited alone.
    pub composition: Composition,
    /// The imports that other components answer, by full name, with those components. The policy decides about all
    /// others.
    pub answered: BTreeMap<String, String>,
}

impl AssembledMember {
    /// The imports that the component leaves to the host.
    pub fn host_imports(&self) -> impl Iterator<Item = &Item> {
        let imports = self.composition.surface.imports.iter();
        imports.filter(|item| !self.answered.contains_key(&item.name))
    }

    /// Whether the component leaves functions of an interface, named without version, to the host.
    pub fn grants(&self, interface: &str) -> bool {
        self.host_imports().any(|item| {
            item.interface().is_some_and(|name| {
                let decisions = &self.composition.plan.decisions;
                name.path() == interface && !decisions.leaves_another_version(&name)
            }) && self.composition.plan.granted.get(&item.name) == Some(&Granted::All)
        })
    }
}

impl Assembled {
    /// In an open composition, the configurations that the host gives the adapters of all components.
    pub fn configurations(&self) -> impl Iterator<Item = &Configuration> {
        let members = self.members.iter();
        members.flat_map(|member| &member.composition.configurations)
    }

    /// With [`Form::reports`], the imports by which the adapters of all components tell of refusals, each with the
    /// component.
    pub fn reports(&self) -> impl Iterator<Item = (&AssembledMember, &Report)> {
        let members = self.members.iter();
        members.flat_map(|member| {
            let reports = member.composition.reports.iter();
            reports.map(move |report| (member, report))
        })
    }

    /// The names of the components that can reach an import of the assembled component.
    pub fn reachable_by(&self, import: &Item) -> Vec<&str> {
        let reaches = |member: &&AssembledMember| {
            member
                .host_imports()
                .any(|item| same(&item.name, &import.name))
        };
        let members = self.members.iter().filter(reaches);
        members.map(|member| member.name.as_str()).collect()
    }

    /// The component to which a byte of the assembled component belongs, adapters included; `None` for the code that
    /// connects the components.
    pub fn member_at(&self, offset: usize) -> Option<&str> {
        let payloads = Parser::new(0).parse_all(&self.component);
        let mut nested = payloads
            .map_while(Result::ok)
            .filter_map(|payload| match payload {
                Payload::ComponentSection {
                    unchecked_range, ..
                } => {
                    let start = usize::try_from(unchecked_range.start).ok()?;
                    Some(start..usize::try_from(unchecked_range.end).ok()?)
                }
                _ => None,
            });
        // The outermost component comes first.
        let range = nested.find(|range| range.contains(&offset))?;
        let bytes = self.component.get(range)?;
        let part = self.parts.iter().find(|part| part.component == bytes)?;
        Some(&part.name)
    }
}

impl Composer {
    /// Composes each component of a graph under its policy and connects the results. Equal inputs give equal bytes.
    ///
    /// # Errors
    /// [`GraphError`]. There is never a partial result.
    pub fn assemble(&self, graph: &Graph) -> Result<Assembled, GraphError> {
        self.assemble_as(graph, Form::default())
    }

    /// Like [`Composer::assemble`], in another form. Only the application can be exposed.
    ///
    /// # Errors
    /// As [`Composer::assemble`].
    pub fn assemble_as(&self, graph: &Graph, form: Form) -> Result<Assembled, GraphError> {
        let ready = ready(graph)?;
        let surfaces: Vec<Surface> = ready.iter().map(|ready| ready.surface.clone()).collect();
        let mut ready: Vec<Option<Ready>> = ready.into_iter().map(Some).collect();
        let connections = Connections::of(graph, &surfaces)?;
        let last = connections.application;
        // Components of one composition share imports of the same name, so no component of a graph may be open if one
        // of them imports a configuration itself. The same goes for reports of refusals.
        let open = form.open && !surfaces.iter().any(imports_configuration);
        let reports = form.reports && !surfaces.iter().any(imports_report);
        let mut first = 0;
        let mut members: Vec<AssembledMember> = Vec::new();
        for &index in &connections.order {
            let member = &graph.members[index];
            // The order names each component once.
            let Some(application) = ready[index].take() else {
                continue;
            };
            let answered: BTreeMap<String, String> = connections.imports[index]
                .iter()
                .map(|(import, to)| (import.clone(), graph.members[to.member].name.clone()))
                .collect();
            let among = Among {
                answered: answered.keys().cloned().collect(),
                wanted: connections.wanted(index),
                form: Form {
                    open,
                    exposed: form.exposed && index == last,
                    reports,
                    ..form
                },
                first,
                number: members.len(),
            };
            let composition = self
                .compose_among(application, &member.policy, &among)
                .map_err(|error| {
                    let place = graph.place(member.places.policy.as_ref());
                    GraphError::of_component(&member.name, place, error)
                })?;
            first += composition.plan.layers.len();
            members.push(AssembledMember {
                name: member.name.clone(),
                before: surfaces[index].clone(),
                composition,
                answered,
            });
        }
        join(graph, &surfaces, &connections, members)
    }
}

/// The components of a graph with what their policies give them beside adapters.
fn ready(graph: &Graph) -> Result<Vec<Ready>, GraphError> {
    let members = graph.members.iter();
    members
        .map(|member| {
            Ready::new(&member.application, &member.policy).map_err(|error| {
                let place = match &error {
                    ComposeError::Surface(_) => member.places.name.as_ref(),
                    _ => member.places.policy.as_ref(),
                };
                GraphError::of_component(&member.name, graph.place(place), error)
            })
        })
        .collect()
}

/// Connects the composed components, the application last, and audits the result against all grants together.
fn join(
    graph: &Graph,
    surfaces: &[Surface],
    connections: &Connections,
    members: Vec<AssembledMember>,
) -> Result<Assembled, GraphError> {
    let mut parts: Vec<Part> = Vec::new();
    for (&index, member) in connections.order.iter().zip(&members) {
        let imports = member.composition.surface.imports.iter();
        let arguments = imports.filter_map(|item| {
            let to = connections.imports[index].get(&item.name)?;
            let part = connections.order.iter().position(|i| *i == to.member)?;
            Some(Argument {
                import: item.name.clone(),
                part,
                export: to.export.clone(),
            })
        });
        parts.push(Part {
            name: member.name.clone(),
            component: member.composition.component.clone().into(),
            arguments: arguments.collect(),
        });
    }
    let application = parts.len() - 1;
    let exported = &members[application].composition.surface.exports;
    let exports: Vec<Export> = exported
        .iter()
        .map(|item| Export::same(application, &item.name))
        .collect();
    let mut union = Surface {
        imports: connections
            .order
            .iter()
            .flat_map(|index| {
                let answered = &connections.imports[*index];
                let imports = surfaces[*index].imports.iter();
                imports.filter(|item| !answered.contains_key(&item.name))
            })
            .cloned()
            .collect(),
        exports: exported.clone(),
    };
    let mut granted = granted(&members, &union);
    for member in &members {
        grant_own(member.composition.own_imports(), &mut granted, &mut union);
    }
    let component = encode(&parts, &exports, &union, &granted)
        .map_err(|error| mismatch(graph, &members, connections, error))?;
    let surface = audit(&component, &granted, &union).map_err(GraphError::Audit)?;
    let assembled = Assembled {
        component,
        surface,
        members,
        parts,
        exports,
    };
    let unaccounted: Vec<Finding> = assembled
        .surface
        .imports
        .iter()
        .filter(|item| assembled.reachable_by(item).is_empty())
        .map(|item| Finding::NotGranted {
            import: item.name.clone(),
        })
        .collect();
    if unaccounted.is_empty() {
        Ok(assembled)
    } else {
        Err(GraphError::Audit(AuditError::Differs(unaccounted)))
    }
}

/// The union of the members' grants, under the names that the assembled component imports; each member's adapters
/// enforce its share.
fn granted(members: &[AssembledMember], union: &Surface) -> BTreeMap<String, Granted> {
    let mut granted = BTreeMap::new();
    for member in members {
        for (name, how) in &member.composition.plan.granted {
            if member.answered.contains_key(name) {
                continue;
            }
            let highest = InterfaceName::parse(name)
                .and_then(|parsed| union.highest_import_of(&parsed))
                .unwrap_or_else(|| name.clone());
            let entry = granted.entry(highest).or_insert(*how);
            *entry = (*entry).max(*how);
        }
    }
    granted
}

/// Turns wac's error about two components that do not fit into a problem at the place of their connection.
fn mismatch(
    graph: &Graph,
    members: &[AssembledMember],
    connections: &Connections,
    error: LinkError,
) -> GraphError {
    let LinkError::Mismatch {
        part,
        import,
        message,
    } = &error
    else {
        return GraphError::Graph(error);
    };
    let member = graph.members.iter().position(|m| m.name == *part);
    let from = members
        .iter()
        .find(|m| m.name == *part)
        .and_then(|m| m.answered.get(import));
    let (Some(member), Some(from)) = (member, from) else {
        return GraphError::Graph(error);
    };
    let place = connections.imports[member]
        .get(import)
        .and_then(|to| to.place.clone())
        .or_else(|| graph.members[member].places.name.clone());
    let problem = GraphProblemKind::Mismatch {
        component: part.clone(),
        import: import.clone(),
        from: from.clone(),
        message: message.clone(),
    };
    GraphError::Problems(vec![graph.problem(problem, place.as_ref())])
}
