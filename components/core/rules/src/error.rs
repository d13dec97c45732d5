//! Why a text is not a rule, and which part of the text is wrong.

use alloc::borrow::Cow;
use alloc::format;
use core::fmt;
use core::ops::Range;

use ipnet::IpNet;

/// A text that is not a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The kind of error.
    pub kind: ErrorKind,
    /// The bytes of the text that are wrong; empty where something is missing.
    pub span: Range<usize>,
}

impl ParseError {
    /// `part` is a piece of `text`.
    pub fn new(kind: ErrorKind, text: &str, part: &str) -> Self {
        // `part` is borrowed from `text`, so the distance of their addresses is its offset.
        let start = (part.as_ptr() as usize)
            .wrapping_sub(text.as_ptr() as usize)
            .min(text.len());
        Self {
            kind,
            span: start..(start + part.len()).min(text.len()),
        }
    }

    /// Advice on what to write instead, if there is any.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        self.kind.hint()
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl core::error::Error for ParseError {}

/// The reasons why a text is not a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A required part is empty.
    Empty,
    /// A rule about sockets does not begin with a protocol.
    MissingProtocol,
    /// The protocol is neither `tcp` nor `udp`.
    UnknownProtocol,
    /// A rule about sockets does not end with ports.
    MissingPort,
    /// Ports are neither a number up to 65535, nor a range, nor `*`.
    InvalidPort,
    /// Nothing can connect to port 0.
    PortZero,
    /// A preopened socket is one of TCP.
    NotTcp,
    /// A preopened socket has one port.
    SeveralPorts,
    /// A preopened socket has one address.
    NotOneAddress,
    /// A range of ports ends before it starts.
    ReversedRange,
    /// An IPv4 address has a spelling that programs read differently: one number, octal, hexadecimal, fewer than four
    /// parts.
    AddressSpelling,
    /// The text of an address is not an IP address.
    InvalidAddress,
    /// An IPv6 address with a zone.
    Zone,
    /// An IPv6 address has no brackets where they are needed.
    MissingBrackets,
    /// A bracket is not closed, or the text in brackets is no IPv6 address.
    Brackets,
    /// The length of a prefix is not a number up to the length of the address.
    InvalidPrefix {
        /// The length of the address in bits.
        maximum: u8,
    },
    /// An address has bits set behind its prefix.
    HostBits {
        /// The block that contains the address.
        network: IpNet,
    },
    /// A character that host names do not have.
    NameCharacter(char),
    /// A host name with characters beyond ASCII.
    NameNotAscii,
    /// A label of a host name is empty, longer than 63 bytes, or has a hyphen at an end.
    InvalidLabel,
    /// A host name is longer than 253 bytes.
    NameTooLong,
    /// A `*` that is not the whole host and not its first label.
    HostWildcard,
    /// A host name in a rule that is about addresses of this host.
    NameInListen,
    /// An address or class in a rule that is about names.
    AddressInResolve,
    /// The word for a class of addresses in a URL.
    ClassInUrl,
    /// A URL without a scheme.
    MissingScheme,
    /// A URL's scheme is neither `http` nor `https`.
    UnknownScheme,
    /// A URL names a user.
    UserInfo,
    /// A URL rule has no path.
    MissingPath,
    /// A URL rule has a query or a fragment.
    Query,
    /// A `*` in a path that is not its last segment.
    PathWildcard,
    /// A `%` in a path that two hexadecimal digits do not follow.
    PathEscape,
    /// A path has an encoded slash or a backslash, or leads above its root.
    PathAscends,
    /// A character that a path has to encode.
    PathCharacter(char),
    /// A method is not a token of RFC 9110.
    InvalidMethod,
    /// A standard method is not in upper case.
    MethodCase,
    /// A pattern contains a character that the names cannot have.
    PatternCharacter(char),
    /// `**` is not a whole segment.
    GlobRecursion,
    /// Alternatives, character classes and escapes are not part of the language of globs.
    GlobSyntax(char),
    /// A segment of a glob is empty, `.` or `..`.
    GlobSegment,
    /// An absolute glob for paths that are relative.
    GlobAbsolute,
    /// A relative glob for paths that are absolute.
    GlobRelative,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Empty => "nothing is written here",
            Self::MissingProtocol => "the protocol is missing",
            Self::UnknownProtocol => "this protocol is not known",
            Self::MissingPort => "the port is missing",
            Self::InvalidPort => "this is not a port",
            Self::PortZero => "nothing can connect to port 0",
            Self::NotTcp => "a preopened socket accepts connections, which only TCP has",
            Self::SeveralPorts => "a preopened socket has one port",
            Self::NotOneAddress => "a preopened socket has one address",
            Self::ReversedRange => "this range ends before it starts",
            Self::AddressSpelling => {
                "this spelling of an address means different things to different programs"
            }
            Self::InvalidAddress => "this is not an IP address",
            Self::Zone => "an address with a zone depends on the machine that it is used on",
            Self::MissingBrackets => "an IPv6 address needs brackets here",
            Self::Brackets => "brackets hold one IPv6 address or block",
            Self::InvalidPrefix { maximum } => {
                return write!(f, "a prefix length is a number from 0 to {maximum}");
            }
            Self::HostBits { .. } => "this address has bits set behind its prefix",
            Self::NameCharacter(character) => {
                return write!(f, "a host name cannot contain {character:?}");
            }
            Self::NameNotAscii => "a host name is written in ASCII",
            Self::InvalidLabel => {
                "each label of a host name has 1 to 63 characters and neither begins nor ends with a hyphen"
            }
            Self::NameTooLong => "a host name has at most 253 characters",
            Self::HostWildcard => "in a host, `*` stands alone or as the first label",
            Self::NameInListen => "a socket is bound to an address, not to a name",
            Self::AddressInResolve => "an address is not looked up",
            Self::ClassInUrl => "a URL names one host; classes of addresses are for sockets",
            Self::MissingScheme => "the scheme is missing",
            Self::UnknownScheme => "this scheme is not known",
            Self::UserInfo => "a URL rule cannot name a user",
            Self::MissingPath => "the path is missing",
            Self::Query => "queries and fragments are not compared",
            Self::PathWildcard => "in a path, `*` stands alone as the last segment",
            Self::PathEscape => "two hexadecimal digits follow `%`",
            Self::PathAscends => "a path with this matches no rule",
            Self::PathCharacter(character) => {
                return write!(f, "a path has to encode {character:?}");
            }
            Self::InvalidMethod => "this is not an HTTP method",
            Self::MethodCase => "HTTP methods are compared with their case",
            Self::PatternCharacter(character) => {
                return write!(f, "these names cannot contain {character:?}");
            }
            Self::GlobRecursion => "`**` stands for whole directories, between slashes",
            Self::GlobSyntax(character) => {
                return write!(f, "{character:?} has no meaning in a glob");
            }
            Self::GlobSegment => "a glob has no empty segment, no `.` and no `..`",
            Self::GlobAbsolute => "this glob is about relative paths",
            Self::GlobRelative => "this glob is about absolute paths",
        };
        f.write_str(text)
    }
}

impl ErrorKind {
    fn hint(&self) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(match self {
            Self::MissingProtocol | Self::UnknownProtocol => {
                "write `tcp://host:port` or `udp://host:port`"
            }
            Self::MissingPort => "end with a port, a range or any port: `:443`, `:8000-8100`, `:*`",
            Self::InvalidPort => "a port is a number from 0 to 65535, a range `8000-8100` or `*`",
            Self::PortZero => "write the port of the peer, or `*`",
            Self::NotTcp => "write `tcp`",
            Self::SeveralPorts => "write one port; 0 is one that the host chooses",
            Self::NotOneAddress => {
                "write an address of this machine, such as `127.0.0.1` or `[::1]`"
            }
            Self::ReversedRange => "write the smaller port first",
            Self::AddressSpelling => {
                "write four decimal numbers without leading zeros, like `127.0.0.1`"
            }
            Self::InvalidAddress => "write it like `192.0.2.1` or `[2001:db8::1]`",
            Self::Zone => "write the address without `%` and what follows",
            Self::MissingBrackets => "write `[2001:db8::1]:443`",
            Self::Brackets => "write `[2001:db8::1]` or `[2001:db8::/32]`",
            Self::HostBits { network } => return Some(format!("write `{network}`").into()),
            Self::NameNotAscii => "write its ASCII form, whose labels begin with `xn--`",
            Self::HostWildcard => {
                "write `*.example.com` for every name below example.com, or `*` for every host"
            }
            Self::NameInListen => {
                "write an address of this host, `loopback`, or `*` for every address"
            }
            Self::AddressInResolve => "write a name, `*.example.com` or `*`",
            Self::ClassInUrl => "write a name, `*.example.com`, `*` or one address",
            Self::MissingScheme | Self::UnknownScheme => "begin with `https://` or `http://`",
            Self::UserInfo => "remove what stands before `@`",
            Self::MissingPath => "end with `/*` for every path, or with the one that is meant",
            Self::Query => "end with the path; a request's query is ignored",
            Self::PathWildcard => {
                "write `/v1/*` for everything below `/v1/`; a literal `*` is `%2A`"
            }
            Self::PathEscape => "a literal `%` is `%25`",
            Self::InvalidMethod | Self::MethodCase => "methods are written like `GET`",
            Self::GlobRecursion => "write `dir/**/name`",
            Self::GlobSyntax(_) => {
                "the wildcards are `*`, `?` and `**`; write alternatives as several globs"
            }
            Self::GlobSegment => "write names between single slashes",
            Self::GlobAbsolute => "begin with a name or `**/`",
            Self::GlobRelative => "begin with `/`, as the application names files",
            Self::Empty
            | Self::InvalidPrefix { .. }
            | Self::NameCharacter(_)
            | Self::InvalidLabel
            | Self::NameTooLong
            | Self::PathAscends
            | Self::PathCharacter(_)
            | Self::PatternCharacter(_) => return None,
        }))
    }
}
