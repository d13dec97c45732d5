//! A graph: several components and their connections.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use interpose_policy::Policy;
use interpose_policy::graph::GraphFile;
use miette::NamedSource;

use super::error::{GraphProblem, GraphProblemKind, LoadError, Location, OfComponent};
use crate::application::Application;
use crate::preview1::Preview1;

/// Several components, each with its policy, and the connections between them.
#[derive(Clone, Debug)]
pub struct Graph {
    pub(super) application: String,
    pub(super) members: Vec<Member>,
    /// The graph's file, and where in it the application is named.
    pub(super) file: Option<(NamedSource<Arc<str>>, Range<usize>)>,
}

/// A component of a graph.
#[derive(Clone, Debug)]
pub struct Member {
    /// The component's name in the graph.
    pub name: String,
    /// The component.
    pub application: Application,
    /// The component's file; `None` if [`Graph::load`] did not read it.
    pub source: Option<PathBuf>,
    /// The policy that decides what the component gets from the host.
    pub policy: Policy,
    /// The connections that the graph asks for. Another import is connected if exactly one other component exports it.
    pub imports: Vec<Import>,
    pub(super) places: Places,
}

/// A connection that the graph asks for.
#[derive(Clone, Debug)]
pub struct Import {
    /// The import's name; a name without version stands for every version.
    pub name: String,
    /// The component that answers it, or `host`.
    pub from: String,
    pub(super) place: Option<Range<usize>>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    pub(super) name: Option<Range<usize>>,
    pub(super) policy: Option<Range<usize>>,
}

impl Graph {
    /// A graph without components; the component named `application` will provide the exports.
    pub fn new(application: &str) -> Self {
        Self {
            application: application.into(),
            members: Vec::new(),
            file: None,
        }
    }

    /// Adds a component under a policy. Its name must consist of words of lower-case letters and digits, joined by
    /// hyphens.
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

    /// Lets the component `from`, or the host if `from` is `host`, answer the imports of `component` with this name (a
    /// name without version stands for every version). Does nothing if no component of that name was added.
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
        Self::load_as(path, Preview1::default())
    }

    /// Reads a graph as [`Graph::load`] does, and makes components of core modules in the given way.
    ///
    /// # Errors
    /// [`LoadError`] as for [`Graph::load`].
    pub fn load_as(path: &Path, preview1: Preview1) -> Result<Self, LoadError> {
        let graph = GraphFile::load(path)?;
        let mut members = Vec::new();
        for component in graph.components {
            let application =
                Application::read_as(&component.source.value, preview1).map_err(|error| {
                    LoadError::Component(OfComponent {
                        component: component.name.value.clone(),
                        place: Some(Location::new(&graph.file, &component.source.span)),
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

    /// All components, in the order in which they were added.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The component whose exports the assembled component has.
    pub fn application(&self) -> Option<&Member> {
        self.members.iter().find(|m| m.name == self.application)
    }

    /// The policy of this component, for changes.
    pub fn application_policy(&mut self) -> Option<&mut Policy> {
        let application = &self.application;
        let member = self.members.iter_mut().find(|m| m.name == *application)?;
        Some(&mut member.policy)
    }

    pub(super) fn problem(
        &self,
        problem: GraphProblemKind,
        span: Option<&Range<usize>>,
    ) -> GraphProblem {
        GraphProblem {
            problem,
            place: self.place(span),
        }
    }

    pub(super) fn place(&self, span: Option<&Range<usize>>) -> Option<Location> {
        let (file, _) = self.file.as_ref()?;
        Some(Location::new(file, span?))
    }
}
