//! Why interposers cannot stand in front of an application's host.

use std::fmt;
use std::io;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use crate::application::ApplicationError;
use crate::audit::AuditError;
use crate::link::LinkError;
use crate::resolved::{Refusal, RefusalReason};
use crate::surface::SurfaceError;
use crate::wasi::Capability;

/// Why a policy's interposers cannot be used. Interposers are called by their names in the chain, except where their file
/// is at fault.
#[derive(Debug, Error, Diagnostic)]
pub enum InterposeError {
    /// The file could not be read.
    #[error("the interposer `{}` cannot be read: {source}", path.display())]
    #[diagnostic(
        code("interpose::unreadable"),
        help("name the file of a component, relative to the policy")
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file has another hash than the policy says.
    #[error("the interposer `{}` has the SHA-256 hash {found}, and the policy says {wanted}", path.display())]
    #[diagnostic(
        code("interpose::hash"),
        help("find out who changed the file; if you did, write the new hash")
    )]
    Hash {
        /// The file.
        path: PathBuf,
        /// The hash of the policy.
        wanted: String,
        /// The hash of the file.
        found: String,
    },
    /// The file is no component.
    #[error("the interposer `{}`: {error}", path.display())]
    #[diagnostic(forward(error))]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: Box<ApplicationError>,
    },
    /// The file is a core module, which answers no interface.
    #[error("the interposer `{}` is a core module, which answers no interface", path.display())]
    #[diagnostic(
        code("interpose::not-a-component"),
        help("build a component: a library for wasm32-wasip2, with the interfaces in its world")
    )]
    NotAComponent {
        /// The file.
        path: PathBuf,
    },
    /// What a component imports and exports could not be read.
    #[error("`{link}`: {error}")]
    #[diagnostic(forward(error))]
    Surface {
        /// The component's name in the chain.
        link: String,
        /// Why not.
        error: SurfaceError,
    },
    /// An interposer answers no import, and stands in front of no export.
    #[error(
        "the interposer `{interposer}` does nothing: neither the application nor a nearer interposer imports what it exports"
    )]
    #[diagnostic(
        code("interpose::answers-nothing"),
        help("{}", nothing(exports, imported))
    )]
    AnswersNothing {
        /// The interposer.
        interposer: String,
        /// Its exports.
        exports: Vec<String>,
        /// The imports that it could answer.
        imported: Vec<String>,
    },
    /// An interposer exports less of an interface than is used.
    #[error(
        "the interposer `{interposer}` exports `{interface}` without {}, which `{link}` {}",
        quoted(missing),
        if *imports { "imports" } else { "exports" }
    )]
    #[diagnostic(
        code("interpose::lacks"),
        help(
            "export the whole interface; what is not to change can be passed on to an import of it"
        )
    )]
    Lacks {
        /// The interposer.
        interposer: String,
        /// The interface.
        interface: String,
        /// The component that uses it.
        link: String,
        /// Whether it imports the interface; otherwise it exports it.
        imports: bool,
        /// The functions and types that are missing.
        missing: Vec<String>,
    },
    /// An interposer defines types of an interface, and others that use these types are left to somebody else.
    #[error(
        "the interposer `{interposer}` defines the types of `{interface}`, but not {}, which use them and which `{link}` imports",
        quoted(missing)
    )]
    #[diagnostic(
        code("interpose::shared-types"),
        help("let it export these interfaces too: an import of its own can do the work")
    )]
    SharedTypes {
        /// The interposer.
        interposer: String,
        /// The interface whose types it defines.
        interface: String,
        /// The component that imports them.
        link: String,
        /// The interfaces that it does not export.
        missing: Vec<String>,
    },
    /// Both sides of a connection take types from different places.
    #[error(
        "`{answering}` answers `{import}` of `{link}` with types of `{interface}` that are {}, and those of `{link}` are {}",
        sides.1,
        sides.0
    )]
    #[diagnostic(
        code("interpose::different-types"),
        help(
            "let the interposer import `{interface}` and use its types, or let it export that interface too"
        )
    )]
    DifferentTypes {
        /// The component with the import.
        link: String,
        /// The import.
        import: String,
        /// The component that answers it.
        answering: String,
        /// The interface that has the types.
        interface: String,
        /// Whose types the importing side has, and whose the answering side.
        sides: Box<(String, String)>,
    },
    /// An export uses types that an interposer defines.
    #[error(
        "the export `{export}` of `{link}` uses types of `{interface}`, which the interposer `{interposer}` defines, so that no host could call it"
    )]
    #[diagnostic(
        code("interpose::leaks"),
        help(
            "let the interposer use the types of its own import of `{interface}`, or import and export `{export}` too"
        )
    )]
    Leaks {
        /// The component with the export.
        link: String,
        /// The export.
        export: String,
        /// The interface whose types it uses.
        interface: String,
        /// The interposer that defines them.
        interposer: String,
    },
    /// Components need each other to be instantiated first.
    #[error("the application and its interposers need each other: {}", chain.join(" → "))]
    #[diagnostic(
        code("interpose::cycle"),
        help(
            "an interposer can answer the application's imports or stand in front of its exports; make two of it"
        )
    )]
    Cycle {
        /// The components of the circle, from one of them to itself.
        chain: Vec<String>,
    },
    /// An interposer could stand on both sides of the application.
    #[error(
        "the interposer `{interposer}` could answer `{interface}` or stand in front of it: the application imports and exports it"
    )]
    #[diagnostic(
        code("interpose::ambiguous"),
        help("an interposer that does not import it answers it")
    )]
    Ambiguous {
        /// The interposer.
        interposer: String,
        /// The interface.
        interface: String,
    },
    /// An import has another type than the export that answers it.
    #[error(
        "`{link}` imports `{import}` in a form that differs from what `{answering}` exports: {message}"
    )]
    #[diagnostic(
        code("interpose::mismatch"),
        help("build both against the same version of the interface")
    )]
    Mismatch {
        /// The component with the import.
        link: String,
        /// The import.
        import: String,
        /// The component that answers it.
        answering: String,
        /// The difference between the types.
        message: String,
    },
    /// The policy refuses imports of interposers.
    #[error("the policy refuses interposers: {}", listed(.0))]
    #[diagnostic(
        code("interpose::imports"),
        help(
            "name them in a table: `default` does not decide about what only an interposer imports"
        )
    )]
    Refused(#[related] Vec<RefusedImport>),
    /// There is no application.
    #[error(
        "the policy has interposers, which stand between an application and the adapters, and there is no application"
    )]
    #[diagnostic(
        code("interpose::no-application"),
        help("compose an application under the policy: `interpose compose`")
    )]
    NoApplication,
    /// The components could not be put together.
    #[error("the application and its interposers cannot be put together: {0}")]
    #[diagnostic(forward(0))]
    Link(LinkError),
    /// The chain differs from its parts. That is a bug.
    #[error("the application with its interposers: {0}")]
    #[diagnostic(forward(0))]
    Audit(AuditError),
}

/// An import that only an interposer has, and that the policy refuses.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the interposer `{interposer}`: {refusal}, and the application does not have it")]
pub struct RefusedImport {
    /// The interposer.
    pub interposer: String,
    /// The import, and why it is refused.
    pub refusal: Refusal,
}

impl Diagnostic for RefusedImport {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        match self.refusal.reason {
            RefusalReason::Undecided(_) => Some(Box::new("interpose::undecided")),
            _ => self.refusal.code(),
        }
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let RefusalReason::Undecided(capability) = self.refusal.reason else {
            return self.refusal.help();
        };
        let tables = match capability {
            Capability::Interfaces => {
                format!(
                    "`[interfaces]` with `allow = [\"{}\"]`",
                    self.refusal.import
                )
            }
            other => other.tables(),
        };
        Some(Box::new(format!(
            "add {tables}: `default` does not decide about what only an interposer imports"
        )))
    }
}

fn listed(refused: &[RefusedImport]) -> String {
    let texts: Vec<String> = refused.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// The hint about an interposer that does nothing.
fn nothing(exports: &[String], imported: &[String]) -> String {
    let exports = match exports {
        [] => "it exports nothing".to_owned(),
        exports => format!("it exports {}", exports.join(", ")),
    };
    match imported {
        [] => format!("{exports}, and nothing is imported"),
        imported => format!("{exports}; it could answer {}", imported.join(", ")),
    }
}
