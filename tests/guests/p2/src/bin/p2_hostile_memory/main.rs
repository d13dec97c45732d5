//! Programs written to fill the memory of adapters by what they pass to them: lists of which all entries are one and the
//! same text, texts as large as they can be had, numbers without bounds, and as many handles as there are. The first
//! argument says which attack. Each prints `OWN held` if it got errors where it had to, with the bytes of memory that the
//! program itself has, and otherwise what it got. `list` prints the names, `functions` every function that is attacked.

mod aliases;
mod files;
mod http;
mod io;
mod network;

/// An attack.
struct Attack {
    name: &'static str,
    /// The functions that get what the attack is about: interface and function.
    functions: &'static [&'static str],
    /// The error is what was got.
    run: fn() -> Result<(), String>,
}

/// As long as no text and no list should be: thousands of times what any function has a use for.
const LARGE: usize = 32 << 20;

fn attacks() -> impl Iterator<Item = &'static Attack> {
    [http::ATTACKS, files::ATTACKS, io::ATTACKS, network::ATTACKS]
        .into_iter()
        .flatten()
}

/// An error with this text unless a condition holds.
fn check(holds: bool, text: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(text()) }
}

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    match name.as_str() {
        "list" => return attacks().for_each(|attack| println!("{}", attack.name)),
        "functions" => {
            let functions = attacks().flat_map(|attack| attack.functions);
            return functions.for_each(|function| println!("{function}"));
        }
        _ => {}
    }
    let Some(attack) = attacks().find(|attack| attack.name == name) else {
        println!("no such attack");
        return;
    };
    match (attack.run)() {
        Ok(()) => println!("{} held", core::arch::wasm32::memory_size::<0>() * 65_536),
        Err(got) => println!("GOT {got}"),
    }
}
