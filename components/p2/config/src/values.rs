//! Which configuration values the application sees.

use interpose_config::StoreConfig;
use interpose_rules::NamePattern;

/// A selection of the host's values, and others besides.
pub struct Values {
    inherit: Vec<NamePattern>,
    set: Vec<(String, String)>,
}

impl Values {
    /// The selection that a policy describes.
    ///
    /// # Errors
    /// A sentence, when a key to inherit is not a valid pattern.
    pub fn new(config: StoreConfig) -> Result<Self, String> {
        let pattern = |key: &String| {
            NamePattern::parse(key).map_err(|error| format!("the key `{key}`: {error}"))
        };
        Ok(Self {
            inherit: config
                .inherit
                .iter()
                .map(pattern)
                .collect::<Result<_, _>>()?,
            set: config.set,
        })
    }

    /// The value of a key: the policy's, or the host's if the key is inherited. Only then is the host asked.
    pub fn get<E>(
        &self,
        key: &str,
        host: impl FnOnce() -> Result<Option<String>, E>,
    ) -> Result<Option<String>, E> {
        match self.set_value(key) {
            Some(value) => Ok(Some(value.to_owned())),
            None if self.inherits(key) => host(),
            None => Ok(None),
        }
    }

    /// All keys and values: the host's that are inherited and not set, in the host's order, then those that the policy
    /// sets, in the policy's order. The host is not asked if nothing is inherited.
    pub fn all<E>(
        &self,
        host: impl FnOnce() -> Result<Vec<(String, String)>, E>,
    ) -> Result<Vec<(String, String)>, E> {
        if self.inherit.is_empty() {
            return Ok(self.set.clone());
        }
        let mut values = host()?;
        values.retain(|(key, _)| self.inherits(key) && self.set_value(key).is_none());
        values.extend(self.set.iter().cloned());
        Ok(values)
    }

    fn inherits(&self, key: &str) -> bool {
        self.inherit.iter().any(|pattern| pattern.matches(key))
    }

    fn set_value(&self, key: &str) -> Option<&str> {
        let (_, value) = self.set.iter().find(|(name, _)| name == key)?;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &[(&str, &str)] = &[("feature.a", "1"), ("secret", "x"), ("feature.b", "2")];

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect()
    }

    fn values(inherit: &[&str], set: &[(&str, &str)]) -> Values {
        Values::new(StoreConfig {
            inherit: inherit.iter().map(|key| key.to_string()).collect(),
            set: pairs(set),
        })
        .unwrap()
    }

    fn get(values: &Values, key: &str) -> Option<String> {
        let host = || {
            let found = HOST.iter().find(|(name, _)| *name == key);
            Ok::<_, ()>(found.map(|(_, value)| value.to_string()))
        };
        values.get(key, host).unwrap()
    }

    #[test]
    fn what_is_not_inherited_is_not_there() {
        let values = values(&["feature.*"], &[]);
        assert_eq!(get(&values, "feature.a").as_deref(), Some("1"));
        assert_eq!(get(&values, "feature.z"), None);
        assert_eq!(get(&values, "secret"), None);
        let all = values.all(|| Ok::<_, ()>(pairs(HOST))).unwrap();
        assert_eq!(all, pairs(&[("feature.a", "1"), ("feature.b", "2")]));
    }

    #[test]
    fn set_wins_and_comes_last() {
        let values = values(&["*"], &[("z", "3"), ("feature.a", "4")]);
        assert_eq!(get(&values, "feature.a").as_deref(), Some("4"));
        let all = values.all(|| Ok::<_, ()>(pairs(HOST))).unwrap();
        let expected = [
            ("secret", "x"),
            ("feature.b", "2"),
            ("z", "3"),
            ("feature.a", "4"),
        ];
        assert_eq!(all, pairs(&expected));
    }

    #[test]
    fn without_keys_to_inherit_the_host_is_not_asked() {
        let values = values(&[], &[("a", "1")]);
        assert_eq!(
            values.get("b", || -> Result<_, ()> { unreachable!() }),
            Ok(None)
        );
        assert_eq!(
            values.all(|| -> Result<_, ()> { unreachable!() }),
            Ok(pairs(&[("a", "1")]))
        );
    }

    #[test]
    fn the_hosts_errors_are_passed_on() {
        let values = values(&["a"], &[]);
        assert_eq!(values.get("a", || Err(7)), Err(7));
        assert_eq!(values.all(|| Err(7)), Err(7));
    }
}
