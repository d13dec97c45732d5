//! Which uses a policy does not allow.

use std::net::SocketAddr;

use interpose_http::{HttpMatcher, Method, RequestRule, UrlRule};
use interpose_policy::model::{
    Access, ArgumentList, Clocks, Exit, Fallback, Http, Mount, NamePattern, Policy, Random, Source,
    Stdin, Stdout,
};
use interpose_rules::{HostName, NetworkMatcher, Verdict};

use crate::narrow::NOBODYS_ADDRESS;
use crate::uses::{Files, LookedUp, NOBODY, Peer, Uses};

/// What was used and a policy does not allow, each as part of a sentence.
///
/// It is about capabilities alone: a policy that gives files in memory, seeded numbers or virtual time in place of the host's
/// allows their use.
pub fn missing(policy: &Policy, uses: &Uses) -> Vec<String> {
    let mut missing = Vec::new();
    let mut check = |is_allowed: bool, what: &dyn Fn() -> String| {
        if !is_allowed {
            missing.push(what());
        }
    };
    let inherits = policy.default == Fallback::Inherit;
    let has_arguments = match &policy.arguments {
        Some(arguments) => arguments.list != ArgumentList::None,
        None => inherits,
    };
    check(uses.arguments == 0 || has_arguments, &|| "arguments".into());
    for name in uses.variables.keys() {
        check(sees_variable(policy, name), &|| {
            format!("the variable `{name}`")
        });
    }
    for key in uses.config.keys() {
        check(sees_value(policy, key), &|| {
            format!("the configuration value `{key}`")
        });
    }
    let reads = match &policy.stdio.stdin {
        Some(stdin) => !matches!(stdin, Stdin::Closed | Stdin::Deny),
        None => inherits,
    };
    check(uses.stdin == 0 || reads, &|| "standard input".into());
    check(
        uses.stdout == 0 || writes(policy.stdio.stdout.as_ref(), inherits),
        &|| "standard output".into(),
    );
    check(
        uses.stderr == 0 || writes(policy.stdio.stderr.as_ref(), inherits),
        &|| "standard error".into(),
    );
    let clocks = policy
        .clocks
        .map_or(inherits, |clocks| clocks != Clocks::Deny);
    check(uses.clocks == 0 || clocks, &|| "clocks".into());
    let random = policy
        .random
        .map_or(inherits, |random| random != Random::Deny);
    check(uses.random == 0 || random, &|| "random numbers".into());
    let exit = policy.exit.map_or(inherits, |exit| exit != Exit::Trap);
    check(uses.exit == 0 || exit, &|| "`exit`".into());
    missing.extend(missing_files(policy, uses));
    missing.extend(missing_peers(policy, uses));
    missing
}

fn writes(stdout: Option<&Stdout>, inherits: bool) -> bool {
    match stdout {
        Some(stdout) => !matches!(stdout, Stdout::Discard | Stdout::Deny),
        None => inherits,
    }
}

fn sees(
    name: &str,
    set: &[(String, String)],
    inherit: &[NamePattern],
    except: &[NamePattern],
) -> bool {
    let any = |patterns: &[NamePattern]| patterns.iter().any(|pattern| pattern.matches(name));
    set.iter().any(|(own, _)| own == name) || any(inherit) && !any(except)
}

pub(crate) fn sees_variable(policy: &Policy, name: &str) -> bool {
    match &policy.environment {
        Some(table) => sees(name, &table.set, &table.inherit, &table.except),
        None => policy.default == Fallback::Inherit,
    }
}

pub(crate) fn sees_value(policy: &Policy, key: &str) -> bool {
    match &policy.config {
        Some(table) => sees(key, &table.set, &table.inherit, &table.except),
        None => policy.default == Fallback::Inherit,
    }
}

/// Whether the policy leaves the host's directories to the application.
pub(crate) fn inherits_files(policy: &Policy) -> bool {
    match &policy.filesystem {
        Some(table) => table.inherit,
        None => policy.default == Fallback::Inherit,
    }
}

fn missing_files(policy: &Policy, uses: &Uses) -> Vec<String> {
    let mounts = policy.filesystem.iter().flat_map(|table| &table.mounts);
    let mut missing = Vec::new();
    for (name, files) in &uses.preopens {
        if files.is_empty() {
            continue;
        }
        match mounts.clone().find(|mount| mount.path == *name) {
            Some(mount) => missing.extend(missing_of_mount(mount, files)),
            None if inherits_files(policy) => {}
            None => missing.push(format!("the directory `{name}`")),
        }
    }
    missing
}

fn missing_of_mount(mount: &Mount, files: &Files) -> Vec<String> {
    let path = &mount.path;
    if !files.changes.is_empty() && mount.access == Access::ReadOnly {
        return vec![format!("changing files below `{path}`")];
    }
    let Source::Memory(memory) = &mount.source else {
        return Vec::new();
    };
    if memory.from.is_none() || memory.include.is_empty() {
        return Vec::new();
    }
    let is_there = |file: &str| {
        let mut globs = memory.include.iter();
        let mut own = memory.files.iter();
        // The application may have made it.
        globs.any(|glob| glob.matches(file))
            || own.any(|(own, _)| own == file)
            || files.changes.contains_key(file)
    };
    let absent = files.reads.keys().filter(|file| !is_there(file));
    let absent = absent.map(|file| format!("the file `{file}` below `{path}`"));
    let listed = files.listings.keys();
    let listed = listed.map(|directory| format!("listing `{directory}` below `{path}`"));
    absent.chain(listed).collect()
}

fn missing_peers(policy: &Policy, uses: &Uses) -> Vec<String> {
    let mut missing = Vec::new();
    match &policy.network {
        None if policy.default == Fallback::Inherit => {}
        None => {
            missing.extend(
                uses.connects
                    .keys()
                    .map(|peer| format!("a connection to {}", shown(peer))),
            );
            missing.extend(
                uses.binds
                    .keys()
                    .map(|local| format!("a socket bound to {}", local.address)),
            );
            missing.extend(
                uses.lookups
                    .keys()
                    .map(|name| format!("a lookup of {}", text(name))),
            );
            missing.extend(
                uses.sockets
                    .keys()
                    .map(|protocol| format!("a {protocol} socket")),
            );
        }
        Some(network) => {
            let rules = network.all_rules();
            let matcher = NetworkMatcher::new(&rules);
            for peer in uses.connects.keys() {
                if !connects(&matcher, peer).is_allowed() {
                    missing.push(format!("a connection to {}", shown(peer)));
                }
            }
            for local in uses.binds.keys() {
                let address = local.address;
                if !matcher
                    .listen(local.protocol, address.ip(), address.port())
                    .is_allowed()
                {
                    missing.push(format!("a socket bound to {}://{address}", local.protocol));
                }
            }
            for protocol in uses.sockets.keys() {
                if !rules.allow_sockets(*protocol) {
                    missing.push(format!("a {protocol} socket"));
                }
            }
            for lookup in uses.lookups.keys() {
                let is_allowed = match lookup {
                    LookedUp::Name(name) if name == NOBODY => rules.allow_lookups(),
                    LookedUp::Name(name) => resolves(&matcher, name),
                    LookedUp::Address(address) => matcher.is_of_use(*address),
                };
                if !is_allowed {
                    missing.push(format!("a lookup of {}", text(lookup)));
                }
            }
        }
    }
    missing.extend(missing_requests(policy, uses));
    missing
}

/// The verdict about a connection. What a name's lookup returns is not known: some address.
pub(crate) fn connects(matcher: &NetworkMatcher, peer: &Peer) -> Verdict {
    match &peer.host {
        LookedUp::Address(address) => matcher.connect(peer.protocol, *address, peer.port),
        LookedUp::Name(name) => match HostName::parse(name) {
            Ok(name) => matcher.connect_named(&name, peer.protocol, NOBODYS_ADDRESS, peer.port),
            Err(_) => Verdict::Unmatched,
        },
    }
}

fn resolves(matcher: &NetworkMatcher, name: &str) -> bool {
    HostName::parse(name).is_ok_and(|name| matcher.resolve(&name).is_allowed())
}

fn missing_requests(policy: &Policy, uses: &Uses) -> Vec<String> {
    let http = match &policy.http {
        Some(http) => http,
        None if policy.default == Fallback::Inherit => return Vec::new(),
        None => &Http::default(),
    };
    let rules = &http.rules;
    let refused = uses.requests.keys().filter(|request| {
        let asked = (UrlRule::parse(&request.url), Method::parse(&request.method));
        let (Ok(url), Ok(method)) = asked else {
            return true;
        };
        let asked = RequestRule {
            methods: Some(vec![method]),
            url,
        };
        let mut responses = http.responses.iter();
        if responses.any(|response| response.requests.covers(&asked)) {
            return false;
        }
        let is_covered = rules.allow.iter().any(|rule| rule.covers(&asked));
        !is_covered || is_denied(rules, &request.url, &request.method)
    });
    let requests = refused.map(|request| format!("the request {} {}", request.method, request.url));
    requests.collect()
}

fn is_denied(rules: &interpose_http::HttpRules, url: &str, method: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return true;
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let asked = interpose_http::Request {
        method,
        scheme,
        authority,
        path_with_query: path,
    };
    HttpMatcher::new(rules).judge(&asked) == Verdict::Denied
}

/// A name or an address in a message.
fn text(host: &LookedUp) -> String {
    match host {
        LookedUp::Name(name) => format!("`{name}`"),
        LookedUp::Address(address) => format!("`{address}`"),
    }
}

/// A peer in a message, as a rule has it.
fn shown(peer: &Peer) -> String {
    match &peer.host {
        LookedUp::Name(name) => format!("{}://{name}:{}", peer.protocol, peer.port),
        LookedUp::Address(address) => {
            format!(
                "{}://{}",
                peer.protocol,
                SocketAddr::new(*address, peer.port)
            )
        }
    }
}
