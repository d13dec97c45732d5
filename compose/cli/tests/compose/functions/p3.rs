//! The same for the functions of WASI 0.3.

use std::collections::BTreeSet;
use std::sync::Arc;

use wasi_interpose::wasi::Revision;

use super::{
    Denied, Function, Outcomes, Peers, Subject, ask_again, calls_exactly, functions_of,
    unlike_the_host,
};

const PROGRAM: &str = "p3_every_function";

const DENIED: &[Denied] = &[
    Denied {
        tables: "`[arguments]`, `[environment]`",
        text: "[environment]\n",
        about: |interface| interface == "wasi:cli/environment",
    },
    Denied {
        tables: "`[exit]`",
        text: "[exit]\nmode = \"trap\"\n",
        about: |interface| interface == "wasi:cli/exit",
    },
    Denied {
        tables: "`[clocks]`",
        text: "[clocks]\nmode = \"deny\"\n",
        about: |interface| interface.starts_with("wasi:clocks/"),
    },
    Denied {
        tables: "`[random]`",
        text: "[random]\nmode = \"deny\"\n",
        about: |interface| interface.starts_with("wasi:random/"),
    },
    Denied {
        tables: "`[filesystem]`",
        text: "[filesystem]\n",
        about: |interface| interface.starts_with("wasi:filesystem/"),
    },
    Denied {
        tables: "`[network]`",
        text: "[network]\n",
        about: |interface| interface.starts_with("wasi:sockets/"),
    },
    Denied {
        tables: "`[http]`",
        text: "[http]\n",
        about: |interface| interface.starts_with("wasi:http/"),
    },
];

/// A function that only a middleware can call. `running_0_3.rs` runs one under policies.
const MIDDLEWARES_ONLY: (&str, &str) = ("wasi:http/handler", "handle");

/// Filters that allow everything.
const FILTERS: &str = r#"
[environment]
inherit = ["*"]
[arguments]
inherit = true
[clocks]
mode = "coarse"
resolution = "1us"
[random]
mode = "seeded"
seed = 1
[[filesystem.mounts]]
path = "/"
source = "host"
[network]
connect = ["tcp://127.0.0.1:*", "udp://127.0.0.1:*"]
listen = ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"]
resolve = ["localhost"]
[http]
allow = ["http://127.0.0.1:*/*"]
"#;

fn all_functions() -> BTreeSet<Function> {
    let mut functions = functions_of(Revision::P3);
    let (interface, function) = MIDDLEWARES_ONLY;
    let was_there = functions.remove(&(interface.to_owned(), function.to_owned()));
    assert!(was_there, "no adapter exports {interface}");
    functions
}

#[test]
fn every_function_of_0_3_is_called() {
    let expected = all_functions();
    calls_exactly(PROGRAM, &expected);
    assert!(expected.len() >= 80, "{}", expected.len());
}

#[test]
fn what_filters_of_0_3_allow_is_as_on_the_host() {
    let found = unlike_the_host(PROGRAM, FILTERS, all_functions());
    assert_eq!(found, "");
}

/// The tables for `docs/denied.md`.
pub(super) fn sections(peers: &Arc<Peers>) -> String {
    let functions = all_functions();
    let mut outcomes = Outcomes::new();
    for denied in DENIED {
        let subject = Subject::under(PROGRAM, denied.text, peers);
        for function in functions.iter().filter(|(of, _)| (denied.about)(of)) {
            let found = subject.outcome(function);
            let entry = (denied.tables, found.clone(), found);
            let before = outcomes.insert(function, entry);
            assert!(before.is_none(), "{function:?} is asked twice");
        }
    }
    let arguments = Subject::under(PROGRAM, "[arguments]\n", peers);
    ask_again(
        &arguments,
        &["get-arguments", "get-initial-cwd"],
        &mut outcomes,
    );
    super::sections(&functions, &outcomes, " of WASI 0.3")
}
