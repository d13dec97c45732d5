//! Links the host's functions of the interfaces that a component imports, and no others.

use std::collections::BTreeSet;
use std::io::{Write, stdout};

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, HasData, Linker, ResourceTable, WasmList};
use wasmtime::{Error, Result, StoreContextMut};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::OutputStream;
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random, sockets};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView};
use wasmtime_wasi::{I32Exit, WasiView};
use wasmtime_wasi_http::p2::bindings::http;
use wasmtime_wasi_http::{WasiHttp, WasiHttpView};
use wasmtime_wasi_io::bindings::wasi::io;

use crate::config;
use crate::configuring::link_configuration;
use crate::exit::link_exit;
use crate::grant::{Grant, Output};
use crate::last_line::Stderr;
use crate::linking_p3;
use crate::playing::Player;
use crate::program::Program;
use crate::refusals::{Refusals, link_report};
use crate::state::State;
use wasi_interpose::interface::InterfaceName;
use wasi_interpose::probe::{EVENT, PLAYER};
use wasi_interpose::surface::Item;
use wasi_interpose::wasi::{EXIT, Revision};

struct HasIo;

impl HasData for HasIo {
    type Data<'a> = &'a mut ResourceTable;
}

/// Links the host's implementation of every interface from which a component imports functions or resources, and the
/// configurations of its adapters, which tell of `refusals`, and tells the observers of its probes. The
/// functions of the interfaces in [`Grant::trapping`] trap instead.
pub(super) fn link(
    linker: &mut Linker<State>,
    program: &Program,
    grant: &Grant,
    refusals: &Refusals,
) -> Result<()> {
    let Program {
        component, surface, ..
    } = program;
    let trapping = &grant.trapping;
    let fuel = grant.limits.fuel.as_ref().map(|limit| limit.value);
    for import in &surface.imports {
        let mut configurations = grant.configurations.iter();
        if let Some(own) = configurations.find(|own| own.import == import.name) {
            link_configuration(linker, own, fuel)?;
            continue;
        }
        let observers = (0..).zip(&grant.observers);
        let observers = observers.filter(|(_, own)| own.sink == import.name);
        let observers: Vec<usize> = observers.map(|(position, _)| position).collect();
        if !observers.is_empty() {
            link_observers(linker, &import.name, observers)?;
            continue;
        }
        if let Some(player) = grant.player.as_ref().filter(|_| import.name == PLAYER) {
            link_player(linker, player, grant)?;
            continue;
        }
        let mut reports = grant.reports.iter();
        if let Some(own) = reports.find(|own| own.import == import.name) {
            link_report(linker, own, refusals)?;
            continue;
        }
        match import.interface() {
            Some(name) if trapping.contains(&name.path()) => {
                link_traps(linker, component, import)?;
            }
            Some(name) => link_interface(linker, import, &name)?,
            None => {}
        }
    }
    Ok(())
}

/// Links the interface to which a probe reports. `positions` are those of its observers in the grant.
fn link_observers(linker: &mut Linker<State>, sink: &str, positions: Vec<usize>) -> Result<()> {
    linker.instance(sink)?.func_wrap(
        EVENT,
        move |store: StoreContextMut<'_, State>, (event,): (WasmList<u8>,)| {
            let event = event.as_le_slice(&store);
            for position in &positions {
                store.data().observation.take(*position, event);
            }
            Ok(())
        },
    )
}

/// Links the interface that a replay tells what the application does.
fn link_player(linker: &mut Linker<State>, player: &Player, grant: &Grant) -> Result<()> {
    let mut instance = linker.instance(PLAYER)?;
    let (stdout, stderr) = (grant.stdout.clone(), grant.stderr.clone());
    instance.func_wrap(
        "print",
        move |store: StoreContextMut<'_, State>, (to, bytes): (u8, Vec<u8>)| {
            match to {
                1 => print(&stdout, None, bytes),
                _ => print(&stderr, Some(&store.data().stderr), bytes),
            }
            Ok(())
        },
    )?;
    instance.func_wrap("exit", |_, (status,): (u8,)| -> Result<()> {
        Err(I32Exit(status.into()).into())
    })?;
    let player = player.clone();
    instance.func_wrap("differs", move |_, (event,): (Vec<u8>,)| {
        player.differs(event);
        Ok(())
    })
}

/// Writes what a replayed application has written. What nobody can read is lost, as it would be in any run.
fn print(to: &Output, stderr: Option<&Stderr>, bytes: Vec<u8>) {
    match (to, stderr) {
        (Output::Discard, _) => {}
        (Output::Inherit, Some(stderr)) => stderr.print(&bytes),
        (Output::Inherit, None) => drop(stdout().write_all(&bytes)),
        (Output::Buffer(buffer), _) => drop(buffer.pipe().write(bytes.into())),
    }
}

/// Links functions that trap for all functions of an import.
fn link_traps(linker: &mut Linker<State>, component: &Component, import: &Item) -> Result<()> {
    let asynchronous = asynchronous(component, &import.name);
    let mut instance = linker.instance(&import.name)?;
    for function in &import.functions {
        let message = format!("`{function}` of `{}` is not granted", import.name);
        if asynchronous.contains(function) {
            instance.func_new_concurrent(function, move |_, _, _, _| {
                let error = Error::msg(message.clone());
                Box::pin(async move { Err(error) })
            })?;
        } else {
            instance.func_new(function, move |_, _, _, _| Err(Error::msg(message.clone())))?;
        }
    }
    Ok(())
}

/// The asynchronous functions of an imported instance.
fn asynchronous(component: &Component, import: &str) -> BTreeSet<String> {
    let engine = component.engine();
    let of_component = component.component_type();
    let import = of_component.get_import(engine, import);
    let Some(ComponentItem::ComponentInstance(instance)) = import.map(|import| import.ty) else {
        return BTreeSet::new();
    };
    let functions = instance.exports(engine).filter_map(|(name, export)| {
        let is_asynchronous = matches!(export.ty, ComponentItem::ComponentFunc(f) if f.async_());
        is_asynchronous.then(|| name.to_owned())
    });
    functions.collect()
}

fn link_interface(linker: &mut Linker<State>, import: &Item, name: &InterfaceName) -> Result<()> {
    // Versions of an interface share an implementation, so a definition may replace an equal one of another version.
    linker.allow_shadowing(true);
    let l = linker;
    let path = name.path();
    if matches!(path.as_str(), "wasi:config/store" | "wasi:config/runtime") {
        return config::link(l, import);
    }
    match name.revision() {
        Some(Revision::P2) => {}
        Some(Revision::P3) => return linking_p3::link(l, import, &path),
        Some(Revision::Config) | None => return Ok(()),
    }
    match path.as_str() {
        // These interfaces have no authority: only types, and functions on values that other interfaces created.
        "wasi:io/error" => io::error::add_to_linker::<State, HasIo>(l, |state| state.ctx().table),
        "wasi:io/poll" => io::poll::add_to_linker::<State, HasIo>(l, |state| state.ctx().table),
        "wasi:io/streams" => {
            io::streams::add_to_linker::<State, HasIo>(l, |state| state.ctx().table)
        }
        "wasi:filesystem/types" => {
            filesystem::types::add_to_linker::<State, WasiFilesystem>(l, State::filesystem)
        }
        "wasi:sockets/network" => sockets::network::add_to_linker::<State, WasiSockets>(
            l,
            &Default::default(),
            State::sockets,
        ),
        "wasi:sockets/tcp" => sockets::tcp::add_to_linker::<State, WasiSockets>(l, State::sockets),
        "wasi:sockets/udp" => sockets::udp::add_to_linker::<State, WasiSockets>(l, State::sockets),
        "wasi:http/types" => {
            http::types::add_to_linker::<State, WasiHttp>(l, &Default::default(), State::http)
        }
        "wasi:cli/terminal-input" => {
            cli::terminal_input::add_to_linker::<State, WasiCli>(l, State::cli)
        }
        "wasi:cli/terminal-output" => {
            cli::terminal_output::add_to_linker::<State, WasiCli>(l, State::cli)
        }
        // An import with types alone gets an instance without functions.
        _ if import.functions.is_empty() => l.instance(&import.name).map(drop),
        "wasi:filesystem/preopens" => {
            filesystem::preopens::add_to_linker::<State, WasiFilesystem>(l, State::filesystem)
        }
        "wasi:clocks/wall-clock" => {
            clocks::wall_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)
        }
        "wasi:clocks/monotonic-clock" => {
            clocks::monotonic_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)
        }
        "wasi:random/random" => {
            random::random::add_to_linker::<State, WasiRandom>(l, State::random)
        }
        "wasi:random/insecure" => {
            random::insecure::add_to_linker::<State, WasiRandom>(l, State::random)
        }
        "wasi:random/insecure-seed" => {
            random::insecure_seed::add_to_linker::<State, WasiRandom>(l, State::random)
        }
        "wasi:cli/environment" => cli::environment::add_to_linker::<State, WasiCli>(l, State::cli),
        "wasi:cli/exit" => link_exit(l, EXIT),
        "wasi:cli/stdin" => cli::stdin::add_to_linker::<State, WasiCli>(l, State::cli),
        "wasi:cli/stdout" => cli::stdout::add_to_linker::<State, WasiCli>(l, State::cli),
        "wasi:cli/stderr" => cli::stderr::add_to_linker::<State, WasiCli>(l, State::cli),
        "wasi:cli/terminal-stdin" => {
            cli::terminal_stdin::add_to_linker::<State, WasiCli>(l, State::cli)
        }
        "wasi:cli/terminal-stdout" => {
            cli::terminal_stdout::add_to_linker::<State, WasiCli>(l, State::cli)
        }
        "wasi:cli/terminal-stderr" => {
            cli::terminal_stderr::add_to_linker::<State, WasiCli>(l, State::cli)
        }
        "wasi:sockets/instance-network" => {
            sockets::instance_network::add_to_linker::<State, WasiSockets>(l, State::sockets)
        }
        "wasi:sockets/ip-name-lookup" => {
            sockets::ip_name_lookup::add_to_linker::<State, WasiSockets>(l, State::sockets)
        }
        "wasi:sockets/tcp-create-socket" => {
            sockets::tcp_create_socket::add_to_linker::<State, WasiSockets>(l, State::sockets)
        }
        "wasi:sockets/udp-create-socket" => {
            sockets::udp_create_socket::add_to_linker::<State, WasiSockets>(l, State::sockets)
        }
        "wasi:http/outgoing-handler" => {
            http::outgoing_handler::add_to_linker::<State, WasiHttp>(l, State::http)
        }
        // The error of the instantiation will name the import.
        _ => Ok(()),
    }
}
