//! Configuration of the `network` filter.

use interpose_rules::NetworkRules;
use serde::{Deserialize, Serialize};

use crate::Configuration;

/// The sockets and name lookups that the application may use. The default refuses all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkConfig {
    /// The sockets and lookups that are allowed.
    pub rules: NetworkRules,
}

impl Configuration for NetworkConfig {
    const ADAPTER: &'static str = "network";
}
