//! Globs and name patterns against the plainest way to compare them.
#![no_main]

use interpose_rules::{Glob, NamePattern};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (pattern, text) = input;
    // The plain way takes long.
    if pattern.len() > 200 || text.len() > 200 {
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

/// Whether what a pattern is made of takes all of a text: after each part, at which places of the text it may be.
fn takes<P, T>(
    pattern: &[P],
    text: &[T],
    is_any: impl Fn(&P) -> bool,
    is: impl Fn(&P, &T) -> bool,
) -> bool {
    let mut places = vec![false; text.len() + 1];
    places[0] = true;
    for part in pattern {
        let mut next = vec![false; text.len() + 1];
        for place in (0..=text.len()).filter(|place| places[*place]) {
            if is_any(part) {
                next[place..].fill(true);
            } else if text.get(place).is_some_and(|item| is(part, item)) {
                next[place + 1] = true;
            }
        }
        places = next;
    }
    places[text.len()]
}

fn name(pattern: &[char], text: &[char], one: bool) -> bool {
    takes(
        pattern,
        text,
        |part| *part == '*',
        |part, item| part == item || (one && *part == '?'),
    )
}

fn path(glob: &[Vec<char>], text: &[Vec<char>]) -> bool {
    let is_any = |part: &Vec<char>| part == &['*', '*'];
    // At the end it stands for something: a directory is not in itself.
    if let ([before @ .., last], [.., _]) = (glob, text)
        && is_any(last)
    {
        return (0..text.len()).any(|end| path_without_end(before, &text[..end]));
    }
    !glob.last().is_some_and(is_any) && path_without_end(glob, text)
}

fn path_without_end(glob: &[Vec<char>], text: &[Vec<char>]) -> bool {
    takes(
        glob,
        text,
        |part| part == &['*', '*'],
        |part, segment| name(part, segment, true),
    )
}
