//! Rules about URLs: `https://host:port/path/*`.

use alloc::string::String;
use core::fmt;

use interpose_rules::{ErrorKind, Host, ParseError, Ports, split_ports};
use serde::{Deserialize, Serialize};

use crate::url_path::{self, PathError};

/// A scheme whose URLs rules are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scheme {
    /// `http`
    Http,
    /// `https`
    Https,
}

impl Scheme {
    /// The port of a URL that names none (RFC 9110 sections 4.2.1 and 4.2.2).
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// The scheme of that name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        [("http", Self::Http), ("https", Self::Https)]
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, scheme)| scheme)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

/// Which URLs are meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UrlRule {
    pub(crate) scheme: Scheme,
    /// A pattern or one address.
    pub(crate) host: Host,
    pub(crate) ports: Ports,
    /// In canonical form; ends with a slash if `below`.
    pub(crate) path: String,
    /// Whether every path is meant that begins with `path`.
    pub(crate) below: bool,
}

impl UrlRule {
    /// Reads a scheme, a host (a name, `*.name`, `*`, an IPv4 address or an IPv6 address in brackets), optionally ports,
    /// and a path, whose last segment may be `*`.
    ///
    /// The port that is not written is the scheme's. The path is compared as a whole; with a final `*`, by what stands
    /// before it: `/v1/*` means `/v1/` and everything below, but not `/v1`.
    ///
    /// # Errors
    /// When `text` is not such a rule.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let error = |kind, part| Err(ParseError::new(kind, text, part));
        let Some((scheme, rest)) = text.split_once("://") else {
            return error(ErrorKind::MissingScheme, text);
        };
        let Some(scheme) = Scheme::from_name(scheme) else {
            return error(ErrorKind::UnknownScheme, scheme);
        };
        if let Some(at) = rest.find(['?', '#']) {
            return error(ErrorKind::Query, &rest[at..]);
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if let Some(at) = authority.find('@') {
            return error(ErrorKind::UserInfo, &authority[..=at]);
        }
        let (host, ports) = Self::parse_authority(text, authority, scheme)?;
        if path.is_empty() {
            return error(ErrorKind::MissingPath, path);
        }
        let (path, below) = Self::parse_path(text, path)?;
        Ok(Self {
            scheme,
            host,
            ports,
            path,
            below,
        })
    }

    fn parse_authority(
        text: &str,
        authority: &str,
        scheme: Scheme,
    ) -> Result<(Host, Ports), ParseError> {
        let error = |kind, part| Err(ParseError::new(kind, text, part));
        let (host, ports) = split_ports(text, authority)?;
        let ports = match ports.strip_prefix(':') {
            Some(ports) => Ports::parse_in(text, ports)?,
            None if ports.is_empty() => Ports::one(scheme.default_port()),
            None => return error(ErrorKind::InvalidPort, ports),
        };
        // No block reaches this place: its slash would begin the path.
        match Host::parse_in(text, host)? {
            Host::Class(_) => error(ErrorKind::ClassInUrl, host),
            host => Ok((host, ports)),
        }
    }

    fn parse_path(text: &str, path: &str) -> Result<(String, bool), ParseError> {
        let (fixed, below) = match path.strip_suffix('*') {
            Some(fixed) if fixed.ends_with('/') => (fixed, true),
            _ => (path, false),
        };
        if let Some(at) = fixed.find('*') {
            return Err(ParseError::new(
                ErrorKind::PathWildcard,
                text,
                &fixed[at..=at],
            ));
        }
        let canonical = url_path::normalize(fixed).map_err(|(error, at)| {
            let wrong = &fixed[at..];
            let character = wrong.chars().next().unwrap_or_default();
            let (kind, length) = match error {
                PathError::Escape => (ErrorKind::PathEscape, 1),
                PathError::Ascends if character == '%' => (ErrorKind::PathAscends, 3),
                PathError::Ascends if character == '.' => (ErrorKind::PathAscends, 2),
                PathError::Ascends => (ErrorKind::PathAscends, 1),
                PathError::Character => (ErrorKind::PathCharacter(character), character.len_utf8()),
            };
            ParseError::new(kind, text, wrong.get(..length).unwrap_or(wrong))
        })?;
        Ok((canonical, below))
    }

    /// Whether every URL that `other` means is meant by this rule too.
    pub fn covers(&self, other: &Self) -> bool {
        self.scheme == other.scheme
            && self.ports.first() <= other.ports.first()
            && other.ports.last() <= self.ports.last()
            && covers_host(&self.host, &other.host)
            && if self.below {
                other.path.starts_with(&self.path)
            } else {
                !other.below && other.path == self.path
            }
    }
}

/// Whether every host that `other` means is meant by `host`, of those that a URL rule can name.
fn covers_host(host: &Host, other: &Host) -> bool {
    use interpose_rules::HostPattern::{Any, Name, Subdomains};
    match (host, other) {
        (Host::Pattern(Any), _) => true,
        (Host::Pattern(pattern), Host::Pattern(Name(name))) => pattern.matches(name),
        (Host::Pattern(Subdomains(domain)), Host::Pattern(Subdomains(name))) => {
            name == domain || name.parents().any(|parent| parent == domain.as_str())
        }
        _ => host == other,
    }
}

impl fmt::Display for UrlRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        self.host.fmt_bracketed(f)?;
        if self.ports != Ports::one(self.scheme.default_port()) {
            write!(f, ":{}", self.ports)?;
        }
        // A `*` of the path itself, which is no wildcard.
        let path = self.path.replace('*', "%2A");
        write!(f, "{path}{}", if self.below { "*" } else { "" })
    }
}
