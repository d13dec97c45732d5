//! Reads the names of interfaces, with or without wildcards, in policies.

use std::fmt;
use std::ops::Range;

use miette::Diagnostic;
use semver::Version;
use thiserror::Error;

/// Why a text names neither an interface nor a group of interfaces.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[diagnostic(code("policy::interface"))]
#[error("{kind}")]
pub struct InterfaceError {
    /// What is wrong.
    pub kind: InterfaceErrorKind,
    /// The faulty bytes of the text.
    pub span: Range<usize>,
}

/// A mistake in the name of an interface.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InterfaceErrorKind {
    /// Not of the form `namespace:package/interface`.
    #[error("an interface is named like `acme:billing/invoices`")]
    Form,
    /// A word with other characters than letters, digits and hyphens.
    #[error("names of interfaces consist of letters, digits and hyphens")]
    Word,
    /// A `*` that is not the whole last part.
    #[error("`*` stands alone as the last part of the name")]
    Wildcard,
    /// Not a semantic version.
    #[error("a version has three numbers, like `1.2.0`")]
    Version,
}

/// The name of an interface, or of a group of interfaces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InterfacePattern {
    /// `acme:*`: all interfaces of a namespace.
    Namespace(String),
    /// `acme:billing/*`, `acme:billing/*@1.2.0`: all interfaces of a package.
    Package {
        /// The namespace.
        namespace: String,
        /// The package.
        package: String,
        /// Only this version, exactly as the application names it; `None` for every version.
        version: Option<Version>,
    },
    /// `acme:billing/invoices`, `acme:billing/invoices@1.2.0`: one interface.
    Interface {
        /// The namespace.
        namespace: String,
        /// The package.
        package: String,
        /// The interface.
        interface: String,
        /// Only this version, exactly as the application names it; `None` for every version.
        version: Option<Version>,
    },
}

impl InterfacePattern {
    /// Reads `acme:*`, `acme:billing/*` or `acme:billing/invoices`, the latter two with an optional `@1.2.0`.
    ///
    /// # Errors
    /// [`InterfaceError`] when `text` has none of these forms.
    pub fn parse(text: &str) -> Result<Self, InterfaceError> {
        let error = |kind, start, part: &str| InterfaceError {
            kind,
            span: start..start + part.len(),
        };
        let word = |start, part: &str| match part
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        {
            _ if part.contains('*') => Err(error(InterfaceErrorKind::Wildcard, start, part)),
            true if part.starts_with(|c: char| c.is_ascii_alphabetic()) => Ok(part.to_string()),
            _ => Err(error(InterfaceErrorKind::Word, start, part)),
        };
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => match version.parse::<Version>() {
                Ok(parsed) => (name, Some(parsed)),
                Err(_) => return Err(error(InterfaceErrorKind::Version, name.len() + 1, version)),
            },
            None => (text, None),
        };
        let Some((namespace, rest)) = name.split_once(':') else {
            return Err(error(InterfaceErrorKind::Form, 0, text));
        };
        let behind = namespace.len() + 1;
        let namespace = word(0, namespace)?;
        if rest == "*" && version.is_none() {
            return Ok(Self::Namespace(namespace));
        }
        let Some((package, interface)) = rest.split_once('/') else {
            let kind = match rest.contains('*') {
                true => InterfaceErrorKind::Wildcard,
                false => InterfaceErrorKind::Form,
            };
            return Err(error(kind, behind, rest));
        };
        let last = behind + package.len() + 1;
        let package = word(behind, package)?;
        if interface == "*" {
            return Ok(Self::Package {
                namespace,
                package,
                version,
            });
        }
        Ok(Self::Interface {
            namespace,
            package,
            interface: word(last, interface)?,
            version,
        })
    }

    /// Whether the pattern names this interface.
    pub fn matches(
        &self,
        namespace: &str,
        package: &str,
        interface: &str,
        version: Option<&Version>,
    ) -> bool {
        let version_matches =
            |wanted: &Option<Version>| wanted.is_none() || wanted.as_ref() == version;
        match self {
            Self::Namespace(this) => this == namespace,
            Self::Package {
                namespace: n,
                package: p,
                version: v,
            } => n == namespace && p == package && version_matches(v),
            Self::Interface {
                namespace: n,
                package: p,
                interface: i,
                version: v,
            } => n == namespace && p == package && i == interface && version_matches(v),
        }
    }
}

impl fmt::Display for InterfacePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prefix, version) = match self {
            Self::Namespace(namespace) => (format!("{namespace}:*"), &None),
            Self::Package {
                namespace,
                package,
                version,
            } => (format!("{namespace}:{package}/*"), version),
            Self::Interface {
                namespace,
                package,
                interface,
                version,
            } => (format!("{namespace}:{package}/{interface}"), version),
        };
        f.write_str(&prefix)?;
        version
            .iter()
            .try_for_each(|version| write!(f, "@{version}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_prints_and_matches() {
        for text in [
            "acme:*",
            "acme:billing/*",
            "acme:billing/*@1.2.0",
            "acme:billing/invoices",
            "acme:b-2/i@1.2.0-rc.1",
        ] {
            assert_eq!(InterfacePattern::parse(text).unwrap().to_string(), text);
        }
        let version = Version::new(1, 2, 0);
        let matches = |pattern: &str, version| {
            InterfacePattern::parse(pattern)
                .unwrap()
                .matches("acme", "billing", "invoices", version)
        };
        assert!(matches("acme:*", None));
        assert!(matches("acme:billing/*", Some(&version)));
        assert!(matches("acme:billing/*@1.2.0", Some(&version)));
        assert!(matches("acme:billing/invoices@1.2.0", Some(&version)));
        assert!(!matches("acme:billing/invoices@1.2.0", None));
        assert!(!matches("acme:billing/invoices@1.2.1", Some(&version)));
        assert!(!matches("acme:billing/invoice", None));
        assert!(!matches("wasi:*", None));
    }

    #[test]
    fn refuses() {
        for (text, kind, span) in [
            ("", InterfaceErrorKind::Form, 0..0),
            ("*", InterfaceErrorKind::Form, 0..1),
            ("acme", InterfaceErrorKind::Form, 0..4),
            ("acme:billing", InterfaceErrorKind::Form, 5..12),
            ("acme:*@1.0.0", InterfaceErrorKind::Wildcard, 5..6),
            ("acme:b*", InterfaceErrorKind::Wildcard, 5..7),
            ("acme:*/x", InterfaceErrorKind::Wildcard, 5..6),
            ("acme:billing/in*", InterfaceErrorKind::Wildcard, 13..16),
            ("acme:billing/", InterfaceErrorKind::Word, 13..13),
            (":a/b", InterfaceErrorKind::Word, 0..0),
            ("acme:bill_ing/x", InterfaceErrorKind::Word, 5..13),
            ("acme:billing/x@1.2", InterfaceErrorKind::Version, 15..18),
            ("é:b/c", InterfaceErrorKind::Word, 0..2),
        ] {
            assert_eq!(
                InterfacePattern::parse(text),
                Err(InterfaceError { kind, span }),
                "{text:?}"
            );
        }
    }
}
