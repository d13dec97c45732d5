//! Names of interfaces in policies.

use std::fmt;

use semver::Version;

/// Which interfaces are meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InterfacePattern {
    /// `acme:*`: all of a namespace.
    Namespace(String),
    /// `acme:billing/*`, `acme:billing/*@1.2.0`: all of a package.
    Package {
        /// The namespace.
        namespace: String,
        /// The package.
        package: String,
        /// This version only, exactly as the application names it; `None` for every version.
        version: Option<Version>,
    },
    /// `acme:billing/invoices`, `acme:billing/invoices@1.2.0`.
    Interface {
        /// The namespace.
        namespace: String,
        /// The package.
        package: String,
        /// The interface.
        interface: String,
        /// This version only, exactly as the application names it; `None` for every version.
        version: Option<Version>,
    },
}

impl InterfacePattern {
    /// Whether the interface is one of those that are meant.
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
