//! `wasi:random/insecure-seed`.

use crate::bindings::{
    exports::wasi::random::insecure_seed::Guest, wasi::random::insecure_seed as host,
};
use crate::{Adapter, draw};

impl Guest for Adapter {
    fn get_insecure_seed() -> (u64, u64) {
        draw("get-insecure-seed", |numbers| {
            numbers.insecure_seed(host::get_insecure_seed)
        })
    }
}
