//! What HTTP rules allow and deny.

use std::time::{Duration, Instant};

use Verdict::{Allowed, Denied, Unmatched};
use interpose_http::{HttpMatcher, HttpRules, Method, Request, RequestRule, UrlRule};
use interpose_rules::Verdict;
use proptest::prelude::*;

fn rule(text: &str) -> RequestRule {
    // `GET,HEAD https://…`
    match text.split_once(' ') {
        Some((methods, url)) => RequestRule {
            methods: Some(
                methods
                    .split(',')
                    .map(|method| Method::parse(method).unwrap())
                    .collect(),
            ),
            url: UrlRule::parse(url).unwrap(),
        },
        None => RequestRule {
            methods: None,
            url: UrlRule::parse(text).unwrap(),
        },
    }
}

fn matcher(allow: &[&str], deny: &[&str]) -> HttpMatcher {
    let rules = |texts: &[&str]| texts.iter().map(|text| rule(text)).collect();
    HttpMatcher::new(&HttpRules {
        allow: rules(allow),
        deny: rules(deny),
    })
}

fn get(matcher: &HttpMatcher, authority: &str, path_with_query: &str) -> Verdict {
    matcher.judge(&Request {
        method: "GET",
        scheme: "https",
        authority,
        path_with_query,
    })
}

#[test]
fn paths() {
    let matcher = matcher(
        &["https://example.com/v1/*", "https://example.com/exact"],
        &[],
    );
    for (path, verdict) in [
        ("/v1/", Allowed),
        ("/v1/x/y", Allowed),
        ("/v1/x?y=../z", Allowed),
        ("/%76%31/x", Allowed),
        ("/a/../v1/x", Allowed),
        ("/v1/./x", Allowed),
        ("/v1/a%20b", Allowed),
        ("/v1//x", Allowed),
        ("/v1/x...y", Allowed),
        ("/exact", Allowed),
        ("/exact?query", Allowed),
        ("/v1", Unmatched),
        ("/v10/x", Unmatched),
        ("/V1/x", Unmatched),
        ("/exact/", Unmatched),
        ("/exact/x", Unmatched),
        ("/", Unmatched),
        ("", Unmatched),
        ("/v1/../admin", Unmatched),
        ("/v1/%2e%2e/admin", Unmatched),
        ("/v1/../../v1/x", Unmatched),
        ("/v1/..%2fadmin", Unmatched),
        ("/v1/x%2fy", Unmatched),
        ("/v1/x%5cy", Unmatched),
        ("/v1/..;/admin", Unmatched),
        ("/v1/..%3b/admin", Unmatched),
        ("/v1//../admin", Unmatched),
        ("/v1/.;/../admin", Unmatched),
        ("/v1/;a/../admin", Unmatched),
        ("/v1/%2e;a/%2e%2e/admin", Unmatched),
        ("/v1/..\\admin", Unmatched),
        ("/v1/%", Unmatched),
        ("/v1/\u{e9}", Unmatched),
        ("/v1/a b", Unmatched),
        ("/v1/x#y", Unmatched),
        ("v1/x", Unmatched),
        ("*", Unmatched),
        ("https://example.com/v1/x", Unmatched),
    ] {
        assert_eq!(get(&matcher, "example.com", path), verdict, "{path:?}");
    }
}

#[test]
fn hosts_and_ports() {
    let rules = [
        "https://api.example.com/*",
        "https://*.example.org:8443/*",
        "https://192.0.2.1/*",
        "https://[2001:db8::1]/*",
        "https://ports.example:*/*",
    ];
    let matcher = matcher(&rules, &[]);
    for (authority, verdict) in [
        ("api.example.com", Allowed),
        ("API.EXAMPLE.COM", Allowed),
        ("api.example.com.", Allowed),
        ("api.example.com:443", Allowed),
        ("api.example.com:", Allowed),
        ("api.example.com:0443", Allowed),
        ("api.example.com:80", Unmatched),
        ("api.example.com:99999", Unmatched),
        ("api.example.com:4 43", Unmatched),
        ("api.example.com:+443", Unmatched),
        ("api.example.com..", Unmatched),
        ("evil.api.example.com", Unmatched),
        ("user@api.example.com", Unmatched),
        ("api.example.com@evil.example", Unmatched),
        ("api.example.com:443@evil.example", Unmatched),
        ("api%2eexample.com", Unmatched),
        ("ａpi.example.com", Unmatched),
        ("", Unmatched),
        (":443", Unmatched),
        ("a.example.org:8443", Allowed),
        ("a.b.example.org:8443", Allowed),
        ("example.org:8443", Unmatched),
        ("a.example.org", Unmatched),
        ("192.0.2.1", Allowed),
        ("[::ffff:192.0.2.1]", Allowed),
        ("3221225985", Unmatched),
        ("0xc0.0.2.1", Unmatched),
        ("192.0.513", Unmatched),
        ("[2001:db8:0::1]", Allowed),
        ("[2001:db8::1]:443", Allowed),
        ("2001:db8::1", Unmatched),
        ("[2001:db8::1%25eth0]", Unmatched),
        ("[2001:db8::1", Unmatched),
        ("ports.example:1", Allowed),
    ] {
        assert_eq!(get(&matcher, authority, "/x"), verdict, "{authority:?}");
    }
}

/// What an address in a request may reach is denied with it, as for sockets; it is not allowed with it.
#[test]
fn addresses_that_lead_to_denied_ones_are_denied() {
    let denying = matcher(
        &["https://*:*/*"],
        &["https://127.0.0.1:*/*", "https://[::1]/*"],
    );
    let allowing = matcher(&["https://127.0.0.1/*"], &[]);
    for (authority, denied, allowed) in [
        ("127.0.0.1", Denied, Allowed),
        ("[::ffff:127.0.0.1]", Denied, Allowed),
        ("0.0.0.0", Denied, Unmatched),
        ("[::ffff:0.0.0.0]", Denied, Unmatched),
        ("[::127.0.0.1]", Denied, Unmatched),
        ("[::ffff:0:127.0.0.1]", Denied, Unmatched),
        ("[64:ff9b::127.0.0.1]", Denied, Unmatched),
        ("[64:ff9b:1::7f00:1]", Denied, Unmatched),
        ("[2002:7f00:1::]", Denied, Unmatched),
        ("[::]", Denied, Unmatched),
        ("[::1]", Denied, Unmatched),
        ("127.0.0.2", Allowed, Unmatched),
        ("[::127.0.0.2]", Allowed, Unmatched),
    ] {
        assert_eq!(get(&denying, authority, "/"), denied, "{authority:?}");
        assert_eq!(get(&allowing, authority, "/"), allowed, "{authority:?}");
    }
}

#[test]
fn odd_requests_match_not_even_a_rule_for_everything() {
    let matcher = matcher(&["https://*:*/*"], &[]);
    assert_eq!(get(&matcher, "anything.example:1", "/x"), Allowed);
    assert_eq!(get(&matcher, "127.0.0.1", "/"), Allowed);
    for authority in [
        "2130706433",
        "0177.0.0.1",
        "127.1",
        "a@b",
        "bücher.example",
        "[::1%1]",
        "a b",
    ] {
        assert_eq!(get(&matcher, authority, "/"), Unmatched, "{authority:?}");
    }
    for path in ["/..", "/a%2fb", "/%zz"] {
        assert_eq!(get(&matcher, "a.example", path), Unmatched, "{path:?}");
    }
}

#[test]
fn schemes_and_methods() {
    let matcher = matcher(
        &["GET,HEAD https://a.example/*", "https://b.example/*"],
        &["DELETE https://b.example/*"],
    );
    for (method, scheme, authority, verdict) in [
        ("GET", "https", "a.example", Allowed),
        ("GET", "HTTPS", "a.example", Allowed),
        ("HEAD", "https", "a.example", Allowed),
        ("get", "https", "a.example", Unmatched),
        ("POST", "https", "a.example", Unmatched),
        ("GET", "http", "a.example", Unmatched),
        ("GET", "ftp", "a.example", Unmatched),
        ("PURGE", "https", "b.example", Allowed),
        ("DELETE", "https", "b.example", Denied),
        ("delete", "https", "b.example", Denied),
    ] {
        let request = Request {
            method,
            scheme,
            authority,
            path_with_query: "/x",
        };
        assert_eq!(matcher.judge(&request), verdict, "{request:?}");
    }
}

#[test]
fn deny_wins_and_sees_through_spellings() {
    let matcher = matcher(
        &["https://*.example.com/*"],
        &[
            "https://api.example.com/v1/admin/*",
            "https://api.example.com/@me/*",
            "https://api.example.com/star/%2A",
        ],
    );
    for (path, verdict) in [
        ("/v1/users", Allowed),
        ("/v1/admin", Allowed),
        ("/v1/admin/x", Denied),
        ("/v1/./admin/x", Denied),
        ("/v1/%61dmin/x", Denied),
        ("/v1//admin/x", Denied),
        ("//v1///admin//x", Denied),
        ("/v1/admin/../users", Allowed),
        ("/v1/admin%2fx", Unmatched),
        ("/x//../v1/admin/x", Unmatched),
        ("/v1/.;/../admin/x", Unmatched),
        ("/v1;a/admin;b/x", Denied),
        ("/v1/.;a/admin/x", Denied),
        ("/v1/;/admin/x", Denied),
        ("/v1/admin;a", Allowed),
        ("/@me/x", Denied),
        ("/%40me/x", Denied),
        ("/star/*", Denied),
        ("/star/%2a", Denied),
        ("/star/x", Allowed),
    ] {
        assert_eq!(get(&matcher, "api.example.com", path), verdict, "{path:?}");
    }
    assert_eq!(get(&matcher, "other.example.com", "/v1/admin/x"), Allowed);
}

#[test]
fn what_covers_what() {
    for (wide, narrow) in [
        ("https://example.com/*", "https://example.com/v1/*"),
        ("https://example.com/v1/*", "https://example.com/v1/x"),
        ("https://example.com/*", "GET https://example.com/*"),
        (
            "GET,HEAD https://example.com/*",
            "GET https://example.com/x",
        ),
        ("https://*.example.com:*/*", "https://*.x.example.com:1-2/*"),
        ("https://*/*", "https://10.0.0.1/*"),
        ("https://example.com/x", "https://example.com/x"),
    ] {
        assert!(rule(wide).covers(&rule(narrow)), "{wide} {narrow}");
        assert!(
            wide == narrow || !rule(narrow).covers(&rule(wide)),
            "{narrow} {wide}"
        );
    }
    for (one, other) in [
        ("https://example.com/v1/*", "https://example.com/v1"),
        ("https://example.com/*", "http://example.com/*"),
        ("https://*.example.com/*", "https://example.com/*"),
        ("GET https://example.com/*", "HEAD https://example.com/*"),
    ] {
        assert!(
            !rule(one).covers(&rule(other)) && !rule(other).covers(&rule(one)),
            "{one} {other}"
        );
    }
}

/// A matcher of that many rules of each kind.
fn many(count: u32) -> HttpMatcher {
    let allow = (0..count).flat_map(|number| {
        [
            format!("https://h{number}.example/v1/*"),
            format!("GET https://api.example/v1/{number}/*"),
        ]
    });
    HttpMatcher::new(&HttpRules {
        allow: allow.map(|text| rule(&text)).collect(),
        deny: Vec::new(),
    })
}

/// How long it takes to ask for what rules and no rules allow.
fn time_to_ask(matcher: &HttpMatcher, count: u32) -> Duration {
    let start = Instant::now();
    for turn in 0..2_000 {
        let number = turn * 7 % (2 * count);
        let expected = if number < count { Allowed } else { Unmatched };
        assert_eq!(
            get(matcher, "api.example", &format!("/v1/{number}/x")),
            expected
        );
        assert_eq!(
            get(matcher, &format!("h{number}.example"), "/v1/x"),
            expected
        );
    }
    start.elapsed()
}

/// A loop over the rules would take a hundred times as long.
#[test]
fn asking_does_not_cost_more_with_ten_thousand_rules() {
    let (few, most) = (100, 10_000);
    let (short, long) = (many(few), many(most));
    let turns = (0..5).map(|_| (time_to_ask(&short, few), time_to_ask(&long, most)));
    let (short, long): (Vec<_>, Vec<_>) = turns.unzip();
    let (short, long) = (short.iter().min().unwrap(), long.iter().min().unwrap());
    assert!(
        *long < 20 * *short,
        "{short:?} with {few}, {long:?} with {most}"
    );
}

/// The segments of a path as a server sees it: decoded, perhaps without path parameters, perhaps with slashes merged,
/// then without dot segments.
fn served(path: &str, parameters: bool, merges: bool) -> Vec<String> {
    let mut decoded = String::new();
    let mut rest = path.split('?').next().unwrap_or_default();
    while let Some(at) = rest.find('%') {
        let code = u8::from_str_radix(&rest[at + 1..at + 3], 16).unwrap();
        decoded.push_str(&rest[..at]);
        decoded.push(char::from(code));
        rest = &rest[at + 3..];
    }
    decoded.push_str(rest);
    let mut segments: Vec<&str> = Vec::new();
    for segment in decoded[1..].split('/') {
        let segment = match parameters {
            true => segment.split(';').next().unwrap_or_default(),
            false => segment,
        };
        match segment {
            "" if merges => {}
            "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    segments.into_iter().map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// However a server reads what was allowed, it is allowed; and what it reads as denied is not allowed.
    #[test]
    fn servers_read_no_more_than_was_allowed(
        path in "(/open|/%6fpen)?(/|//|\\.|%2e|;|%3b|a|open|/\\.\\./|/\\.\\.|%40|\\*|%2f|%00){0,8}",
    ) {
        let path = format!("/{}", path.trim_start_matches('/'));
        let allowing = matcher(&["https://a.example/open/*"], &[]);
        let denying = matcher(&["https://a.example/*"], &["https://a.example/open/*"]);
        for (parameters, merges) in [(false, false), (false, true), (true, false), (true, true)] {
            let segments = served(&path, parameters, merges);
            let is_below = segments.len() > 1 && segments[0] == "open";
            if get(&allowing, "a.example", &path) == Allowed {
                prop_assert!(
                    segments.first().is_some_and(|first| first == "open"),
                    "{path} leads to {segments:?}"
                );
            }
            if get(&denying, "a.example", &path) == Allowed {
                prop_assert!(!is_below, "{path} leads to {segments:?}");
            }
        }
    }
}
