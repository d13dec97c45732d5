//! Calls one function of WASI, named by its first argument as the WIT has it (`wasi:cli/stdin get-stdin`), and reports
//! what it came to. Each file is the table of a package: interface, function, call.
//!
//! `list` prints every name. Further arguments: `tcp=`, `udp=` and `http=` say where peers listen. Arguments that cannot
//! be had are looked for in the variable `PROBE`, one per line. The report goes to standard error, or to standard
//! output if the function is about standard error.

mod cli;
mod clocks;
mod config;
mod filesystem;
mod http;
mod io;
mod probe;
mod random;
mod sockets;

use probe::{Peers, Probe};

fn tables() -> impl Iterator<Item = &'static Probe> {
    [
        io::PROBES,
        clocks::PROBES,
        random::PROBES,
        cli::PROBES,
        filesystem::PROBES,
        sockets::PROBES,
        http::PROBES,
        config::PROBES,
    ]
    .into_iter()
    .flatten()
}

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    if words.is_empty() {
        let variable = std::env::var("PROBE").unwrap_or_default();
        words = variable.lines().map(str::to_owned).collect();
    }
    let Some((name, peers)) = words.split_first() else {
        return;
    };
    if name == "list" {
        tables().for_each(|probe| println!("{} {}", probe.interface, probe.function));
        return;
    }
    let Some(probe) =
        tables().find(|probe| *name == format!("{} {}", probe.interface, probe.function))
    else {
        println!("no such function");
        return;
    };
    let outcome = match (probe.call)(&Peers::new(peers)) {
        Ok(outcome) | Err(outcome) => outcome,
    };
    if probe.interface.ends_with("stderr") {
        println!("{outcome}");
    } else {
        eprintln!("{outcome}");
    }
}
