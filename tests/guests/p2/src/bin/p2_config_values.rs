//! Prints the configuration values that its arguments name, and all that there are.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    wit_bindgen::generate!({
        path: "../../../wit/p2/deps/config.wit",
        world: "wasi:config/imports",
        generate_all,
    });
}

use bindings::wasi::config::store::{get, get_all};

fn main() {
    for name in std::env::args().skip(1) {
        println!("{name}: {:?}", get(&name));
    }
    println!("all: {:?}", get_all());
}
