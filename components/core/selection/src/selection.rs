//! Named values of the host and of the policy.

use alloc::collections::BTreeSet;
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::error::Error;
use core::fmt;

use interpose_rules::{NamePattern, ParseError};

/// A selection of the host's values, and the values that the policy sets.
///
/// Names are case-sensitive, as names of environment variables are in POSIX (XBD 8.1). Where the host has several
/// values of one name, its first one counts, as for `getenv`; a value of the policy wins over those of the host.
#[derive(Clone, Debug)]
pub struct Selection {
    inherit: Vec<NamePattern>,
    except: Vec<NamePattern>,
    set: Vec<(String, String)>,
}

/// The error for a name to inherit or to except that is no valid pattern.
#[derive(Clone, Debug)]
pub struct InvalidName {
    /// The name.
    pub name: String,
    /// Why the name is no pattern.
    pub error: ParseError,
}

impl fmt::Display for InvalidName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`: {}", self.name, self.error)
    }
}

impl Error for InvalidName {}

impl Selection {
    /// The selection of the host's values whose names match a pattern of `inherit` and none of `except`, in which `*` stands
    /// for any run of characters, and of the values that are `set`.
    ///
    /// # Errors
    /// When a name to inherit or to except is no valid pattern.
    pub fn new(
        inherit: &[String],
        except: &[String],
        set: Vec<(String, String)>,
    ) -> Result<Self, InvalidName> {
        Ok(Self {
            inherit: patterns(inherit)?,
            except: patterns(except)?,
            set,
        })
    }

    /// The value of a name: the policy's, or the host's if the name is inherited. The host is asked only in the second
    /// case.
    ///
    /// # Errors
    /// Those of the host.
    pub fn get<E>(
        &self,
        name: &str,
        host: impl FnOnce() -> Result<Option<String>, E>,
    ) -> Result<Option<String>, E> {
        match self.set.iter().find(|(other, _)| other == name) {
            Some((_, value)) => Ok(Some(value.to_owned())),
            None if self.inherits(name) => host(),
            None => Ok(None),
        }
    }

    /// All names and values, each name once: those of the host that are inherited and not set, in the host's order, then
    /// those that the policy sets, in the policy's order. The host is not asked if nothing is inherited.
    ///
    /// # Errors
    /// Those of the host.
    pub fn all<E>(
        &self,
        host: impl FnOnce() -> Result<Vec<(String, String)>, E>,
    ) -> Result<Vec<(String, String)>, E> {
        if self.inherit.is_empty() {
            return Ok(self.set.clone());
        }
        // The names are inserted one by one, because collecting would bring the code of a sort into each adapter.
        let mut taken = BTreeSet::new();
        for (name, _) in &self.set {
            taken.insert(name.clone());
        }
        let mut values = host()?;
        values.retain(|(name, _)| self.inherits(name) && taken.insert(name.clone()));
        values.extend(self.set.iter().cloned());
        Ok(values)
    }

    /// Whether a name of the host is withheld: it is neither inherited nor set.
    pub fn withholds(&self, name: &str) -> bool {
        !self.inherits(name) && self.set.iter().all(|(other, _)| other != name)
    }

    /// Whether all of the host's names are inherited.
    pub fn inherits_all(&self) -> bool {
        self.except.is_empty() && self.inherit.iter().any(|pattern| pattern.as_str() == "*")
    }

    fn inherits(&self, name: &str) -> bool {
        let matches =
            |patterns: &[NamePattern]| patterns.iter().any(|pattern| pattern.matches(name));
        matches(&self.inherit) && !matches(&self.except)
    }
}

fn patterns(names: &[String]) -> Result<Vec<NamePattern>, InvalidName> {
    let parse = |name: &String| {
        NamePattern::parse(name).map_err(|error| InvalidName {
            name: name.clone(),
            error,
        })
    };
    names.iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect()
    }

    fn selection(inherit: &[&str], set: &[(&str, &str)]) -> Selection {
        let inherit: Vec<String> = inherit.iter().map(|name| name.to_string()).collect();
        Selection::new(&inherit, &[], pairs(set)).unwrap()
    }

    fn all(inherit: &[&str], set: &[(&str, &str)], host: &[(&str, &str)]) -> Vec<(String, String)> {
        let all = selection(inherit, set).all(|| Ok::<_, ()>(pairs(host)));
        all.unwrap()
    }

    fn get(selection: &Selection, name: &str) -> Option<String> {
        let host = || {
            let found = HOST.iter().find(|(other, _)| *other == name);
            Ok::<_, ()>(found.map(|(_, value)| value.to_string()))
        };
        selection.get(name, host).unwrap()
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
            all(&["LANG", "LC_*"], &[], HOST),
            pairs(&[("LC_ALL", "C"), ("LC_TIME", "de"), ("LANG", "de")])
        );
        assert_eq!(all(&["*"], &[], HOST), pairs(HOST));
        assert_eq!(
            all(&["*A*"], &[], HOST),
            pairs(&[("PATH", "/bin"), ("LC_ALL", "C"), ("LANG", "de")])
        );
    }

    #[test]
    fn names_are_case_sensitive() {
        assert_eq!(all(&["lang"], &[], HOST), pairs(&[("lang", "x")]));
        assert_eq!(all(&["Path"], &[], HOST), []);
    }

    #[test]
    fn one_value_is_found_where_all_are() {
        let selection = selection(&["LC_*", "missing"], &[("LC_ALL", "en"), ("A", "1")]);
        assert_eq!(get(&selection, "LC_ALL").as_deref(), Some("en"));
        assert_eq!(get(&selection, "LC_TIME").as_deref(), Some("de"));
        assert_eq!(get(&selection, "A").as_deref(), Some("1"));
        assert_eq!(get(&selection, "PATH"), None);
        assert_eq!(get(&selection, "missing"), None);
    }

    #[test]
    fn set_wins_and_comes_last_in_its_own_order() {
        assert_eq!(
            all(
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
            all(&["A"], &[], &[("A", "1"), ("B", "2"), ("A", "3")]),
            pairs(&[("A", "1")])
        );
    }

    #[test]
    fn without_names_to_inherit_the_host_is_not_asked() {
        let selection = selection(&[], &[("a", "1")]);
        assert_eq!(
            selection.get("b", || -> Result<_, ()> { unreachable!() }),
            Ok(None)
        );
        assert_eq!(
            selection.all(|| -> Result<_, ()> { unreachable!() }),
            Ok(pairs(&[("a", "1")]))
        );
    }

    #[test]
    fn the_hosts_errors_are_passed_on() {
        let selection = selection(&["a"], &[]);
        assert_eq!(selection.get("a", || Err(7)), Err(7));
        assert_eq!(selection.all(|| Err(7)), Err(7));
    }

    #[test]
    fn a_name_that_is_no_pattern_is_refused_by_its_name() {
        let names = ["A".to_string(), "a=b".to_string()];
        for (inherit, except) in [(&names[..], &[][..]), (&[], &names)] {
            let error = Selection::new(inherit, except, Vec::new())
                .map(|_| ())
                .unwrap_err();
            assert_eq!(error.name, "a=b");
            assert!(error.to_string().starts_with("`a=b`: "), "{error}");
        }
        assert!(Selection::new(&[String::new()], &[], Vec::new()).is_err());
    }

    #[test]
    fn what_is_excepted_is_not_inherited_and_can_be_set() {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| name.to_string())
                .collect::<Vec<_>>()
        };
        let except = names(&["HOME", "LC_*", "PATH"]);
        let selection = Selection::new(&names(&["*"]), &except, pairs(&[("PATH", "/")])).unwrap();
        let all = selection.all(|| Ok::<_, ()>(pairs(HOST))).unwrap();
        assert_eq!(all, pairs(&[("lang", "x"), ("LANG", "de"), ("PATH", "/")]));
        assert_eq!(get(&selection, "LC_ALL"), None);
        assert_eq!(get(&selection, "LANG").as_deref(), Some("de"));
        assert_eq!(get(&selection, "PATH").as_deref(), Some("/"));
    }
}
