//! Rules about HTTP requests, and their compiled form.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use interpose_rules::{
    ErrorKind, Host, HostIndex, ParseError, Ports, Target, Verdict, reached_addresses,
};
use serde::{Deserialize, Serialize};

use crate::syntax::is_token;
use crate::url_path;
use crate::{Scheme, UrlRule};

/// An HTTP method, compared with its case (RFC 9110 section 9.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Method(String);

impl Method {
    /// The methods of RFC 9110 section 9 and RFC 5789.
    const STANDARD: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ];

    /// Reads a method.
    ///
    /// # Errors
    /// When `text` is not a token (RFC 9110 section 5.6.2), or a standard method in other than upper case, which would
    /// match no request.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if !is_token(text) {
            return Err(ParseError::new(ErrorKind::InvalidMethod, text, text));
        }
        if Self::STANDARD
            .iter()
            .any(|method| method.eq_ignore_ascii_case(text) && *method != text)
        {
            return Err(ParseError::new(ErrorKind::MethodCase, text, text));
        }
        Ok(Self(text.into()))
    }

    /// The method as it stands in a request.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The requests that a rule means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestRule {
    /// The methods of these requests; `None` means every method.
    pub methods: Option<Vec<Method>>,
    /// The URLs of these requests.
    pub url: UrlRule,
}

impl RequestRule {
    /// Whether this rule means every request that `other` means.
    pub fn covers(&self, other: &Self) -> bool {
        let methods = match (&self.methods, &other.methods) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(these), Some(others)) => others.iter().all(|method| these.contains(method)),
        };
        methods && self.url.covers(&other.url)
    }
}

/// Which outgoing requests are allowed. A request that no rule allows is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRules {
    /// Requests that may be made.
    pub allow: Vec<RequestRule>,
    /// Requests that are refused although a rule above allows them.
    pub deny: Vec<RequestRule>,
}

/// The parts of a request that rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The method as it goes over the wire.
    pub method: &'a str,
    /// The scheme, in any case.
    pub scheme: &'a str,
    /// The host and, behind a colon, the port.
    pub authority: &'a str,
    /// The path and, behind a question mark, the query. An empty path is `/`.
    pub path_with_query: &'a str,
}

/// What one rule demands of a request besides its host and path.
#[derive(Clone, Debug)]
struct Condition {
    scheme: Scheme,
    ports: Ports,
    methods: Option<Vec<Method>>,
}

/// The rules of one host, by path.
#[derive(Clone, Debug, Default)]
struct Paths {
    exact: BTreeMap<String, Vec<Condition>>,
    below: BTreeMap<String, Vec<Condition>>,
}

/// The compiled form of [`HttpRules`]. The cost of a request grows with its host's labels and its path's segments, and
/// with the rules that differ in nothing but scheme, ports and methods.
///
/// A request whose authority, path or scheme is not understood in the same way by every program (odd spellings of
/// addresses, names beyond ASCII, user names, encoded slashes, `..` above the root) matches no rule and is therefore
/// refused.
#[derive(Clone, Debug, Default)]
pub struct HttpMatcher {
    allow: HostIndex<Paths>,
    deny: HostIndex<Paths>,
}

impl HttpMatcher {
    /// Compiles `rules`.
    pub fn new(rules: &HttpRules) -> Self {
        Self {
            allow: compile(&rules.allow),
            deny: compile(&rules.deny),
        }
    }

    /// Whether a request may be made.
    ///
    /// Deny rules are also compared with the path as servers read it that merge slashes or ignore path parameters. They
    /// match a method in upper and lower case, because some servers ignore case, and every address that the request's
    /// address may reach, as in [`NetworkMatcher`](interpose_rules::NetworkMatcher).
    pub fn judge(&self, request: &Request<'_>) -> Verdict {
        let Some(request) = Resolved::new(request) else {
            return Verdict::Unmatched;
        };
        let spellings = request.spellings();
        let denies = |paths: &Paths| {
            let mut spellings = spellings.iter();
            spellings.any(|path| request.matches(paths, path, str::eq_ignore_ascii_case))
        };
        let denied = match request.host {
            Host::Network(address) => reached_addresses(address.addr())
                .any(|address| self.deny.any(&Host::Network(address.into()), denies)),
            _ => self.deny.any(&request.host, denies),
        };
        Verdict::new(self.means(&request), denied)
    }
}

impl HttpMatcher {
    /// Whether one of the rules that allow means a request.
    pub(crate) fn means(&self, request: &Resolved<'_>) -> bool {
        self.allow.any(&request.host, |paths| {
            request.matches(paths, &request.path, str::eq)
        })
    }
}

fn compile(rules: &[RequestRule]) -> HostIndex<Paths> {
    let mut index = HostIndex::<Paths>::default();
    for RequestRule { methods, url } in rules {
        index.edit(&url.host, |paths| {
            let conditions = if url.below {
                &mut paths.below
            } else {
                &mut paths.exact
            };
            conditions
                .entry(url.path.clone())
                .or_default()
                .push(Condition {
                    scheme: url.scheme,
                    ports: url.ports,
                    methods: methods.clone(),
                });
        });
    }
    index
}

/// A request in canonical form.
pub(crate) struct Resolved<'a> {
    method: &'a str,
    scheme: Scheme,
    host: Host,
    port: u16,
    path: String,
}

impl<'a> Resolved<'a> {
    /// `None` if the request has no canonical form.
    pub(crate) fn new(request: &Request<'a>) -> Option<Self> {
        let scheme = Scheme::from_name(request.scheme)?;
        let authority = request.authority;
        // The last colon begins a port unless a bracket follows it.
        let (host, port) = match authority
            .rfind(':')
            .filter(|&at| !authority[at..].contains(']'))
        {
            Some(at) if at + 1 == authority.len() => (&authority[..at], scheme.default_port()),
            Some(at) if authority[at + 1..].bytes().all(|b| b.is_ascii_digit()) => {
                (&authority[..at], authority[at + 1..].parse().ok()?)
            }
            Some(_) => return None,
            None => (authority, scheme.default_port()),
        };
        let path = request
            .path_with_query
            .split('?')
            .next()
            .unwrap_or_default();
        if !path.is_empty() && !path.starts_with('/') {
            return None;
        }
        Some(Self {
            method: request.method,
            scheme,
            host: Target::parse(host)?.into(),
            port,
            path: url_path::normalize(path).ok()?,
        })
    }

    /// The path as different servers read it, each form once.
    fn spellings(&self) -> Vec<String> {
        let mut spellings = Vec::from([self.path.clone()]);
        let mut add = |spelling| {
            if !spellings.contains(&spelling) {
                spellings.push(spelling);
            }
        };
        add(url_path::merge_slashes(&self.path));
        if self.path.contains(';') {
            add(url_path::merge_slashes(&url_path::without_parameters(
                &self.path,
            )));
        }
        spellings
    }

    fn matches(&self, paths: &Paths, path: &str, same: fn(&str, &str) -> bool) -> bool {
        let meets = |conditions: &Vec<Condition>| {
            conditions.iter().any(|condition| {
                condition.scheme == self.scheme
                    && condition.ports.contains(self.port)
                    && condition.methods.as_ref().is_none_or(|methods| {
                        methods
                            .iter()
                            .any(|method| same(method.as_str(), self.method))
                    })
            })
        };
        paths.exact.get(path).is_some_and(meets)
            || path
                .match_indices('/')
                .any(|(at, _)| paths.below.get(&path[..=at]).is_some_and(meets))
    }
}
