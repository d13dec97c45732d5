//! Names with wildcards, and globs.

use interpose_rules::{ErrorKind, Glob, NamePattern};
use proptest::prelude::*;

#[test]
fn names() {
    for (pattern, matching, others) in [
        ("LANG", vec!["LANG"], vec!["LANGUAGE", "lang", "", "LAN"]),
        ("LC_*", vec!["LC_", "LC_ALL"], vec!["LC", "XLC_ALL"]),
        ("*", vec!["", "A"], vec![]),
        (
            "*_PROXY",
            vec!["_PROXY", "HTTP_PROXY", "X_PROXY_PROXY"],
            vec!["HTTP_PROXYX", "PROXY"],
        ),
        (
            "a*b*c",
            vec!["abc", "aXbXc", "abbcc", "abcabc"],
            vec!["ab", "acb", "abcX"],
        ),
        ("a**b", vec!["ab", "axb"], vec!["a"]),
        ("é*", vec!["é", "éa"], vec!["e"]),
    ] {
        let pattern = NamePattern::parse(pattern).unwrap();
        matching
            .iter()
            .for_each(|name| assert!(pattern.matches(name), "{pattern} {name:?}"));
        others
            .iter()
            .for_each(|name| assert!(!pattern.matches(name), "{pattern} {name:?}"));
    }
    assert_eq!(NamePattern::parse("").unwrap_err().kind, ErrorKind::Empty);
    assert_eq!(NamePattern::parse("aé=b").unwrap_err().span, 3..4);
    assert_eq!(
        NamePattern::parse("a\0").unwrap_err().kind,
        ErrorKind::PatternCharacter('\0')
    );
}

#[test]
fn globs() {
    for (glob, matching, others) in [
        (
            "a.txt",
            vec!["a.txt"],
            vec!["b/a.txt", "A.txt", "/a.txt", "a.txt/b", ""],
        ),
        ("*.py", vec!["x.py", ".py"], vec!["d/x.py", "x.pyc"]),
        (
            "**/*.py",
            vec!["x.py", "d/x.py", "d/e/x.py"],
            vec!["x.pyc", "d/x.py/y"],
        ),
        ("**/.env", vec![".env", "a/.env"], vec!["a.env", ".env/x"]),
        ("a/**", vec!["a/b", "a/b/c"], vec!["a", "b/a"]),
        (
            "a/**/b",
            vec!["a/b", "a/x/b", "a/x/y/b"],
            vec!["a", "ab", "a/b/c"],
        ),
        ("**", vec!["a", "a/b"], vec![""]),
        ("**/**/x", vec!["x", "a/x", "a/b/x"], vec!["y"]),
        ("?.c", vec!["a.c", "é.c"], vec![".c", "ab.c", "/.c"]),
        ("a?/*", vec!["ab/c"], vec!["ab", "a/c"]),
        (
            "/data/**",
            vec!["/data/x", "/data/x/y"],
            vec!["/data", "data/x", "/x/data/y"],
        ),
        ("/**/x*", vec!["/x", "/a/xy"], vec!["x", "/a"]),
    ] {
        let glob = Glob::parse(glob).unwrap();
        matching
            .iter()
            .for_each(|path| assert!(glob.matches(path), "{glob} {path:?}"));
        others
            .iter()
            .for_each(|path| assert!(!glob.matches(path), "{glob} {path:?}"));
    }
}

#[test]
fn globs_and_what_is_below() {
    let glob = Glob::parse("**/.git").unwrap();
    assert!(glob.matches_or_contains(".git"));
    assert!(glob.matches_or_contains(".git/config"));
    assert!(glob.matches_or_contains("a/.git/objects/00/1"));
    assert!(!glob.matches_or_contains("a/.gitignore"));
    assert!(!glob.matches_or_contains(""));
    assert!(!Glob::parse("/x").unwrap().matches_or_contains("x/y"));
}

#[test]
fn what_is_not_a_glob() {
    for (text, kind, span) in [
        ("", ErrorKind::Empty, 0..0),
        ("/", ErrorKind::GlobSegment, 1..1),
        ("a//b", ErrorKind::GlobSegment, 2..2),
        ("a/", ErrorKind::GlobSegment, 2..2),
        ("./a", ErrorKind::GlobSegment, 0..1),
        ("a/../b", ErrorKind::GlobSegment, 2..4),
        ("**.py", ErrorKind::GlobRecursion, 0..5),
        ("a/x**", ErrorKind::GlobRecursion, 2..5),
        ("é[a]", ErrorKind::GlobSyntax('['), 2..3),
        ("*.{a,b}", ErrorKind::GlobSyntax('{'), 2..3),
        ("a\\*", ErrorKind::GlobSyntax('\\'), 1..2),
    ] {
        let error = Glob::parse(text).unwrap_err();
        assert_eq!((error.kind, error.span), (kind, span), "{text:?}");
    }
}

/// Matches a glob by trying every split of the path.
fn plainly(pattern: &[&str], path: &[&str]) -> bool {
    match pattern {
        [] => path.is_empty(),
        ["**"] => !path.is_empty(),
        ["**", rest @ ..] => (0..=path.len()).any(|skipped| plainly(rest, &path[skipped..])),
        [first, rest @ ..] => {
            path.first()
                .is_some_and(|name| NamePattern::parse(first).unwrap().matches(name))
                && plainly(rest, &path[1..])
        }
    }
}

proptest! {
    #[test]
    fn globs_mean_what_trying_every_split_finds(
        pattern in prop::collection::vec("\\*\\*|[ab*]{1,3}", 1..5),
        path in prop::collection::vec("[ab]{1,2}", 1..6),
    ) {
        let text = pattern.join("/");
        let Ok(glob) = Glob::parse(&text) else { return Ok(()) };
        let pattern: Vec<&str> = text.split('/').collect();
        let segments: Vec<&str> = path.iter().map(String::as_str).collect();
        prop_assert_eq!(glob.matches(&path.join("/")), plainly(&pattern, &segments), "{} {:?}", text, path);
        let prefix = (1..=segments.len()).any(|length| plainly(&pattern, &segments[..length]));
        prop_assert_eq!(glob.matches_or_contains(&path.join("/")), prefix);
    }

    #[test]
    fn wildcards_take_no_exponential_time(stars in 1usize..200) {
        let pattern = NamePattern::parse(&("a*".repeat(stars) + "b")).unwrap();
        prop_assert!(!pattern.matches(&"a".repeat(2000)));
    }
}
