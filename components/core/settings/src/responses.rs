//! Configuration of the answers that a kernel gives to HTTP requests without a network.

use alloc::{string::String, vec::Vec};

use interpose_http::RequestRule;
use serde::{Deserialize, Serialize};

/// Answers to HTTP requests. Only the build of the kernel with the feature `responses` has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponsesConfig<'a> {
    /// The answers; the first that is for a request answers it.
    #[serde(borrow)]
    pub list: Vec<Response<'a>>,
    /// Whether a request that none of them answers goes to the layer below. Otherwise the kernel refuses it, and the
    /// host's `wasi:http/outgoing-handler` is never called.
    pub others_go_below: bool,
    /// Whether the host's `wasi:http/types` can be called: because requests go to the layer below, or because the
    /// application handles requests.
    pub host_types: bool,
    /// Whether the kernel may ask the host's monotonic clock where the clocks are the host's. It may not if the
    /// application does not import this clock; then no answer takes time.
    pub monotonic_clock: bool,
}

/// An answer to HTTP requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response<'a> {
    /// The requests that it is for.
    pub requests: RequestRule,
    /// How many requests it answers at most; `None` for any number.
    pub times: Option<u64>,
    /// The status code.
    pub status: u16,
    /// The headers in their order: names, which may be repeated, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(borrow, with = "serde_bytes")]
    pub body: &'a [u8],
    /// Nanoseconds between the request and the first byte of the answer.
    pub latency: u64,
}
