//! The cases, a module per family of functions.

mod descriptor;
mod directory;
mod fault;
mod invalid;
mod issue;
mod open;
mod path;
mod poll;
mod process;
mod read;
mod rights;
mod seek;
mod socket;
mod stat;
mod strings;
mod write;

/// A case: the name and what it does.
pub type Case = (&'static str, fn());

/// All cases.
pub fn all() -> impl Iterator<Item = Case> {
    let families: [&[Case]; 16] = [
        descriptor::CASES,
        directory::CASES,
        fault::CASES,
        invalid::CASES,
        issue::CASES,
        open::CASES,
        path::CASES,
        poll::CASES,
        process::CASES,
        read::CASES,
        rights::CASES,
        seek::CASES,
        socket::CASES,
        stat::CASES,
        strings::CASES,
        write::CASES,
    ];
    families.into_iter().flatten().copied()
}
