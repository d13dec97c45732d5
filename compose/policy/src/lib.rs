//! The policy language of `interpose`: TOML to a typed [`Policy`], with diagnostics.
//!
//! [`Policy::load`] reads a built-in policy or a file, [`Policy::parse`] a text. Each returns a policy that has been
//! checked completely, or [`PolicyErrors`] with everything that is wrong: each problem with its place in the file and,
//! where possible, a suggestion. They are [`miette::Diagnostic`]s.
//!
//! This crate looks at no application and reads no files except policies and graphs. Its users find out whether a
//! policy suits an application, and read the files that a mount bakes in.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod builtin;
mod conform;
pub mod covered;
mod document;
mod effective;
mod either;
mod error;
pub mod graph;
mod interface;
mod limits;
mod load;
pub mod model;
mod named;
mod nearest;
mod quantity;
mod reader;
mod schema;
mod shape;
mod tables;
mod timestamp;

use std::path::Path;
use std::time::Duration;

pub use builtin::Builtin;
pub use effective::{Difference, EffectiveError};
pub use effective::{list as toml_list, request as toml_request, text as toml_text};
pub use either::Document;
pub use error::{PolicyError, PolicyErrors, Problem};
pub use interface::{InterfaceError, InterfaceErrorKind, InterfacePattern};
pub use interpose_paths::CanonicalError;
pub use model::Policy;
pub use named::{NamedPath, PathUse};
pub use quantity::QuantityError;
pub use schema::{graph_schema, schema};
pub use tables::families::fault_functions;
pub use tables::faults::is_of_profile;
pub use timestamp::TimestampError;

/// Reads a duration as a policy writes it: `0`, or a number directly followed by `ns`, `us`, `ms`, `s`, `m` or `h`.
///
/// # Errors
/// [`QuantityError`] when the text is not a duration, or is one above 2⁶⁴ − 1 nanoseconds (some 584 years).
pub fn parse_duration(text: &str) -> Result<Duration, QuantityError> {
    quantity::DURATION.parse(text).map(Duration::from_nanos)
}

/// Reads a size in bytes as a policy writes it: `0`, or a number directly followed by `B`, `KB`, `KiB`, `MB`, `MiB`, `GB` or
/// `GiB`.
///
/// [`QuantityError`] when the text is not a size, or is one above 2⁶⁴ − 1 bytes.
pub fn parse_size(text: &str) -> Result<u64, QuantityError> {
    quantity::SIZE.parse(text)
}

/// Writes a number of nanoseconds as a policy does, such as `1500us`.
pub fn duration_text(nanoseconds: u64) -> String {
    quantity::DURATION.written(nanoseconds)
}

/// Writes a number of bytes as a policy does, such as `64MiB`.
pub fn size_text(bytes: u64) -> String {
    quantity::SIZE.written(bytes)
}

/// Writes a point in time as a policy does, such as `2026-01-01T00:00:00Z`.
pub fn time_text(time: model::Timestamp) -> String {
    timestamp::to_toml(time)
}

impl Policy {
    /// Reads a policy from `source`. Messages call it `name`; relative paths in it are relative to `directory`.
    ///
    /// Without a directory, these paths stay relative, and the policy can extend only built-in policies.
    ///
    /// # Errors
    /// [`PolicyErrors`] with everything that is wrong with the policy or with one that it extends.
    pub fn parse(name: &str, source: &str, directory: Option<&Path>) -> Result<Self, PolicyErrors> {
        load::parse(name, source, directory)
    }

    /// Reads the built-in policy of that name, or else the file at that path.
    ///
    /// # Errors
    /// [`PolicyErrors`] with everything that is wrong with the policy or with one that it extends.
    pub fn load(name_or_path: &str) -> Result<Self, PolicyErrors> {
        load::load(name_or_path)
    }

    /// The built-in policy of that name.
    pub fn builtin(name: &str) -> Option<&'static Builtin> {
        builtin::find(name)
    }

    /// All built-in policies, sorted by name.
    pub fn builtins() -> &'static [Builtin] {
        builtin::BUILTINS
    }
}
