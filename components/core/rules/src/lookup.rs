//! The names and addresses that an application looks up.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv6Addr};

use crate::HostName;
use crate::host::{canonical_address, ends_in_number};

/// A text that may be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// A name.
    Name(HostName),
    /// An address. The result of its lookup is the address itself.
    Address(IpAddr),
}

impl fmt::Display for Lookup {
    /// Writes the canonical form of a name or an address, with IPv6 addresses without brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// Why a lookup is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupRefusal {
    /// No host reads the text as a name or an address.
    Invalid,
    /// No rule allows the lookup, a rule denies it, or hosts read the text differently.
    Denied,
}

/// Reads the text of a lookup: a name, an IPv4 address, or an IPv6 address with or without brackets. Wasmtime's host
/// reads the host of a URL (WHATWG URL, section 3.5), or an IPv6 address without brackets.
///
/// # Errors
/// [`LookupRefusal::Invalid`] for texts that Wasmtime's host refuses with `invalid-argument`, and
/// [`LookupRefusal::Denied`] for texts that it reads but rules cannot contain, like the older spellings of IPv4
/// addresses.
pub(crate) fn read(text: &str) -> Result<Lookup, LookupRefusal> {
    let address = |address: IpAddr| Ok(Lookup::Address(canonical_address(address)));
    if let Some(inside) = text.strip_prefix('[') {
        let inside = inside.strip_suffix(']').ok_or(LookupRefusal::Invalid)?;
        let parsed: Ipv6Addr = inside.parse().map_err(|_| LookupRefusal::Invalid)?;
        return address(parsed.into());
    }
    if let Ok(parsed) = text.parse() {
        return address(parsed);
    }
    match HostName::parse(text) {
        Ok(name) => Ok(Lookup::Name(name)),
        Err(_) if is_host_of_url(text) => Err(LookupRefusal::Denied),
        Err(_) => Err(LookupRefusal::Invalid),
    }
}

/// Whether a text without brackets is the host of a URL. The function does not check whether a text that is not ASCII
/// is a valid name, because that needs tables that change with Unicode.
fn is_host_of_url(text: &str) -> bool {
    let Ok(text) = String::from_utf8(percent_decoded(text)) else {
        return false;
    };
    !text.is_empty()
        && !text.chars().any(is_forbidden)
        && (!ends_in_number(&text) || is_number_address(text.strip_suffix('.').unwrap_or(&text)))
}

/// Replaces `%` and two hexadecimal digits by the byte that they stand for.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let digits = behind.get(..2).filter(|_| *first == b'%');
        let byte = digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| core::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &behind[2..] } else { behind };
    }
    decoded
}

/// The characters that no host of a URL has ("forbidden domain code point").
fn is_forbidden(character: char) -> bool {
    matches!(character, '\0'..='\x1f' | '\x7f') || " #%/:<>?@[\\]^|".contains(character)
}

/// Whether a name that ends in a number is an IPv4 address in some spelling: up to four numbers, decimal, octal or
/// hexadecimal, of which the last stands for all bytes that are left (WHATWG URL, "IPv4 parser").
fn is_number_address(name: &str) -> bool {
    let numbers: Option<Vec<u64>> = name.split('.').map(number).collect();
    let Some((last, others)) = numbers.as_deref().and_then(<[u64]>::split_last) else {
        return false;
    };
    others.len() < 4
        && others.iter().all(|number| *number < 256)
        && *last < 1 << (8 * (4 - others.len()))
}

fn number(digits: &str) -> Option<u64> {
    let hexadecimal = digits.strip_prefix("0x").or(digits.strip_prefix("0X"));
    match (hexadecimal, digits.strip_prefix('0')) {
        (Some(""), _) => Some(0),
        (Some(digits), _) => parse(digits, 16),
        (None, Some(octal)) if !octal.is_empty() => parse(octal, 8),
        (None, _) => parse(digits, 10),
    }
}

/// A number without a sign.
fn parse(digits: &str, radix: u32) -> Option<u64> {
    match digits.bytes().all(|digit| digit.is_ascii_alphanumeric()) {
        true => u64::from_str_radix(digits, radix).ok(),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_brackets() {
        for (text, address) in [
            ("127.0.0.1", "127.0.0.1"),
            ("0.0.0.0", "0.0.0.0"),
            ("::", "::"),
            ("[::]", "::"),
            ("[::1]", "::1"),
            ("[2001:DB8::1]", "2001:db8::1"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("[::ffff:10.0.0.1]", "10.0.0.1"),
        ] {
            let lookup = read(text);
            assert_eq!(
                lookup,
                Ok(Lookup::Address(address.parse().unwrap())),
                "{text}"
            );
        }
    }

    /// Whether Wasmtime's host refuses a text: see its `resolve_addresses`.
    fn is_invalid_for_the_host(text: &str) -> bool {
        url::Host::parse(text).is_err() && text.parse::<Ipv6Addr>().is_err()
    }

    #[test]
    fn what_no_host_reads_is_invalid_and_what_some_read_is_denied() {
        for text in [
            "",
            " ",
            "a b",
            "a.b<&>",
            "127.0.0.1:80",
            "[::]:80",
            "[::",
            "[]",
            "[127.0.0.1]",
            "[::1%lo]",
            "::1%lo",
            "http://example.com/",
            "a/b",
            "a@b",
            "user:word",
            "a\0",
            "a\n",
            "a\x7f",
            "%",
            "%zz",
            "a%2fb",
            "a%00",
            "1.2.3.4.5",
            "256.0.0.1",
            "1.2.3.256",
            "foo.1",
            "1.2.3.08",
            "0xg.1",
            "%80",
            "4294967296",
            "..1",
            "a|b",
            "a^b",
        ] {
            assert!(is_invalid_for_the_host(text), "{text:?}");
            assert_eq!(read(text), Err(LookupRefusal::Invalid), "{text:?}");
        }
        for text in [
            "127.1",
            "0x7f.0.0.1",
            "017700000001",
            "2130706433",
            "1.2.3.4.",
            "0x",
            "*",
            "a*b",
            "a!b",
            "-a",
            "a-",
            "a..b",
            ".",
            "..",
            "a..",
            "1..",
            "bücher.example",
            "%61",
            "%c3%bc",
            "1.2.65535",
        ] {
            assert!(!is_invalid_for_the_host(text), "{text:?}");
            assert_eq!(read(text), Err(LookupRefusal::Denied), "{text:?}");
        }
        for text in [
            "a",
            "localhost",
            "A.Example.",
            "x_y.example",
            "xn--bcher-kva.example",
            "1.a",
        ] {
            assert!(matches!(read(text), Ok(Lookup::Name(_))), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_invalid_is_invalid_for_the_host(text in "[ -~\\x00\\n]{0,8}|[0-9a-fxX.:\\[\\]%]{0,12}|[0-9]{1,3}(\\.[0-9x]{1,3}){1,4}") {
            // Only Unicode's tables tell whether a name in this form is valid.
            let decoded = String::from_utf8(percent_decoded(&text)).unwrap_or_default();
            prop_assume!(decoded.is_ascii() && !decoded.to_lowercase().contains("xn--"));
            prop_assert_eq!(read(&text) == Err(LookupRefusal::Invalid), is_invalid_for_the_host(&text));
        }
    }
}
