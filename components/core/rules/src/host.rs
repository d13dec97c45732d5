//! Hosts: names, name patterns, addresses, blocks and classes of addresses.

use alloc::string::String;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::{ErrorKind, ParseError};

/// Bytes of a name without its final dot (RFC 1035 section 2.3.4, less the length bytes at both ends).
const MAX_NAME: usize = 253;
/// Bytes of a label (RFC 1035 section 2.3.4).
const MAX_LABEL: usize = 63;

/// A host name in its one canonical form: ASCII, lower case, no final dot.
///
/// Labels consist of letters, digits, hyphens and underscores. Internationalised names exist only in their ASCII form
/// (`xn--…`): converting needs tables that change with Unicode versions, and two sides that convert differently
/// would disagree about what a rule means. A name whose last label is a number (also `0x…`) is not a name but an
/// address in one of the spellings that programs read differently (WHATWG URL, "ends in a number").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HostName(String);

impl HostName {
    /// Reads a name, in any case and with or without a final dot.
    ///
    /// # Errors
    /// When `text` is not a host name.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Self::parse_in(text, text)
    }

    pub(crate) fn parse_in(text: &str, part: &str) -> Result<Self, ParseError> {
        let error = |kind, part| Err(ParseError::new(kind, text, part));
        let name = part.strip_suffix('.').unwrap_or(part);
        if name.is_empty() {
            return error(ErrorKind::Empty, part);
        }
        if !name.is_ascii() {
            return error(ErrorKind::NameNotAscii, part);
        }
        for label in name.split('.') {
            if let Some(at) =
                label.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
            {
                let character = char::from(label.as_bytes()[at]);
                return error(ErrorKind::NameCharacter(character), &label[at..=at]);
            }
            if label.is_empty()
                || label.len() > MAX_LABEL
                || label.starts_with('-')
                || label.ends_with('-')
            {
                return error(ErrorKind::InvalidLabel, label);
            }
        }
        if name.len() > MAX_NAME {
            return error(ErrorKind::NameTooLong, part);
        }
        if ends_in_number(name) {
            return error(ErrorKind::AddressSpelling, part);
        }
        Ok(Self(name.to_ascii_lowercase()))
    }

    /// The name in lower case without a final dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domains that this name is a subdomain of, nearest first.
    pub fn parents(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('.').map(|(at, _)| &self.0[at + 1..])
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether programs that know old spellings would read `name`, with or without a final dot, as an IPv4 address (WHATWG
/// URL, "ends in a number checker").
pub(crate) fn ends_in_number(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or(name);
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
        || hexadecimal.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Which host names a rule means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HostPattern {
    /// `*`: every name.
    Any,
    /// `example.com`: this name.
    Name(HostName),
    /// `*.example.com`: every name below this one, at any depth, but not this one.
    Subdomains(HostName),
}

impl HostPattern {
    /// Reads `example.com`, `*.example.com` or `*`.
    ///
    /// # Errors
    /// When `text` is none of them; addresses and the words for classes of addresses are not names.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        match Host::parse(text)? {
            Host::Pattern(pattern) => Ok(pattern),
            Host::Network(_) | Host::Class(_) => {
                Err(ParseError::new(ErrorKind::AddressInResolve, text, text))
            }
        }
    }

    /// Whether `name` is one of the names that are meant.
    pub fn matches(&self, name: &HostName) -> bool {
        match self {
            Self::Any => true,
            Self::Name(this) => this == name,
            Self::Subdomains(domain) => name.parents().any(|parent| parent == domain.as_str()),
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Name(name) => name.fmt(f),
            Self::Subdomains(name) => write!(f, "*.{name}"),
        }
    }
}

/// A class of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AddressClass {
    /// `loopback`: 127.0.0.0/8 (RFC 1122) and ::1 (RFC 4291).
    Loopback,
    /// `private`: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (RFC 1918) and fc00::/7 (RFC 4193). Loopback and link-local
    /// addresses are classes of their own.
    Private,
    /// `link-local`: 169.254.0.0/16 (RFC 3927) and fe80::/10 (RFC 4291).
    LinkLocal,
    /// `multicast`: 224.0.0.0/4 (RFC 5771) and ff00::/8 (RFC 4291).
    Multicast,
    /// `unspecified`: 0.0.0.0 and ::.
    Unspecified,
    /// `any`: every address.
    Any,
}

impl AddressClass {
    const WORDS: [(&'static str, Self); 6] = [
        ("loopback", Self::Loopback),
        ("private", Self::Private),
        ("link-local", Self::LinkLocal),
        ("multicast", Self::Multicast),
        ("unspecified", Self::Unspecified),
        ("any", Self::Any),
    ];

    /// The class that `word` stands for, in any case.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word))
            .map(|&(_, class)| class)
    }

    /// The blocks that make up the class.
    pub fn networks(self) -> &'static [IpNet] {
        const fn v4(a: u8, b: u8, length: u8) -> IpNet {
            IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, 0, 0), length))
        }
        const fn v6(first: u16, last: u16, length: u8) -> IpNet {
            IpNet::V6(Ipv6Net::new_assert(
                Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, last),
                length,
            ))
        }
        match self {
            Self::Loopback => const { &[v4(127, 0, 8), v6(0, 1, 128)] },
            Self::Private => {
                const {
                    &[
                        v4(10, 0, 8),
                        v4(172, 16, 12),
                        v4(192, 168, 16),
                        v6(0xfc00, 0, 7),
                    ]
                }
            }
            Self::LinkLocal => const { &[v4(169, 254, 16), v6(0xfe80, 0, 10)] },
            Self::Multicast => const { &[v4(224, 0, 4), v6(0xff00, 0, 8)] },
            Self::Unspecified => const { &[v4(0, 0, 32), v6(0, 0, 128)] },
            Self::Any => const { &[v4(0, 0, 0), v6(0, 0, 0)] },
        }
    }
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Self::WORDS
            .iter()
            .find(|(_, class)| class == self)
            .map_or("", |(word, _)| word);
        f.write_str(word)
    }
}

/// Which hosts a rule means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Host {
    /// Names. `*` also means every address.
    Pattern(HostPattern),
    /// An address (a block of one), or a block of addresses in its canonical form.
    Network(IpNet),
    /// A class of addresses.
    Class(AddressClass),
}

impl Host {
    /// `*`: every name and every address.
    pub const ANY: Self = Self::Pattern(HostPattern::Any);

    /// Reads a name, `*.name`, `*`, an address, a block of addresses or the word for a class. IPv6 addresses stand
    /// without brackets.
    ///
    /// An IPv4-mapped IPv6 address (or a block of them) becomes the IPv4 address (or block) that it carries.
    ///
    /// # Errors
    /// When `text` is none of them.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Self::parse_in(text, text)
    }

    /// [`Host::parse`] of `part`, which is a piece of `text`: errors mark their place in the whole.
    ///
    /// # Errors
    /// As [`Host::parse`].
    pub fn parse_in(text: &str, part: &str) -> Result<Self, ParseError> {
        let error = |kind, part| Err(ParseError::new(kind, text, part));
        if part == "*" {
            return Ok(Self::ANY);
        }
        if let Some(domain) = part.strip_prefix("*.")
            && !domain.contains('*')
        {
            return HostName::parse_in(text, domain)
                .map(|name| Self::Pattern(HostPattern::Subdomains(name)));
        }
        if let Some(at) = part.find('*') {
            return error(ErrorKind::HostWildcard, &part[at..=at]);
        }
        if let Some(class) = AddressClass::from_word(part) {
            return Ok(Self::Class(class));
        }
        if part.contains(['[', ']']) {
            return error(ErrorKind::Brackets, part);
        }
        let (address, length) = match part.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (part, None),
        };
        // An IPv6 address has more than one colon.
        let colons = address.bytes().filter(|b| *b == b':').count();
        if length.is_none() && colons < 2 && address.parse::<Ipv4Addr>().is_err() {
            return HostName::parse_in(text, part)
                .map(|name| Self::Pattern(HostPattern::Name(name)));
        }
        let address = parse_address(text, address)?;
        match length {
            Some(length) => parse_block(text, part, address, length).map(Self::Network),
            None => Ok(Self::Network(canonical_address(address).into())),
        }
    }

    /// Writes the host as it stands where a port follows: IPv6 addresses in brackets.
    ///
    /// # Errors
    /// Those of the formatter.
    pub fn fmt_bracketed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(IpNet::V6(_)) => write!(f, "[{self}]"),
            _ => fmt::Display::fmt(self, f),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern(pattern) => pattern.fmt(f),
            Self::Network(network) if network.prefix_len() == network.max_prefix_len() => {
                network.addr().fmt(f)
            }
            Self::Network(network) => network.fmt(f),
            Self::Class(class) => class.fmt(f),
        }
    }
}

/// Splits a host from the colon and ports behind it, and takes an IPv6 address out of its brackets. `part` is a piece of
/// `text`.
///
/// # Errors
/// When the brackets are missing, or hold no IPv6 address.
pub fn split_ports<'a>(text: &str, part: &'a str) -> Result<(&'a str, &'a str), ParseError> {
    let error = |kind| Err(ParseError::new(kind, text, part));
    if let Some(bracketed) = part.strip_prefix('[') {
        return match bracketed.split_once(']') {
            Some((inside, behind)) if inside.contains(':') => Ok((inside, behind)),
            _ => error(ErrorKind::Brackets),
        };
    }
    let (host, ports) = part.split_at(part.rfind(':').unwrap_or(part.len()));
    if host.contains(':') {
        error(ErrorKind::MissingBrackets)
    } else {
        Ok((host, ports))
    }
}

/// Reads an address, refusing what only some programs read.
fn parse_address(text: &str, part: &str) -> Result<IpAddr, ParseError> {
    let error = |kind, part| Err(ParseError::new(kind, text, part));
    if let Some((_, zone)) = part.split_once('%') {
        let sign = &part[part.len() - zone.len() - 1..];
        return error(ErrorKind::Zone, sign);
    }
    match part.parse::<IpAddr>() {
        Ok(address) => Ok(address),
        Err(_) if part.is_empty() => error(ErrorKind::Empty, part),
        Err(_) if !part.contains(':') && ends_in_number(part) => {
            error(ErrorKind::AddressSpelling, part)
        }
        Err(_) => error(ErrorKind::InvalidAddress, part),
    }
}

/// Reads the prefix length of a block of addresses.
fn parse_block(text: &str, part: &str, address: IpAddr, digits: &str) -> Result<IpNet, ParseError> {
    let maximum = if address.is_ipv4() { 32 } else { 128 };
    let canonical =
        digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    let network = match digits.parse::<u8>() {
        Ok(length) if canonical => IpNet::new(address, length).ok(),
        _ => None,
    };
    let Some(network) = network else {
        return Err(ParseError::new(
            ErrorKind::InvalidPrefix { maximum },
            text,
            digits,
        ));
    };
    if network.trunc() != network {
        return Err(ParseError::new(
            ErrorKind::HostBits {
                network: network.trunc(),
            },
            text,
            part,
        ));
    }
    Ok(canonical_network(network))
}

/// The IPv4 address that an IPv4-mapped IPv6 address carries (RFC 4291 section 2.5.5.2); others as they are.
pub(crate) fn canonical_address(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// The IPv4 block that a block of IPv4-mapped addresses carries; others as they are.
fn canonical_network(network: IpNet) -> IpNet {
    if let IpNet::V6(block) = network
        && let Some(address) = block.addr().to_ipv4_mapped()
        && let Some(length) = block.prefix_len().checked_sub(96)
        && let Ok(block) = Ipv4Net::new(address, length)
    {
        return block.into();
    }
    network
}

/// The IPv4 addresses that an IPv6 address may lead to on networks with a translator: IPv4-compatible (RFC 4291 section
/// 2.5.5.1), IPv4-translated (RFC 7915), 6to4 (RFC 3056), NAT64 (RFC 6052) and local NAT64 (RFC 8215) with each prefix
/// that fits.
fn embedded_addresses(address: IpAddr) -> impl Iterator<Item = Ipv4Addr> {
    let octets = match address {
        IpAddr::V4(_) => [0; 16],
        IpAddr::V6(address) => address.octets(),
    };
    // Where the octets of the IPv4 address stand; RFC 6052 section 2.2 leaves octet 8 out.
    const LAST: [usize; 4] = [12, 13, 14, 15];
    let places: &[[usize; 4]] = match octets {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] => &[],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ..]
        | [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, ..]
        | [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, ..] => &[LAST],
        [0, 0x64, 0xff, 0x9b, 0, 1, ..] => &[[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], LAST],
        [0x20, 0x02, ..] => &[[2, 3, 4, 5]],
        _ => &[],
    };
    let carried = places
        .iter()
        .map(move |place| Ipv4Addr::from(place.map(|at| octets[at])));
    // No translator leads there; it is what a longer prefix makes of the zeroes in a shorter one.
    carried.filter(|address| !address.is_unspecified())
}

/// The addresses that a connection to `address` may reach, itself first. What denies one of them denies the connection:
/// translators lead to the IPv4 address that an IPv6 address carries, and common systems take the unspecified address
/// for loopback.
pub fn reached_addresses(address: IpAddr) -> impl Iterator<Item = IpAddr> {
    let address = canonical_address(address);
    let loopback: Option<IpAddr> = match address {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Some(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Some(Ipv6Addr::LOCALHOST.into()),
        _ => None,
    };
    let embedded = embedded_addresses(address).map(IpAddr::V4);
    [Some(address), loopback]
        .into_iter()
        .flatten()
        .chain(embedded)
}

/// A name or an address, as a request names a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A name.
    Name(HostName),
    /// An address.
    Address(IpAddr),
}

impl Target {
    /// Reads the text between `//` and the port of a URL. `None` for a text that not every program reads in the same way;
    /// it matches no rule.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(address) = text.strip_prefix('[') {
            let address = address.strip_suffix(']')?.parse::<Ipv6Addr>().ok()?;
            return Some(Self::Address(canonical_address(address.into())));
        }
        match text.parse::<Ipv4Addr>() {
            Ok(address) => Some(Self::Address(address.into())),
            Err(_) => HostName::parse(text).ok().map(Self::Name),
        }
    }
}

impl From<Target> for Host {
    fn from(target: Target) -> Self {
        match target {
            Target::Name(name) => Self::Pattern(HostPattern::Name(name)),
            Target::Address(address) => Self::Network(address.into()),
        }
    }
}
