//! A program calls every function of every WASI interface that an adapter exports: on the bare host, through the
//! adapters where the policy allows the call, and where the policy denies it. `docs/denied.md` lists the outcomes of
//! denied calls. With the variable `BLESS` set, the test writes the document, otherwise it compares it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, thread};

use interpose_host::{Directory, Grant, Http, Network, Program};
use wasi_interpose::adapters::Adapter;
use wasi_interpose::interface::InterfaceName;
use wasi_interpose::surface::Surface;
use wasi_interpose::wasi::Revision;
use wit_parser::{FunctionKind, Resolve};

use crate::peers::close;
use crate::support::guests::repository;
use crate::support::tools::{COMPOSER, HOST, guest, policy, run_component, run_program};
use crate::support::transcript::differences;

mod p3;

const PROGRAM: &str = "p2_every_function";

/// A program that handles requests.
const SERVER: &str = "p2_http_server";

/// A policy that denies something: the tables that deny, and the functions that are called under it.
struct Denied {
    /// The tables as the documentation names them.
    tables: &'static str,
    /// The text of the policy; everything else is inherited.
    text: &'static str,
    /// Whether the functions of an interface are called under it.
    about: fn(&str) -> bool,
}

const DENIED: &[Denied] = &[
    Denied {
        tables: "`[arguments]`, `[environment]`",
        text: "[environment]\n",
        about: |interface| interface == "wasi:cli/environment",
    },
    Denied {
        tables: "`[exit]`",
        text: "[exit]\nmode = \"trap\"\n",
        about: |interface| interface == "wasi:cli/exit",
    },
    Denied {
        tables: "`[stdio]`",
        text: "[stdio]\nstdin = \"closed\"\nstdout = \"discard\"\n",
        about: |interface| {
            interface.starts_with("wasi:io/")
                || interface.ends_with("stdin")
                || interface.ends_with("stdout")
        },
    },
    Denied {
        tables: "`[stdio]`",
        text: "[stdio]\nstderr = \"discard\"\n",
        about: |interface| interface.ends_with("stderr"),
    },
    Denied {
        tables: "`[clocks]`",
        text: "[clocks]\nmode = \"deny\"\n",
        about: |interface| interface.starts_with("wasi:clocks/"),
    },
    Denied {
        tables: "`[random]`",
        text: "[random]\nmode = \"deny\"\n",
        about: |interface| interface.starts_with("wasi:random/"),
    },
    Denied {
        tables: "`[filesystem]`",
        text: "[filesystem]\n",
        about: |interface| interface.starts_with("wasi:filesystem/"),
    },
    Denied {
        tables: "`[network]`",
        text: "[network]\n",
        about: |interface| interface.starts_with("wasi:sockets/"),
    },
    Denied {
        tables: "`[http]`",
        text: "[http]\n",
        about: |interface| interface.starts_with("wasi:http/"),
    },
    Denied {
        tables: "`[config]`",
        text: "[config]\n",
        about: |interface| interface.starts_with("wasi:config/"),
    },
];

/// A table that makes a kernel necessary.
const KERNEL: &str = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\n";

/// Rules that allow the program's calls to the network.
const RULES: &str = r#"
[network]
connect = ["tcp://127.0.0.1:*", "udp://127.0.0.1:*"]
listen = ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"]
resolve = ["localhost"]
[http]
allow = ["http://127.0.0.1:*/*"]
"#;

/// Filters that allow everything: with [`RULES`], each function of the host is reached through an adapter if there is
/// one.
const FILTERS: &str = r#"
[environment]
inherit = ["*"]
[clocks]
mode = "coarse"
resolution = "1us"
[config]
inherit = ["*"]
[arguments]
inherit = true
[[filesystem.mounts]]
path = "/"
source = "host"
"#;

/// With [`RULES`], selects the larger filter for HTTP, by removing a header that no request of the program has.
const HEADERS: &str = "remove-headers = [\"cookie\"]\n";

/// A response to none of the program's requests: with [`RULES`], its messages are the kernel's own until they are handed
/// over to the host.
const RESPONSES: &str = "[[http.responses]]\nurl = \"http://nobody.example/*\"\n";

/// Functions that only a server can call, because only `wasi:http/incoming-handler` gets the resources whose methods
/// they are. `serve.rs` runs [`SERVER`] through filters and through a kernel and checks the answers that its clients
/// get.
const SERVERS_ONLY: &[&str] = &[
    "wasi:http/types incoming-request.",
    "wasi:http/types response-outparam.",
];

/// A function: its interface without version, and its name in the arguments of [`PROGRAM`].
type Function = (String, String);

/// What a denied function gives under a filter, and beside a kernel, with the tables that deny it.
type Outcomes<'a> = BTreeMap<&'a Function, (&'static str, String, String)>;

/// The interfaces of a revision that adapters export and applications call.
fn exported_interfaces(revision: Revision) -> BTreeSet<String> {
    let mut interfaces = BTreeSet::new();
    for adapter in Adapter::ALL {
        let surface = Surface::of(adapter.component()).expect("an adapter's surface");
        let names = surface.exports.iter();
        interfaces.extend(names.filter_map(|item| {
            let name = InterfaceName::parse(&item.name)?;
            let is_draft = revision == Revision::P2 && name.revision() == Some(Revision::Config);
            (name.revision() == Some(revision) || is_draft).then(|| name.path())
        }));
    }
    interfaces
}

/// Every function of these interfaces that is not behind a feature gate, as the WIT packages of the revision have them.
fn functions_of(revision: Revision) -> BTreeSet<Function> {
    let mut functions = BTreeSet::new();
    each_function(revision, |_, interface, name, _| {
        functions.insert((interface.to_owned(), name));
    });
    functions
}

/// Calls `f` with each function of [`exported_interfaces`]: the interface without version, its name, and the function
/// itself.
pub(crate) fn each_function(
    revision: Revision,
    mut f: impl FnMut(&Resolve, &str, String, &wit_parser::Function),
) {
    let interfaces = exported_interfaces(revision);
    let packages = match revision {
        Revision::P3 => "wit/p3",
        Revision::P2 | Revision::Config => "wit/p2",
    };
    let mut resolve = Resolve::default();
    resolve
        .push_dir(repository().join(packages))
        .expect("the WIT packages of the repository");
    for (_, package) in &resolve.packages {
        for (name, id) in &package.interfaces {
            let interface = format!("{}:{}/{name}", package.name.namespace, package.name.name);
            if !interfaces.contains(&interface) {
                continue;
            }
            for function in resolve.interfaces[*id].functions.values() {
                let own = function.item_name();
                let resource = function.kind.resource();
                let resource = resource.and_then(|id| resolve.types[id].name.clone());
                let name = match (&function.kind, resource) {
                    (FunctionKind::Constructor(_), Some(resource)) => {
                        format!("{resource}.constructor")
                    }
                    (_, Some(resource)) => format!("{resource}.{own}"),
                    (_, None) => own.to_owned(),
                };
                f(&resolve, &interface, name, function);
            }
        }
    }
}

/// Servers on the loopback interface for the program to talk to.
struct Peers {
    arguments: Vec<String>,
}

impl Peers {
    fn start() -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let udp = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let http = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = |address: std::io::Result<SocketAddr>| address.expect("an address");
        let arguments = vec![
            format!("tcp={}", address(tcp.local_addr())),
            format!("udp={}", address(udp.local_addr())),
            format!("http={}", address(http.local_addr())),
        ];
        thread::spawn(move || {
            // Connections stay open until the test ends; nobody reads or writes.
            let mut kept = Vec::new();
            for stream in tcp.incoming() {
                kept.push(stream);
            }
        });
        thread::spawn(move || {
            let mut buffer = [0; 1500];
            while let Ok((length, peer)) = udp.recv_from(&mut buffer) {
                let _ = udp.send_to(&buffer[..length], peer);
            }
        });
        thread::spawn(move || {
            for stream in http.incoming().flatten() {
                thread::spawn(move || answer(stream));
            }
        });
        Self { arguments }
    }
}

/// Answers a request. The answer to `/short` breaks off before its end.
fn answer(mut stream: std::net::TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n > 0) {
        head.push(byte[0]);
    }
    let length = if head.starts_with(b"GET /short") {
        500
    } else {
        5
    };
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\nhello"
    );
    close(stream);
}

/// The host's grant for every run.
fn grant(arguments: Vec<String>, variables: Vec<(String, String)>) -> Grant {
    Grant {
        arguments,
        variables,
        network: Network::Inherit,
        http: Http::Inherit,
        config: vec![("greeting".into(), "hello".into())],
        ..Grant::default()
    }
}

/// The program under a policy, compiled once.
struct Subject {
    program: Program,
    peers: Arc<Peers>,
}

impl Subject {
    fn bare(program: &str, peers: &Arc<Peers>) -> Self {
        Self::new(guest(program).component(), peers)
    }

    fn under(program: &str, text: &str, peers: &Arc<Peers>) -> Self {
        let policy = policy(&format!("version = 1\ndefault = \"inherit\"\n{text}"));
        let composition = COMPOSER.compose(&guest(program), &policy);
        let composition = composition.unwrap_or_else(|error| panic!("{text}: {error}"));
        Self::new(&composition.component, peers)
    }

    fn new(component: &[u8], peers: &Arc<Peers>) -> Self {
        Self {
            program: HOST.compile(component).expect("the component compiles"),
            peers: peers.clone(),
        }
    }

    /// The outcome of a call of a function.
    fn outcome(&self, (interface, function): &Function) -> String {
        let root = tempfile::tempdir().expect("a directory");
        let mut words = vec![format!("{interface} {function}")];
        words.extend(self.peers.arguments.iter().cloned());
        let variables = vec![("PROBE".to_owned(), words.join("\n"))];
        // The program finds its words in a variable where arguments are denied, and the other way round.
        words.insert(0, "program".into());
        let mut grant = grant(words, variables);
        grant.directories = vec![Directory {
            path: root.path().to_owned(),
            name: "/".into(),
            read_only: false,
        }];
        let ran = run_program(&self.program, grant);
        let report = match interface.ends_with("stderr") {
            true => &ran.stdout,
            false => &ran.stderr,
        };
        let report = report.trim_end();
        match ran.end.strip_prefix("trap: ") {
            Some(reason) => format!("traps: {reason}"),
            None if report.is_empty() => format!("ends with `{}`", ran.end),
            None => report.to_owned(),
        }
    }
}

fn only_servers((interface, function): &Function) -> bool {
    let name = format!("{interface} {function}");
    SERVERS_ONLY.iter().any(|start| name.starts_with(start))
}

fn all_functions() -> BTreeSet<Function> {
    functions_of(Revision::P2)
}

fn called_functions() -> Vec<Function> {
    let functions = all_functions().into_iter();
    functions
        .filter(|function| !only_servers(function))
        .collect()
}

/// The functions that a program says it calls.
fn listed(program: &str) -> BTreeSet<Function> {
    let grant = Grant {
        arguments: vec!["program".into(), "list".into()],
        ..Grant::default()
    };
    let ran = run_component(guest(program).component(), grant);
    let split = |line: &str| {
        line.split_once(' ')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
    };
    ran.stdout.lines().filter_map(split).collect()
}

/// Checks that a program calls exactly these functions.
fn calls_exactly(program: &str, expected: &BTreeSet<Function>) {
    let called = listed(program);
    let missing: Vec<_> = expected.difference(&called).collect();
    let unknown: Vec<_> = called.difference(expected).collect();
    assert!(missing.is_empty(), "never called by {program}: {missing:?}");
    assert!(
        unknown.is_empty(),
        "in no interface that is exported: {unknown:?}"
    );
}

#[test]
fn every_function_is_called() {
    let expected: BTreeSet<Function> = called_functions().into_iter().collect();
    calls_exactly(PROGRAM, &expected);
    assert!(expected.len() > 150, "{}", expected.len());
}

#[test]
fn every_function_of_servers_is_called() {
    let functions = all_functions();
    let expected: Vec<String> = functions
        .iter()
        .filter(|function| only_servers(function))
        .map(|(_, name)| name.clone())
        .collect();
    let surface = Surface::of(guest(SERVER).component()).expect("a surface");
    let imports = surface.imports.iter();
    let called: Vec<&String> = imports.flat_map(|item| &item.functions).collect();
    for name in &expected {
        let is_it = |called: &&String| called.split_once(']').is_some_and(|(_, own)| own == name);
        assert!(called.iter().any(is_it), "{SERVER} does not call {name}");
    }
    assert_eq!(expected.len(), 7, "{expected:?}");
}

/// The functions whose outcome under a policy differs from that on the bare host, with both outcomes.
fn unlike_the_host(
    program: &str,
    text: &str,
    functions: impl IntoIterator<Item = Function>,
) -> String {
    let peers = Arc::new(Peers::start());
    let host = Subject::bare(program, &peers);
    let subject = Subject::under(program, text, &peers);
    let mut found = String::new();
    for function in functions {
        let (expected, outcome) = (host.outcome(&function), subject.outcome(&function));
        if expected != outcome {
            let (interface, name) = function;
            let _ = writeln!(
                found,
                "{interface} {name}: {outcome}, on the host {expected}"
            );
        }
    }
    found
}

#[test]
fn what_filters_allow_is_as_on_the_host() {
    for headers in ["", HEADERS] {
        let policy = format!("{RULES}{headers}{FILTERS}");
        let found = unlike_the_host(PROGRAM, &policy, called_functions());
        assert_eq!(found, "", "{policy}");
    }
}

#[test]
fn what_the_kernel_allows_is_as_on_the_host() {
    for policy in [
        KERNEL.to_owned(),
        format!("{RULES}{KERNEL}"),
        format!("{RULES}{HEADERS}{KERNEL}"),
        format!("{RULES}{RESPONSES}"),
        format!("{RULES}{HEADERS}{RESPONSES}"),
    ] {
        let found = unlike_the_host(PROGRAM, &policy, called_functions());
        assert_eq!(found, "", "{policy}");
    }
}

#[test]
fn what_is_denied_is_documented() {
    let peers = Arc::new(Peers::start());
    let functions = all_functions();
    let mut outcomes = Outcomes::new();
    for denied in DENIED {
        let asked: Vec<&Function> = functions
            .iter()
            .filter(|function| (denied.about)(&function.0) && !only_servers(function))
            .collect();
        let without = Subject::under(PROGRAM, denied.text, &peers);
        // A policy with `[filesystem]` gets a kernel by its standard streams, any other policy by files in memory.
        let with_kernel = match denied.text.contains("[filesystem]") {
            true => format!(
                "{}[stdio]\nstdin = \"closed\"\nstdout = \"inherit\"\nstderr = \"inherit\"\n",
                denied.text
            ),
            false => format!("{}{KERNEL}", denied.text),
        };
        let kernel = Subject::under(PROGRAM, &with_kernel, &peers);
        for function in asked {
            let found = (without.outcome(function), kernel.outcome(function));
            let before = outcomes.insert(function, (denied.tables, found.0, found.1));
            assert!(before.is_none(), "{function:?} is asked twice");
        }
    }
    let arguments = Subject::under(PROGRAM, "[arguments]\n", &peers);
    ask_again(&arguments, &["get-arguments", "initial-cwd"], &mut outcomes);
    let of_p2 = sections(&functions, &outcomes, "");
    let text = format!("{INTRODUCTION}{of_p2}{}", p3::sections(&peers));
    let file = repository().join("docs/denied.md");
    if env::var_os("BLESS").is_some() {
        fs::write(&file, text).expect("the table is written");
        return;
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    let changed = differences(&written, &text);
    assert!(
        changed.is_empty(),
        "docs/denied.md says otherwise; run with BLESS=1:\n{changed}"
    );
}

/// Asks for functions of `wasi:cli/environment` that another table denies.
fn ask_again(subject: &Subject, names: &[&str], outcomes: &mut Outcomes<'_>) {
    for name in names {
        let function = ("wasi:cli/environment".to_owned(), (*name).to_owned());
        let entry = outcomes.iter_mut().find(|(key, _)| ***key == function);
        let (_, entry) = entry.expect("the function is known");
        entry.1 = subject.outcome(&function);
        entry.2.clone_from(&entry.1);
    }
}

/// The table of each interface, with `of` behind its name.
fn sections(functions: &BTreeSet<Function>, outcomes: &Outcomes<'_>, of: &str) -> String {
    let mut text = String::new();
    let mut last = "";
    for function in functions {
        let (interface, name) = function;
        if last != interface {
            let tables = outcomes.iter().find(|(key, _)| key.0 == *interface);
            let tables = tables.map_or("", |(_, (tables, ..))| tables);
            let _ = write!(
                text,
                "\n## {interface}{of}\n\nDenied by {tables}.\n\n| Function | Denied |\n| --- | --- |\n"
            );
            last = interface;
        }
        let outcome = match outcomes.get(function) {
            Some((_, filter, kernel)) if filter == kernel => filter.clone(),
            Some((_, filter, kernel)) => format!("{filter}; beside a kernel: {kernel}"),
            None if only_servers(function) => {
                "only a server has one: nothing is denied, whoever exports \
                 `wasi:http/incoming-handler` is given it by its host"
                    .into()
            }
            None => panic!("{function:?} is asked under no policy"),
        };
        let _ = writeln!(text, "| `{name}` | {outcome} |");
    }
    text
}

const INTRODUCTION: &str = "# What a denied function gives

A test (`cargo test -p interpose --test compose functions`) writes this table. A program,
`tests/guests/p2/src/bin/p2_every_function`, calls every function of every interface that an adapter exports, under a
policy that denies the function's capability and inherits all others. Where the policy allows these calls, they give the
same results as on the host. `tests/guests/p3/src/bin/p3_every_function` does the same with WASI 0.3, whose tables stand
at the end.

`ok` means that the call returns as it does on the host: the call has no authority to deny, or its data is discarded.
\"no socket: `create-tcp-socket` gives `access-denied`\" means that the resource with this method cannot be created.
";
