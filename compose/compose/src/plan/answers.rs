//! The answers of a kernel to HTTP requests, as data.

use interpose_policy::model::RequestRule;
use interpose_settings::{Response, ResponsesConfig};

/// The answers of a kernel to HTTP requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponsesPlan {
    /// The answers; the first that is for a request answers it.
    pub list: Vec<ResponsePlan>,
    /// Whether a request that none of them answers goes to the layer below.
    pub others_go_below: bool,
    /// Whether the kernel may use the host's `wasi:http/types`.
    pub host_types: bool,
    /// Whether the kernel may ask the host's monotonic clock.
    pub monotonic_clock: bool,
}

/// An answer of a kernel to HTTP requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponsePlan {
    /// The requests that it is for.
    pub requests: RequestRule,
    /// How many requests it answers at most; `None` for any number.
    pub times: Option<u64>,
    /// The status code.
    pub status: u16,
    /// Headers: names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Nanoseconds between the request and the first byte of the answer.
    pub latency: u64,
}

impl ResponsesPlan {
    /// The configuration that the kernel decodes.
    pub(super) fn config(&self) -> ResponsesConfig<'_> {
        let list = self.list.iter().map(|plan| Response {
            requests: plan.requests.clone(),
            times: plan.times,
            status: plan.status,
            headers: plan.headers.clone(),
            body: &plan.body,
            latency: plan.latency,
        });
        ResponsesConfig {
            list: list.collect(),
            others_go_below: self.others_go_below,
            host_types: self.host_types,
            monotonic_clock: self.monotonic_clock,
        }
    }

    /// Whether the kernel calls functions of an interface of `wasi:http`, given without version.
    pub(super) fn uses(&self, path: &str) -> bool {
        match path {
            "wasi:http/types" => self.host_types,
            _ => self.others_go_below,
        }
    }
}
