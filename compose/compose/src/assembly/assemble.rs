//! From several components to one.

use std::collections::BTreeMap;

use super::connect::Connections;
use super::error::{AssemblyError, Problem};
use super::model::{Assembly, same};
use crate::audit::{AuditError, Finding, audit};
use crate::compose::{Composer, Composition, EXPOSED};
use crate::interface::InterfaceName;
use crate::link::{Argument, Export, LinkError, Part, encode};
use crate::plan::Granted;
use crate::surface::{Item, Surface};

/// What became of an assembly.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// The component.
    pub component: Vec<u8>,
    /// What it imports and exports, as read back from it.
    pub surface: Surface,
    /// What became of each component, those that answer others first.
    pub members: Vec<AssembledMember>,
    /// What it was made of: a part for each component, in the same order.
    pub parts: Vec<Part>,
    /// Which exports of which parts are its exports.
    pub exports: Vec<Export>,
}

/// What became of a component of an assembly.
#[derive(Clone, Debug)]
pub struct AssembledMember {
    /// What it is called.
    pub name: String,
    /// Its surface before.
    pub before: Surface,
    /// The component with its adapters, audited alone.
    pub composition: Composition,
    /// For each import, by full name, the component that answers it: all others are decided by the policy.
    pub answered: BTreeMap<String, String>,
}

impl AssembledMember {
    /// What it may ask the host for.
    pub fn host_imports(&self) -> impl Iterator<Item = &Item> {
        let imports = self.composition.surface.imports.iter();
        imports.filter(|item| !self.answered.contains_key(&item.name))
    }

    /// Whether functions of an interface, named without version, are left to the host.
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
    /// The components that can reach an import of the whole.
    pub fn reachable_by(&self, import: &Item) -> Vec<&str> {
        let reaches = |member: &&AssembledMember| {
            member
                .host_imports()
                .any(|item| same(&item.name, &import.name))
        };
        let members = self.members.iter().filter(reaches);
        members.map(|member| member.name.as_str()).collect()
    }
}

impl Composer {
    /// Interposes each component of an assembly as its policy says, and connects them. The same input gives the same
    /// bytes.
    ///
    /// # Errors
    /// [`AssemblyError`]; there is never a partial result.
    pub fn assemble(&self, assembly: &Assembly) -> Result<Assembled, AssemblyError> {
        self.assemble_with(assembly, &[])
    }

    /// Like [`Composer::assemble`], for running at once: where the plan of the application has a kernel, the result
    /// also exports its filesystem, as in [`Composer::compose_exposed`].
    ///
    /// # Errors
    /// As [`Composer::assemble`].
    pub fn assemble_exposed(&self, assembly: &Assembly) -> Result<Assembled, AssemblyError> {
        self.assemble_with(assembly, EXPOSED)
    }

    fn assemble_with(
        &self,
        assembly: &Assembly,
        exposed: &[&str],
    ) -> Result<Assembled, AssemblyError> {
        let surfaces = surfaces(assembly)?;
        let connections = Connections::of(assembly, &surfaces)?;
        let last = connections.application;
        let mut members: Vec<AssembledMember> = Vec::new();
        for &index in &connections.order {
            let member = &assembly.members[index];
            let answered: BTreeMap<String, String> = connections.imports[index]
                .iter()
                .map(|(import, to)| (import.clone(), assembly.members[to.member].name.clone()))
                .collect();
            let names = answered.keys().cloned().collect();
            let wanted = connections.wanted(index);
            let exposed = if index == last { exposed } else { &[] };
            let composition = self
                .compose_among(
                    &member.application,
                    &member.policy,
                    &names,
                    wanted.as_ref(),
                    exposed,
                )
                .map_err(|error| {
                    let place = assembly.place(member.places.policy.as_ref());
                    AssemblyError::of_component(&member.name, place, error)
                })?;
            members.push(AssembledMember {
                name: member.name.clone(),
                before: surfaces[index].clone(),
                composition,
                answered,
            });
        }
        join(assembly, &surfaces, &connections, members)
    }
}

fn surfaces(assembly: &Assembly) -> Result<Vec<Surface>, AssemblyError> {
    let members = assembly.members.iter();
    members
        .map(|member| {
            Surface::of(member.application.component()).map_err(|error| {
                let place = assembly.place(member.places.name.as_ref());
                AssemblyError::of_component(&member.name, place, error.into())
            })
        })
        .collect()
}

/// Connects the interposed components, the application last, and audits the whole against all that was granted.
fn join(
    assembly: &Assembly,
    surfaces: &[Surface],
    connections: &Connections,
    members: Vec<AssembledMember>,
) -> Result<Assembled, AssemblyError> {
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
            component: member.composition.component.clone(),
            arguments: arguments.collect(),
        });
    }
    let application = parts.len() - 1;
    let exported = &members[application].composition.surface.exports;
    let exports: Vec<Export> = exported
        .iter()
        .map(|item| Export::same(application, &item.name))
        .collect();
    let union = Surface {
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
    let granted = granted(&members, &union);
    let component = encode(&parts, &exports, &union, &granted)
        .map_err(|error| mismatch(assembly, &members, connections, error))?;
    let surface = audit(&component, &granted, &union).map_err(AssemblyError::Audit)?;
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
        Err(AssemblyError::Audit(AuditError::Differs(unaccounted)))
    }
}

/// All that the components' policies leave to the host, under the names that the whole imports it by.
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

/// What wac says about two components that do not fit, with the place of the connection.
fn mismatch(
    assembly: &Assembly,
    members: &[AssembledMember],
    connections: &Connections,
    error: LinkError,
) -> AssemblyError {
    let LinkError::Mismatch {
        part,
        import,
        message,
    } = &error
    else {
        return AssemblyError::Graph(error);
    };
    let member = assembly.members.iter().position(|m| m.name == *part);
    let from = members
        .iter()
        .find(|m| m.name == *part)
        .and_then(|m| m.answered.get(import));
    let (Some(member), Some(from)) = (member, from) else {
        return AssemblyError::Graph(error);
    };
    let place = connections.imports[member]
        .get(import)
        .and_then(|to| to.place.clone())
        .or_else(|| assembly.members[member].places.name.clone());
    let problem = Problem::Mismatch {
        component: part.clone(),
        import: import.clone(),
        from: from.clone(),
        message: message.clone(),
    };
    AssemblyError::Problems(vec![assembly.problem(problem, place.as_ref())])
}
