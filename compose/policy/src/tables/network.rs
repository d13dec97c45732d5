//! `[network]`.

use std::ops::Range;

use interpose_rules::{DenyRule, HostPattern, NetworkMatcher, NetworkRules, SocketRule};

use crate::error::Problem;
use crate::reader::{Entry, Reader, Spot, values};

pub(crate) const NETWORK: &[&str] = &["connect", "listen", "resolve", "deny"];

pub(crate) fn network(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<NetworkRules> {
    let table = entry.value.table(reader, "[network]", NETWORK)?;
    let connect = table.list(reader, "connect", |reader, text| {
        reader.parse(text, SocketRule::parse_connect)
    });
    let listen = table.list(reader, "listen", |reader, text| {
        reader.parse(text, SocketRule::parse_listen)
    });
    let resolve = table.list(reader, "resolve", |reader, text| {
        reader.parse(text, HostPattern::parse)
    });
    let deny = table.list(reader, "deny", |reader, text| {
        reader.parse(text, DenyRule::parse)
    });
    reader.distinct(&connect, "this rule");
    reader.distinct(&listen, "this rule");
    reader.distinct(&resolve, "this rule");
    reader.distinct(&deny, "this rule");

    let denials = Denials::new(&deny);
    for rule in connect.iter().chain(&listen) {
        denials.check(reader, &rule.span, |matcher| {
            matcher.denies_all(&rule.value)
        });
    }
    for rule in &resolve {
        denials.check(reader, &rule.span, |matcher| {
            matcher.denies_lookups(&rule.value)
        });
    }
    Some(NetworkRules {
        connect: values(connect),
        listen: values(listen),
        resolve: values(resolve),
        deny: values(deny),
    })
}

/// What `deny` says, as a whole and rule by rule.
struct Denials {
    all: NetworkMatcher,
    each: Vec<Spot<NetworkMatcher>>,
}

impl Denials {
    fn new(deny: &[Spot<DenyRule>]) -> Self {
        let matcher = |deny| {
            NetworkMatcher::new(&NetworkRules {
                deny,
                ..NetworkRules::default()
            })
        };
        let each = deny.iter().map(|rule| Spot {
            value: matcher(vec![rule.value.clone()]),
            span: rule.span.clone(),
        });
        Self {
            all: matcher(deny.iter().map(|rule| rule.value.clone()).collect()),
            each: each.collect(),
        }
    }

    /// Reports a rule that is denied as a whole, and which rule there does it, if it is a single one.
    fn check(
        &self,
        reader: &mut Reader<'_>,
        span: &Range<usize>,
        denies: impl Fn(&NetworkMatcher) -> bool,
    ) {
        if !denies(&self.all) {
            return;
        }
        let problem = reader.report(
            span,
            Problem::Unreachable {
                reason: "`deny` wins over it",
            },
        );
        problem.with_hint("remove the rule, or deny less");
        if let Some(culprit) = self.each.iter().find(|rule| denies(&rule.value)) {
            problem.with_label(culprit.span.clone(), "denied here");
        }
    }
}
