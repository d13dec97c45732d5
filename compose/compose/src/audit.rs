//! Proves that a composition keeps to its plan: decodes the encoded result and compares it with the plan's grants.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use miette::Diagnostic;
use thiserror::Error;

use crate::foreign::Limit;
use crate::interface::InterfaceName;
use crate::plan::Granted;
use crate::surface::{Item, Surface, SurfaceError};
use crate::wasi::LATER_FUNCTIONS;

/// The hint about a result that should be impossible.
const BUG: &str = "this is a bug of the tool: nothing was written, please report it with the component and the policy";

/// Why a composition must not be used.
#[derive(Debug, Error, Diagnostic)]
pub enum AuditError {
    /// The composition could not be decoded.
    #[error("the result cannot be read back: {0}")]
    #[diagnostic(code("audit::unreadable"), help("{BUG}"))]
    Unreadable(SurfaceError),
    /// The composition exceeds the limits that its parts kept to.
    #[error("the composition is more than `interpose` reads: {0}")]
    #[diagnostic(
        code("audit::too-much"),
        help(
            "what it is composed of is within the limits, but not all of it together: compose less of it at once"
        )
    )]
    TooMuch(Limit),
    /// The composition imports more, or exports less, than the plan says.
    #[error("the result differs from the plan: {}", list(.0))]
    #[diagnostic(code("audit::differs"), help("{BUG}"))]
    Differs(Vec<Finding>),
}

fn list(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// A difference between a composition and its plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The composition imports an instance that the plan does not grant.
    NotGranted {
        /// The import.
        import: String,
    },
    /// The composition imports a function of an interface of which the plan grants only the types.
    OnlyTypesGranted {
        /// The import.
        import: String,
        /// The function.
        function: String,
    },
    /// The composition imports an interface under a name that the application did not use.
    NotUsedByApplication {
        /// The import.
        import: String,
    },
    /// The composition imports a function that hosts of the import's version may lack, and that the application does
    /// not import.
    LaterFunction {
        /// The import.
        import: String,
        /// The function.
        function: String,
    },
    /// The composition lacks an export of the application.
    MissingExport {
        /// The export.
        export: String,
    },
    /// The composition has an export that the application lacks.
    ExtraExport {
        /// The export.
        export: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGranted { import } => {
                write!(f, "it imports `{import}`, which the plan does not grant")
            }
            Self::OnlyTypesGranted { import, function } => {
                write!(
                    f,
                    "it uses `{function}` of `{import}`, of which the plan grants the types alone"
                )
            }
            Self::NotUsedByApplication { import } => {
                write!(
                    f,
                    "it imports `{import}`, which the application does not import"
                )
            }
            Self::LaterFunction { import, function } => {
                write!(
                    f,
                    "it uses `{function}` of `{import}`, which is newer than that version"
                )
            }
            Self::MissingExport { export } => {
                write!(f, "it lacks the application's export `{export}`")
            }
            Self::ExtraExport { export } => {
                write!(f, "it exports `{export}`, which the application does not")
            }
        }
    }
}

/// Decodes `result` and compares it with the application's surface and with `granted`, the names of permitted imports
/// and how much of each is granted. Returns the surface of the result.
///
/// # Errors
/// [`AuditError`] with all differences, or when the result cannot be decoded.
pub fn audit(
    result: &[u8],
    granted: &BTreeMap<String, Granted>,
    application: &Surface,
) -> Result<Surface, AuditError> {
    let surface = Surface::of(result).map_err(|error| match error.limit() {
        Some(limit) => AuditError::TooMuch(limit),
        None => AuditError::Unreadable(error),
    })?;
    let mut findings = Vec::new();
    for import in &surface.imports {
        match granted.get(&import.name) {
            Some(Granted::All) => {}
            Some(Granted::Types) => {
                findings.extend(import.functions.iter().map(|function| {
                    Finding::OnlyTypesGranted {
                        import: import.name.clone(),
                        function: function.clone(),
                    }
                }));
            }
            None => findings.push(Finding::NotGranted {
                import: import.name.clone(),
            }),
        }
        // An import of the same name but of another kind is a different import.
        let is_the_same =
            |own: &Item| own.kind == import.kind && own.annotations == import.annotations;
        if !application.import(&import.name).is_some_and(is_the_same) {
            findings.push(Finding::NotUsedByApplication {
                import: import.name.clone(),
            });
        }
        findings.extend(later_functions(import, application));
    }
    let names = |surface: &Surface| -> BTreeSet<String> {
        surface
            .exports
            .iter()
            .map(|export| export.name.clone())
            .collect()
    };
    let (offered, promised) = (names(&surface), names(application));
    findings.extend(
        promised
            .difference(&offered)
            .map(|name| Finding::MissingExport {
                export: name.clone(),
            }),
    );
    findings.extend(
        offered
            .difference(&promised)
            .map(|name| Finding::ExtraExport {
                export: name.clone(),
            }),
    );
    if findings.is_empty() {
        Ok(surface)
    } else {
        Err(AuditError::Differs(findings))
    }
}

/// The functions of an import that hosts of its version may lack and that no import of the application has.
fn later_functions(import: &Item, application: &Surface) -> Vec<Finding> {
    let Some(name) = import.interface() else {
        return Vec::new();
    };
    let asked: BTreeSet<&String> = application
        .imports_of(&name)
        .flat_map(|item| &item.functions)
        .collect();
    import
        .functions
        .iter()
        .filter(|function| !asked.contains(function))
        .filter(|function| is_later(&name, function))
        .map(|function| Finding::LaterFunction {
            import: import.name.clone(),
            function: function.clone(),
        })
        .collect()
}

/// Whether hosts of an interface's version may lack one of its functions.
pub(crate) fn is_later(name: &InterfaceName, function: &str) -> bool {
    let path = name.path();
    LATER_FUNCTIONS.iter().any(|(interface, later, since)| {
        *interface == path
            && *later == function
            && name.version.as_ref().is_some_and(|version| version < since)
    })
}

#[cfg(test)]
mod tests {

    use super::*;

    fn component(text: &str) -> Vec<u8> {
        wat::parse_str(text).unwrap()
    }

    fn findings(result: &str, granted: &[&str], application: &str) -> Vec<Finding> {
        let granted = granted
            .iter()
            .map(|name| match name.strip_prefix("types of ") {
                Some(name) => (name.to_owned(), Granted::Types),
                None => ((*name).to_owned(), Granted::All),
            });
        let granted = granted.collect();
        let application = Surface::of(&component(application)).unwrap();
        match audit(&component(result), &granted, &application) {
            Ok(_) => Vec::new(),
            Err(AuditError::Differs(findings)) => findings,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn an_import_that_was_not_granted_is_found() {
        let both = r#"(component (import "a:b/c@0.2.0" (instance)) (import "a:b/d" (instance)))"#;
        assert_eq!(findings(both, &["a:b/c@0.2.0", "a:b/d"], both), []);
        assert_eq!(
            findings(both, &["a:b/d"], both),
            [Finding::NotGranted {
                import: "a:b/c@0.2.0".into()
            }]
        );
    }

    #[test]
    fn a_function_where_types_alone_are_granted_is_found() {
        let with =
            |function: &str| format!(r#"(component (import "a:b/c" (instance {function})))"#);
        let call = with(r#"(export "f" (func))"#);
        assert_eq!(findings(&with(""), &["types of a:b/c"], &call), []);
        assert_eq!(
            findings(&call, &["types of a:b/c"], &call),
            [Finding::OnlyTypesGranted {
                import: "a:b/c".into(),
                function: "f".into()
            }]
        );
    }

    #[test]
    fn an_import_that_the_application_lacks_is_found() {
        let result = r#"(component (import "a:b/c@0.2.6" (instance)))"#;
        let application = r#"(component (import "a:b/c@0.2.0" (instance)))"#;
        assert_eq!(
            findings(result, &["a:b/c@0.2.6"], application),
            [Finding::NotUsedByApplication {
                import: "a:b/c@0.2.6".into()
            }]
        );
    }

    #[test]
    fn the_name_of_an_import_for_something_else_is_found() {
        let found = [Finding::NotUsedByApplication {
            import: "db".into(),
        }];
        let instance = r#"(component (import "db" (instance (export "f" (func)))))"#;
        let function = r#"(component (import "db" (func)))"#;
        let claims = r#"(component (import "db" (implements "wasi:random/random@0.2.0")
            (instance (export "f" (func)))))"#;
        assert_eq!(findings(instance, &["db"], instance), []);
        assert_eq!(findings(claims, &["db"], claims), []);
        assert_eq!(findings(function, &["db"], instance), found);
        assert_eq!(findings(claims, &["db"], instance), found);
    }

    #[test]
    fn a_function_newer_than_the_import_is_found() {
        let with = |functions: &str, version: &str| {
            format!(r#"(component (import "wasi:cli/exit@{version}" (instance {functions})))"#)
        };
        let later = r#"(export "exit-with-code" (func (param "status-code" u8)))"#;
        let (old, new) = ("wasi:cli/exit@0.2.6", "wasi:cli/exit@0.2.12");
        assert_eq!(
            findings(&with(later, "0.2.6"), &[old], &with("", "0.2.6")),
            [Finding::LaterFunction {
                import: old.into(),
                function: "exit-with-code".into()
            }]
        );
        assert_eq!(
            findings(&with(later, "0.2.6"), &[old], &with(later, "0.2.6")),
            []
        );
        assert_eq!(
            findings(&with(later, "0.2.12"), &[new], &with("", "0.2.12")),
            []
        );
    }

    #[test]
    fn exports_must_be_the_applications() {
        let exports =
            |name: &str| format!(r#"(component (instance $i) (export "{name}" (instance $i)))"#);
        assert_eq!(
            findings(&exports("a:b/x"), &[], &exports("a:b/y")),
            [
                Finding::MissingExport {
                    export: "a:b/y".into()
                },
                Finding::ExtraExport {
                    export: "a:b/x".into()
                }
            ]
        );
    }
}
