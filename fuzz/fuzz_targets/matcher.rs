//! Rules and what is asked of them, both any: the compiled form of many rules says what each of them says alone, denied
//! ones first, and for addresses what the rules say when they are compared one by one.
#![no_main]

use std::net::IpAddr;

use arbitrary::Arbitrary;
use interpose_http::{HttpMatcher, HttpRules, Request, RequestRule, UrlRule};
use interpose_rules::{
    DenyRule, Host, HostPattern, NetworkMatcher, NetworkRules, Protocol, SocketRule, Verdict,
};
use libfuzzer_sys::fuzz_target;

const HOSTS: &[&str] = &[
    "*",
    "any",
    "loopback",
    "private",
    "link-local",
    "a.example",
    "*.example",
    "b.a.example",
    "*.a.example",
    "10.0.0.0/8",
    "10.1.2.3",
    "192.0.2.0/25",
    "[::1]",
    "[2001:db8::]",
    "0.0.0.0",
];
const PATHS: &[&str] = &[
    "/", "/*", "/v1/*", "/v1/a", "/v1/a/*", "/%61", "/v1", "//v1",
];

#[derive(Arbitrary, Debug)]
struct Rule {
    host: u8,
    first: u8,
    more: u8,
    path: u8,
    tcp: bool,
}

impl Rule {
    fn host(&self) -> &'static str {
        HOSTS[usize::from(self.host) % HOSTS.len()]
    }

    fn ports(&self) -> String {
        let first = u16::from(self.first % 8) + 1;
        format!("{first}-{}", first + u16::from(self.more % 4))
    }

    fn socket(&self) -> String {
        let protocol = if self.tcp { "tcp" } else { "udp" };
        format!("{protocol}://{}:{}", self.host(), self.ports())
    }

    fn url(&self) -> Option<RequestRule> {
        let path = PATHS[usize::from(self.path) % PATHS.len()];
        let url = UrlRule::parse(&format!("http://{}:{}{path}", self.host(), self.ports())).ok()?;
        Some(RequestRule { methods: None, url })
    }
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    allow: Vec<Rule>,
    deny: Vec<Rule>,
    address: [u8; 5],
    port: u16,
    authority: &'a str,
    authority_of: u8,
    path: &'a str,
    path_of: u8,
}

fuzz_target!(|input: Input<'_>| {
    if input.allow.len() + input.deny.len() > 64 {
        return;
    }
    network(&input);
    http(&input);
});

fn network(input: &Input<'_>) {
    let connect: Vec<_> = input
        .allow
        .iter()
        .filter_map(|rule| SocketRule::parse_connect(&rule.socket()).ok())
        .collect();
    let deny: Vec<_> = input
        .deny
        .iter()
        .filter_map(|rule| DenyRule::parse(&rule.socket()).ok())
        .collect();
    let all = NetworkMatcher::new(&NetworkRules {
        connect: connect.clone(),
        deny: deny.clone(),
        ..NetworkRules::default()
    });
    let [kind, octets @ ..] = input.address;
    let address = match kind % 4 {
        0 => IpAddr::from([10, 1, octets[0] % 4, octets[1] % 4]),
        1 => IpAddr::from([192, 0, 2, octets[0]]),
        2 => IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(octets[0] % 2)]),
        _ => IpAddr::from(octets),
    };
    let port = input.port % 16;
    for protocol in [Protocol::Tcp, Protocol::Udp] {
        let found = all.connect(protocol, address, port);
        let denied = deny.iter().any(|rule| {
            let one = NetworkRules {
                connect: vec![any(protocol)],
                deny: vec![rule.clone()],
                ..NetworkRules::default()
            };
            NetworkMatcher::new(&one).connect(protocol, address, port) == Verdict::Denied
        });
        let allowed = connect.iter().any(|rule| {
            let within = match &rule.host {
                Host::Network(network) => network.contains(&address),
                Host::Class(class) => class
                    .networks()
                    .iter()
                    .any(|network| network.contains(&address)),
                Host::Pattern(HostPattern::Any) => true,
                Host::Pattern(_) => false,
            };
            rule.protocol == protocol && within && rule.ports.contains(port)
        });
        let expected = if denied {
            Verdict::Denied
        } else if allowed {
            Verdict::Allowed
        } else {
            Verdict::Unmatched
        };
        assert_eq!(
            found, expected,
            "{protocol:?} {address} {port} under {connect:?} and {deny:?}"
        );
    }
}

fn any(protocol: Protocol) -> SocketRule {
    let text = if protocol == Protocol::Tcp {
        "tcp://*:*"
    } else {
        "udp://*:*"
    };
    SocketRule::parse_connect(text).expect("a rule")
}

fn http(input: &Input<'_>) {
    let rules = HttpRules {
        allow: input.allow.iter().filter_map(Rule::url).collect(),
        deny: input.deny.iter().filter_map(Rule::url).collect(),
    };
    let pick = |own: &str, choice: u8, from: &[&str], end: &str| match usize::from(choice) {
        choice if choice < from.len() => format!("{}{end}", from[choice].replace('*', "x")),
        _ => own.to_owned(),
    };
    let authority = pick(
        input.authority,
        input.authority_of,
        HOSTS,
        &format!(":{}", input.port % 16),
    );
    let path = pick(input.path, input.path_of, PATHS, "");
    let request = Request {
        method: "GET",
        scheme: "http",
        authority: &authority,
        path_with_query: &path,
    };
    let found = HttpMatcher::new(&rules).judge(&request);
    let alone = |allow: Vec<RequestRule>, deny: Vec<RequestRule>| {
        HttpMatcher::new(&HttpRules { allow, deny }).judge(&request)
    };
    let denied = rules
        .deny
        .iter()
        .any(|rule| alone(Vec::new(), vec![rule.clone()]) == Verdict::Denied);
    let matching: Vec<_> = rules
        .allow
        .iter()
        .filter(|rule| alone(vec![(*rule).clone()], Vec::new()).is_allowed())
        .collect();
    let expected = if denied {
        Verdict::Denied
    } else if matching.is_empty() {
        Verdict::Unmatched
    } else {
        Verdict::Allowed
    };
    assert_eq!(found, expected, "{request:?} under {rules:?}");
    // What covers a rule that allows it, allows it too.
    for narrow in matching {
        for wide in rules.allow.iter().filter(|wide| wide.covers(narrow)) {
            assert!(
                alone(vec![wide.clone()], Vec::new()).is_allowed(),
                "{wide:?} covers {narrow:?}, but not for {request:?}"
            );
        }
    }
}
