//! The errors of a graph, with their places in the graph's file.

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
use crate::plan::PlanError;
use crate::resolved::{Refusal, Refused};

/// Bytes of a graph's file.
// Boxed, because errors are returned by value and should be small.
#[derive(Clone, Debug)]
pub struct Location(Box<(NamedSource<Arc<str>>, Range<usize>)>);

impl Location {
    pub(super) fn new(file: &NamedSource<Arc<str>>, span: &Range<usize>) -> Self {
        Self(Box::new((file.clone(), span.clone())))
    }

    /// The file, with its text.
    pub fn file(&self) -> &NamedSource<Arc<str>> {
        &self.0.0
    }

    /// The bytes of the file.
    pub fn span(&self) -> Range<usize> {
        self.0.1.clone()
    }

    fn label(&self) -> Box<dyn Iterator<Item = LabeledSpan>> {
        let span = self.span();
        let label = LabeledSpan::new_primary_with_span(None, (span.start, span.len()));
        Box::new(std::iter::once(label))
    }
}

/// An error of a component, and the place in the graph's file that can solve it.
#[derive(Clone, Debug)]
pub struct OfComponent<E> {
    /// The component's name.
    pub component: String,
    /// The place in the graph's file, if the graph came from one.
    pub place: Option<Location>,
    /// The error.
    pub error: E,
}

impl<E: fmt::Display> fmt::Display for OfComponent<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.component, self.error)
    }
}

impl<E: std::error::Error> std::error::Error for OfComponent<E> {}

/// The code and the hint are those of the inner error.
impl<E: Diagnostic> Diagnostic for OfComponent<E> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.error.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.error.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.place.as_ref()?.file())
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(self.place.as_ref()?.label())
    }
}

/// Why a graph could not be read.
#[derive(Debug, Error, Diagnostic)]
pub enum LoadError {
    /// The file, or a policy that it names, has problems.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] PolicyErrors),
    /// A component could not be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Component(OfComponent<ApplicationError>),
}

/// Why a graph could not be composed.
#[derive(Debug, Error, Diagnostic)]
pub enum GraphError {
    /// The components cannot be connected as the graph asks.
    #[error("the components cannot be connected: {}", list(.0))]
    #[diagnostic(code("graph::invalid"))]
    Problems(#[related] Vec<GraphProblem>),
    /// A component could not be composed under its policy. The place is that of the policy.
    #[error("{error}")]
    #[diagnostic(forward(error))]
    Component {
        /// The component and its error.
        error: Box<OfComponent<ComposeError>>,
        /// The refused imports, one by one, if the policy refuses imports.
        #[related]
        refusals: Vec<OfComponent<Refusal>>,
    },
    /// The interposed components could not be wired together.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Graph(LinkError),
    /// The result differs from its plan. That is a bug, so nothing is returned.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Audit(AuditError),
}

impl GraphError {
    pub(super) fn of_component(
        component: &str,
        place: Option<Location>,
        error: ComposeError,
    ) -> Self {
        let refusals = match &error {
            ComposeError::Plan(PlanError::Refused(Refused(refusals))) => refusals.clone(),
            _ => Vec::new(),
        };
        let refusals = refusals.into_iter().map(|refusal| OfComponent {
            component: component.into(),
            place: place.clone(),
            error: refusal,
        });
        Self::Component {
            refusals: refusals.collect(),
            error: Box::new(OfComponent {
                component: component.into(),
                place,
                error,
            }),
        }
    }
}

fn list(problems: &[GraphProblem]) -> String {
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

/// Why components cannot be connected, with the place that can solve it.
#[derive(Clone, Debug, Error)]
#[error("{problem}")]
pub struct GraphProblem {
    /// The problem.
    pub problem: GraphProblemKind,
    /// The place, if the graph came from a file.
    pub place: Option<Location>,
}

impl Diagnostic for GraphProblem {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.place.as_ref()?.file())
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(self.place.as_ref()?.label())
    }
}

/// Why components cannot be connected.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[non_exhaustive]
pub enum GraphProblemKind {
    /// There is no component with that name.
    #[error("there is no component `{name}`")]
    #[diagnostic(
        code("graph::unknown-component"),
        help("name one of the components, or `host` for the host")
    )]
    UnknownComponent {
        /// The name.
        name: String,
    },
    /// Two components have one name.
    #[error("there are two components `{name}`")]
    #[diagnostic(
        code("graph::duplicate-component"),
        help("give each a name of its own")
    )]
    DuplicateComponent {
        /// The name.
        name: String,
    },
    /// A connection names an import that the component does not have.
    #[error("`{component}` does not import `{import}`")]
    #[diagnostic(code("graph::unknown-import"), help("{}", listed("imports", imports)))]
    UnknownImport {
        /// The component.
        component: String,
        /// The import.
        import: String,
        /// The imports that the component has.
        imports: Vec<String>,
    },
    /// The component that should answer an import does not export it.
    #[error("`{from}` does not export `{import}`, which `{component}` imports")]
    #[diagnostic(code("graph::unknown-export"), help("{}", listed("exports", exports)))]
    UnknownExport {
        /// The component with the import.
        component: String,
        /// The import.
        import: String,
        /// The component that should answer.
        from: String,
        /// The exports that this component has.
        exports: Vec<String>,
    },
    /// Several components could answer an import.
    #[error("`{import}`, which `{component}` imports, could be answered by {}", quoted(.candidates))]
    #[diagnostic(code("graph::ambiguous"), help("say which under `[components.{component}.imports]`: \"{import}\" = \"{}\"", candidates.first().map_or(super::HOST, String::as_str)))]
    Ambiguous {
        /// The component with the import.
        component: String,
        /// The import.
        import: String,
        /// The components that export it, and `host` if the policy allows the import.
        candidates: Vec<String>,
    },
    /// A component imports two compatible versions of one interface, and different components would answer them.
    #[error(
        "`{component}` imports `{one}` and `{other}`, which are one interface, and they would be answered differently"
    )]
    #[diagnostic(code("graph::split"), help("let one component answer both"))]
    Split {
        /// The component with the imports.
        component: String,
        /// The first version.
        one: String,
        /// The second version.
        other: String,
    },
    /// Components answer each other in a circle.
    #[error("the components need each other: {}", .chain.join(" → "))]
    #[diagnostic(
        code("graph::cycle"),
        help("a component can be instantiated only when all that answer it have been")
    )]
    Cycle {
        /// The components of the circle, from one of them to itself.
        chain: Vec<String>,
    },
    /// The application needs the component neither directly nor through others.
    #[error("the component `{component}` is not used")]
    #[diagnostic(
        code("graph::unused"),
        help(
            "remove it, or name an import that it answers under `imports` of the component that needs it"
        )
    )]
    Unused {
        /// The component.
        component: String,
    },
    /// An import has another type than the export that answers it.
    #[error(
        "`{component}` imports `{import}` in a form that differs from what `{from}` exports: {message}"
    )]
    #[diagnostic(
        code("graph::mismatch"),
        help("build both components against the same version of the interface")
    )]
    Mismatch {
        /// The component with the import.
        component: String,
        /// The import.
        import: String,
        /// The component that exports it.
        from: String,
        /// The difference between the types.
        message: String,
    },
    /// The two sides of a connection use types of an interface that they take from different places.
    #[error(
        "`{component}` imports `{import}` from `{from}` with types of `{interface}`, which are {one} for `{component}` and {other} for `{from}`"
    )]
    #[diagnostic(
        code("graph::different-types"),
        help("let the same component, or the host, answer `{interface}` for both")
    )]
    DifferentTypes {
        /// The component with the import.
        component: String,
        /// The import.
        import: String,
        /// The component that answers.
        from: String,
        /// The interface that has the types.
        interface: String,
        /// The origin of the types on the importing side.
        one: String,
        /// The origin of the types on the answering side.
        other: String,
    },
    /// An export of the application uses types that another component of the graph defines.
    #[error(
        "the export `{export}` of `{component}` uses types of `{interface}`, which belong to `{owner}` and mean nothing outside"
    )]
    #[diagnostic(
        code("graph::leaks"),
        help("leave `{interface}` to the host, or do not export it")
    )]
    Leaks {
        /// The application.
        component: String,
        /// The export.
        export: String,
        /// The interface whose types it uses.
        interface: String,
        /// The component that defines the types.
        owner: String,
    },
}

impl GraphProblemKind {
    /// The component at fault; `None` if no such component exists or the problem concerns several.
    pub fn component(&self) -> Option<&str> {
        match self {
            Self::UnknownComponent { .. } | Self::Cycle { .. } => None,
            Self::DuplicateComponent { name } => Some(name),
            Self::UnknownImport { component, .. }
            | Self::UnknownExport { component, .. }
            | Self::Ambiguous { component, .. }
            | Self::Split { component, .. }
            | Self::Unused { component }
            | Self::Mismatch { component, .. }
            | Self::DifferentTypes { component, .. }
            | Self::Leaks { component, .. } => Some(component),
        }
    }
}

/// The hint that lists a component's imports or exports.
fn listed(does: &str, names: &[String]) -> String {
    match names {
        [] => format!("it {does} nothing"),
        names => format!("it {does} {}", names.join(", ")),
    }
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}
