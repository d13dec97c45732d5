//! Programs written to reach peers that the policy does not allow, or to bring the adapters of the network down, one per
//! name: `NAME OPEN CLOSED`, with the ports of the servers that are allowed and denied. Each prints `held` if nothing
//! was reached that should not have been, and otherwise what was. `list` prints their names.

mod requests;
mod sockets;

/// Ports of the servers on the loopback interface: for TCP, UDP and HTTP each the same.
#[derive(Clone, Copy)]
struct Ports {
    open: u16,
    closed: u16,
}

/// An attack: its name, and what it does. The error is what was got.
type Attack = (&'static str, fn(Ports) -> Result<(), String>);

/// Numbers near the limits of 31, 32, 63 and 64 bits.
const NUMBERS: &[u64] = &[
    0,
    1,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX,
];

fn attacks() -> impl Iterator<Item = &'static Attack> {
    sockets::ATTACKS.iter().chain(requests::ATTACKS)
}

/// An error with this text unless a condition holds.
fn check(holds: bool, text: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(text()) }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (name, open, closed) = match arguments[..] {
        ["list"] => return attacks().for_each(|(name, _)| println!("{name}")),
        [name, open, closed] => (name, open, closed),
        _ => panic!("NAME OPEN CLOSED"),
    };
    let port = |text: &str| text.parse().expect("a port");
    let (open, closed) = (port(open), port(closed));
    let attack = attacks().find(|(known, _)| *known == name);
    let (_, attack) = attack.expect("a known attack");
    match attack(Ports { open, closed }) {
        Ok(()) => println!("held"),
        Err(got) => println!("GOT {got}"),
    }
}
