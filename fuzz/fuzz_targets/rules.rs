//! Any text as each kind of rule: it is read or answered with an error that lies in it, what was read is printed and
//! read again as the same, and asking the compiled form about anything never panics.
#![no_main]

use std::fmt::{Debug, Display};
use std::net::IpAddr;

use interpose_http::{Method, UrlRule};
use interpose_rules::{
    DenyRule, Glob, Host, HostName, HostPattern, NamePattern, NetworkMatcher, NetworkRules,
    NetworkSession, ParseError, Protocol, SocketRule,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, [u8; 16], u16)| {
    let (text, octets, port) = input;
    let address = match octets[0] % 2 {
        0 => IpAddr::from([octets[1], octets[2], octets[3], octets[4]]),
        _ => IpAddr::from(octets),
    };
    same_again(text, HostName::parse);
    same_again(text, HostPattern::parse);
    same_again(text, Host::parse);
    same_again(text, NamePattern::parse);
    same_again(text, Glob::parse);
    same_again(text, Method::parse);
    same_again(text, UrlRule::parse);
    let mut rules = NetworkRules::default();
    rules
        .connect
        .extend(same_again(text, SocketRule::parse_connect));
    rules
        .listen
        .extend(same_again(text, SocketRule::parse_listen));
    rules.resolve.extend(same_again(text, HostPattern::parse));
    let matcher = NetworkMatcher::new(&rules);
    let allowed = matcher.connect(Protocol::Tcp, address, port).is_allowed();
    // What a rule allows, the same text denies.
    if let Some(deny) = same_again(text, DenyRule::parse) {
        rules.deny.push(deny);
        let with_deny = NetworkMatcher::new(&rules);
        assert!(!allowed || !with_deny.connect(Protocol::Tcp, address, port).is_allowed());
    }
    let mut gate = NetworkSession::new(&rules);
    if let Ok(lookup) = gate.lookup(text) {
        gate.found(&lookup, address);
    }
    gate.connects(Protocol::Tcp, address, port);
    gate.binds(Protocol::Udp, address, port);
    gate.hears(Protocol::Udp, address, port);
});

/// Reads a text, prints what was read, and reads that.
fn same_again<T: PartialEq + Debug + Display>(
    text: &str,
    parse: fn(&str) -> Result<T, ParseError>,
) -> Option<T> {
    match parse(text) {
        Ok(value) => {
            let printed = value.to_string();
            assert_eq!(
                parse(&printed).as_ref(),
                Ok(&value),
                "{text:?} is printed as {printed:?}"
            );
            Some(value)
        }
        Err(error) => {
            assert!(
                text.get(error.span.clone()).is_some(),
                "{error:?} lies outside of {text:?}"
            );
            None
        }
    }
}
