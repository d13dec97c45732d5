//! What a policy refuses while an application runs, and what would allow it.

use std::fmt;
use std::net::IpAddr;

use interpose_policy::model::{
    Filesystem, Http, HttpMatcher, HttpRules, Method, Mount, NamePattern, NetworkRules,
    OutgoingRequest, RequestRule, SocketRule, UrlRule,
};
use interpose_policy::{toml_list, toml_request, toml_text};
use interpose_rules::{DenyRule, HostPattern, NetworkMatcher, Target, Verdict};
pub use interpose_settings::Reason;

use crate::resolved::{Decisions, Given};

/// Calls that a policy refused for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The rule that refused them.
    pub reason: Reason,
    /// The function that was called, under its name in WASI.
    pub function: String,
    /// What it was asked for: a path of the application, a rule about sockets, a name, a method and a URL; empty for
    /// functions that are not asked for anything. Long texts are cut. The application chooses it, so it may contain any
    /// character.
    pub subject: String,
    /// How often.
    pub count: u64,
}

/// The change of a policy that allows calls which it refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// The table.
    pub table: &'static str,
    /// The path of the mount, if the table is that of a mount.
    pub mount: Option<String>,
    /// The lines that the table needs, in TOML. Each replaces the line of the same key. Empty where none is known that
    /// allows exactly these calls.
    pub lines: Vec<String>,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.mount {
            Some(path) => write!(f, "the mount `{path}` of [filesystem]")?,
            None => write!(f, "[{}]", self.table)?,
        }
        match self.lines.as_slice() {
            [] => Ok(()),
            lines => write!(f, " with {}", lines.join(" and ")),
        }
    }
}

/// The table that decides for a reason.
pub fn table(reason: Reason) -> &'static str {
    match reason {
        Reason::Hidden
        | Reason::HiddenBelow
        | Reason::ReadOnly
        | Reason::MaxBytes
        | Reason::MaxEntries
        | Reason::NoMounts => "filesystem",
        Reason::Connect | Reason::Listen | Reason::Protocol | Reason::Lookup | Reason::Peer => {
            "network"
        }
        Reason::Request | Reason::Headers => "http",
        Reason::Variables => "environment",
        Reason::Arguments => "arguments",
        Reason::Exit => "exit",
        Reason::Clocks => "clocks",
        Reason::Random => "random",
        Reason::Key => "config",
        Reason::Stdin | Reason::Stdout | Reason::Stderr => "stdio",
    }
}

impl Denial {
    /// The capability, under the name of the table of policies that decides about it.
    pub fn capability(&self) -> &'static str {
        table(self.reason)
    }

    /// The change that allows these calls under a policy with these decisions.
    pub fn remedy(&self, decisions: &Decisions) -> Remedy {
        let mut remedy = Remedy {
            table: self.capability(),
            mount: None,
            lines: Vec::new(),
        };
        let subject = self.subject.as_str();
        let mut line = |line: String| remedy.lines.push(line);
        match self.reason {
            Reason::Hidden | Reason::HiddenBelow | Reason::ReadOnly => {
                let mount = only(&decisions.filesystem).and_then(|table| mount(table, subject));
                if let Some(mount) = mount {
                    remedy.mount = Some(mount.path.clone());
                    remedy.lines.extend(self.of_mount(mount));
                }
            }
            Reason::MaxBytes => {
                let limit = only(&decisions.filesystem).and_then(|table| table.max_bytes);
                limit
                    .into_iter()
                    .for_each(|limit| line(format!("max-bytes = \"{}B\"", doubled(limit))));
            }
            Reason::MaxEntries => {
                let limit = only(&decisions.filesystem).and_then(|table| table.max_entries);
                limit
                    .into_iter()
                    .for_each(|limit| line(format!("max-entries = {}", doubled(limit))));
            }
            Reason::NoMounts => line("mounts = [{ path = \"/\", source = \"memory\" }]".into()),
            Reason::Connect | Reason::Listen | Reason::Protocol | Reason::Lookup | Reason::Peer => {
                if let Some(rules) = only(&decisions.network) {
                    remedy.lines = self.of_network(rules).unwrap_or_default();
                }
            }
            Reason::Request => {
                if let Some(http) = only(&decisions.http) {
                    remedy.lines = of_request(http, subject).unwrap_or_default();
                }
            }
            Reason::Headers => {}
            Reason::Variables => {
                line("inherit = [\"*\"]".into());
                if only(&decisions.environment).is_some_and(|table| !table.except.is_empty()) {
                    line("except = []".into());
                }
            }
            Reason::Arguments => line("inherit = true".into()),
            Reason::Exit | Reason::Clocks | Reason::Random => line("mode = \"inherit\"".into()),
            Reason::Key => {
                if let Some(table) = only(&decisions.config) {
                    let inherits = table.inherit.iter().any(|pattern| pattern.matches(subject));
                    let key = NamePattern::parse(subject).ok();
                    if let (Some(key), false) = (key, inherits) {
                        line(added("inherit", &table.inherit, [key].iter(), toml_text));
                    }
                    let excepts = |pattern: &&NamePattern| pattern.matches(subject);
                    remedy
                        .lines
                        .extend(without("except", &table.except, excepts));
                }
            }
            Reason::Stdin => line("stdin = \"inherit\"".into()),
            Reason::Stdout => line("stdout = \"inherit\"".into()),
            Reason::Stderr => line("stderr = \"inherit\"".into()),
        }
        remedy
    }

    fn of_mount(&self, mount: &Mount) -> Option<String> {
        if self.reason == Reason::ReadOnly {
            return Some("access = \"read-write\"".into());
        }
        let hide = &mount.source.host()?.hide;
        if self.reason == Reason::HiddenBelow {
            return (!hide.is_empty()).then(|| "hide = []".into());
        }
        let path = self
            .subject
            .strip_prefix(mount.path.trim_end_matches('/'))?;
        let path = path.trim_matches('/');
        without("hide", hide, |glob| glob.matches_or_contains(path))
    }

    fn of_network(&self, rules: &NetworkRules) -> Option<Vec<String>> {
        let allowed = NetworkRules {
            deny: Vec::new(),
            ..rules.clone()
        };
        let allowed = NetworkMatcher::new(&allowed);
        let denying = |rule: &DenyRule| {
            NetworkMatcher::new(&NetworkRules {
                deny: vec![rule.clone()],
                ..NetworkRules::default()
            })
        };
        let mut lines = Vec::new();
        match self.reason {
            Reason::Lookup => {
                let address = self.subject.parse().ok().map(Target::Address);
                let target = address.or_else(|| Target::parse(&self.subject))?;
                if let Target::Address(address) = target
                    && !allowed.is_of_use(address)
                {
                    let rule = match address {
                        IpAddr::V4(address) => format!("tcp://{address}:*"),
                        IpAddr::V6(address) => format!("tcp://[{address}]:*"),
                    };
                    let rule = [SocketRule::parse_connect(&rule).ok()?];
                    lines.push(added("connect", &rules.connect, rule.iter(), toml_text));
                }
                if let Target::Name(name) = &target
                    && !allowed.resolve(name).is_allowed()
                {
                    let name = [HostPattern::Name(name.clone())];
                    lines.push(added("resolve", &rules.resolve, name.iter(), toml_text));
                }
                lines.extend(without("deny", &rules.deny, |rule| match &target {
                    Target::Name(name) => {
                        denying(rule).denies_lookups(&HostPattern::Name(name.clone()))
                    }
                    Target::Address(address) => denying(rule).denies_address(*address),
                }));
            }
            Reason::Protocol => {
                let rule = SocketRule::parse_connect(&format!("{}://*:*", self.subject)).ok()?;
                lines.push(added("connect", &rules.connect, [rule].iter(), toml_text));
            }
            _ => {
                let (key, present, rule) = match self.reason {
                    Reason::Listen => (
                        "listen",
                        &rules.listen,
                        SocketRule::parse_listen(&self.subject),
                    ),
                    _ => ("connect", &rules.connect, SocketRule::parse(&self.subject)),
                };
                let rule = rule.ok()?;
                let (protocol, at) = (rule.protocol, rule.address()?);
                let (address, port) = (at.ip(), at.port());
                let is_allowed = match self.reason {
                    Reason::Listen => allowed.listen(protocol, address, port).is_allowed(),
                    Reason::Peer => true,
                    _ => allowed.connect(protocol, address, port).is_allowed(),
                };
                lines.extend(without("deny", &rules.deny, |deny| match self.reason {
                    Reason::Listen => {
                        let listen = denying(deny).listen(protocol, address, port);
                        listen == Verdict::Denied
                    }
                    _ => denying(deny).denies_peer(protocol, address, port),
                }));
                if !is_allowed {
                    lines.insert(0, added(key, present, [rule].iter(), toml_text));
                }
            }
        }
        Some(lines)
    }
}

fn of_request(http: &Http, subject: &str) -> Option<Vec<String>> {
    let (method, url) = subject.split_once(' ')?;
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, url.strip_prefix("//")?),
    };
    let path = rest.find('/')?;
    let outgoing = OutgoingRequest {
        method,
        scheme,
        authority: Some(&rest[..path]),
        path_with_query: Some(&rest[path..]),
    };
    let schemes = match scheme {
        Some(scheme) => vec![scheme],
        None => vec!["http", "https"],
    };
    let rule = |scheme: &&str| {
        Some(RequestRule {
            methods: Some(vec![Method::parse(method).ok()?]),
            url: UrlRule::parse(&format!("{scheme}://{}", rest.replace('*', "%2A"))).ok()?,
        })
    };
    let wanted: Vec<RequestRule> = schemes.iter().map(rule).collect::<Option<_>>()?;
    let allows = |allow: &[RequestRule], deny: &[RequestRule]| {
        HttpMatcher::new(&HttpRules {
            allow: allow.to_vec(),
            deny: deny.to_vec(),
        })
        .allows(&outgoing)
    };
    // A text that has no canonical form as a request has no rule.
    if !allows(&wanted, &[]) {
        return None;
    }
    let mut lines = Vec::new();
    if !allows(&http.rules.allow, &[]) {
        let allow = &http.rules.allow;
        lines.push(added("allow", allow, wanted.iter(), toml_request));
    }
    let denied: Vec<&RequestRule> = http.rules.deny.iter().collect();
    let kept = denied
        .iter()
        .filter(|rule| allows(&wanted, &[(**rule).clone()]));
    let kept: Vec<String> = kept.map(|rule| toml_request(rule)).collect();
    if kept.len() < denied.len() {
        lines.push(format!("deny = {}", toml_list(kept.into_iter())));
    }
    Some(lines)
}

fn only<T>(given: &Given<T>) -> Option<&T> {
    given.rules()
}

/// The mount in which a path of the application is.
fn mount<'a>(table: &'a Filesystem, path: &str) -> Option<&'a Mount> {
    let holds = |mount: &&Mount| {
        let rest = path.strip_prefix(mount.path.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    let mounts = table.mounts.iter().filter(holds);
    mounts.max_by_key(|mount| mount.path.len())
}

/// A limit that is twice as high.
fn doubled(limit: u64) -> u64 {
    limit.saturating_mul(2).max(1)
}

/// A key with its list and what is to be added.
fn added<'a, T: 'a>(
    key: &str,
    present: &'a [T],
    more: impl Iterator<Item = &'a T>,
    written: impl Fn(&'a T) -> String,
) -> String {
    let items = present.iter().chain(more).map(written);
    format!("{key} = {}", toml_list(items))
}

/// A key with its list, without what refuses something; `None` if nothing in it does.
fn without<T: fmt::Display>(
    key: &str,
    present: &[T],
    refuses: impl Fn(&&T) -> bool,
) -> Option<String> {
    let kept = present.iter().filter(|item| !refuses(item));
    let kept: Vec<String> = kept.map(toml_text).collect();
    (kept.len() < present.len()).then(|| format!("{key} = {}", toml_list(kept.into_iter())))
}
