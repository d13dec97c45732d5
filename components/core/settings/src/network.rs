//! Configuration of the `network` filter.

use interpose_rules::NetworkRules;
use serde::{Deserialize, Serialize};

use crate::Configuration;

/// Which sockets and name lookups the application may have. The default refuses all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkConfig {
    /// What is allowed.
    pub rules: NetworkRules,
}

impl Configuration for NetworkConfig {
    const ADAPTER: &'static str = "network";
}
