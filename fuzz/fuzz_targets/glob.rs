//! Globs and name patterns against the plainest way to compare them.
#![no_main]

use interpose_rules::{Glob, NamePattern};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (pattern, text) = input;
    // The plain way takes exponential time.
    if pattern.len() > 24 || text.len() > 24 {
        if let Ok(pattern) = NamePattern::parse(pattern) {
            pattern.matches(text);
        }
        if let Ok(glob) = Glob::parse(pattern) {
            glob.matches(text);
            glob.matches_or_contains(text);
        }
        return;
    }
    if let Ok(compiled) = NamePattern::parse(pattern) {
        let (pattern, text): (Vec<char>, Vec<char>) =
            (pattern.chars().collect(), text.chars().collect());
        assert_eq!(
            compiled.matches(input.1),
            name(&pattern, &text, false),
            "{input:?}"
        );
    }
    if let Ok(glob) = Glob::parse(pattern) {
        // Empty segments are none: a path has no empty names.
        let segments = |text: &str| -> Vec<Vec<char>> {
            let parts = text.split('/').filter(|part| !part.is_empty());
            parts.map(|part| part.chars().collect()).collect()
        };
        let expected = glob.is_absolute() == text.starts_with('/')
            && path(&segments(glob.as_str()), &segments(text));
        assert_eq!(glob.matches(text), expected, "{input:?}");
        if expected {
            assert!(glob.matches_or_contains(text), "{input:?}");
        }
    }
});

fn name(pattern: &[char], text: &[char], one: bool) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|skip| name(rest, &text[skip..], one)),
        ['?', rest @ ..] if one => !text.is_empty() && name(rest, &text[1..], one),
        [first, rest @ ..] => text.first() == Some(first) && name(rest, &text[1..], one),
    }
}

fn path(glob: &[Vec<char>], text: &[Vec<char>]) -> bool {
    match glob {
        [] => text.is_empty(),
        // At the end it stands for something: a directory is not in itself.
        [any] if any == &['*', '*'] => !text.is_empty(),
        [any, rest @ ..] if any == &['*', '*'] => {
            (0..=text.len()).any(|skip| path(rest, &text[skip..]))
        }
        [first, rest @ ..] => {
            text.first()
                .is_some_and(|segment| name(first, segment, true))
                && path(rest, &text[1..])
        }
    }
}
