//! `wasi:config/store`, which the crate `wasip2` does not know.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    wit_bindgen::generate!({
        path: "../../../wit/p2/deps/config.wit",
        world: "wasi:config/imports",
        generate_all,
    });
}

pub use bindings::wasi::config::store::Error as StoreError;
use bindings::wasi::config::store::{get, get_all};

use crate::probe::{probes, shown};

probes! {
    "wasi:config/store" {
        "get" => |_| shown(get("greeting")),
        "get-all" => |_| shown(get_all()),
    }
}
