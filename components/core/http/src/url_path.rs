//! Paths of URLs in their canonical form.

use alloc::string::String;
use alloc::vec::Vec;

/// Why a path has no canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathError {
    /// A `%` without two hexadecimal digits.
    Escape,
    /// An encoded slash, a backslash, encoded or not, or `..` that leads above the root or that some servers see where
    /// others do not.
    Ascends,
    /// A character that a path has to encode (RFC 3986 section 3.3).
    Character,
}

/// The canonical form of an absolute path, or what is wrong and at which byte.
///
/// What a path may contain as it is is decoded, and the digits of other escapes are put in upper case. RFC 3986 (section
/// 6.2.2.2) decodes unreserved characters only, but servers serve `/%40a` and `/@a` alike. Then dot segments are removed
/// (section 5.2.4). `..` above the root, which the RFC drops, is an error, and so is `..` behind a segment that some
/// servers take for nothing: where a server ends up differs.
pub(crate) fn normalize(path: &str) -> Result<String, (PathError, usize)> {
    let decoded = decode(path)?;
    let mut segments: Vec<&str> = Vec::new();
    let mut parts = decoded
        .strip_prefix('/')
        .unwrap_or(&decoded)
        .split('/')
        .peekable();
    while let Some(segment) = parts.next() {
        let last = parts.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." && segments.pop().is_none_or(may_be_nothing) {
                    return Err((PathError::Ascends, path.find("..").unwrap_or(0)));
                }
                if last {
                    segments.push("");
                }
            }
            // `..;x` is `..` to servers that know path parameters.
            _ if segment
                .strip_prefix("..")
                .is_some_and(|rest| !rest.starts_with(unreserved)) =>
            {
                return Err((PathError::Ascends, path.find(segment).unwrap_or(0)));
            }
            _ => segments.push(segment),
        }
    }
    let mut normalized = String::with_capacity(decoded.len());
    for segment in segments {
        normalized.push('/');
        normalized.push_str(segment);
    }
    Ok(normalized)
}

/// Whether servers that merge slashes, or know path parameters, see nothing where `segment` is, so that `..` behind it
/// leads one directory higher than elsewhere.
fn may_be_nothing(segment: &str) -> bool {
    segment.is_empty()
        || segment.starts_with(';')
        || segment
            .strip_prefix('.')
            .is_some_and(|rest| !rest.starts_with(unreserved))
}

/// `path` without path parameters (RFC 3986 section 3.3), as servers see it that know them.
pub(crate) fn without_parameters(path: &str) -> String {
    let names = path.split('/').map(|segment| {
        let name = segment.split(';').next().unwrap_or_default();
        // What becomes `.` by it is nothing, and merged with the slashes.
        if name == "." { "" } else { name }
    });
    let names: Vec<&str> = names.collect();
    names.join("/")
}

/// `path` without empty segments, as servers see it that merge slashes.
pub(crate) fn merge_slashes(path: &str) -> String {
    let mut merged = String::with_capacity(path.len());
    for character in path.chars() {
        if character != '/' || !merged.ends_with('/') {
            merged.push(character);
        }
    }
    merged
}

fn unreserved(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~')
}

/// Whether a path may contain `character` as it is (RFC 3986, `pchar` and the slash).
fn literal(character: char) -> bool {
    unreserved(character)
        || matches!(
            character,
            '/' | '!' | '$' | '&' | '\'' | '(' | ')' | '*' | '+' | ',' | ';' | '=' | ':' | '@'
        )
}

fn decode(path: &str) -> Result<String, (PathError, usize)> {
    let mut decoded = String::with_capacity(path.len());
    let mut characters = path.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => return Err((PathError::Ascends, at)),
            '%' => {
                let mut digit = || characters.next().and_then(|(_, digit)| digit.to_digit(16));
                let (Some(high), Some(low)) = (digit(), digit()) else {
                    return Err((PathError::Escape, at));
                };
                match char::from_u32(high << 4 | low) {
                    Some('/' | '\\') => return Err((PathError::Ascends, at)),
                    Some(character) if literal(character) => decoded.push(character),
                    _ => {
                        decoded.push('%');
                        decoded.push_str(&path[at + 1..at + 3].to_ascii_uppercase());
                    }
                }
            }
            _ if literal(character) => decoded.push(character),
            _ => return Err((PathError::Character, at)),
        }
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn canonical_forms() {
        for (path, expected) in [
            ("/", "/"),
            ("", "/"),
            ("/a/b", "/a/b"),
            ("/a/./b", "/a/b"),
            ("/a/../b", "/b"),
            ("/a/b/..", "/a/"),
            ("/a/b/.", "/a/b/"),
            ("/a/%2e%2E/b", "/b"),
            ("/%7euser/%41", "/~user/A"),
            ("/a%2ab%3b%40", "/a*b;@"),
            ("/a%20b%5b", "/a%20b%5B"),
            ("/caf%c3%a9", "/caf%C3%A9"),
            ("/a//b", "/a//b"),
            ("/a/x;y/../b", "/a/b"),
            ("/a/.x/../b", "/a/b"),
            ("/a...b/v1..v2/...x", "/a...b/v1..v2/...x"),
            ("/a%252fb", "/a%252fb"),
        ] {
            assert_eq!(normalize(path).as_deref(), Ok(expected), "{path:?}");
        }
    }

    #[test]
    fn without_canonical_form() {
        for (path, error, at) in [
            ("/..", PathError::Ascends, 1),
            ("/a/../../b", PathError::Ascends, 3),
            ("/a%2fb", PathError::Ascends, 2),
            ("/a%5Cb", PathError::Ascends, 2),
            ("/a\\b", PathError::Ascends, 2),
            ("/a/..;x/b", PathError::Ascends, 3),
            ("/a/..%3bx/b", PathError::Ascends, 0),
            ("/a/..%00/b", PathError::Ascends, 3),
            ("/a//../b", PathError::Ascends, 4),
            ("//..", PathError::Ascends, 2),
            ("/a//b/../../c", PathError::Ascends, 6),
            ("/a/.;/../b", PathError::Ascends, 6),
            ("/a/%2e;x/%2e%2e/b", PathError::Ascends, 0),
            ("/a/;x/../b", PathError::Ascends, 6),
            ("/a/.%00/../b", PathError::Ascends, 8),
            ("/a%", PathError::Escape, 2),
            ("/a%4", PathError::Escape, 2),
            ("/a%é4", PathError::Escape, 2),
            ("/%+1", PathError::Escape, 1),
            ("/é", PathError::Character, 1),
            ("/a b", PathError::Character, 2),
            ("/a?b", PathError::Character, 2),
            ("/a\u{0}b", PathError::Character, 2),
        ] {
            assert_eq!(normalize(path), Err((error, at)), "{path:?}");
        }
    }

    #[test]
    fn without_what_some_servers_leave_out() {
        for (path, expected) in [
            ("/a/b", "/a/b"),
            ("/a;x/b;y=1,2;z", "/a/b"),
            ("/a/.;x/b/", "/a/b/"),
            ("/a/;/b//;", "/a/b/"),
            ("/;x", "/"),
        ] {
            assert_eq!(
                merge_slashes(&without_parameters(path)),
                expected,
                "{path:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn normal_forms_stay_as_they_are(path in "/([a%./;2eF5c~*]|%2[eEfF]|%41){0,24}") {
            if let Ok(normal) = normalize(&path) {
                prop_assert_eq!(normalize(&normal), Ok(normal.clone()));
                prop_assert!(!normal.split('/').any(|segment| segment == ".." || segment == "."));
            }
        }
    }
}
