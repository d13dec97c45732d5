//! Prints the configuration values that its arguments name, and all that there are, as two drafts of `wasi:config` give
//! them: `store` before there were release candidates, and `runtime`, which it was called before.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    wit_bindgen::generate!({
        inline: "
            package test:drafts;

            world imports {
                import wasi:config/store@0.2.0-draft;
                import wasi:config/runtime@0.2.0-draft;
            }

            package wasi:config@0.2.0-draft {
                interface store {
                    variant error { upstream(string), io(string) }
                    get: func(key: string) -> result<option<string>, error>;
                    get-all: func() -> result<list<tuple<string, string>>, error>;
                }

                interface runtime {
                    variant config-error { upstream(string), io(string) }
                    get: func(key: string) -> result<option<string>, config-error>;
                    get-all: func() -> result<list<tuple<string, string>>, config-error>;
                }
            }
        ",
        world: "imports",
        generate_all,
    });
}

use bindings::wasi::config::{runtime, store};

fn main() {
    for name in std::env::args().skip(1) {
        println!("store {name}: {:?}", store::get(&name));
        println!("runtime {name}: {:?}", runtime::get(&name));
    }
    println!("store: {:?}", store::get_all());
    println!("runtime: {:?}", runtime::get_all());
}
