//! Which names are hidden.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use interpose_rules::{Glob, GlobName, GlobPart};

/// The globs of a mount that hide paths. A hidden path, and everything below it, does not exist for the application.
///
/// Names are judged without regard to case, and as Windows reads them (a stream behind a colon, dots and spaces at the
/// end that it ignores, a backslash between two names), so that a host that finds `.env` under the names `.ENV` and
/// `.env::$DATA` shows it under neither. On other hosts this hides a few more unusual names.
#[derive(Clone, Debug, Default)]
pub struct Hidden {
    globs: Vec<Vec<Part>>,
}

/// A [`GlobPart`] without case.
#[derive(Clone, Debug)]
enum Part {
    Directories,
    Name(Folded<GlobName>),
}

/// A text or pattern without case, folded in two ways, because hosts differ.
#[derive(Clone, Debug)]
struct Folded<T> {
    /// Each character is replaced by its folded form, which may be several characters: `ß` becomes `ss`.
    whole: T,
    /// The same, except that a character whose folded form has several characters stays one, so that a `?` stands for
    /// it.
    by_character: T,
}

/// The place of a directory as the globs see it: which parts of the globs the path to the directory has matched. Below
/// equal places the same names are hidden, at any depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// One bit for each part of each glob, which tells whether the next name is compared with this part.
    bits: Vec<u64>,
}

impl Place {
    /// Whether nothing below can be hidden, at any depth.
    pub fn is_open(&self) -> bool {
        self.bits.iter().all(|word| *word == 0)
    }

    fn set(&mut self, position: usize) {
        self.bits[position / 64] |= 1 << (position % 64);
    }

    fn has(&self, position: usize) -> bool {
        self.bits[position / 64] & (1 << (position % 64)) != 0
    }
}

impl Hidden {
    /// Compiles globs, which are relative to the mount. An absolute glob hides nothing.
    pub fn new(globs: &[Glob]) -> Self {
        let globs = globs.iter().filter(|glob| !glob.is_absolute());
        Self {
            globs: globs.filter_map(parts).collect(),
        }
    }

    /// Whether nothing is hidden.
    pub fn is_empty(&self) -> bool {
        self.globs.is_empty()
    }

    /// The place of the mount's root.
    pub fn root(&self) -> Place {
        let parts: usize = self.globs.iter().map(Vec::len).sum();
        let mut place = Place {
            bits: vec![0; parts.div_ceil(64)],
        };
        let mut first = 0;
        for glob in &self.globs {
            expect(&mut place, glob, first, 0);
            first += glob.len();
        }
        place
    }

    /// The place of the entry `name` of a directory, or `None` if the entry is hidden. `name` is a single name, neither
    /// `.` nor `..`.
    pub fn enter(&self, place: &Place, name: &str) -> Option<Place> {
        if self.globs.is_empty() {
            return Some(place.clone());
        }
        if name.contains('\\') {
            return None;
        }
        let of_windows = windows_name(name);
        let mut spellings = vec![characters(name)];
        if of_windows != name {
            spellings.push(characters(of_windows));
        }
        let mut entered = Place {
            bits: vec![0; place.bits.len()],
        };
        let mut first = 0;
        for glob in &self.globs {
            for (at, part) in glob.iter().enumerate() {
                if !place.has(first + at) {
                    continue;
                }
                let is_last = at + 1 == glob.len();
                match part {
                    Part::Directories if is_last => return None,
                    Part::Directories => expect(&mut entered, glob, first, at),
                    Part::Name(pattern) => {
                        let matches = |name| pattern.matches(name);
                        match spellings.iter().any(matches) {
                            true if is_last => return None,
                            true => expect(&mut entered, glob, first, at + 1),
                            false => {}
                        }
                    }
                }
            }
            first += glob.len();
        }
        Some(entered)
    }
}

/// Notes that the next name is compared with a part of a glob. If the part is a `**`, which may stand for no directory,
/// the name is also compared with the part behind it.
fn expect(place: &mut Place, glob: &[Part], first: usize, mut at: usize) {
    place.set(first + at);
    while matches!(glob[at], Part::Directories) && at + 1 < glob.len() {
        at += 1;
        place.set(first + at);
    }
}

impl Folded<GlobName> {
    fn matches(&self, name: &Folded<Vec<char>>) -> bool {
        self.whole.matches(&name.whole) || self.by_character.matches(&name.by_character)
    }
}

/// The parts of a glob. Folding makes neither slashes nor wildcards, so both ways of folding have the same parts.
fn parts(glob: &Glob) -> Option<Vec<Part>> {
    let parse = |text: String| Glob::parse(&text).ok();
    let whole = parse(glob.as_str().chars().flat_map(fold).collect())?;
    let by_character = parse(glob.as_str().chars().map(fold_to_one).collect())?;
    let parts = whole.parts().zip(by_character.parts());
    let parts = parts.map(|parts| match parts {
        (GlobPart::Name(whole), GlobPart::Name(by_character)) => Part::Name(Folded {
            whole,
            by_character,
        }),
        _ => Part::Directories,
    });
    Some(parts.collect())
}

fn characters(name: &str) -> Folded<Vec<char>> {
    Folded {
        whole: name.chars().flat_map(fold).collect(),
        by_character: name.chars().map(fold_to_one).collect(),
    }
}

/// Folds the case of a character. The character is put in upper case first, because `s` and `ſ`, or `σ` and `ς`, have
/// the same upper case. It is folded alone, so that the result does not depend on its neighbours.
fn fold(character: char) -> impl Iterator<Item = char> {
    character.to_uppercase().flat_map(char::to_lowercase)
}

/// Folds the case of a character to one character. A step that would make several characters is left out.
fn fold_to_one(character: char) -> char {
    let upper = only(character.to_uppercase()).unwrap_or(character);
    only(upper.to_lowercase()).unwrap_or(upper)
}

fn only(mut characters: impl ExactSizeIterator<Item = char>) -> Option<char> {
    match characters.len() {
        1 => characters.next(),
        _ => None,
    }
}

/// The file that Windows opens for a name.
fn windows_name(name: &str) -> &str {
    let file = name.split(':').next().unwrap_or(name);
    match file.trim_end_matches(['.', ' ']) {
        "" => name,
        trimmed => trimmed,
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use proptest::prelude::*;

    use super::*;

    fn hidden(globs: &[&str]) -> Hidden {
        let globs: Vec<Glob> = globs.iter().map(|g| Glob::parse(g).unwrap()).collect();
        Hidden::new(&globs)
    }

    fn place(hidden: &Hidden, path: &str) -> Option<Place> {
        let mut names = path.split('/').filter(|name| !name.is_empty());
        names.try_fold(hidden.root(), |place, name| hidden.enter(&place, name))
    }

    #[test]
    fn what_is_below_a_hidden_path_is_hidden() {
        let hidden = hidden(&["**/.env", "secret", "keys/**", "a/*/b?"]);
        for path in [
            ".env",
            "x/.env",
            "x/y/.env/z",
            "secret",
            "secret/x",
            "keys/x",
            "keys/x/y",
            "a/x/bc",
        ] {
            assert_eq!(place(&hidden, path), None, "{path}");
        }
        for path in [
            "env", "x/secret", "keys", "a/x/b", "a/b", "a/x/y/bc", ".env2",
        ] {
            assert!(place(&hidden, path).is_some(), "{path}");
        }
    }

    #[test]
    fn other_spellings_are_no_way_round() {
        let hidden = hidden(&[
            "**/.env",
            "Keys/*",
            "secret?.txt",
            "SIGN",
            "Οδοσ",
            "Straße",
            "X?/Y",
        ]);
        for path in [
            ".ENV",
            "x/.Env",
            ".env.",
            ".env ",
            ".env. .",
            ".env::$DATA",
            ".env:x",
            "keys/a",
            "KEYS/b",
            "x\\.env",
            "a\\b",
            "keys./x",
            // A character whose lower case has two characters still matches one.
            "secret\u{130}.txt",
            "SECRETß.TXT",
            // Letters that share a capital.
            "ſign",
            "οδος",
            "ΟΔΟΣ",
            "straße",
            "STRASSE",
            "STRAẞE",
            "x\u{130}/y",
        ] {
            assert_eq!(place(&hidden, path), None, "{path}");
        }
        for path in [
            "env.",
            ":x",
            "...",
            " ",
            "12:30.log",
            "secretab.txt",
            "i",
            "strase",
        ] {
            assert!(place(&hidden, path).is_some(), "{path}");
        }
    }

    #[test]
    fn without_globs_every_name_is_there() {
        let hidden = hidden(&[]);
        assert!(hidden.is_empty());
        assert_eq!(place(&hidden, "a\\b/c"), Some(hidden.root()));
        assert!(hidden.root().is_open());
    }

    #[test]
    fn places_tell_what_globs_can_tell() {
        let hidden = hidden(&["**/.env", "build/*.key", "data/**/x"]);
        let at = |path: &str| place(&hidden, path).unwrap();
        assert_eq!(at("src"), at("other"));
        assert_ne!(at("build"), at("src"));
        assert_eq!(at("build/x"), at("src/x"));
        assert_eq!(at("data/a"), at("data/b/c"));
        assert_ne!(at("data/a"), at("src/a"));
        assert!(!at("src").is_open());
        let suffix = self::hidden(&["build/*.key"]);
        assert!(place(&suffix, "src").unwrap().is_open());
        assert!(!place(&suffix, "build").unwrap().is_open());
    }

    fn name() -> impl Strategy<Value = String> {
        prop::sample::select(vec!["a", "b", "ab", "abc", ".env", "x.key"]).prop_map(str::to_string)
    }

    fn glob() -> impl Strategy<Value = Glob> {
        let part =
            prop::sample::select(vec!["**", "*", "a", "b", "a*", "?b", ".env", "*.key", "**"]);
        prop::collection::vec(part, 1..5).prop_map(|parts| Glob::parse(&parts.join("/")).unwrap())
    }

    proptest! {
        /// Walking name by name hides the same paths as comparing whole paths.
        #[test]
        fn agrees_with_globs(
            globs in prop::collection::vec(glob(), 0..4),
            names in prop::collection::vec(name(), 1..6),
        ) {
            let path = names.join("/");
            let whole = globs.iter().any(|glob| glob.matches_or_contains(&path));
            prop_assert_eq!(place(&Hidden::new(&globs), &path).is_none(), whole, "{}", path);
        }

        /// Folding case never unhides a name that a glob matches with its case.
        #[test]
        fn what_is_meant_is_hidden(
            characters in prop::collection::vec((any::<bool>(), "[sSſßẞİiıσςK]"), 1..6),
        ) {
            let glob: String = characters
                .iter()
                .map(|(is_any, character)| if *is_any { "?" } else { character.as_str() })
                .collect();
            let name: String = characters.iter().map(|(_, character)| character.as_str()).collect();
            prop_assert!(place(&hidden(&[&glob]), &name).is_none(), "{} {}", glob, name);
        }

        /// Below equal places the same names are hidden.
        #[test]
        fn equal_places_hide_the_same(
            globs in prop::collection::vec(glob(), 0..4),
            one in prop::collection::vec(name(), 0..4),
            other in prop::collection::vec(name(), 0..4),
            below in prop::collection::vec(name(), 1..4),
        ) {
            let hidden = Hidden::new(&globs);
            let (one, other, below) = (one.join("/"), other.join("/"), below.join("/"));
            if let (Some(first), Some(second)) = (place(&hidden, &one), place(&hidden, &other))
                && first == second
            {
                let one = place(&hidden, &format!("{one}/{below}")).is_none();
                let other = place(&hidden, &format!("{other}/{below}")).is_none();
                prop_assert_eq!(one, other);
                prop_assert!(!(first.is_open() && one));
            }
        }
    }
}
