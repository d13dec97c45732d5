//! Names of interfaces in the form that component imports and exports have.

use std::fmt;

use semver::Version;

use crate::wasi::{Revision, drafts};

/// The name of an interface: `wasi:io/streams@0.2.12`.
///
/// Ordered by package, interface and version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceName {
    /// Namespace and package, such as `wasi:io`.
    pub package: String,
    /// The interface, such as `streams`.
    pub interface: String,
    /// The version, if the name has one.
    pub version: Option<Version>,
}

impl InterfaceName {
    /// Parses a name; `None` if it is not that of an interface (a plain name, a URL, a hash).
    pub fn parse(name: &str) -> Option<Self> {
        let (path, version) = match name.split_once('@') {
            Some((path, version)) => (path, Some(Version::parse(version).ok()?)),
            None => (name, None),
        };
        let (package, interface) = path.split_once('/')?;
        let plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let (namespace, bare) = package.split_once(':')?;
        if !plain(namespace) || !plain(bare) || !plain(interface) {
            return None;
        }
        Some(Self {
            package: package.into(),
            interface: interface.into(),
            version,
        })
    }

    /// The name without its version, `wasi:io/streams`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.package, self.interface)
    }

    /// Whether an interface named `self` may answer an import named `other`, whichever version is higher: both name the
    /// same interface in versions of one semver track (`0.2.x`, `1.x.y`). A pre-release is compatible only with itself,
    /// except drafts that are known to differ in their version alone, and the release candidate of WASI 0.3.
    pub fn is_compatible(&self, other: &Self) -> bool {
        self.package == other.package
            && self.interface == other.interface
            && self.track() == other.track()
    }

    /// The part of the version that must agree between compatible names.
    pub fn track(&self) -> Track {
        match &self.version {
            None => Track::None,
            Some(version) if self.revision() == Some(Revision::P3) => Track::Minor(version.minor),
            Some(version) if !version.pre.is_empty() => {
                Track::Exact(drafts::same(&self.path(), version))
            }
            Some(version) if version.major > 0 => Track::Major(version.major),
            Some(version) if version.minor > 0 => Track::Minor(version.minor),
            Some(version) => Track::Exact(version.clone()),
        }
    }
}

/// Whether two names, of interfaces or others, mean the same: whether imports under them become one import of a composition.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one == other
        || InterfaceName::parse(one)
            .zip(InterfaceName::parse(other))
            .is_some_and(|(one, other)| one.is_compatible(&other))
}

/// The part of a version that is equal for compatible versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Track {
    /// No version at all.
    None,
    /// `N.*.*` with N above 0.
    Major(u64),
    /// `0.N.*` with N above 0.
    Minor(u64),
    /// Exactly this version.
    Exact(Version),
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.package, self.interface)?;
        match &self.version {
            Some(version) => write!(f, "@{version}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_and_put_together() {
        for name in [
            "wasi:io/streams@0.2.12",
            "acme:billing/invoices",
            "wasi:config/store@0.2.0-rc.1",
        ] {
            assert_eq!(InterfaceName::parse(name).unwrap().to_string(), name);
        }
        for name in [
            "run",
            "a:b",
            "wasi:io/",
            ":io/streams",
            "wasi:io/streams@x",
            "unlocked-dep=<a:b/c@{>=1.0.0}>",
        ] {
            assert_eq!(InterfaceName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn versions_are_compatible_within_a_track() {
        let compatible = |a: &str, b: &str| {
            InterfaceName::parse(a)
                .unwrap()
                .is_compatible(&InterfaceName::parse(b).unwrap())
        };
        assert!(compatible("wasi:io/poll@0.2.0", "wasi:io/poll@0.2.12"));
        assert!(compatible("a:b/c@1.0.0", "a:b/c@1.7.2"));
        assert!(compatible("a:b/c", "a:b/c"));
        assert!(!compatible("wasi:io/poll@0.2.0", "wasi:io/poll@0.3.0"));
        assert!(!compatible("wasi:io/poll@0.2.0", "wasi:io/streams@0.2.0"));
        assert!(!compatible("a:b/c@0.2.0-rc.1", "a:b/c@0.2.0-rc.2"));
        let candidate = "0.3.0-rc-2026-03-15";
        let random = |version: &str| format!("wasi:random/random@{version}");
        assert!(compatible(&random(candidate), &random("0.3.2")));
        assert!(!compatible(
            &random(candidate),
            &random("0.3.0-rc-2025-09-16")
        ));
        assert!(!compatible("a:b/c@0.3.0", &format!("a:b/c@{candidate}")));
        let config =
            |interface: &str, version: &str| format!("wasi:config/{interface}@0.2.0-{version}");
        assert!(compatible(
            &config("store", "draft"),
            &config("store", "rc.1")
        ));
        assert!(!compatible(
            &config("store", "draft"),
            &config("store", "rc.2")
        ));
        assert!(!compatible(
            &config("runtime", "draft"),
            &config("store", "draft")
        ));
        assert!(!compatible("a:b/store@0.2.0-draft", "a:b/store@0.2.0-rc.1"));
        assert!(!compatible("a:b/c@0.0.1", "a:b/c@0.0.2"));
        assert!(!compatible("a:b/c", "a:b/c@1.0.0"));
    }
}
