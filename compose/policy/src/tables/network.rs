//! Reads `[network]`.

use std::ops::Range;

use interpose_rules::{DenyRule, HostPattern, NetworkMatcher, NetworkRules, SocketRule};

use crate::model::Network;
use crate::reader::{Entry, Reader, Spot, values};
use crate::shape::{Key, Shape, TableShape};

pub(crate) static NETWORK: TableShape = TableShape {
    name: "[network]",
    about: "Sockets and name lookup. What no rule allows is refused.",
    keys: &[
        Key::new(
            "connect",
            Shape::List(&Shape::Text),
            "Peers: `tcp://api.example.com:443`, `udp://10.0.0.0/8:*`.",
        ),
        Key::new(
            "listen",
            Shape::List(&Shape::Text),
            "Addresses of this host: `tcp://127.0.0.1:8080`.",
        ),
        Key::new(
            "preopen",
            Shape::List(&Shape::Text),
            "Sockets that listen already when a core module for preview 1 starts: `tcp://127.0.0.1:8080`.",
        ),
        Key::new(
            "resolve",
            Shape::List(&Shape::Text),
            "Names that may be looked up besides those in `connect`: `*.example.com`.",
        ),
        Key::new(
            "deny",
            Shape::List(&Shape::Text),
            "What is refused whatever the rules above allow: `private`, `169.254.0.0/16`, `tcp://*:25`.",
        ),
    ],
    rules: &[],
};

pub(crate) fn network(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Network>,
) -> Option<Network> {
    let table = entry.value.table(reader, &NETWORK)?;
    let connect = table.list(reader, "connect", |reader, text| {
        reader.parse(text, SocketRule::parse_connect)
    });
    let listen = table.list(reader, "listen", |reader, text| {
        reader.parse(text, SocketRule::parse_listen)
    });
    let preopen = table.list(reader, "preopen", |reader, text| {
        reader.parse(text, SocketRule::parse_preopen)
    });
    let resolve = table.list(reader, "resolve", |reader, text| {
        reader.parse(text, HostPattern::parse)
    });
    let deny = table.list(reader, "deny", |reader, text| {
        reader.parse(text, DenyRule::parse)
    });
    reader.distinct(&connect, "this rule");
    reader.distinct(&listen, "this rule");
    reader.distinct(&preopen, "this socket");
    reader.distinct(&resolve, "this rule");
    reader.distinct(&deny, "this rule");

    let inherits_denials = table.get("deny").is_none();
    let denials = match base {
        Some(base) if inherits_denials => Denials::below(&base.rules.deny),
        _ => Denials::new(&deny),
    };
    for rule in connect.iter().chain(&listen).chain(&preopen) {
        denials.check(reader, &rule.span, |matcher| {
            matcher.denies_all(&rule.value)
        });
    }
    for rule in &resolve {
        denials.check(reader, &rule.span, |matcher| {
            matcher.denies_lookups(&rule.value)
        });
    }
    let preopen = values(preopen);
    let written = NetworkRules {
        connect: values(connect),
        listen: values(listen),
        resolve: values(resolve),
        deny: values(deny),
    };
    let Some(Network {
        rules: base,
        preopen: inherited,
    }) = base
    else {
        return Some(Network {
            rules: written,
            preopen,
        });
    };
    let mut preopen = table.written_or("preopen", preopen, Some(inherited));
    preopen.retain(|socket| !denials.all.denies_all(socket));
    let mut rules = NetworkRules {
        connect: table.written_or("connect", written.connect, Some(&base.connect)),
        listen: table.written_or("listen", written.listen, Some(&base.listen)),
        resolve: table.written_or("resolve", written.resolve, Some(&base.resolve)),
        deny: table.written_or("deny", written.deny, Some(&base.deny)),
    };
    // Inherited rules that this table denies are dropped.
    rules.connect.retain(|rule| !denials.all.denies_all(rule));
    rules.listen.retain(|rule| !denials.all.denies_all(rule));
    rules
        .resolve
        .retain(|rule| !denials.all.denies_lookups(rule));
    Some(Network { rules, preopen })
}

/// The rules under `deny`, together and one by one.
struct Denials {
    all: NetworkMatcher,
    /// Each rule of this file by itself; empty for the extended policy.
    each: Vec<Spot<NetworkMatcher>>,
    are_inherited: bool,
}

fn matcher(deny: Vec<DenyRule>) -> NetworkMatcher {
    NetworkMatcher::new(&NetworkRules {
        deny,
        ..NetworkRules::default()
    })
}

impl Denials {
    fn new(deny: &[Spot<DenyRule>]) -> Self {
        let each = deny.iter().map(|rule| Spot {
            value: matcher(vec![rule.value.clone()]),
            span: rule.span.clone(),
        });
        Self {
            all: matcher(deny.iter().map(|rule| rule.value.clone()).collect()),
            each: each.collect(),
            are_inherited: false,
        }
    }

    /// The denials of the extended policy.
    fn below(deny: &[DenyRule]) -> Self {
        Self {
            all: matcher(deny.to_vec()),
            each: Vec::new(),
            are_inherited: true,
        }
    }

    /// Reports an allowing rule of which the denials leave nothing, and points to the denial if a single one suffices.
    fn check(
        &self,
        reader: &mut Reader<'_>,
        span: &Range<usize>,
        denies: impl Fn(&NetworkMatcher) -> bool,
    ) {
        if !denies(&self.all) {
            return;
        }
        let problem = super::report_denied(reader, span, self.are_inherited);
        if let Some(culprit) = self.each.iter().find(|rule| denies(&rule.value)) {
            problem.with_label(culprit.span.clone(), "denied here");
        }
    }
}
