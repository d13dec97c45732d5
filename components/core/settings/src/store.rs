//! Configuration of the `config` filter: the values in `wasi:config/store`.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::Configuration;

/// Which configuration values the application sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreConfig {
    /// Keys of the host's values that are passed on; `*` in a key stands for any run of characters.
    pub inherit: Vec<String>,
    /// Of those, keys that are not passed on; `*` as in `inherit`.
    pub except: Vec<String>,
    /// Values set by the policy, in the policy's order, each key once. They win over inherited ones of the same key.
    pub set: Vec<(String, String)>,
}

impl Configuration for StoreConfig {
    const ADAPTER: &'static str = "config";
}
