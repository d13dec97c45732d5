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
    /// No arguments at all, not even the program's name.
    #[default]
    None,
    /// Exactly these, the program's name first.
    Set(Vec<String>),
}

/// What `wasi:cli/exit` does.
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
    /// What `initial-cwd` answers; `None` asks the host if `inherit_cwd` and otherwise answers none.
    pub cwd: Option<String>,
    /// Whether `initial-cwd` is the host's where `cwd` is not set.
    pub inherit_cwd: bool,
    /// What `exit` does.
    pub exit: Exit,
}

impl Configuration for EnvironmentConfig {
    const ADAPTER: &'static str = "environment";
}
