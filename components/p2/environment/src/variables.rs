//! Which environment variables the application sees.

use std::collections::BTreeSet;

use interpose_config::VariablesConfig;
use interpose_rules::NamePattern;

/// A selection of the host's variables, and others besides.
pub struct Variables {
    inherit: Vec<NamePattern>,
    set: Vec<(String, String)>,
}

impl Variables {
    /// The selection that a policy describes.
    ///
    /// # Errors
    /// A sentence, when a name to inherit is not a valid pattern.
    pub fn new(config: VariablesConfig) -> Result<Self, String> {
        let inherit = config
            .inherit
            .iter()
            .map(|name| {
                NamePattern::parse(name)
                    .map_err(|error| format!("the variable name `{name}`: {error}"))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            inherit,
            set: config.set,
        })
    }

    /// Selects from the host's variables: those whose names match, in the host's order, then those that the policy
    /// sets, in the policy's order. Names are case-sensitive, as POSIX has them (XBD 8.1). Each name appears once: of
    /// several the host's first counts, as for `getenv`, but the policy's wins. The host is not asked if nothing is
    /// inherited.
    pub fn select(&self, host: impl FnOnce() -> Vec<(String, String)>) -> Vec<(String, String)> {
        if self.inherit.is_empty() {
            return self.set.clone();
        }
        let mut taken: BTreeSet<String> = self.set.iter().map(|(name, _)| name.clone()).collect();
        let mut variables = host();
        variables.retain(|(name, _)| {
            self.inherit.iter().any(|pattern| pattern.matches(name)) && taken.insert(name.clone())
        });
        variables.extend(self.set.iter().cloned());
        variables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect()
    }

    fn select(
        inherit: &[&str],
        set: &[(&str, &str)],
        host: &[(&str, &str)],
    ) -> Vec<(String, String)> {
        let inherit = inherit.iter().map(|name| name.to_string()).collect();
        let variables = Variables::new(VariablesConfig {
            inherit,
            set: pairs(set),
        })
        .unwrap();
        variables.select(|| pairs(host))
    }

    const HOST: &[(&str, &str)] = &[
        ("PATH", "/bin"),
        ("LC_ALL", "C"),
        ("HOME", "/root"),
        ("LC_TIME", "de"),
        ("lang", "x"),
        ("LANG", "de"),
    ];

    #[test]
    fn inherits_by_name_and_wildcard_in_the_hosts_order() {
        assert_eq!(
            select(&["LANG", "LC_*"], &[], HOST),
            pairs(&[("LC_ALL", "C"), ("LC_TIME", "de"), ("LANG", "de")])
        );
        assert_eq!(select(&["*"], &[], HOST), pairs(HOST));
        assert_eq!(
            select(&["*A*"], &[], HOST),
            pairs(&[("PATH", "/bin"), ("LC_ALL", "C"), ("LANG", "de")])
        );
    }

    #[test]
    fn names_are_case_sensitive() {
        assert_eq!(select(&["lang"], &[], HOST), pairs(&[("lang", "x")]));
        assert_eq!(select(&["Path"], &[], HOST), []);
    }

    #[test]
    fn set_wins_and_comes_last_in_its_own_order() {
        assert_eq!(
            select(
                &["LANG", "HOME"],
                &[("Z", "1"), ("HOME", "/"), ("A", "2")],
                HOST
            ),
            pairs(&[("LANG", "de"), ("Z", "1"), ("HOME", "/"), ("A", "2")])
        );
    }

    #[test]
    fn the_hosts_first_of_several_counts() {
        assert_eq!(
            select(&["A"], &[], &[("A", "1"), ("B", "2"), ("A", "3")]),
            pairs(&[("A", "1")])
        );
    }

    #[test]
    fn without_names_to_inherit_the_host_is_not_asked() {
        let variables = Variables::new(VariablesConfig {
            inherit: Vec::new(),
            set: pairs(&[("A", "1")]),
        })
        .unwrap();
        assert_eq!(variables.select(|| unreachable!()), pairs(&[("A", "1")]));
    }
}
