//! Policies that are known by name.

/// A policy that is part of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// The text of its file.
    pub source: &'static str,
}

macro_rules! builtins {
    ($($name:literal),*) => {
        &[$(Builtin { name: $name, source: include_str!(concat!("../policies/", $name, ".toml")) }),*]
    };
}

/// All of them, by name.
pub(crate) const BUILTINS: &[Builtin] = builtins![
    "deny",
    "deterministic",
    "inherit",
    "memory-filesystem",
    "no-ambient",
    "offline",
    "read-only",
    "sandbox"
];

/// The one of that name.
pub(crate) fn find(name: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|builtin| builtin.name == name)
}
