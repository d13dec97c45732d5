//! `wasi:clocks`.

use crate::probe::{probes, returned};
use crate::wasi::clocks::{monotonic_clock, system_clock};

probes! {
    "wasi:clocks/monotonic-clock" {
        "now" => |_| returned(monotonic_clock::now()),
        "get-resolution" => |_| returned(monotonic_clock::get_resolution()),
        "wait-until" => |_| returned(monotonic_clock::wait_until(0).await),
        "wait-for" => |_| returned(monotonic_clock::wait_for(1000).await),
    }
    "wasi:clocks/system-clock" {
        "now" => |_| returned(system_clock::now()),
        "get-resolution" => |_| returned(system_clock::get_resolution()),
    }
}
