//! Configuration of the `environment` filter: variables, arguments, working directory, exit.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::Configuration;

/// Which environment variables the application sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariablesConfig {
    /// Names of the host's variables that are passed on; `*` in a name stands for any run of characters.
    pub inherit: Vec<String>,
    /// Of those, names that are not passed on; `*` as in `inherit`.
    pub except: Vec<String>,
    /// Variables set by the policy, in the policy's order. They win over inherited ones of the same name.
    pub set: Vec<(String, String)>,
}

/// Which command-line arguments the application sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ArgumentsConfig {
    /// The host's.
    Host,
    /// No arguments, not even the program's name.
    #[default]
    None,
    /// Exactly these, the program's name first.
    Set(Vec<String>),
}

/// The effect of `wasi:cli/exit`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// The host's exit is called.
    #[default]
    Host,
    /// The call traps.
    Trap,
}

/// Configuration of the `environment` filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentConfig {
    /// Environment variables.
    pub variables: VariablesConfig,
    /// Command-line arguments.
    pub arguments: ArgumentsConfig,
    /// The answer of `initial-cwd`. If this is `None`, `inherit_cwd` decides.
    pub cwd: Option<String>,
    /// Whether `initial-cwd` answers with the host's directory where `cwd` is `None`; otherwise it answers `none`.
    pub inherit_cwd: bool,
    /// The effect of `exit`.
    pub exit: Exit,
}

impl Configuration for EnvironmentConfig {
    const ADAPTER: &'static str = "environment";
}
