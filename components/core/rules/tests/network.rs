//! The sockets and lookups that network rules allow and deny.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use Protocol::{Tcp, Udp};
use Verdict::{Allowed, Denied, Unmatched};
use interpose_rules::{
    DenyRule, Host, HostName, HostPattern, NetworkMatcher, NetworkRules, Ports, Protocol,
    SocketRule, Verdict,
};
use proptest::prelude::*;

fn rules(connect: &[&str], listen: &[&str], resolve: &[&str], deny: &[&str]) -> NetworkRules {
    NetworkRules {
        connect: connect
            .iter()
            .map(|text| SocketRule::parse_connect(text).unwrap())
            .collect(),
        listen: listen
            .iter()
            .map(|text| SocketRule::parse_listen(text).unwrap())
            .collect(),
        resolve: resolve
            .iter()
            .map(|text| HostPattern::parse(text).unwrap())
            .collect(),
        deny: deny
            .iter()
            .map(|text| DenyRule::parse(text).unwrap())
            .collect(),
    }
}

fn connecting(connect: &[&str], deny: &[&str]) -> impl Fn(&str, u16) -> Verdict + use<> {
    let matcher = NetworkMatcher::new(&rules(connect, &[], &[], deny));
    move |address, port| matcher.connect(Tcp, address.parse().unwrap(), port)
}

fn name(text: &str) -> HostName {
    HostName::parse(text).unwrap()
}

#[test]
fn addresses_blocks_and_ports() {
    let connect = connecting(
        &[
            "tcp://10.0.0.0/8:5432",
            "tcp://192.0.2.1:80-89",
            "tcp://[2001:db8::/32]:*",
        ],
        &[],
    );
    for (address, port, verdict) in [
        ("10.0.0.0", 5432, Allowed),
        ("10.255.255.255", 5432, Allowed),
        ("11.0.0.0", 5432, Unmatched),
        ("9.255.255.255", 5432, Unmatched),
        ("10.0.0.1", 5433, Unmatched),
        ("192.0.2.1", 79, Unmatched),
        ("192.0.2.1", 80, Allowed),
        ("192.0.2.1", 89, Allowed),
        ("192.0.2.1", 90, Unmatched),
        ("192.0.2.2", 80, Unmatched),
        ("2001:db8::1", 1, Allowed),
        ("2001:db9::1", 1, Unmatched),
    ] {
        assert_eq!(connect(address, port), verdict, "{address} {port}");
    }
    let udp = NetworkMatcher::new(&rules(&["udp://1.1.1.1:53"], &[], &[], &[]));
    assert_eq!(udp.connect(Udp, "1.1.1.1".parse().unwrap(), 53), Allowed);
    assert_eq!(udp.connect(Tcp, "1.1.1.1".parse().unwrap(), 53), Unmatched);
}

#[test]
fn mapped_addresses_are_the_addresses_that_they_carry() {
    let connect = connecting(&["tcp://10.0.0.0/8:*"], &["10.1.0.0/16"]);
    assert_eq!(connect("::ffff:10.2.0.1", 1), Allowed);
    assert_eq!(connect("::ffff:10.1.0.1", 1), Denied);
    assert_eq!(connect("::10.2.0.1", 1), Unmatched);
    let connect = connecting(&["tcp://[::/0]:*"], &[]);
    assert_eq!(connect("::ffff:10.2.0.1", 1), Unmatched);
    assert_eq!(connect("2001:db8::1", 1), Allowed);
}

#[test]
fn addresses_that_lead_to_denied_ones_are_denied() {
    let connect = connecting(&["tcp://any:*"], &["private", "loopback"]);
    for address in [
        "::10.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::10.0.0.1",
        "64:ff9b:1:a00:0:100::",
        "64:ff9b:1:a00:0:1ff:ffff:ffff",
        "64:ff9b:1:770a:0:1::",
        "64:ff9b:1:7777:a:0:100:0",
        "2002:a00:1::",
        "2002:7f00:1::9",
        "::1",
        "0.0.0.0",
        "::",
        "::ffff:0.0.0.0",
        "127.8.8.8",
        "fc00::1",
        "fdff::1",
        "172.31.255.255",
        "192.168.0.1",
    ] {
        assert_eq!(connect(address, 80), Denied, "{address}");
    }
    for address in [
        "172.32.0.0",
        "192.169.0.0",
        "fe00::1",
        "64:ff9b::8.8.8.8",
        "2002:808:808::",
        "::8.8.8.8",
        "::2",
    ] {
        assert_eq!(connect(address, 80), Allowed, "{address}");
    }
}

#[test]
fn classes() {
    for (class, inside, outside) in [
        (
            "loopback",
            vec!["127.0.0.1", "127.255.0.1", "::1"],
            vec!["126.0.0.1", "::2"],
        ),
        (
            "private",
            vec!["10.0.0.1", "172.16.0.1", "fd00::1"],
            vec!["127.0.0.1", "169.254.0.1", "100.64.0.1"],
        ),
        (
            "link-local",
            vec!["169.254.169.254", "fe80::1", "febf::1"],
            vec!["169.253.0.1", "fec0::1"],
        ),
        (
            "multicast",
            vec!["224.0.0.1", "239.255.255.255", "ff02::1"],
            vec!["223.255.255.255", "240.0.0.1"],
        ),
        ("unspecified", vec!["0.0.0.0", "::"], vec!["0.0.0.1", "::1"]),
        (
            "any",
            vec!["0.0.0.0", "255.255.255.255", "::", "ff02::1"],
            vec![],
        ),
    ] {
        let connect = connecting(&[&format!("tcp://{class}:*")], &[]);
        inside
            .iter()
            .for_each(|address| assert_eq!(connect(address, 1), Allowed, "{class} {address}"));
        outside
            .iter()
            .for_each(|address| assert_eq!(connect(address, 1), Unmatched, "{class} {address}"));
    }
}

#[test]
fn names() {
    let connect = [
        "tcp://api.example.com:443",
        "tcp://*.example.org:80",
        "tcp://any:8080",
    ];
    let matcher = NetworkMatcher::new(&rules(
        &connect,
        &[],
        &["*.internal"],
        &["private", "bad.example.org"],
    ));
    for (text, verdict) in [
        ("api.example.com", Allowed),
        ("API.example.COM.", Allowed),
        ("example.com", Unmatched),
        ("x.api.example.com", Unmatched),
        ("a.example.org", Allowed),
        ("a.b.example.org", Allowed),
        ("example.org", Unmatched),
        ("notexample.org", Unmatched),
        ("bad.example.org", Denied),
        ("x.bad.example.org", Allowed),
        ("db.internal", Allowed),
        ("internal", Unmatched),
    ] {
        assert_eq!(matcher.resolve(&name(text)), verdict, "{text}");
    }
    let public: IpAddr = "93.184.216.34".parse().unwrap();
    let private: IpAddr = "10.0.0.1".parse().unwrap();
    let api = name("api.example.com");
    assert_eq!(matcher.connect_named(&api, Tcp, public, 443), Allowed);
    assert_eq!(matcher.connect_named(&api, Tcp, public, 80), Unmatched);
    assert_eq!(matcher.connect_named(&api, Udp, public, 443), Unmatched);
    assert_eq!(matcher.connect_named(&api, Tcp, private, 443), Denied);
    assert_eq!(
        matcher.connect_named(&name("bad.example.org"), Tcp, public, 80),
        Denied
    );
    // A name that may be looked up only, and an address that no lookup returned.
    assert_eq!(
        matcher.connect_named(&name("db.internal"), Tcp, public, 443),
        Unmatched
    );
    assert_eq!(matcher.connect(Tcp, public, 443), Unmatched);
    // A rule about addresses does not permit lookups.
    assert_eq!(matcher.connect(Tcp, public, 8080), Allowed);
    assert_eq!(matcher.resolve(&name("other.example")), Unmatched);
}

#[test]
fn every_host_and_denied_ports() {
    let matcher = NetworkMatcher::new(&rules(
        &["tcp://*:*"],
        &[],
        &[],
        &["tcp://*:25", "tcp://mail.example:*"],
    ));
    let address = "192.0.2.1".parse().unwrap();
    assert_eq!(matcher.connect(Tcp, address, 24), Allowed);
    assert_eq!(matcher.connect(Tcp, address, 25), Denied);
    assert_eq!(
        matcher.connect_named(&name("a.example"), Tcp, address, 25),
        Denied
    );
    assert_eq!(
        matcher.connect_named(&name("mail.example"), Tcp, address, 24),
        Denied
    );
    assert_eq!(matcher.resolve(&name("mail.example")), Allowed);
}

#[test]
fn listening() {
    let listen = ["tcp://127.0.0.1:8080", "udp://0.0.0.0:0", "tcp://[::]:1-9"];
    let matcher = NetworkMatcher::new(&rules(&["tcp://10.0.0.1:1"], &listen, &[], &["tcp://*:5"]));
    let listen =
        |protocol, address: &str, port| matcher.listen(protocol, address.parse().unwrap(), port);
    assert_eq!(listen(Tcp, "127.0.0.1", 8080), Allowed);
    assert_eq!(listen(Tcp, "127.0.0.1", 0), Unmatched);
    assert_eq!(listen(Tcp, "127.0.0.2", 8080), Unmatched);
    assert_eq!(listen(Udp, "0.0.0.0", 0), Allowed);
    assert_eq!(listen(Tcp, "::", 4), Allowed);
    assert_eq!(listen(Tcp, "::", 5), Denied);
    assert_eq!(listen(Tcp, "10.0.0.1", 1), Unmatched);
}

#[test]
fn rules_that_are_denied_as_a_whole() {
    let matcher = NetworkMatcher::new(&rules(
        &[],
        &[],
        &[],
        &["private", "tcp://*:1-1023", "*.evil.example"],
    ));
    let denies = |text| matcher.denies_all(&SocketRule::parse(text).unwrap());
    for text in [
        "tcp://10.0.0.0/8:5432",
        "tcp://10.1.0.0/16:*",
        "udp://private:*",
        "tcp://*:80",
        "tcp://a.example:80",
        "tcp://any:22",
        "tcp://*.evil.example:8080",
        "tcp://*.x.evil.example:8080",
        "udp://x.evil.example:*",
    ] {
        assert!(denies(text), "{text}");
    }
    for text in [
        "tcp://10.0.0.0/7:5432",
        "tcp://any:5432",
        "udp://*:80",
        "tcp://*:1-1024",
        "tcp://evil.example:8080",
        "tcp://loopback:8080",
    ] {
        assert!(!denies(text), "{text}");
    }
    assert!(matcher.denies_lookups(&HostPattern::parse("x.evil.example").unwrap()));
    assert!(!matcher.denies_lookups(&HostPattern::parse("evil.example").unwrap()));
    assert!(!matcher.denies_lookups(&HostPattern::Any));
}

/// A matcher with `count` rules of each kind.
fn many(count: u16) -> NetworkMatcher {
    let mut many = NetworkRules::default();
    for number in 0..count {
        let (high, low) = (number / 256, number % 256);
        let texts = [
            format!("tcp://host-{number}.example.com:443"),
            format!("tcp://*.zone-{number}.example.com:443"),
            format!("tcp://10.{high}.{low}.0/24:{}", 1 + number),
            format!("tcp://192.0.2.1:{}", 2 * number + 1),
        ];
        many.connect
            .extend(texts.iter().map(|text| SocketRule::parse(text).unwrap()));
    }
    NetworkMatcher::new(&many)
}

/// How long the matcher takes to judge requests that rules allow and requests that no rule allows.
fn time_to_ask(matcher: &NetworkMatcher, count: u16) -> Duration {
    let (last, one) = (count - 1, "192.0.2.1".parse().unwrap());
    let address = IpAddr::from([10, (last / 256) as u8, (last % 256) as u8, 77]);
    let host = name(&format!("a.zone-{last}.example.com"));
    let start = Instant::now();
    for turn in 0..2_000 {
        let port = turn * 5 % (2 * count);
        assert_eq!(
            matcher.connect(Tcp, address, port).is_allowed(),
            port == count
        );
        for port in [443, port] {
            let verdict = matcher.connect_named(&host, Tcp, address, port);
            assert_eq!(verdict.is_allowed(), port == 443);
        }
        assert_eq!(matcher.connect(Tcp, one, port).is_allowed(), port % 2 == 1);
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

/// Judges an address by looking at the rules one by one.
fn plainly(rules: &NetworkRules, address: IpAddr, port: u16) -> bool {
    rules.connect.iter().any(|rule| {
        let within = match &rule.host {
            Host::Network(network) => network.contains(&address),
            Host::Class(class) => class
                .networks()
                .iter()
                .any(|network| network.contains(&address)),
            Host::Pattern(HostPattern::Any) => true,
            Host::Pattern(_) => false,
        };
        rule.protocol == Tcp && within && rule.ports.contains(port)
    })
}

proptest! {
    #[test]
    fn the_compiled_form_says_what_the_rules_say(
        blocks in prop::collection::vec((0u32..8, 26u32..=32, 0u16..4, 0u16..4), 0..12),
        wide in any::<bool>(),
        asked in 0u32..256,
        port in 0u16..8,
    ) {
        let mut rules = NetworkRules::default();
        for (bits, length, first, more) in blocks {
            let start = (0xc000_0200 | bits << 3) >> (32 - length) << (32 - length);
            let host = Host::parse(&format!("{}/{length}", std::net::Ipv4Addr::from_bits(start))).unwrap();
            rules.connect.push(SocketRule { protocol: Tcp, host, ports: Ports::new(first, first + more).unwrap() });
        }
        if wide {
            rules.connect.push(SocketRule::parse("tcp://192.0.0.0/8:7").unwrap());
        }
        let address: IpAddr = std::net::Ipv4Addr::from_bits(0xc000_0200 | asked).into();
        let verdict = NetworkMatcher::new(&rules).connect(Tcp, address, port);
        prop_assert_eq!(verdict.is_allowed(), plainly(&rules, address, port));
    }
}
