//! What may stand where in a message.

/// The longest method, in bytes. A host sets no limit; the longest of the registered methods
/// (`UPDATEREDIRECTREF`) has 17 letters.
const MAX_METHOD: usize = 1024;

/// The longest authority, in bytes: what RFC 9110, section 4.1, wants everybody to take as a whole URI. A host sets no
/// limit; the name of a server that can be looked up has 253 at most.
const MAX_AUTHORITY: usize = 8000;

/// Whether a method may be called that: a token of RFC 9110, section 5.6.2, of at most 1024 bytes.
pub fn is_method(text: &str) -> bool {
    text.len() <= MAX_METHOD && is_token(text)
}

/// Whether a field may have this name: a token of at most 65,535 bytes, upper or lower case.
pub fn is_field_name(text: &str) -> bool {
    text.len() <= u16::MAX as usize && is_token(text)
}

/// Whether a field may have this value: no control characters but the tab. Bytes above 127 are opaque (RFC 9110,
/// section 5.5). Spaces around it are left alone.
pub fn is_field_value(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|&byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

/// Whether a scheme may be called that: at most 64 letters, digits, `+`, `-` and `.`, a letter first (RFC 3986,
/// section 3.1).
pub fn is_scheme(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= 64
        && bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
}

/// Whether this can be an authority: a host name or an address with an optional port and, deprecated, user
/// information before an `@`, in the characters of RFC 3986, section 3.2, of at most 8000 bytes. Whether the host exists,
/// or what is done about user information, is not decided here.
pub fn is_authority(text: &str) -> bool {
    if text.len() > MAX_AUTHORITY {
        return false;
    }
    let (user, host_and_port) = match text.rsplit_once('@') {
        Some((user, rest)) => (user, rest),
        None => ("", text),
    };
    let (host, port) = match host_and_port
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((address, rest)) => {
            let valid = !address.is_empty()
                && address
                    .bytes()
                    .all(|byte| byte.is_ascii_hexdigit() || b":.".contains(&byte));
            return valid
                && is_user(user)
                && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port));
        }
        None => host_and_port.split_once(':').unwrap_or((host_and_port, "")),
    };
    is_user(user)
        && !host.is_empty()
        && host.bytes().all(is_unreserved_or_delimiter)
        && is_port(port)
}

/// Whether this can be the path and query of a request: empty, or beginning with `/` or `?`, of at most 65,534 visible
/// ASCII characters, without a fragment. The length is what the `http` crate, and with it Wasmtime's host, takes.
pub fn is_path_with_query(text: &str) -> bool {
    text.len() < u16::MAX as usize
        && (text.is_empty() || text.starts_with(['/', '?']))
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"#<>\\^`".contains(&byte))
}

/// Whether `text` is a token (RFC 9110 section 5.6.2), as methods and names of fields are.
pub fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn is_unreserved_or_delimiter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

fn is_user(text: &str) -> bool {
    text.bytes()
        .all(|byte| is_unreserved_or_delimiter(byte) || b":%".contains(&byte))
}

fn is_port(text: &str) -> bool {
    text.is_empty()
        || (text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn schemes() {
        for good in ["http", "HTTPS", "coap+tcp", "a.b-c", "x1"] {
            assert!(is_scheme(good), "{good}");
        }
        for bad in ["", "1x", "-", "ht tp", "http:", "é", &"a".repeat(65)] {
            assert!(!is_scheme(bad), "{bad}");
        }
    }

    #[test]
    fn authorities() {
        for good in [
            "example.com",
            "example.com:80",
            "127.0.0.1:8080",
            "[::1]",
            "[::1]:443",
            "a:",
            "u:p@h:1",
            "u%20@h",
        ] {
            assert!(is_authority(good), "{good}");
        }
        for bad in [
            "", ":80", "a:b", "a:99999", "a:+1", "a b", "a/b", "a?b", "a#b", "[::1", "[]", "[x]",
            "[::1]x", "a:1:2", "u@", "é", "a\r\nb", "a\\b", "ho%20st", "@",
        ] {
            assert!(!is_authority(bad), "{bad}");
        }
    }

    #[test]
    fn paths() {
        for good in ["", "/", "/a/b?c=d&e", "?q", "/%20", "/a//..", "/{}|~"] {
            assert!(is_path_with_query(good), "{good}");
        }
        for bad in [
            "a",
            "*",
            "http://x/",
            "/ ",
            "/\r\n",
            "/#f",
            "/\u{7f}",
            "/é",
            "/<",
        ] {
            assert!(!is_path_with_query(bad), "{bad}");
        }
        for length in [65_534, 65_535] {
            let path = format!("/{}", "a".repeat(length - 1));
            let known = path.parse::<http::uri::PathAndQuery>().is_ok();
            assert_eq!(is_path_with_query(&path), known, "{length}");
            assert_eq!(known, length == 65_534);
        }
    }

    #[test]
    fn what_a_request_keeps_has_a_greatest_length() {
        let text = |length: usize| "a".repeat(length);
        assert!(is_method(&text(MAX_METHOD)) && !is_method(&text(MAX_METHOD + 1)));
        assert!(is_authority(&text(MAX_AUTHORITY)) && !is_authority(&text(MAX_AUTHORITY + 1)));
    }

    proptest! {
        #[test]
        fn methods_are_those_of_the_http_crate(text in "[!-~ é]{0,4}") {
            prop_assert_eq!(is_method(&text), http::Method::from_bytes(text.as_bytes()).is_ok());
        }

        #[test]
        fn field_names_are_those_of_the_http_crate(text in "[!-~ é]{0,4}") {
            prop_assert_eq!(is_field_name(&text), http::HeaderName::from_bytes(text.as_bytes()).is_ok());
        }

        #[test]
        fn field_values_are_those_of_the_http_crate(bytes: Vec<u8>) {
            prop_assert_eq!(is_field_value(&bytes), http::HeaderValue::from_bytes(&bytes).is_ok());
        }

        #[test]
        fn an_authority_is_one_for_the_http_crate(text in "[a1:@\\[\\].%/ -]{0,8}") {
            prop_assert!(!is_authority(&text) || text.parse::<http::uri::Authority>().is_ok());
        }

        #[test]
        fn a_path_is_one_for_the_http_crate(text in "[/?][!-~ ]{0,8}") {
            prop_assert!(!is_path_with_query(&text) || text.parse::<http::uri::PathAndQuery>().is_ok());
        }

        #[test]
        fn a_scheme_is_one_for_the_http_crate(text in "[!-~]{0,8}") {
            prop_assert!(!is_scheme(&text) || text.parse::<http::uri::Scheme>().is_ok());
        }
    }
}
