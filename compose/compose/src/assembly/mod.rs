//! Several components in one composition, each under a policy of its own.
//!
//! Each component is planned, configured, encoded and audited alone, as if the others were its host; only then are the
//! results connected. So what a component may reach is what its own part imports: no other component's policy changes
//! it. An import that another component answers is not the host's, so the importing component's policy does not decide
//! about it.
//!
//! ```no_run
//! use wasi_interpose::application::Application;
//! use wasi_interpose::assembly::Assembly;
//! use wasi_interpose::cache::CompilationCache;
//! use wasi_interpose::compose::Composer;
//! use wasi_interpose::policy::Policy;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut assembly = Assembly::new("app");
//! assembly.add("app", Application::read("app.wasm".as_ref())?, Policy::load("sandbox")?);
//! assembly.add("markdown", Application::read("markdown.wasm".as_ref())?, Policy::load("deny")?);
//! assembly.connect("app", "acme:text/markdown", "markdown");
//! let assembled = Composer::new(&CompilationCache::of_user())?.assemble(&assembly)?;
//! for import in &assembled.surface.imports {
//!     println!("{}: {:?}", import.name, assembled.reachable_by(import));
//! }
//! # Ok(())
//! # }
//! ```

mod connect;
mod error;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use interpose_policy::Policy;
use interpose_policy::graph::GraphFile;
pub use interpose_policy::graph::HOST;
use miette::NamedSource;

use crate::application::Application;
use crate::audit::{AuditError, Finding, audit};
use crate::compose::{Composer, Composition, EXPOSED};
use crate::interface::InterfaceName;
use crate::link::{Argument, Export, LinkError, Part, encode};
use crate::plan::Granted;
use crate::surface::{Item, Surface};

use connect::Connections;
pub use error::{AssemblyError, AssemblyProblem, LoadError, OfComponent, Place, Problem};

/// Several components, which of them answers whom, and each one's policy.
#[derive(Clone, Debug)]
pub struct Assembly {
    application: String,
    members: Vec<Member>,
    /// The file that it was read from, and where in it the application is named.
    file: Option<(NamedSource<Arc<str>>, Range<usize>)>,
}

/// A component of an assembly.
#[derive(Clone, Debug)]
pub struct Member {
    /// What it is called.
    pub name: String,
    /// The component.
    pub application: Application,
    /// The file that it was read from; `None` if it was not read by [`Assembly::load`].
    pub source: Option<PathBuf>,
    /// What it gets of its host.
    pub policy: Policy,
    /// Which component answers an import; what is not named is connected if exactly one other component exports it.
    pub imports: Vec<Import>,
    places: Places,
}

/// A connection that was asked for.
#[derive(Clone, Debug)]
pub struct Import {
    /// The import's name; without version, it stands for every version.
    pub name: String,
    /// The component that answers it, or `host`.
    pub from: String,
    place: Option<Range<usize>>,
}

#[derive(Clone, Debug, Default)]
struct Places {
    name: Option<Range<usize>>,
    policy: Option<Range<usize>>,
}

impl Assembly {
    /// An assembly without components yet; its exports will be those of the component that is called `application`.
    pub fn new(application: &str) -> Self {
        Self {
            application: application.into(),
            members: Vec::new(),
            file: None,
        }
    }

    /// Adds a component under a policy. Its name consists of words of lower-case letters and digits, joined by hyphens.
    pub fn add(&mut self, name: &str, application: Application, policy: Policy) {
        self.members.push(Member {
            name: name.into(),
            application,
            source: None,
            policy,
            imports: Vec::new(),
            places: Places::default(),
        });
    }

    /// Says that imports of `component` with this name (without version: in every version) are answered by the
    /// component `from`, or by `host`. Nothing happens if there is no such component.
    pub fn connect(&mut self, component: &str, import: &str, from: &str) {
        if let Some(member) = self.members.iter_mut().find(|m| m.name == component) {
            member.imports.push(Import {
                name: import.into(),
                from: from.into(),
                place: None,
            });
        }
    }

    /// Reads a graph, and the components and policies that it names.
    ///
    /// # Errors
    /// [`LoadError`] with everything that is wrong with the file, or with the first component that cannot be read.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let graph = GraphFile::load(path)?;
        let mut members = Vec::new();
        for component in graph.components {
            let application = Application::read(&component.source.value).map_err(|error| {
                LoadError::Component(OfComponent {
                    component: component.name.value.clone(),
                    place: Some(Place::new(&graph.file, &component.source.span)),
                    error,
                })
            })?;
            let imports = component.imports.into_iter().map(|(name, from)| Import {
                name: name.value,
                from: from.value,
                place: Some(name.span),
            });
            members.push(Member {
                name: component.name.value,
                application,
                source: Some(component.source.value),
                policy: component.policy.value,
                imports: imports.collect(),
                places: Places {
                    name: Some(component.name.span),
                    policy: Some(component.policy.span),
                },
            });
        }
        Ok(Self {
            application: graph.application.value,
            members,
            file: Some((graph.file, graph.application.span)),
        })
    }

    /// The components.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The component whose exports are those of the whole.
    pub fn application(&self) -> Option<&Member> {
        self.members.iter().find(|m| m.name == self.application)
    }

    /// The policy of that component, to be changed.
    pub fn application_policy(&mut self) -> Option<&mut Policy> {
        let application = &self.application;
        let member = self.members.iter_mut().find(|m| m.name == *application)?;
        Some(&mut member.policy)
    }

    fn problem(&self, problem: Problem, span: Option<&Range<usize>>) -> AssemblyProblem {
        AssemblyProblem {
            problem,
            place: self.place(span),
        }
    }

    fn place(&self, span: Option<&Range<usize>>) -> Option<Place> {
        let (file, _) = self.file.as_ref()?;
        Some(Place::new(file, span?))
    }
}

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
            item.interface()
                .is_some_and(|name| name.path() == interface)
                && self.composition.plan.granted.get(&item.name) == Some(&Granted::All)
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

/// Whether two imports of different components are one import of the whole.
fn same(one: &str, other: &str) -> bool {
    one == other
        || InterfaceName::parse(one)
            .zip(InterfaceName::parse(other))
            .is_some_and(|(one, other)| one.is_compatible(&other))
}

impl Composer {
    /// Interposes each component of an assembly as its policy says, and connects them. The same input gives the same
    /// bytes.
    ///
    /// # Errors
    /// [`AssemblyError`]; whatever it is, there is no half-made result.
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
