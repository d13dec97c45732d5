//! Calls one function of WASI 0.3, named by its first argument as the WIT has it (`wasi:random/random get-random-u64`), and
//! reports what it came to. Each file is the table of a package: interface, function, call.
//!
//! `list` prints every name. Further arguments: `tcp=`, `udp=` and `http=` say where peers listen. Arguments and the report
//! go through WASI 0.2, so that what denies a function of 0.3 does not also deny them; arguments that cannot be had are
//! looked for in the variable `PROBE`, one per line. `main`, which the component exports for WASI 0.2, must not be called.

#![allow(missing_docs, unsafe_code)] // The bindings.

wit_bindgen::generate!({
    path: "../../../wit/p3",
    world: "wasi-interpose:p3/every-function",
    generate_all,
});

mod cli;
mod clocks;
mod filesystem;
mod http;
mod probe;
mod random;
mod sockets;

use probe::{Peers, Probe};

struct Program;

export!(Program);

fn tables() -> impl Iterator<Item = &'static Probe> {
    [
        cli::PROBES,
        clocks::PROBES,
        filesystem::PROBES,
        http::PROBES,
        random::PROBES,
        sockets::PROBES,
    ]
    .into_iter()
    .flatten()
}

fn main() {
    panic!("the program was run as one of WASI 0.2");
}

impl exports::wasi::cli::run::Guest for Program {
    async fn run() -> Result<(), ()> {
        let mut words: Vec<String> = std::env::args().skip(1).collect();
        if words.is_empty() {
            let variable = std::env::var("PROBE").unwrap_or_default();
            words = variable.lines().map(str::to_owned).collect();
        }
        let (name, peers) = words.split_first().ok_or(())?;
        if name == "list" {
            tables().for_each(|probe| println!("{} {}", probe.interface, probe.function));
            return Ok(());
        }
        let probe =
            tables().find(|probe| *name == format!("{} {}", probe.interface, probe.function));
        let probe = probe.ok_or(())?;
        match (probe.call)(Peers::new(peers)).await {
            // What denies one output leaves the other.
            Ok(outcome) | Err(outcome) if probe.interface.ends_with("stderr") => {
                println!("{outcome}");
            }
            Ok(outcome) | Err(outcome) => eprintln!("{outcome}"),
        }
        Ok(())
    }
}
