//! Drafts of interfaces that differ only in their version.

use interpose_policy::covered::CONFIG_DRAFTS;
use semver::Version;

/// The interfaces, and the versions of each that have the same functions and types, beginning with the one that
/// adapters answer.
const SAME: &[(&str, &[&str])] = &[("wasi:config/store", &CONFIG_DRAFTS)];

/// The version that represents all versions of an interface that are equal except for their names. `path` is the
/// interface without version.
pub(crate) fn same(path: &str, version: &Version) -> Version {
    let found = SAME.iter().find_map(|(interface, versions)| {
        let named = versions.contains(&version.to_string().as_str());
        (*interface == path && named).then(|| Version::parse(versions.first()?).ok())
    });
    found.flatten().unwrap_or_else(|| version.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_in_the_list_can_be_read() {
        for (_, versions) in SAME {
            assert!(versions.len() > 1);
            for version in *versions {
                assert_eq!(Version::parse(version).unwrap().to_string(), *version);
            }
        }
    }
}
