//! Why components were not put together, and where in a graph's file the reason stands.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use interpose_policy::PolicyErrors;
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use thiserror::Error;

use crate::application::ApplicationError;
use crate::audit::AuditError;
use crate::compose::ComposeError;
use crate::link::LinkError;

/// Bytes of a graph's file.
// Errors are passed on by value, so they had better be small.
#[derive(Clone, Debug)]
pub struct Place(Box<(NamedSource<Arc<str>>, Range<usize>)>);

impl Place {
    pub(super) fn new(file: &NamedSource<Arc<str>>, span: &Range<usize>) -> Self {
        Self(Box::new((file.clone(), span.clone())))
    }

    /// The file, with its text.
    pub fn file(&self) -> &NamedSource<Arc<str>> {
        &self.0.0
    }

    /// The bytes.
    pub fn span(&self) -> Range<usize> {
        self.0.1.clone()
    }
}

/// Why a graph could not be read.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file, or a policy that it names, is wrong.
    #[error(transparent)]
    File(#[from] PolicyErrors),
    /// A component could not be read.
    #[error("`{component}`: {error}")]
    Component {
        /// Its name.
        component: String,
        /// Where the file names it.
        place: Place,
        /// What is wrong.
        error: ApplicationError,
    },
}

/// Why components were not put together.
#[derive(Debug, Error)]
pub enum AssemblyError {
    /// The components do not fit together as they were to be connected.
    #[error("the components cannot be connected: {}", list(.0))]
    Problems(Vec<AssemblyProblem>),
    /// A component could not be interposed under its policy.
    #[error("`{component}`: {error}")]
    Component {
        /// Its name.
        component: String,
        /// Where its policy is named.
        place: Option<Place>,
        /// Why.
        error: Box<ComposeError>,
    },
    /// The interposed components could not be wired together.
    #[error(transparent)]
    Graph(LinkError),
    /// The result is not what was planned: a bug, and nothing is returned.
    #[error(transparent)]
    Audit(AuditError),
}

fn list(problems: &[AssemblyProblem]) -> String {
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

/// Why components cannot be connected, and where that is to be mended.
#[derive(Clone, Debug, Error)]
#[error("{problem}")]
pub struct AssemblyProblem {
    /// What is wrong.
    pub problem: Problem,
    /// Where, if the assembly came from a file.
    pub place: Option<Place>,
}

/// Why components cannot be connected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// There is no component with that name.
    #[error("there is no component `{name}`")]
    UnknownComponent {
        /// The name.
        name: String,
    },
    /// Two components have one name.
    #[error("there are two components `{name}`")]
    DuplicateComponent {
        /// The name.
        name: String,
    },
    /// A connection is about an import that the component does not have.
    #[error("`{component}` does not import `{import}`")]
    UnknownImport {
        /// The component.
        component: String,
        /// The import.
        import: String,
        /// What it imports.
        imports: Vec<String>,
    },
    /// A component is to answer an import, and does not export it.
    #[error("`{from}` does not export `{import}`, which `{component}` imports")]
    UnknownExport {
        /// The component that imports.
        component: String,
        /// The import.
        import: String,
        /// The component that was to answer.
        from: String,
        /// What it exports.
        exports: Vec<String>,
    },
    /// More than one could answer an import.
    #[error("`{import}`, which `{component}` imports, could be answered by {}", quoted(.candidates))]
    Ambiguous {
        /// The component that imports.
        component: String,
        /// The import.
        import: String,
        /// The components that export it, and `host` if the policy allows it.
        candidates: Vec<String>,
    },
    /// One interface, imported in two versions that are compatible, would be answered by two.
    #[error(
        "`{component}` imports `{one}` and `{other}`, which are one interface, and they would be answered differently"
    )]
    Split {
        /// The component that imports.
        component: String,
        /// The one version.
        one: String,
        /// The other.
        other: String,
    },
    /// Components answer each other in a circle.
    #[error("the components need each other: {}", .chain.join(" → "))]
    Cycle {
        /// From a component to itself.
        chain: Vec<String>,
    },
    /// Nothing that the application needs is answered by a component.
    #[error("the component `{component}` is not used")]
    Unused {
        /// The component.
        component: String,
    },
    /// A component exports something in another form than the one that imports it expects.
    #[error(
        "`{component}` imports `{import}` in a form that differs from what `{from}` exports: {message}"
    )]
    Mismatch {
        /// The component that imports.
        component: String,
        /// The import.
        import: String,
        /// The component that exports it.
        from: String,
        /// Where the types differ.
        message: String,
    },
    /// Both sides of a connection use types of an interface, and take them from different places.
    #[error(
        "`{component}` imports `{import}` from `{from}` with types of `{interface}`, which are {one} for `{component}` and {other} for `{from}`"
    )]
    DifferentTypes {
        /// The component that imports.
        component: String,
        /// The import.
        import: String,
        /// The component that answers.
        from: String,
        /// The interface whose types it uses.
        interface: String,
        /// Whose types the importing component has.
        one: String,
        /// Whose types the answering component has.
        other: String,
    },
    /// An export of the whole uses types that only another component has.
    #[error(
        "the export `{export}` of `{component}` uses types of `{interface}`, which belong to `{owner}` and mean nothing outside"
    )]
    Leaks {
        /// The application.
        component: String,
        /// The export.
        export: String,
        /// The interface whose types it uses.
        interface: String,
        /// The component that has them.
        owner: String,
    },
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}

impl Problem {
    /// A name for this kind of problem that programs can rely on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownComponent { .. } => "graph::unknown-component",
            Self::DuplicateComponent { .. } => "graph::duplicate-component",
            Self::UnknownImport { .. } => "graph::unknown-import",
            Self::UnknownExport { .. } => "graph::unknown-export",
            Self::Ambiguous { .. } => "graph::ambiguous",
            Self::Split { .. } => "graph::split",
            Self::Cycle { .. } => "graph::cycle",
            Self::Unused { .. } => "graph::unused",
            Self::Mismatch { .. } => "graph::mismatch",
            Self::DifferentTypes { .. } => "graph::different-types",
            Self::Leaks { .. } => "graph::leaks",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        let listed = |what: &str, names: &[String]| match names {
            [] => format!("it {what}s nothing"),
            names => format!("it {what}s {}", names.join(", ")),
        };
        match self {
            Self::UnknownComponent { .. } => {
                "name one of the components, or `host` for the host".into()
            }
            Self::DuplicateComponent { .. } => "give each a name of its own".into(),
            Self::UnknownImport { imports, .. } => listed("import", imports),
            Self::UnknownExport { exports, .. } => listed("export", exports),
            Self::Ambiguous {
                component,
                import,
                candidates,
            } => format!(
                "say which under `[components.{component}.imports]`: \"{import}\" = \"{}\"",
                candidates.first().map_or(super::HOST, String::as_str)
            ),
            Self::Split { .. } => "let one component answer both".into(),
            Self::Cycle { .. } => {
                "a component can be instantiated only when all that answer it have been".into()
            }
            Self::Unused { .. } => {
                "remove it, or name an import that it answers under `imports` of the component that needs it".into()
            }
            Self::Mismatch { .. } => {
                "build both components against the same version of the interface".into()
            }
            Self::DifferentTypes { interface, .. } => {
                format!("let the same component, or the host, answer `{interface}` for both")
            }
            Self::Leaks { interface, .. } => {
                format!("leave `{interface}` to the host, or do not export it")
            }
        }
    }
}

impl Diagnostic for AssemblyProblem {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.problem.code()))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.problem.hint()))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place
            .as_ref()
            .map(|place| place.file() as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.place.as_ref()?.span();
        let label = LabeledSpan::new_primary_with_span(None, (span.start, span.len()));
        Some(Box::new(std::iter::once(label)))
    }
}
