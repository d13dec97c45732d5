//! Configuration of the `http` filter.

use interpose_http::{HeaderRules, HttpRules};
use serde::{Deserialize, Serialize};

use crate::Configuration;

/// Which HTTP requests the application may make. The default refuses all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpConfig {
    /// What is allowed.
    pub rules: HttpRules,
    /// How the headers of each request are changed. Only the filter that is asked for new requests changes any.
    pub headers: HeaderRules,
}

impl Configuration for HttpConfig {
    const ADAPTER: &'static str = "http";
}
