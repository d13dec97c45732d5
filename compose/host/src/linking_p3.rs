//! Links the host's functions of an interface of WASI 0.3.

use wasmtime::Result;
use wasmtime::component::Linker;
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p3::bindings::{cli, clocks, filesystem, random, sockets};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView};
use wasmtime_wasi_http::p3::bindings::http;
use wasmtime_wasi_http::{WasiHttp, WasiHttpView};

use crate::exit::link_exit;
use crate::state::State;
use wasi_interpose::surface::Item;

/// Links the interface with this path. What a function may do is in the store's data, as for WASI 0.2.
pub(super) fn link(l: &mut Linker<State>, import: &Item, path: &str) -> Result<()> {
    match path {
        // These interfaces have no authority: only types, and functions on values that other interfaces created. That sockets
        // can be made without another interface is why the grant decides about each of them.
        "wasi:filesystem/types" => {
            filesystem::types::add_to_linker::<State, WasiFilesystem>(l, State::filesystem)
        }
        "wasi:sockets/types" => {
            sockets::types::add_to_linker::<State, WasiSockets>(l, State::sockets)
        }
        "wasi:http/types" => http::types::add_to_linker::<State, WasiHttp>(l, State::http),
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
        "wasi:clocks/monotonic-clock" => {
            clocks::monotonic_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)
        }
        "wasi:clocks/system-clock" => {
            clocks::system_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)
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
        "wasi:cli/exit" => link_exit(l, &import.name),
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
        "wasi:sockets/ip-name-lookup" => {
            sockets::ip_name_lookup::add_to_linker::<State, WasiSockets>(l, State::sockets)
        }
        "wasi:http/client" => http::client::add_to_linker::<State, WasiHttp>(l, State::http),
        // The error of the instantiation will name the import: `wasi:http/handler` is another component's.
        _ => Ok(()),
    }
}
