//! Foreign bytes, such as applications: the one entrance to everything that parses WebAssembly.
//!
//! The parsers of the component model recurse, panic where their authors expected a case to be impossible, and allocate as
//! much as their input says. So bytes go three steps here before any of them sees them. The text form is parsed before the second step, on
//! the thread of the third: its own parser counts parentheses.
//!
//! 1. [`read`] takes a file of no more than [`MAX_BYTES`].
//! 2. [`check`] walks through the binary once, without recursion, and refuses what is deeper or more than [`Limits`]
//!    allow; [`check_packages`] does so for the WIT packages in core modules.
//! 3. [`apart`] runs the parsers on a thread whose stack is large enough for everything within the limits, and turns a
//!    panic into an error.

mod apart;
mod owners;
mod packages;
mod walk;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use miette::Diagnostic;
use thiserror::Error;

pub use apart::{apart, silence_panics};
pub(crate) use owners::Owners;
pub(crate) use packages::{PackagesFault, SECTION, check_packages};
pub(crate) use walk::{Fault, check};

/// The largest file that is read, in bytes. The largest programs that are known, compilers, have 70 MB; a file is held
/// in memory several times while it is composed, and a component cannot have modules of more than 1 GiB in any engine.
const MAX_BYTES: u64 = 512 << 20;

/// The largest text that is read, in bytes. The parser of the text form needs about forty times as much memory; the text
/// of a program of 2 MB has 15 MB.
const MAX_TEXT_BYTES: u64 = 64 << 20;

/// How much a binary may hold. What is counted is the same for each file; only a composition has more room than its
/// parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How deep components, and the types of components, instances and values, may be nested, whether written inside of
    /// each other or built out of each other.
    depth: u32,
    /// How many imports one component, or component type, may have, and how many exports.
    externs: u32,
    /// How many definitions (types, functions, instances, modules, aliases, arguments, declarations in types) all
    /// components of a file may have together.
    definitions: u32,
}

impl Limits {
    /// For files that this tool did not make.
    pub(crate) const FOREIGN: Self = Self {
        // The limit of wasmparser, and so of Wasmtime, for the types of values; wasmparser cannot count to more than 127.
        // Programs that are composed of composed programs reach 20.
        depth: 100,
        // Programs have less than a hundred. What compares two components compares each import with each export.
        externs: 10_000,
        // Programs that are linked out of dozens of shared libraries have some ten thousand.
        definitions: 1_000_000,
    };
    /// For everything whose surface is read, also what was composed of such files: it is a few levels deeper than they
    /// are, and has the definitions of all of them.
    pub(crate) const COMPOSED: Self = Self {
        depth: 110,
        externs: 2 * Self::FOREIGN.externs,
        definitions: 4 * Self::FOREIGN.definitions,
    };
}

/// A bound that foreign bytes exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Diagnostic)]
#[diagnostic(help(
    "no toolchain is known to make such a program; if yours does, please report it"
))]
#[non_exhaustive]
pub enum Limit {
    /// A file of more bytes than are read.
    #[error("it has more than {} MiB", .0 >> 20)]
    #[diagnostic(code("limit::bytes"))]
    Bytes(u64),
    /// A text of more bytes than are read.
    #[error("its text has more than {} MiB", .0 >> 20)]
    #[diagnostic(code("limit::text-bytes"))]
    TextBytes(u64),
    /// Components or types that are nested deeper.
    #[error("its components or types are nested more than {0} deep")]
    #[diagnostic(code("limit::depth"))]
    Depth(u32),
    /// A component with more imports.
    #[error("one of its components has more than {0} imports")]
    #[diagnostic(code("limit::imports"))]
    Imports(u32),
    /// A component with more exports.
    #[error("one of its components has more than {0} exports")]
    #[diagnostic(code("limit::exports"))]
    Exports(u32),
    /// A file with more definitions.
    #[error("its components have more than {0} definitions")]
    #[diagnostic(code("limit::definitions"))]
    Definitions(u32),
    /// A module that describes more worlds.
    #[error("it describes more than {0} worlds")]
    #[diagnostic(code("limit::worlds"))]
    Worlds(u32),
    /// A module whose worlds name more versions of one interface.
    #[error("its worlds name more than {0} versions of one interface")]
    #[diagnostic(code("limit::versions"))]
    Versions(usize),
}

/// Reads a file of no more than [`MAX_BYTES`]; of one whose length the system does not know, no more than that is read.
///
/// # Errors
/// What the system says; and [`Limit::Bytes`].
pub(crate) fn read(path: &Path) -> io::Result<Result<Vec<u8>, Limit>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > MAX_BYTES {
        return Ok(Err(Limit::Bytes(MAX_BYTES)));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(check_length(&bytes).map(|()| bytes))
}

/// Refuses bytes that are too many.
///
/// # Errors
/// [`Limit::Bytes`].
pub(crate) fn check_length(bytes: &[u8]) -> Result<(), Limit> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Limit::Bytes(MAX_BYTES));
    }
    Ok(())
}

/// Refuses a text that is too long.
///
/// # Errors
/// [`Limit::TextBytes`].
pub(crate) fn check_text_length(text: &[u8]) -> Result<(), Limit> {
    if text.len() as u64 > MAX_TEXT_BYTES {
        return Err(Limit::TextBytes(MAX_TEXT_BYTES));
    }
    Ok(())
}
