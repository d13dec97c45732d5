//! The policies that are part of this program and known by name.

/// A policy that is part of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Builtin {
    /// The name under which `extends` and the command line find the policy.
    pub name: &'static str,
    /// The text of its file.
    pub source: &'static str,
}

macro_rules! builtins {
    ($($name:literal),*) => {
        &[$(Builtin { name: $name, source: include_str!(concat!("../policies/", $name, ".toml")) }),*]
    };
}

/// All built-in policies, sorted by name.
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

/// The built-in policy of that name.
pub(crate) fn find(name: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|builtin| builtin.name == name)
}
