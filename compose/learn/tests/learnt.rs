//! Whatever an application uses, the learnt policy can be read and allows it, and so does a policy that is widened by it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use interpose_learn::{
    Disk, Files, Learnt, Local, LookedUp, Peer, Read, Request, Uses, missing, narrow, widen,
};
use interpose_policy::Policy;
use interpose_policy::model::{Access, Source};
use interpose_rules::Protocol;
use proptest::collection::btree_map;
use proptest::prelude::*;

/// The policy under which applications run: everything is the host's, with two directories.
const BASE: &str = r#"
version = 1
default = "inherit"

[[filesystem.mounts]]
path = "/"
source = "host"
host = "/srv/app"
preopen = "/"

[[filesystem.mounts]]
path = "/data"
source = "host"
host = "/srv/data"
preopen = "/data"
"#;

/// Policies that are widened.
const WIDENED: &[&str] = &[
    "version = 1\n",
    "version = 1\nextends = \"deny\"\n",
    "version = 1\nextends = \"sandbox\" # files in memory\n",
    "version = 1\n[network]\nconnect = [\"tcp://example.com:80\"] # one\n[http]\nallow = []\n",
    "version = 1\n[environment]\ninherit = [\"LC_*\"]\n[stdio]\nstdout = \"discard\"\n[exit]\nmode = \"trap\"\n",
    "version = 1\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhost = \"/srv/app\"\naccess = \"read-only\"\n",
    "version = 1\n[filesystem]\nmounts = [{ path = \"/data\", source = \"memory\", from = \"/srv/data\", include = [\"a\"] }]\n",
];

struct OnlyFiles;

impl Disk for OnlyFiles {
    fn is_plain_file(&self, _: &Path, path: &str) -> bool {
        !path.contains('l')
    }
}

fn parse(text: &str) -> Policy {
    Policy::parse("policy.toml", text, Some(Path::new("/srv")))
        .unwrap_or_else(|errors| panic!("{:#?}\n{text}", errors.problems))
}

fn counted<K: Ord + std::fmt::Debug>(
    key: impl Strategy<Value = K>,
) -> impl Strategy<Value = BTreeMap<K, u64>> {
    btree_map(key, 1..4u64, 0..4)
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        "[abl]{1,2}(/[abl.*\\[]{1,2}x){0,2}",
        Just(String::new()),
        Just("ü \"x\"\n".to_owned()),
    ]
}

fn files() -> impl Strategy<Value = Files> {
    let read = (1..9u64, 0..99u64).prop_map(|(count, size)| Read { count, size });
    let reads = btree_map("[abl]{1,2}(/[abl.*\\[]{1,2}x){0,2}", read, 0..20);
    let changes = prop_oneof![Just(BTreeMap::new()), counted(path())];
    let listings = prop_oneof![Just(BTreeMap::new()), counted(path())];
    (
        reads,
        counted("[abl]{1,2}"),
        listings,
        counted(path()),
        changes,
        0..2u64,
        0..2u64,
    )
        .prop_map(
            |(reads, directories, listings, absent, changes, unusual, times)| Files {
                reads,
                directories,
                listings,
                absent,
                changes,
                unusual,
                times,
            },
        )
}

fn protocol() -> impl Strategy<Value = Protocol> {
    prop_oneof![Just(Protocol::Tcp), Just(Protocol::Udp)]
}

fn address() -> impl Strategy<Value = IpAddr> {
    any::<IpAddr>().prop_map(|address| address.to_canonical())
}

fn host() -> impl Strategy<Value = LookedUp> {
    prop_oneof![
        "[a-c]{1,3}\\.example(\\.com)?".prop_map(LookedUp::Name),
        address().prop_map(LookedUp::Address),
        Just(LookedUp::Name("invalid".into())),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let method = prop_oneof![Just("GET"), Just("POST"), Just("BREW")];
    let url = "https?://([a-c]\\.example|10\\.0\\.0\\.[1-3])(:80[0-9]{2})?/([a-z]{1,2}/){0,2}[a-z%2A]{0,3}";
    (method, url).prop_filter_map("a URL", |(method, url)| {
        let url = interpose_http::UrlRule::parse(&url).ok()?;
        Some(Request {
            url: url.to_string(),
            method: method.to_owned(),
        })
    })
}

fn uses() -> impl Strategy<Value = Uses> {
    let name = prop_oneof!["[A-Z_]{1,4}", Just("a \"b\"\\".to_owned())];
    let counts = prop::array::uniform7(0..3u64);
    let connects = (protocol(), host(), 1..u16::MAX).prop_map(|(protocol, host, port)| Peer {
        protocol,
        host,
        port,
    });
    let binds = (protocol(), address(), any::<u16>()).prop_map(|(protocol, address, port)| Local {
        protocol,
        address: SocketAddr::new(address, port),
    });
    let files = btree_map(
        prop_oneof![Just("/".to_owned()), Just("/data".to_owned())],
        files(),
        0..3,
    );
    (
        counts,
        (counted(name), counted("[a-z.]{1,4}")),
        files,
        (
            counted(connects),
            counted(binds),
            counted(protocol()),
            counted(host()),
        ),
        btree_map(request(), 1..4u64, 0..40),
    )
        .prop_map(
            |(counts, (variables, config), preopens, network, requests)| {
                let (connects, binds, mut sockets, mut lookups) = network;
                // A program looks a name up, and makes a socket, before it connects.
                for peer in connects.keys() {
                    sockets.insert(peer.protocol, 1);
                    if matches!(peer.host, LookedUp::Name(_)) {
                        lookups.insert(peer.host.clone(), 1);
                    }
                }
                for local in binds.keys() {
                    sockets.insert(local.protocol, 1);
                }
                let [arguments, stdin, stdout, stderr, clocks, random, exit] = counts;
                Uses {
                    arguments,
                    stdin,
                    stdout,
                    stderr,
                    clocks,
                    random,
                    exit,
                    variables,
                    config,
                    preopens,
                    connects,
                    binds,
                    sockets,
                    lookups,
                    requests,
                    ..Uses::default()
                }
            },
        )
}

proptest! {
    #[test]
    fn a_learnt_policy_allows_what_was_used(uses in uses()) {
        let base = parse(BASE);
        let policy = narrow(&base, &uses, &[], &OnlyFiles);
        let learnt = Learnt { policy: &policy, uses: &uses, application: "app\n.wasm", directory: Some(Path::new("/srv")) };
        let text = learnt.to_toml().unwrap();
        let read = parse(&text);
        prop_assert_eq!(missing(&read, &uses), Vec::<String>::new(), "{}", text);
        // The comments and relative paths change nothing.
        prop_assert_eq!(read.differences(&policy).unwrap(), vec![], "{}", text);
        // It is no wider than the policy under which the application ran, and less than that.
        prop_assert!(missing(&base, &uses).is_empty());
        let nothing = Uses::default();
        let least = narrow(&base, &nothing, &[], &OnlyFiles);
        prop_assert_eq!(least, Policy::default());
        for mount in policy.filesystem.iter().flat_map(|table| &table.mounts) {
            let files = &uses.preopens[&mount.path];
            prop_assert_eq!(mount.access == Access::ReadWrite, !files.changes.is_empty());
            if matches!(mount.source, Source::Memory(_)) {
                prop_assert!(files.listings.is_empty() && files.unusual == 0 && files.changes.is_empty());
            }
        }
        prop_assert_eq!(policy.clocks.is_some(), uses.clocks > 0);
        prop_assert_eq!(policy.random.is_some(), uses.random > 0);
    }

    #[test]
    fn a_widened_policy_allows_what_was_used(uses in uses(), which in 0..WIDENED.len()) {
        let base = parse(BASE);
        let policy = narrow(&base, &uses, &[], &OnlyFiles);
        let learnt = Learnt { policy: &policy, uses: &uses, application: "app.wasm", directory: Some(Path::new("/srv")) };
        let source = WIDENED[which];
        let existing = parse(source);
        let widened = widen("policy.toml", source, &existing, &learnt);
        let widened = widened.unwrap_or_else(|error| panic!("{error:?}\n{}", learnt.to_toml().unwrap()));
        let read = parse(&widened);
        prop_assert_eq!(missing(&read, &uses), Vec::<String>::new(), "{}", widened);
        for comment in source.lines().filter_map(|line| line.split_once('#')) {
            prop_assert!(widened.contains(comment.1), "{}", widened);
        }
        // Widening once more changes nothing.
        let again = widen("policy.toml", &widened, &read, &learnt).unwrap();
        prop_assert_eq!(again, widened);
    }
}
