//! Configuration of the adapter `streams-p3`.

use serde::{Deserialize, Serialize};

use crate::Configuration;

/// Configuration of the adapter that gives functions of the kernel their synchronous form. There is nothing to configure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamsConfig {}

impl Configuration for StreamsConfig {
    const ADAPTER: &'static str = "streams";
}
