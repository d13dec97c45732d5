//! `wasi:clocks`.

use wasip2::clocks::{monotonic_clock, wall_clock};

use crate::probe::{probes, returned};

probes! {
    "wasi:clocks/monotonic-clock" {
        "now" => |_| returned(monotonic_clock::now()),
        "resolution" => |_| returned(monotonic_clock::resolution()),
        "subscribe-instant" => |_| returned(monotonic_clock::subscribe_instant(0).block()),
        "subscribe-duration" => |_| returned(monotonic_clock::subscribe_duration(1000).block()),
    }
    "wasi:clocks/wall-clock" {
        "now" => |_| returned(wall_clock::now()),
        "resolution" => |_| returned(wall_clock::resolution()),
    }
}
