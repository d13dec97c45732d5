//! Programs written to get out or to bring the adapters down, one per name: the first argument says which. Each prints
//! `held` if nothing was got that should not have been, and otherwise what was. `list` prints their names.

mod counts;
mod numbers;
mod paths;
mod quotas;

/// An attack: its name, and what it does. The error is what was got.
type Attack = (&'static str, fn() -> Result<(), String>);

fn attacks() -> impl Iterator<Item = &'static Attack> {
    [
        paths::ATTACKS,
        numbers::ATTACKS,
        counts::ATTACKS,
        quotas::ATTACKS,
    ]
    .into_iter()
    .flatten()
}

/// An error with this text unless a condition holds.
fn check(holds: bool, text: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(text()) }
}

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    if name == "list" {
        attacks().for_each(|(name, _)| println!("{name}"));
        return;
    }
    let Some((_, attack)) = attacks().find(|(known, _)| *known == name) else {
        println!("no such attack");
        return;
    };
    match attack() {
        Ok(()) => println!("held"),
        Err(got) => println!("GOT {got}"),
    }
}
