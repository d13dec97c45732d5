//! `[network]`.

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

    let denied = NetworkMatcher::new(&only_deny(
        deny.iter().map(|rule| rule.value.clone()).collect(),
    ));
    for rule in connect.iter().chain(&listen) {
        check_reachable(reader, rule, &denied, &deny, |matcher, rule| {
            matcher.denies_all(rule)
        });
    }
    for rule in &resolve {
        check_reachable(reader, rule, &denied, &deny, |matcher, rule| {
            matcher.denies_lookups(rule)
        });
    }
    Some(NetworkRules {
        connect: values(connect),
        listen: values(listen),
        resolve: values(resolve),
        deny: values(deny),
    })
}

fn only_deny(deny: Vec<DenyRule>) -> NetworkRules {
    NetworkRules {
        deny,
        ..NetworkRules::default()
    }
}

/// Reports a rule that `deny` refuses as a whole, and the one rule there that does it, if it is one.
fn check_reachable<T>(
    reader: &mut Reader<'_>,
    rule: &Spot<T>,
    denied: &NetworkMatcher,
    deny: &[Spot<DenyRule>],
    denies: impl Fn(&NetworkMatcher, &T) -> bool,
) {
    if !denies(denied, &rule.value) {
        return;
    }
    let culprit = deny.iter().find(|spot| {
        denies(
            &NetworkMatcher::new(&only_deny(vec![spot.value.clone()])),
            &rule.value,
        )
    });
    let problem = reader.report(
        &rule.span,
        Problem::Unreachable {
            reason: "`deny` wins over it",
        },
    );
    problem.with_hint("remove the rule, or deny less");
    if let Some(culprit) = culprit {
        problem.with_label(culprit.span.clone(), "denied here");
    }
}
