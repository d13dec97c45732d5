//! URLs and methods as text: which are read, which are refused and where, and that printing gives back what was read.

use std::ops::Range;

use interpose_http::{Method, UrlRule};
use interpose_rules::{ErrorKind, ParseError};
use proptest::prelude::*;

/// The bytes of `text` that an error marks.
fn marked(text: &str, error: ParseError) -> (ErrorKind, &str) {
    let Range { start, end } = error.span;
    (error.kind, &text[start..end])
}

#[test]
fn forms_of_urls() {
    for (text, printed) in [
        ("https://example.com/", "https://example.com/"),
        ("HTTPS://Example.COM.:443/*", "https://example.com/*"),
        ("http://example.com:443/*", "http://example.com:443/*"),
        ("http://example.com:80/*", "http://example.com/*"),
        ("https://example.com:*/v1/*", "https://example.com:*/v1/*"),
        (
            "https://example.com:8000-8100/v1",
            "https://example.com:8000-8100/v1",
        ),
        (
            "https://*.example.com/a/./b/../c%7e/%2a",
            "https://*.example.com/a/c~/%2A",
        ),
        ("https://[::1]/x", "https://[::1]/x"),
        ("https://[::ffff:1.2.3.4]:1/x", "https://1.2.3.4:1/x"),
        ("https://*/*", "https://*/*"),
        ("https://a/b//c/*", "https://a/b//c/*"),
        ("https://a/..x/*", "https://a/..x/*"),
        // The first segment of a path may look like the length of a prefix.
        ("https://10.0.0.0/8", "https://10.0.0.0/8"),
        ("https://a/b/..", "https://a/"),
    ] {
        assert_eq!(UrlRule::parse(text).unwrap().to_string(), printed);
    }
    use ErrorKind::*;
    for (text, kind, part) in [
        ("", MissingScheme, ""),
        ("https:/example.com/", MissingScheme, "https:/example.com/"),
        ("ws://example.com/", UnknownScheme, "ws"),
        ("https:///", Empty, ""),
        ("https://example.com", MissingPath, ""),
        ("https://example.com?x", Query, "?x"),
        ("https://a@b/", UserInfo, "a@"),
        ("https://example.com/a*", PathWildcard, "*"),
        ("https://example.com/**", PathWildcard, "*"),
        ("https://example.com/*/", PathWildcard, "*"),
        ("https://example.com/%2F", PathAscends, "%2F"),
        ("https://example.com/a/../..", PathAscends, ".."),
        ("https://example.com/\\", PathAscends, "\\"),
        ("https://example.com/%", PathEscape, "%"),
        ("https://example.com/é", PathCharacter('é'), "é"),
        ("https://example.com/ ", PathCharacter(' '), " "),
        ("https://loopback/*", ClassInUrl, "loopback"),
        ("https://[::/8]/*", Brackets, "[::"),
        ("https://0x7f.1/", AddressSpelling, "0x7f.1"),
        ("https://::1/", MissingBrackets, "::1"),
        ("https://[::1]x/", InvalidPort, "x"),
        ("https://a:/", MissingPort, ""),
    ] {
        assert_eq!(
            marked(text, UrlRule::parse(text).unwrap_err()),
            (kind, part),
            "{text:?}"
        );
    }
}

#[test]
fn methods() {
    for text in ["GET", "PATCH", "PROPFIND", "purge", "M-SEARCH"] {
        assert_eq!(Method::parse(text).unwrap().as_str(), text);
    }
    for text in ["", "GET ", "G(T", "GÉT"] {
        assert_eq!(
            Method::parse(text).unwrap_err().kind,
            ErrorKind::InvalidMethod,
            "{text:?}"
        );
    }
    for text in ["get", "Post"] {
        assert_eq!(
            Method::parse(text).unwrap_err().kind,
            ErrorKind::MethodCase,
            "{text:?}"
        );
    }
}

proptest! {
    #[test]
    fn printing_is_the_inverse_of_reading(text in r"https?://(\*|(\*\.)?[a-z]{1,4}\.[a-z]{1,4}|1\.2\.3\.4|\[::[0-9a-f]{0,4}\])(:[1-9][0-9]{0,3}|:\*)?(/[a-z%./2aAeE4;@-]{0,5}){1,3}(/\*)?") {
        if let Ok(rule) = UrlRule::parse(&text) {
            prop_assert_eq!(UrlRule::parse(&rule.to_string()), Ok(rule.clone()), "{} printed {}", text, rule);
        }
    }

    #[test]
    fn any_text_is_answered(text in "(tcp|udp|http|https)?(://)?[-\\[\\]:/.*@%a-z0-9é?#{}=\\\\ \\x00]{0,24}") {
        let results = [UrlRule::parse(&text).err(), Method::parse(&text).err()];
        for error in results.into_iter().flatten() {
            prop_assert!(text.get(error.span.clone()).is_some(), "{:?} {:?}", text, error);
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
