//! Name lookups whose answers change. The host of this test resolves names as the test says, and records the peers that
//! the composition connects to. It refuses all peers except loopback, so nothing leaves this machine.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use wasmtime::component::{Component, Linker, Resource, ResourceTable, ResourceType};
use wasmtime::{Config, Engine, Store, StoreContextMut};
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress, Network};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::peers::{refusing, tcp_echo, udp_echo};
use crate::support::tools::{COMPOSER, guest, policy};

/// The answer of a lookup: an immediate error, or addresses and errors in turn.
type Answer = Result<Vec<Result<IpAddr, ErrorCode>>, ErrorCode>;

/// The answers for each name, one per lookup.
type Names = BTreeMap<&'static str, VecDeque<Answer>>;

fn addresses(list: &[&str]) -> Answer {
    let parsed = list
        .iter()
        .map(|text| Ok(text.parse().expect("an address")));
    Ok(parsed.collect())
}

fn names<const N: usize>(names: [(&'static str, Vec<Answer>); N]) -> Names {
    let names = names.into_iter();
    names
        .map(|(name, answers)| (name, answers.into()))
        .collect()
}

/// A lookup under way. As on a real host, the first address is not available immediately.
struct Answers {
    rest: VecDeque<Result<IpAddr, ErrorCode>>,
    waited: bool,
}

#[wasmtime_wasi::async_trait]
impl Pollable for Answers {
    async fn ready(&mut self) {
        self.waited = true;
    }
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    names: Names,
    /// The names that the composition looked up.
    asked: Vec<String>,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// The outcome of a run.
struct Seen {
    /// The outcome of each command.
    outcomes: Vec<String>,
    /// The peers that the composition asked the host for.
    peers: Vec<String>,
    /// The names that the composition asked the host for.
    names: Vec<String>,
}

/// Runs commands of the network client under rules, on a host that knows these names.
fn run(rules: &str, names: Names, commands: &[String]) -> Seen {
    let policy = policy(&format!(
        "version = 1\ndefault = \"inherit\"\n[network]\n{rules}"
    ));
    let composition = COMPOSER.compose(&guest("p2_network_client"), &policy);
    let composition = composition.unwrap_or_else(|error| panic!("{error}"));
    let mut config = Config::new();
    config.concurrency_support(false);
    let engine = Engine::new(&config).expect("an engine");
    let component = Component::new(&engine, &composition.component).expect("a component");
    let mut linker = Linker::<State>::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("the host's interfaces");
    link_lookup(&mut linker).expect("the lookup of the test");

    let stdout = MemoryOutputPipe::new(1 << 20);
    let peers = Arc::new(Mutex::new(Vec::new()));
    let written = Arc::clone(&peers);
    let mut wasi = WasiCtxBuilder::new();
    wasi.arg("program")
        .args(commands)
        .stdout(stdout.clone())
        .allow_tcp(true)
        .allow_udp(true)
        .socket_addr_check(move |address, how| {
            let protocol = match how {
                SocketAddrUse::TcpConnect => Some("tcp"),
                SocketAddrUse::UdpSend => Some("udp"),
                _ => None,
            };
            if let Some(protocol) = protocol {
                let peer = format!("{protocol} {address}");
                written.lock().expect("the peers").push(peer);
            }
            let local = address.ip().is_loopback() || protocol.is_none();
            Box::pin(async move { local })
        });
    let state = State {
        wasi: wasi.build(),
        table: ResourceTable::new(),
        names,
        asked: Vec::new(),
    };
    let mut store = Store::new(&engine, state);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let result = runtime.block_on(async {
        let command = Command::instantiate_async(&mut store, &component, &linker).await?;
        command.wasi_cli_run().call_run(&mut store).await
    });
    let printed = String::from_utf8_lossy(&stdout.contents()).into_owned();
    result
        .unwrap_or_else(|error| panic!("{error:?}\n{printed}"))
        .expect("the program ends well");
    let outcomes = printed.lines();
    let peers = peers.lock().expect("the peers").clone();
    Seen {
        outcomes: outcomes
            .filter_map(|line| Some(line.split_once(": ")?.1.to_owned()))
            .collect(),
        peers,
        names: store.into_data().asked,
    }
}

/// Implements `wasi:sockets/ip-name-lookup` for the test.
fn link_lookup(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut lookup = linker.instance("wasi:sockets/ip-name-lookup@0.2.12")?;
    let stream = ResourceType::host::<Answers>();
    lookup.resource("resolve-address-stream", stream, |mut store, id| {
        let answers = Resource::<Answers>::new_own(id);
        store.data_mut().table.delete(answers)?;
        Ok(())
    })?;
    lookup.func_wrap(
        "resolve-addresses",
        |mut store: StoreContextMut<'_, State>, (_, name): (Resource<Network>, String)| {
            let state = store.data_mut();
            let answer = state.names.get_mut(name.as_str());
            let answer = answer.and_then(VecDeque::pop_front);
            state.asked.push(name);
            Ok((match answer.unwrap_or(Err(ErrorCode::NameUnresolvable)) {
                Err(code) => Err(code),
                Ok(list) => Ok(state.table.push(Answers {
                    rest: list.into(),
                    waited: false,
                })?),
            },))
        },
    )?;
    lookup.func_wrap(
        "[method]resolve-address-stream.resolve-next-address",
        |mut store: StoreContextMut<'_, State>, (answers,): (Resource<Answers>,)| {
            let answers = store.data_mut().table.get_mut(&answers)?;
            if !answers.waited {
                return Ok((Err(ErrorCode::WouldBlock),));
            }
            let next = answers.rest.pop_front().transpose();
            Ok((next.map(|address| address.map(IpAddress::from)),))
        },
    )?;
    lookup.func_wrap(
        "[method]resolve-address-stream.subscribe",
        |mut store: StoreContextMut<'_, State>, (answers,): (Resource<Answers>,)| {
            let pollable: Resource<DynPollable> = subscribe(&mut store.data_mut().table, answers)?;
            Ok((pollable,))
        },
    )
}

/// Runs commands and compares their outcomes; returns the peers and the names that the host was asked for.
fn expect(rules: &str, names: Names, commands: &[(String, &str)]) -> (Vec<String>, Vec<String>) {
    let (texts, expected): (Vec<String>, Vec<&str>) = commands.iter().cloned().unzip();
    let seen = run(rules, names, &texts);
    let list: String = texts.iter().map(|text| format!("  {text}\n")).collect();
    assert_eq!(seen.outcomes, expected, "under {rules}:\n{list}");
    (seen.peers, seen.names)
}

#[test]
fn a_name_that_leads_to_a_private_address_later_leads_nowhere() {
    let answers = names([(
        "api.example",
        vec![
            addresses(&["93.184.216.34"]),
            addresses(&["10.0.0.1"]),
            addresses(&["::ffff:192.168.0.1", "fd00::1", "172.16.0.1"]),
            addresses(&["10.0.0.1", "93.184.216.36"]),
        ],
    )]);
    let (peers, asked) = expect(
        "connect = [\"tcp://api.example:443\"]\ndeny = [\"private\"]",
        answers,
        &[
            // No name has been looked up yet.
            ("tcp 93.184.216.34:443 x".into(), "access-denied"),
            ("resolve api.example".into(), "[93.184.216.34]"),
            // The host refuses this one, because it is not loopback.
            ("tcp 93.184.216.34:443 x".into(), "access-denied"),
            ("resolve api.example".into(), "[]"),
            ("tcp 10.0.0.1:443 x".into(), "access-denied"),
            ("resolve api.example".into(), "[]"),
            ("tcp [::ffff:192.168.0.1]:443 x".into(), "access-denied"),
            ("tcp 192.168.0.1:443 x".into(), "access-denied"),
            ("tcp [fd00::1]:443 x".into(), "access-denied"),
            ("tcp 172.16.0.1:443 x".into(), "access-denied"),
            ("resolve api.example".into(), "[93.184.216.36]"),
            ("tcp 10.0.0.1:443 x".into(), "access-denied"),
            // No lookup returned this address, and no rule names this port.
            ("tcp 93.184.216.35:443 x".into(), "access-denied"),
            ("tcp 93.184.216.34:80 x".into(), "access-denied"),
            // An address from an earlier lookup stays permitted.
            ("tcp 93.184.216.34:443 x".into(), "access-denied"),
            ("tcp 93.184.216.36:443 x".into(), "access-denied"),
        ],
    );
    let expected = [
        "tcp 93.184.216.34:443",
        "tcp 93.184.216.34:443",
        "tcp 93.184.216.36:443",
    ];
    assert_eq!(peers, expected, "other peers were asked of the host");
    assert_eq!(asked, ["api.example"; 4]);
}

#[test]
fn lookups_keep_order_duplicates_and_errors() {
    let (echo, _connections) = tcp_echo();
    let port = echo.port();
    let answers = names([
        (
            "many.example",
            vec![addresses(&[
                "127.0.0.9",
                "10.0.0.1",
                "127.0.0.1",
                "127.0.0.9",
            ])],
        ),
        ("mapped.example", vec![addresses(&["::ffff:127.0.0.1"])]),
        ("empty.example", vec![addresses(&[])]),
        ("never.example", vec![Err(ErrorCode::NameUnresolvable)]),
        (
            "broken.example",
            vec![Ok(vec![
                Ok("127.0.0.7".parse().expect("an address")),
                Err(ErrorCode::TemporaryResolverFailure),
            ])],
        ),
        (
            "permanent.example",
            vec![Ok(vec![Err(ErrorCode::PermanentResolverFailure)])],
        ),
    ]);
    let (peers, asked) = expect(
        &format!("connect = [\"tcp://*.example:{port}\"]\ndeny = [\"private\"]"),
        answers,
        &[
            ("resolve empty.example".into(), "[]"),
            ("resolve never.example".into(), "name-unresolvable"),
            (
                "resolve permanent.example".into(),
                "permanent-resolver-failure",
            ),
            (format!("tcp {echo} early"), "access-denied"),
            (
                "resolve many.example".into(),
                "[127.0.0.9, 127.0.0.1, 127.0.0.9]",
            ),
            (format!("tcp {echo} hello"), "hello"),
            (
                "resolve broken.example".into(),
                "temporary-resolver-failure",
            ),
            // The application got this address before the error.
            (format!("tcp 127.0.0.7:{port} x"), "connection-refused"),
            (format!("tcp 127.0.0.8:{port} x"), "access-denied"),
            ("resolve other.invalid".into(), "access-denied"),
        ],
    );
    let expected = [format!("tcp {echo}"), format!("tcp 127.0.0.7:{port}")];
    assert_eq!(peers, expected, "other peers were asked of the host");
    assert!(
        !asked.iter().any(|name| name == "other.invalid"),
        "{asked:?}"
    );

    // An IPv4-mapped address counts as the IPv4 address.
    let answers = names([("mapped.example", vec![addresses(&["::ffff:127.0.0.1"])])]);
    let (peers, _) = expect(
        &format!("connect = [\"tcp://mapped.example:{port}\"]"),
        answers,
        &[
            ("resolve MAPPED.example.".into(), "[::ffff:127.0.0.1]"),
            (format!("tcp {echo} hello"), "hello"),
        ],
    );
    assert_eq!(peers, [format!("tcp {echo}")]);
    // It is also denied as the IPv4 address.
    let answers = names([("mapped.example", vec![addresses(&["::ffff:127.0.0.1"])])]);
    let (peers, _) = expect(
        &format!("connect = [\"tcp://mapped.example:{port}\"]\ndeny = [\"loopback\"]"),
        answers,
        &[
            ("resolve mapped.example".into(), "[]"),
            (format!("tcp {echo} x"), "access-denied"),
        ],
    );
    assert_eq!(peers, [""; 0]);
}

#[test]
fn what_a_name_opens_is_of_its_rules_ports_and_protocol() {
    let ((tcp, _connections), udp) = (tcp_echo(), udp_echo());
    let (refused, _socket) = refusing([127, 0, 0, 4].into());
    let (below, above) = (refused.port() - 1, refused.port() + 1);
    let answers = || {
        names([
            ("one.example", vec![addresses(&["127.0.0.1"])]),
            ("two.example", vec![addresses(&["127.0.0.4"])]),
            ("three.example", vec![addresses(&["127.0.0.1"])]),
        ])
    };
    let rules = format!(
        "connect = [\"tcp://one.example:{}\", \"tcp://two.example:{below}-{}\", \"udp://three.example:{}\"]\n\
         listen = [\"udp://127.0.0.1:0\"]",
        tcp.port(),
        refused.port(),
        udp.port()
    );
    let local = "127.0.0.1:0";
    let (peers, _) = expect(
        &rules,
        answers(),
        &[
            ("resolve one.example".into(), "[127.0.0.1]"),
            (format!("udp {local} {udp} early"), "access-denied"),
            (format!("tcp {tcp} hello"), "hello"),
            (format!("tcp 127.0.0.1:{below} x"), "access-denied"),
            ("resolve two.example".into(), "[127.0.0.4]"),
            (format!("tcp {refused} x"), "connection-refused"),
            (format!("tcp 127.0.0.4:{above} x"), "access-denied"),
            (format!("tcp 127.0.0.4:{} x", tcp.port()), "access-denied"),
            ("resolve three.example".into(), "[127.0.0.1]"),
            (format!("udp {local} {udp} hello"), "hello"),
            (format!("connected {local} {udp} hello"), "hello"),
            (
                format!("udp {local} 127.0.0.4:{} x", udp.port()),
                "access-denied",
            ),
            (format!("udp {local} 127.0.0.1:{below} x"), "access-denied"),
            (format!("tcp {udp} x"), "access-denied"),
        ],
    );
    let mut peers: Vec<&str> = peers.iter().map(String::as_str).collect();
    peers.dedup();
    let expected = [
        format!("tcp {tcp}"),
        format!("tcp {refused}"),
        format!("udp {udp}"),
    ];
    assert_eq!(peers, expected, "other peers were asked of the host");
}
