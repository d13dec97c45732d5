//! Which functions are shown.

use std::str::FromStr;

use interpose_rules::NamePattern;
use miette::Diagnostic;
use thiserror::Error;

/// Which functions are shown: patterns between commas, such as `filesystem.*,!*.check-write`.
///
/// A pattern is compared with the whole name of a function, which is its package, a dot and its short name:
/// `filesystem.descriptor.open-at`, `clocks.monotonic-clock.now`, `acme:billing.invoices.create`. `*` stands for any run of
/// characters, also none, and also dots. The pattern of a function behind `!` hides it. A function is shown if no pattern
/// with `!` matches it and another one does; if all patterns have `!`, those are shown that none matches. The order of
/// the patterns does not matter, and spaces around them do not either. The default shows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    shown: Vec<NamePattern>,
    hidden: Vec<NamePattern>,
}

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum FilterError {
    /// There is no pattern where one has to be.
    #[error("the filter `{filter}` has a pattern that is empty")]
    #[diagnostic(
        code("trace::empty-pattern"),
        help("write patterns between commas, like `filesystem.*,!*.check-write`")
    )]
    Empty {
        /// The filter.
        filter: String,
    },
    /// No name of a function has this character.
    #[error("the pattern `{pattern}` has the character `{}`, which no name of a function has", character.escape_default())]
    #[diagnostic(code("trace::pattern-character"))]
    Character {
        /// The pattern.
        pattern: String,
        /// The character.
        character: char,
        /// What to write instead.
        #[help]
        help: String,
    },
}

/// A pattern of a filter that matches no function of an application.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[error("the pattern `{pattern}` matches no function that the application imports")]
#[diagnostic(code("trace::matches-nothing"), severity(warning))]
pub struct Unmatched {
    /// The pattern.
    pub pattern: String,
    /// A pattern like it that matches one.
    #[help]
    pub help: Option<String>,
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let empty = || FilterError::Empty {
            filter: text.into(),
        };
        let mut filter = Self::default();
        for part in text.split(',') {
            let part = part.trim();
            let (pattern, patterns) = match part.strip_prefix('!') {
                Some(pattern) => (pattern, &mut filter.hidden),
                None => (part, &mut filter.shown),
            };
            let wrong = |c: &char| !(c.is_ascii_alphanumeric() || "-.:*".contains(*c));
            if let Some(character) = pattern.chars().find(wrong) {
                return Err(FilterError::Character {
                    pattern: pattern.into(),
                    character,
                    help: help(pattern, character),
                });
            }
            patterns.push(NamePattern::parse(pattern).map_err(|_| empty())?);
        }
        Ok(filter)
    }
}

/// What to write in place of a character.
fn help(pattern: &str, character: char) -> String {
    match character {
        '/' | ' ' => format!(
            "did you mean `{}`? A name is like `filesystem.descriptor.read`",
            pattern.trim_start_matches("wasi:").replace(character, ".")
        ),
        '@' => "leave out the version: a name is like `filesystem.descriptor.read`".into(),
        '!' => "`!` stands once, in front of the pattern".into(),
        _ => "a name has letters, digits, `-`, `.` and `:`, and `*` stands for any run of them"
            .into(),
    }
}

impl Filter {
    /// Whether a function with this name is shown.
    pub fn shows(&self, name: &str) -> bool {
        let matches = |patterns: &[NamePattern]| patterns.iter().any(|one| one.matches(name));
        !matches(&self.hidden) && (self.shown.is_empty() || matches(&self.shown))
    }

    /// The patterns that match none of these names.
    pub fn unmatched(&self, names: &[&str]) -> Vec<Unmatched> {
        let patterns = self.shown.iter().chain(&self.hidden);
        let unmatched = patterns.filter(|one| !names.iter().any(|name| one.matches(name)));
        unmatched
            .map(|one| Unmatched {
                pattern: one.as_str().into(),
                help: nearest(one.as_str(), names).map(|other| format!("did you mean `{other}`?")),
            })
            .collect()
    }
}

/// The name that a pattern without `*` looks like, or with the part before the last dot replaced by another one.
fn nearest(pattern: &str, names: &[&str]) -> Option<String> {
    let mut candidates: Vec<String> = Vec::new();
    match pattern.split_once('*') {
        // `filesytem.*`: the beginning of another name.
        Some((start, rest)) if !start.is_empty() => {
            let dots = start.matches('.').count().max(1);
            for name in names {
                let start: Vec<&str> = name.splitn(dots + 1, '.').take(dots).collect();
                candidates.push(format!("{}.*{rest}", start.join(".")));
            }
            candidates.retain(|candidate| {
                NamePattern::parse(candidate)
                    .is_ok_and(|one| names.iter().any(|name| one.matches(name)))
            });
        }
        // `*.check-wriet`: the end of another name.
        Some((_, end)) => {
            for name in names {
                let end = name.rsplit('.').next().unwrap_or_default();
                candidates.push(format!("*.{end}"));
            }
            if end.contains('*') {
                return None;
            }
        }
        None => candidates.extend(names.iter().map(|name| (*name).to_owned())),
    }
    let near = candidates.into_iter().map(|candidate| {
        let distance = strsim::osa_distance(pattern, &candidate);
        (distance, candidate)
    });
    let (distance, candidate) = near.min()?;
    (distance * 3 <= pattern.len()).then_some(candidate)
}

#[cfg(test)]
mod tests {
    use super::{Filter, FilterError};

    const NAMES: [&str; 5] = [
        "filesystem.descriptor.open-at",
        "filesystem.preopens.get-directories",
        "io.output-stream.check-write",
        "clocks.monotonic-clock.now",
        "acme:billing.invoices.create",
    ];

    fn shown(filter: &str) -> Vec<usize> {
        let filter: Filter = filter.parse().unwrap();
        let names = NAMES.iter().enumerate();
        let shown = names.filter(|(_, name)| filter.shows(name));
        shown.map(|(index, _)| index).collect()
    }

    #[test]
    fn patterns_choose() {
        assert_eq!(shown("*"), [0, 1, 2, 3, 4]);
        assert_eq!(shown("filesystem.*"), [0, 1]);
        assert_eq!(shown("filesystem.*, acme:*"), [0, 1, 4]);
        assert_eq!(shown("!*.check-write"), [0, 1, 3, 4]);
        assert_eq!(shown("!filesystem.preopens.*,filesystem.*"), [0]);
        assert_eq!(shown("clocks.monotonic-clock.now"), [3]);
        assert_eq!(shown("now"), [0; 0]);
        assert!(Filter::default().shows("anything"));
    }

    #[test]
    fn mistakes_are_explained() {
        for filter in ["", "!", "a,,b", "a,", " , "] {
            let error = filter.parse::<Filter>().unwrap_err();
            assert!(matches!(error, FilterError::Empty { .. }), "{filter:?}");
        }
        for (filter, expected) in [
            ("wasi:filesystem/types", "`filesystem.types`"),
            ("filesystem descriptor.*", "`filesystem.descriptor.*`"),
            ("a@1", "leave out the version"),
            ("!!a", "stands once"),
            ("[a]", "letters"),
        ] {
            let Err(FilterError::Character { help, .. }) = filter.parse::<Filter>() else {
                panic!("{filter:?}");
            };
            assert!(help.contains(expected), "{filter:?}: {help}");
        }
    }

    #[test]
    fn patterns_that_match_nothing_are_found() {
        for (filter, expected) in [
            ("filesytem.*", Some("did you mean `filesystem.*`?")),
            ("!*.check-wriet", Some("did you mean `*.check-write`?")),
            (
                "clocks.monotonic-clock.nov",
                Some("did you mean `clocks.monotonic-clock.now`?"),
            ),
            ("sockets.*", None),
        ] {
            let parsed: Filter = filter.parse().unwrap();
            let unmatched = parsed.unmatched(&NAMES);
            assert_eq!(unmatched.len(), 1, "{filter}");
            assert_eq!(unmatched[0].help.as_deref(), expected, "{filter}");
        }
        let filter: Filter = "io.*,!*.now".parse().unwrap();
        assert_eq!(filter.unmatched(&NAMES), []);
    }
}
