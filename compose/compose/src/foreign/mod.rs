//! Foreign bytes, such as applications: the one entrance to everything that parses WebAssembly.
//!
//! The parsers of the component model recurse, panic in cases that their authors considered impossible, and allocate as
//! much as their input says. So foreign bytes pass three steps before these parsers see them. The text form is parsed
//! before the second step, on the thread of the third, because the parser of the text form limits the nesting of
//! parentheses itself.
//!
//! 1. [`read`] takes a file of no more than [`MAX_BYTES`].
//! 2. [`check`] walks through the binary once, without recursion, and refuses one that exceeds the [`Limits`];
//!    [`check_packages`] does the same for the WIT packages in core modules.
//! 3. [`apart`] runs the parsers on a thread whose stack is large enough for everything within the limits, and turns a
//!    panic into an error.

mod apart;
mod imports;
mod owners;
mod packages;
mod validate;
mod walk;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use miette::Diagnostic;
use thiserror::Error;

pub use apart::{apart, silence_panics};
pub(crate) use imports::check_module_imports;
pub(crate) use owners::Owners;
pub(crate) use packages::{PackagesFault, SECTION, check_packages};
pub(crate) use validate::{validate, validate_structure};
pub(crate) use walk::{Fault, check};

/// The size in bytes of the largest file that is read. The largest known programs, compilers, have 70 MB. Composing
/// holds a file in memory several times, and no engine takes a module of more than 1 GiB.
const MAX_BYTES: u64 = 512 << 20;

/// The size in bytes of the largest text that is read. Its parser needs about forty times as much memory; the text of a
/// program of 2 MB has 15 MB.
const MAX_TEXT_BYTES: u64 = 64 << 20;

/// Limits of the contents of a binary. They are equal for all foreign files; only a composition may have more than its
/// parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The greatest depth to which components and the types of components, instances and values may be nested, whether
    /// by writing one inside another or by referring to one from another.
    depth: u32,
    /// The most imports, and the most exports, of one component or component type; the most imports of a core module
    /// that is to become a component.
    externs: u32,
    /// The most definitions (types, functions, instances, modules, aliases, arguments, declarations in types) of all
    /// components of a file together.
    definitions: u32,
}

impl Limits {
    /// The limits of files that this tool did not make.
    pub(crate) const FOREIGN: Self = Self {
        // Wasmparser, and therefore Wasmtime, allows types of values a depth of 100, and wasmparser cannot count beyond
        // 127. Programs that are composed of composed programs reach 20.
        depth: 100,
        // Programs have less than a hundred. Comparing two components compares each import with each export.
        externs: 10_000,
        // Programs that are linked from dozens of shared libraries have some ten thousand.
        definitions: 1_000_000,
    };
    /// The limits of components whose surface is read, including compositions of foreign files: a composition is a few
    /// levels deeper than its parts, and has the definitions of all of them.
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
    /// The file is too large.
    #[error("it has more than {} MiB", .0 >> 20)]
    #[diagnostic(code("limit::bytes"))]
    Bytes(u64),
    /// The text is too long.
    #[error("its text has more than {} MiB", .0 >> 20)]
    #[diagnostic(code("limit::text-bytes"))]
    TextBytes(u64),
    /// Components or types are nested too deep.
    #[error("its components or types are nested more than {0} deep")]
    #[diagnostic(code("limit::depth"))]
    Depth(u32),
    /// A component has too many imports.
    #[error("one of its components has more than {0} imports")]
    #[diagnostic(code("limit::imports"))]
    Imports(u32),
    /// A core module has too many imports.
    #[error("it has more than {0} imports")]
    #[diagnostic(code("limit::module-imports"))]
    ModuleImports(u32),
    /// A component has too many exports.
    #[error("one of its components has more than {0} exports")]
    #[diagnostic(code("limit::exports"))]
    Exports(u32),
    /// The components have too many definitions.
    #[error("its components have more than {0} definitions")]
    #[diagnostic(code("limit::definitions"))]
    Definitions(u32),
    /// A module describes too many worlds.
    #[error("it describes more than {0} worlds")]
    #[diagnostic(code("limit::worlds"))]
    Worlds(u32),
    /// The worlds of a module name too many versions of one interface.
    #[error("its worlds name more than {0} versions of one interface")]
    #[diagnostic(code("limit::versions"))]
    Versions(usize),
}

/// Reads a file of at most [`MAX_BYTES`]; the bound also holds for files of unknown length, such as pipes.
///
/// # Errors
/// The error of the system, or [`Limit::Bytes`].
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

/// Refuses a file that is too large.
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
