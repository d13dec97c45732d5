//! Whether a request that an application hands over may be made. The adapter and the host of this tool use the same
//! check.

use crate::{HttpMatcher, Request};

/// A request as an application hands it over: all but the method may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutgoingRequest<'a> {
    /// The method as it goes over the wire.
    pub method: &'a str,
    /// The scheme; hosts choose one where it is missing.
    pub scheme: Option<&'a str>,
    /// Host and port.
    pub authority: Option<&'a str>,
    /// Path and query; where both are missing, the path is `/`.
    pub path_with_query: Option<&'a str>,
}

impl<'a> OutgoingRequest<'a> {
    /// The request as messages show it, in pieces: method and URL without the query, which may contain secrets. A URL
    /// without a scheme begins with `//`.
    pub fn shown(&self) -> [&'a str; 6] {
        let (scheme, colon) = match self.scheme {
            Some(scheme) => (scheme, "://"),
            None => ("", "//"),
        };
        let path = self.path_with_query.unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let path = if path.is_empty() { "/" } else { path };
        let authority = self.authority.unwrap_or_default();
        [self.method, " ", scheme, colon, authority, path]
    }
}

impl HttpMatcher {
    /// Whether the rules allow a request, whichever scheme the host chooses for one without a scheme. No rule allows a
    /// request without an authority.
    pub fn allows(&self, outgoing: &OutgoingRequest<'_>) -> bool {
        let Some(authority) = outgoing.authority else {
            return false;
        };
        let schemes = match outgoing.scheme {
            Some(scheme) => [scheme; 2],
            None => ["http", "https"],
        };
        schemes.iter().all(|scheme| {
            let request = Request {
                method: outgoing.method,
                scheme,
                authority,
                path_with_query: outgoing.path_with_query.unwrap_or_default(),
            };
            self.judge(&request).is_allowed()
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::{HttpRules, RequestRule, UrlRule};

    fn matcher(allow: &[&str]) -> HttpMatcher {
        let rule = |url: &&str| RequestRule {
            methods: None,
            url: UrlRule::parse(url).unwrap(),
        };
        HttpMatcher::new(&HttpRules {
            allow: allow.iter().map(rule).collect(),
            deny: Vec::new(),
        })
    }

    #[test]
    fn messages_show_no_queries() {
        let mut request = OutgoingRequest {
            method: "POST",
            scheme: Some("https"),
            authority: Some("a.example:8443"),
            path_with_query: Some("/v1?key=secret?"),
        };
        assert_eq!(request.shown().concat(), "POST https://a.example:8443/v1");
        request.path_with_query = Some("?key=secret");
        request.scheme = None;
        assert_eq!(request.shown().concat(), "POST //a.example:8443/");
    }

    fn allowed(
        allow: &[&str],
        scheme: Option<&str>,
        authority: Option<&str>,
        path: Option<&str>,
    ) -> bool {
        let outgoing = OutgoingRequest {
            method: "GET",
            scheme,
            authority,
            path_with_query: path,
        };
        matcher(allow).allows(&outgoing)
    }

    #[test]
    fn judges_by_scheme_host_port_and_path() {
        let rules = &["https://api.example.com/v1/*"];
        let https = Some("https");
        assert!(allowed(
            rules,
            https,
            Some("api.example.com"),
            Some("/v1/x?q=1")
        ));
        assert!(allowed(
            rules,
            https,
            Some("API.example.com:443"),
            Some("/v1/x")
        ));
        assert!(!allowed(
            rules,
            Some("http"),
            Some("api.example.com"),
            Some("/v1/x")
        ));
        assert!(!allowed(
            rules,
            Some("ftp"),
            Some("api.example.com"),
            Some("/v1/x")
        ));
        assert!(!allowed(
            rules,
            https,
            Some("api.example.com:8443"),
            Some("/v1/x")
        ));
        assert!(!allowed(
            rules,
            https,
            Some("api.example.com"),
            Some("/v2/x")
        ));
        assert!(!allowed(rules, https, Some("api.example.com"), None));
    }

    #[test]
    fn a_missing_scheme_must_be_allowed_either_way() {
        let host = Some("a.example");
        assert!(!allowed(&["https://a.example/*"], None, host, None));
        assert!(!allowed(&["http://a.example/*"], None, host, None));
        assert!(allowed(
            &["http://a.example/*", "https://a.example/*"],
            None,
            host,
            None
        ));
    }

    #[test]
    fn odd_authorities_and_paths_are_refused() {
        let rules = &["http://a.example/*", "http://127.0.0.1/*"];
        for authority in [
            "",
            ":80",
            "user@a.example",
            "user:password@a.example",
            "a.example@evil.example",
            "a.example/x",
            "a.example?x",
            "a.example#x",
            "a.example\\x",
            "a.example:80:80",
            "a.example:+80",
            "a.example:80x",
            "a.example:65616",
            "a.example evil.example",
            "a.example\r\nhost: evil.example",
            "[a.example]",
            "http://a.example",
            "//a.example",
            "0x7f.1",
            "2130706433",
            "127.1",
            "0177.0.0.1",
        ] {
            assert!(
                !allowed(rules, Some("http"), Some(authority), Some("/")),
                "{authority:?}"
            );
        }
        assert!(!allowed(rules, Some("http"), None, Some("/")));
        for path in [
            "http://evil.example/",
            "x",
            "*",
            "/a/../../b",
            "/a%2fb",
            "?q",
        ] {
            let expected = path == "?q";
            assert_eq!(
                allowed(rules, Some("http"), Some("a.example"), Some(path)),
                expected,
                "{path:?}"
            );
        }
        assert!(allowed(rules, Some("http"), Some("127.0.0.1"), Some("/")));
    }
}
