//! Headers that a policy sets and removes.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

/// The headers that each request has, and those that no request has. Names are compared without regard to case (RFC
/// 9110, section 5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderRules {
    /// For each name in lower case, the one value that each request has, or `None` for a header that no request has.
    rules: BTreeMap<String, Option<String>>,
}

/// One change of a request's headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// Give a name exactly one value.
    Set(&'a str, &'a str),
    /// Remove all values of a name.
    Remove(&'a str),
}

impl HeaderRules {
    /// Rules from names with values and names to remove, each in any case. A name that is in both is set.
    pub fn new<'a>(
        set: impl IntoIterator<Item = (&'a str, &'a str)>,
        remove: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut rules = BTreeMap::new();
        for name in remove {
            rules.insert(name.to_ascii_lowercase(), None);
        }
        for (name, value) in set {
            rules.insert(name.to_ascii_lowercase(), Some(value.into()));
        }
        Self { rules }
    }

    /// Whether there is no rule, so that nothing is ever changed.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The changes that make these headers obey the rules, in the order of names. Headers that obey already stay.
    pub fn changes<'a, N: AsRef<str>, V: AsRef<[u8]>>(
        &'a self,
        headers: &[(N, V)],
    ) -> Vec<Change<'a>> {
        self.rules
            .iter()
            .filter(|(name, wanted)| !is_obeyed(name, wanted.as_deref(), headers))
            .map(|(name, wanted)| match wanted {
                Some(value) => Change::Set(name, value),
                None => Change::Remove(name),
            })
            .collect()
    }

    /// Whether these headers obey the rules.
    pub fn are_obeyed<N: AsRef<str>, V: AsRef<[u8]>>(&self, headers: &[(N, V)]) -> bool {
        self.rules
            .iter()
            .all(|(name, wanted)| is_obeyed(name, wanted.as_deref(), headers))
    }
}

/// Whether a header has exactly the wanted value, once, or is not there at all.
fn is_obeyed<N: AsRef<str>, V: AsRef<[u8]>>(
    name: &str,
    wanted: Option<&str>,
    headers: &[(N, V)],
) -> bool {
    let mut values = headers
        .iter()
        .filter(|(found, _)| found.as_ref().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_ref());
    match wanted {
        Some(value) => values.next() == Some(value.as_bytes()) && values.next().is_none(),
        None => values.next().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;
    use crate::Fields;

    /// Makes the changes that an adapter makes to a host's fields.
    fn apply(changes: &[Change<'_>], fields: &mut Fields) {
        for change in changes {
            match *change {
                Change::Set(name, value) => fields.set(name, vec![value.into()]).unwrap(),
                Change::Remove(name) => fields.delete(name).unwrap(),
            }
        }
    }

    fn entries(fields: &Fields) -> Vec<(String, Vec<u8>)> {
        fields
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    }

    #[test]
    fn headers_that_obey_are_left_alone() {
        let rules = HeaderRules::new([("User-Agent", "app/1.0")], ["Cookie"]);
        assert!(!rules.is_empty());
        assert_eq!(
            rules.changes(&[("user-agent", "app/1.0"), ("accept", "*/*")]),
            []
        );
        assert_eq!(
            rules.changes::<&str, &str>(&[]),
            [Change::Set("user-agent", "app/1.0")]
        );
        assert!(HeaderRules::default().are_obeyed(&[("cookie", "a")]));
    }

    #[test]
    fn names_are_compared_without_regard_to_case() {
        let rules = HeaderRules::new([("User-Agent", "app/1.0")], ["Cookie"]);
        let both = [
            Change::Remove("cookie"),
            Change::Set("user-agent", "app/1.0"),
        ];
        for headers in [
            [("COOKIE", "a"), ("uSER-aGENT", "x")],
            [("cookie", ""), ("user-agent", "app/1.0 ")],
        ] {
            assert_eq!(rules.changes(&headers), both);
            assert!(!rules.are_obeyed(&headers));
        }
    }

    #[test]
    fn a_second_value_is_not_obeyed_even_if_it_is_the_same() {
        let rules = HeaderRules::new([("a", "1")], []);
        assert!(rules.are_obeyed(&[("A", "1")]));
        assert!(!rules.are_obeyed(&[("a", "1"), ("A", "1")]));
        assert_eq!(
            rules.changes(&[("a", "1"), ("A", "1")]),
            [Change::Set("a", "1")]
        );
    }

    #[test]
    fn what_is_set_and_removed_is_set() {
        let rules = HeaderRules::new([("a", "1")], ["A"]);
        assert_eq!(rules.changes::<&str, &str>(&[]), [Change::Set("a", "1")]);
    }

    proptest! {
        #[test]
        fn changed_headers_obey_and_the_others_are_as_they_were(
            headers in prop::collection::vec(("[a-eA-E]", "[xy]{0,2}"), 0..12),
            set in prop::collection::btree_map("[a-cA-C]", "[xy]{0,2}", 0..3),
            remove in prop::collection::btree_set("[c-eC-E]", 0..3),
        ) {
            let rules = HeaderRules::new(
                set.iter().map(|(name, value)| (name.as_str(), value.as_str())),
                remove.iter().map(String::as_str),
            );
            let mut fields = Fields::new();
            for (name, value) in &headers {
                fields.append(name, value.clone().into_bytes()).unwrap();
            }
            let before = entries(&fields);
            let changes = rules.changes(&before);
            prop_assert_eq!(changes.is_empty(), rules.are_obeyed(&before));
            apply(&changes, &mut fields);
            let after = entries(&fields);
            prop_assert!(rules.are_obeyed(&after));
            prop_assert!(rules.changes(&after).is_empty());
            let ruled = |name: &str| {
                set.keys().chain(&remove).any(|rule| rule.eq_ignore_ascii_case(name))
            };
            let others = |entries: &[(String, Vec<u8>)]| -> Vec<(String, Vec<u8>)> {
                entries.iter().filter(|(name, _)| !ruled(name)).cloned().collect()
            };
            prop_assert_eq!(others(&before), others(&after));
            for name in remove.iter().filter(|name| !set.keys().any(|key| key.eq_ignore_ascii_case(name))) {
                prop_assert_eq!(fields.get(name).len(), 0);
            }
        }
    }
}
