//! Drafts of interfaces that differ in nothing but the name of their version.

use interpose_policy::covered::CONFIG_DRAFTS;
use semver::Version;

/// Interfaces, and the versions of each that have the same functions and types: the one that adapters answer first.
const SAME: &[(&str, &[&str])] = &[("wasi:config/store", &CONFIG_DRAFTS)];

/// The version that stands for a version of an interface and for all that are the same but for their name. `path` is the
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
