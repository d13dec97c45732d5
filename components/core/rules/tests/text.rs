//! Rules as text: what is read, what is refused and where, and that printing gives back what was read.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use interpose_rules::{
    AddressClass, DenyRule, ErrorKind, Glob, Host, HostName, HostPattern, NamePattern, ParseError,
    Ports, Protocol, SocketRule,
};
use proptest::prelude::*;

/// The bytes of `text` that an error marks.
fn marked(text: &str, error: ParseError) -> (ErrorKind, &str) {
    let Range { start, end } = error.span;
    (error.kind, &text[start..end])
}

#[test]
fn canonical_forms() {
    for (text, printed) in [
        ("tcp://example.com:443", "tcp://example.com:443"),
        ("udp://EXAMPLE.com.:1-2", "udp://example.com:1-2"),
        ("tcp://*.example.com:*", "tcp://*.example.com:*"),
        ("tcp://*:0-65535", "tcp://*:*"),
        ("tcp://127.0.0.1:80", "tcp://127.0.0.1:80"),
        ("tcp://127.0.0.1/32:80", "tcp://127.0.0.1:80"),
        ("tcp://10.0.0.0/8:80", "tcp://10.0.0.0/8:80"),
        ("tcp://[2001:DB8:0::1]:80", "tcp://[2001:db8::1]:80"),
        ("tcp://[2001:db8::/32]:80", "tcp://[2001:db8::/32]:80"),
        ("tcp://[::ffff:127.0.0.1]:80", "tcp://127.0.0.1:80"),
        ("tcp://[::ffff:10.0.0.0/104]:80", "tcp://10.0.0.0/8:80"),
        ("tcp://[::ffff:0:0/96]:80", "tcp://0.0.0.0/0:80"),
        ("tcp://Loopback:80", "tcp://loopback:80"),
        ("tcp://link-local:80", "tcp://link-local:80"),
        (
            "tcp://_dmarc.xn--bcher-kva.example:80",
            "tcp://_dmarc.xn--bcher-kva.example:80",
        ),
        ("tcp://1password.com:80", "tcp://1password.com:80"),
        ("tcp://1.2.3.example:80", "tcp://1.2.3.example:80"),
    ] {
        assert_eq!(SocketRule::parse(text).unwrap().to_string(), printed);
    }
}

#[test]
fn what_is_not_a_rule_about_sockets() {
    use ErrorKind::*;
    for (text, kind, part) in [
        ("", MissingProtocol, ""),
        ("é", MissingProtocol, "é"),
        ("example.com:443", MissingProtocol, "example.com:443"),
        ("sctp://example.com:443", UnknownProtocol, "sctp"),
        ("TCP://example.com:443", UnknownProtocol, "TCP"),
        ("tcp://", MissingPort, ""),
        ("tcp://:80", Empty, ""),
        ("tcp://.:80", Empty, "."),
        ("tcp://a:b:80", MissingBrackets, "a:b:80"),
        ("tcp://a:80/path", InvalidPort, "80/path"),
        ("tcp://a:80 ", InvalidPort, "80 "),
        ("tcp:// a:80", NameCharacter(' '), " "),
        ("tcp://a\0:80", NameCharacter('\0'), "\0"),
        ("tcp://user@a:80", NameCharacter('@'), "@"),
        ("tcp://a%2eb:80", NameCharacter('%'), "%"),
        ("tcp://a..b:80", InvalidLabel, ""),
        ("tcp://a.b..:80", InvalidLabel, ""),
        ("tcp://a-:80", InvalidLabel, "a-"),
        ("tcp://ａ.example:80", NameNotAscii, "ａ.example"),
        ("tcp://127。0。0。1:80", NameNotAscii, "127。0。0。1"),
        ("tcp://a.*:80", HostWildcard, "*"),
        ("tcp://**.a:80", HostWildcard, "*"),
        ("tcp://*.:80", Empty, ""),
        ("tcp://*.10.0.0.1:80", AddressSpelling, "10.0.0.1"),
        ("tcp://[a]:80", Brackets, "[a]:80"),
        ("tcp://[::1]80", MissingPort, "80"),
        ("tcp://[::1]]:80", MissingPort, "]:80"),
        ("tcp://[::1%25lo]:80", Zone, "%25lo"),
        ("tcp://[::1.2.3]:80", InvalidAddress, "::1.2.3"),
        (
            "tcp://[fe80::/129]:80",
            InvalidPrefix { maximum: 128 },
            "129",
        ),
        ("tcp://10.0.0.0/08:80", InvalidPrefix { maximum: 32 }, "08"),
        ("tcp://10.0.0.0/+8:80", InvalidPrefix { maximum: 32 }, "+8"),
        (
            "tcp://10.0.0.0/8/8:80",
            InvalidPrefix { maximum: 32 },
            "8/8",
        ),
        ("tcp://10/8:80", AddressSpelling, "10"),
        (
            "tcp://[::ffff:0:0/95]:80",
            HostBits {
                network: "::fffe:0:0/95".parse().unwrap(),
            },
            "::ffff:0:0/95",
        ),
    ] {
        assert_eq!(
            marked(text, SocketRule::parse(text).unwrap_err()),
            (kind, part),
            "{text:?}"
        );
    }
}

#[test]
fn odd_spellings_of_addresses_are_neither_addresses_nor_names() {
    for text in [
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "0x",
        "017700000001",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "127.0.0.01",
        "127.0.0.0x1",
        "256.0.0.1",
        "1.2.3.4.5",
        "1.2.3.4.",
        "example.0x7f",
        "example.1",
    ] {
        let error = Host::parse(text).unwrap_err();
        assert_eq!(marked(text, error), (ErrorKind::AddressSpelling, text));
        assert!(HostName::parse(text).is_err(), "{text}");
    }
}

#[test]
fn lengths_of_names() {
    let label = "a".repeat(63);
    assert!(HostName::parse(&label).is_ok());
    assert_eq!(
        HostName::parse(&(label.clone() + "a")).unwrap_err().kind,
        ErrorKind::InvalidLabel
    );
    let long = [label.as_str(), &label, &label, &"a".repeat(61)].join(".");
    assert_eq!(long.len(), 253);
    assert!(HostName::parse(&long).is_ok());
    assert!(HostName::parse(&(long.clone() + ".")).is_ok());
    assert_eq!(
        HostName::parse(&(long + "a")).unwrap_err().kind,
        ErrorKind::NameTooLong
    );
}

#[test]
fn roles_of_rules() {
    assert_eq!(
        SocketRule::parse_connect("tcp://a:0").unwrap_err().kind,
        ErrorKind::PortZero
    );
    assert_eq!(
        SocketRule::parse_connect("tcp://a:0-9").unwrap_err().kind,
        ErrorKind::PortZero
    );
    assert!(SocketRule::parse_connect("tcp://a:*").is_ok());
    assert!(SocketRule::parse_listen("tcp://0.0.0.0:0").is_ok());
    assert!(SocketRule::parse_listen("tcp://*:0").is_ok());
    assert_eq!(
        SocketRule::parse_listen("tcp://localhost:0")
            .unwrap_err()
            .kind,
        ErrorKind::NameInListen
    );
    assert_eq!(
        HostPattern::parse("::1").unwrap_err().kind,
        ErrorKind::AddressInResolve
    );
    assert_eq!(
        HostPattern::parse("any").unwrap_err().kind,
        ErrorKind::AddressInResolve
    );
}

#[test]
fn forms_of_deny() {
    for (text, printed) in [
        ("private", "private"),
        ("169.254.0.0/16", "169.254.0.0/16"),
        ("fe80::/10", "fe80::/10"),
        ("[fe80::/10]", "fe80::/10"),
        ("::1", "::1"),
        ("1::80", "1::80"),
        ("*.evil.example", "*.evil.example"),
        ("tcp://*:25", "tcp://*:25"),
        ("tcp://a:0", "tcp://a:0"),
    ] {
        assert_eq!(DenyRule::parse(text).unwrap().to_string(), printed);
    }
    for text in ["10.0.0.1:25", "*:25", "a:25", "[::1]:25", "a:*"] {
        assert_eq!(
            DenyRule::parse(text).unwrap_err().kind,
            ErrorKind::MissingProtocol,
            "{text}"
        );
    }
    assert_eq!(
        DenyRule::parse("[10.0.0.1]").unwrap_err().kind,
        ErrorKind::Brackets
    );
}

#[test]
fn errors_say_what_to_do() {
    let error = SocketRule::parse("tcp://10.1.2.3/8:80").unwrap_err();
    assert_eq!(error.hint().unwrap(), "write `10.0.0.0/8`");
    assert_eq!(
        error.to_string(),
        "this address has bits set behind its prefix"
    );
    assert_eq!(HostName::parse("a b").unwrap_err().hint(), None);
}

fn name() -> impl Strategy<Value = HostName> {
    "[a-z0-9_]([a-z0-9_-]{0,8}[a-z0-9_])?(\\.[a-z][a-z0-9]{0,4}){1,3}"
        .prop_map(|text| HostName::parse(&text).unwrap())
}

fn pattern() -> impl Strategy<Value = HostPattern> {
    prop_oneof![
        Just(HostPattern::Any),
        name().prop_map(HostPattern::Name),
        name().prop_map(HostPattern::Subdomains)
    ]
}

fn host() -> impl Strategy<Value = Host> {
    let class = prop::sample::select(vec![
        AddressClass::Loopback,
        AddressClass::Private,
        AddressClass::LinkLocal,
        AddressClass::Multicast,
        AddressClass::Unspecified,
        AddressClass::Any,
    ]);
    let v4 = (any::<u32>(), 0u32..=32).prop_map(|(bits, length)| {
        let bits = if length == 0 {
            0
        } else {
            bits >> (32 - length) << (32 - length)
        };
        Host::parse(&format!("{}/{length}", Ipv4Addr::from_bits(bits))).unwrap()
    });
    let v6 = (any::<u128>(), 0u32..=128, any::<bool>()).prop_map(|(bits, length, mapped)| {
        let bits = if mapped {
            0xffff << 32 | bits & 0xffff_ffff
        } else {
            bits
        };
        let bits = if length == 0 {
            0
        } else {
            bits >> (128 - length) << (128 - length)
        };
        Host::parse(&format!("{}/{length}", Ipv6Addr::from_bits(bits))).unwrap()
    });
    prop_oneof![
        pattern().prop_map(Host::Pattern),
        class.prop_map(Host::Class),
        v4,
        v6
    ]
}

fn rule() -> impl Strategy<Value = SocketRule> {
    let protocol = prop::sample::select(vec![Protocol::Tcp, Protocol::Udp]);
    (protocol, host(), any::<(u16, u16)>()).prop_map(|(protocol, host, (one, other))| {
        let ports = Ports::new(one.min(other), one.max(other)).unwrap();
        SocketRule {
            protocol,
            host,
            ports,
        }
    })
}

proptest! {
    #[test]
    fn printing_is_the_inverse_of_reading(rule in rule(), host in host(), pattern in pattern(), bare in any::<bool>()) {
        prop_assert_eq!(SocketRule::parse(&rule.to_string()), Ok(rule.clone()));
        prop_assert_eq!(Host::parse(&host.to_string()), Ok(host.clone()));
        prop_assert_eq!(HostPattern::parse(&pattern.to_string()), Ok(pattern));
        let deny = if bare { DenyRule::Host(host) } else { DenyRule::Endpoint(rule) };
        prop_assert_eq!(DenyRule::parse(&deny.to_string()), Ok(deny));
    }

    #[test]
    fn any_text_is_answered(text in "(tcp|udp|http|https)?(://)?[-\\[\\]:/.*@%a-z0-9é?#{}=\\\\ \\x00]{0,24}") {
        let results = [
            SocketRule::parse(&text).err(),
            SocketRule::parse_connect(&text).err(),
            SocketRule::parse_listen(&text).err(),
            DenyRule::parse(&text).err(),
            Host::parse(&text).err(),
            HostPattern::parse(&text).err(),
            NamePattern::parse(&text).err(),
            Glob::parse(&text).err(),
        ];
        for error in results.into_iter().flatten() {
            prop_assert!(text.get(error.span.clone()).is_some(), "{:?} {:?}", text, error);
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn rules_survive_the_encoding_of_configurations(rule in rule()) {
        let bytes = postcard::to_allocvec(&rule).unwrap();
        prop_assert_eq!(postcard::from_bytes::<SocketRule>(&bytes).unwrap(), rule);
    }
}
