//! Narrows the network and HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use interpose_http::{Method, RequestRule, UrlRule};
use interpose_policy::model::{
    Fallback, Host, Http, HttpMatcher, HttpResponse, HttpRules, Network, NetworkRules,
    OutgoingRequest, Policy, SocketRule,
};
use interpose_rules::{HostPattern, NetworkMatcher, Ports, Protocol};

use crate::uses::{Count, LookedUp, NOBODY, Request, Uses};

/// An address that nobody has: of TEST-NET-1, for documentation (RFC 5737). A rule about it lets a program make sockets and
/// connect them to nothing.
pub(crate) const NOBODYS_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 0));

/// The port of a rule that is not meant for connecting: `discard` (RFC 863).
pub(crate) const NOBODYS_PORT: u16 = 9;

/// How many paths of one server are few, so that a policy can name each of them.
const FEW_PATHS: usize = 16;

pub(super) fn network(base: &Policy, uses: &Uses) -> Option<Network> {
    let given = match (&base.network, base.default) {
        (Some(network), _) => network.clone(),
        (None, Fallback::Inherit) => Network::default(),
        (None, _) => return None,
    };
    let mut rules = NetworkRules {
        deny: given.rules.deny,
        ..NetworkRules::default()
    };
    for peer in uses.connects.keys() {
        rules
            .connect
            .extend(rule(peer.protocol, &peer.host, peer.port));
    }
    for local in uses.binds.keys() {
        let address = LookedUp::Address(local.address.ip());
        rules
            .listen
            .extend(rule(local.protocol, &address, local.address.port()));
    }
    look_up(&mut rules, uses);
    for protocol in uses.sockets.keys() {
        if !rules.allow_sockets(*protocol) {
            let nobody = LookedUp::Address(NOBODYS_ADDRESS);
            rules.connect.extend(rule(*protocol, &nobody, NOBODYS_PORT));
        }
    }
    let is_used = uses
        .calls
        .keys()
        .any(|name| name.starts_with("wasi:sockets/"));
    let network = Network {
        preopen: match is_used {
            true => given.preopen,
            false => Vec::new(),
        },
        rules,
    };
    let allows = !network.preopen.is_empty()
        || network.rules.allow_lookups()
        || network.rules.allow_sockets(Protocol::Tcp)
        || network.rules.allow_sockets(Protocol::Udp);
    allows.then_some(network)
}

/// Adds the rules that the lookups need besides those about sockets.
fn look_up(rules: &mut NetworkRules, uses: &Uses) {
    for lookup in uses.lookups.keys() {
        let matcher = NetworkMatcher::new(rules);
        match lookup {
            // Where any lookup is allowed, one of no name fails as on a host.
            LookedUp::Name(name) if name == NOBODY && rules.allow_lookups() => {}
            LookedUp::Name(name) => {
                let pattern = HostPattern::parse(name).ok();
                let is_allowed = pattern.as_ref().is_some_and(|pattern| match pattern {
                    HostPattern::Name(name) => matcher.resolve(name).is_allowed(),
                    _ => false,
                });
                rules.resolve.extend(pattern.filter(|_| !is_allowed));
            }
            LookedUp::Address(address) if matcher.is_of_use(*address) => {}
            LookedUp::Address(_) => {
                rules
                    .connect
                    .extend(rule(Protocol::Tcp, lookup, NOBODYS_PORT));
            }
        }
    }
    rules.resolve.sort_unstable();
}

fn rule(protocol: Protocol, host: &LookedUp, port: u16) -> Option<SocketRule> {
    Some(SocketRule {
        protocol,
        host: match host {
            LookedUp::Name(name) => Host::parse(name).ok()?,
            LookedUp::Address(address) => Host::parse(&address.to_string()).ok()?,
        },
        ports: Ports::one(port),
    })
}

pub(super) fn http(base: &Policy, uses: &Uses) -> Option<Http> {
    let given = match (&base.http, base.default) {
        (Some(http), _) => http.clone(),
        (None, Fallback::Inherit) => Http::default(),
        (None, _) => return None,
    };
    let mut responses = Responses::new(given.responses);
    let allowed = HttpMatcher::new(&given.rules);
    let others = uses.requests.iter();
    let others = others.filter(|(request, _)| match responses.answer(request) {
        Answered::Never => true,
        Answered::AtFirst => allowed.allows(&asked(request)),
        Answered::Always => false,
    });
    let others: BTreeMap<Request, Count> = others
        .map(|(request, count)| (request.clone(), *count))
        .collect();
    (!uses.requests.is_empty()).then(|| Http {
        rules: HttpRules {
            allow: requests(&others),
            deny: given.rules.deny,
        },
        responses: responses.used(),
        set_headers: given.set_headers,
        remove_headers: given.remove_headers,
    })
}

/// The responses of a policy, and which of them a request can have got.
struct Responses {
    all: Vec<(HttpResponse, HttpMatcher)>,
    used: BTreeSet<usize>,
}

impl Responses {
    fn new(responses: Vec<HttpResponse>) -> Self {
        let matched = responses.into_iter().map(|response| {
            let matcher = HttpMatcher::new(&HttpRules {
                allow: vec![response.requests.clone()],
                deny: Vec::new(),
            });
            (response, matcher)
        });
        Self {
            all: matched.collect(),
            used: BTreeSet::new(),
        }
    }

    /// Notes which responses are for a request, up to the first without a limit.
    fn answer(&mut self, request: &Request) -> Answered {
        let asked = asked(request);
        let mut answered = Answered::Never;
        for (position, (response, matcher)) in self.all.iter().enumerate() {
            if matcher.allows(&asked) {
                self.used.insert(position);
                if response.times.is_none() {
                    return Answered::Always;
                }
                answered = Answered::AtFirst;
            }
        }
        answered
    }

    /// The responses that were noted, in the policy's order.
    fn used(self) -> Vec<HttpResponse> {
        let all = self.all.into_iter().enumerate();
        let used = all.filter(|(position, _)| self.used.contains(position));
        used.map(|(_, (response, _))| response).collect()
    }
}

/// Whether responses of a policy answer a request.
enum Answered {
    Never,
    /// Until they have answered as many requests as they may.
    AtFirst,
    Always,
}

/// The request as rules judge it.
fn asked(request: &Request) -> OutgoingRequest<'_> {
    let (server, path) = split(&request.url);
    let (scheme, authority) = server.split_once("://").unwrap_or(("", server));
    OutgoingRequest {
        method: &request.method,
        scheme: Some(scheme),
        authority: Some(authority),
        path_with_query: Some(path),
    }
}

/// The methods of each path of a server.
type Paths = BTreeMap<String, BTreeSet<Method>>;

/// A rule for each URL, or for everything below the directory that many URLs of a server have in common.
fn requests(used: &BTreeMap<Request, Count>) -> Vec<RequestRule> {
    let mut servers: BTreeMap<&str, Paths> = BTreeMap::new();
    for request in used.keys() {
        let (server, path) = split(&request.url);
        let Ok(method) = Method::parse(&request.method) else {
            continue;
        };
        let paths = servers.entry(server).or_default();
        paths.entry(path.to_owned()).or_default().insert(method);
    }
    let mut rules = Vec::new();
    for (server, paths) in servers {
        let few = match paths.len() > FEW_PATHS {
            true => below(paths),
            false => paths,
        };
        rules.extend(few.into_iter().filter_map(|(path, methods)| {
            Some(RequestRule {
                methods: Some(methods.into_iter().collect()),
                url: UrlRule::parse(&format!("{server}{path}")).ok()?,
            })
        }));
    }
    rules
}

/// The scheme, host and port of a URL, and its path.
fn split(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + "://".len());
    let path = url[host..].find('/').map_or(url.len(), |at| host + at);
    url.split_at(path)
}

/// One path for everything below the directory that these have in common.
fn below(paths: Paths) -> Paths {
    let Some(mut directory) = paths.keys().next().cloned() else {
        return paths;
    };
    for path in paths.keys() {
        let is_common = |directory: &str| directory.ends_with('/') && path.starts_with(directory);
        while !(directory.is_empty() || is_common(&directory)) {
            directory.pop();
        }
    }
    let methods = paths.into_values().flatten().collect();
    BTreeMap::from([(format!("{directory}*"), methods)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_paths_become_their_directory() {
        let request = |number: usize| Request {
            url: format!("http://example.com/v1/{number}/x"),
            method: "GET".into(),
        };
        let requests_of = |numbers: std::ops::Range<usize>| {
            let used = numbers.map(|number| (request(number), 1)).collect();
            let rules = requests(&used).into_iter();
            rules.map(|rule| rule.url.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            requests_of(0..2),
            ["http://example.com/v1/0/x", "http://example.com/v1/1/x"]
        );
        assert_eq!(requests_of(0..FEW_PATHS + 1), ["http://example.com/v1/*"]);
    }

    #[test]
    fn what_a_response_answered_stays_its_own() {
        let text = "version = 1\n[http]\nallow = [\"http://a/both\", \"http://a/open\"]\n\
            [[http.responses]]\nurl = \"http://a/both\"\ntimes = 1\n\
            [[http.responses]]\nurl = \"http://a/first\"\ntimes = 1\n\
            [[http.responses]]\nurl = \"http://a/own/*\"\n\
            [[http.responses]]\nurl = \"http://a/unused\"\n";
        let base = Policy::parse("base", text, None).unwrap();
        let paths = ["/both", "/first", "/open", "/own/x"];
        let used = paths.map(|path| Request {
            url: format!("http://a{path}"),
            method: "GET".into(),
        });
        let uses = Uses {
            requests: used.into_iter().map(|request| (request, 1)).collect(),
            ..Uses::default()
        };
        let learnt = http(&base, &uses).unwrap();
        let urls = |rules: Vec<&RequestRule>| -> Vec<String> {
            rules.iter().map(|rule| rule.url.to_string()).collect()
        };
        let allowed = urls(learnt.rules.allow.iter().collect());
        assert_eq!(allowed, ["http://a/both", "http://a/open"]);
        let answered = learnt.responses.iter().map(|response| &response.requests);
        let answered = urls(answered.collect());
        assert_eq!(
            answered,
            ["http://a/both", "http://a/first", "http://a/own/*"]
        );
    }

    #[test]
    fn urls_are_split_in_front_of_the_path() {
        assert_eq!(split("http://a:80/b/c"), ("http://a:80", "/b/c"));
        assert_eq!(split("http://a/"), ("http://a", "/"));
    }
}
