//! The adapter for `wasi:config/store`: a selection of the host's configuration values, and values that the policy
//! sets.
//!
//! World: `config` in `wit/p2/config.wit`. [`interpose_selection`] decides which values an application sees.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::Adapter;
    wit_bindgen::generate!({
        world: "config",
        path: "../../../wit/p2",
        generate_all,
        // The host's errors are passed on unchanged.
        merge_structurally_equal_types: true,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::{configure, erase, state, with};
use interpose_selection::Selection;
use interpose_settings::{Reason, StoreConfig};

use bindings::exports::wasi::config::store::{Error, Guest};
use bindings::wasi::config::store as host;

struct Adapter;

state!(static VALUES: Selection);

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&VALUES, &config, |config: StoreConfig| {
            Selection::new(&config.inherit, &config.except, config.set)
                .map_err(|error| format!("the key {error}"))
        });
        erase(config);
        result
    }
}

impl Guest for Adapter {
    fn get(key: String) -> Result<Option<String>, Error> {
        with(&VALUES, |values| {
            if values.withholds(&key) {
                refused(Reason::Key, "get", Subject::Text(&[&key]));
            }
            values.get(&key, || host::get(&key))
        })
    }

    fn get_all() -> Result<Vec<(String, String)>, Error> {
        with(&VALUES, |values| values.all(host::get_all))
    }
}
