//! The same for the functions of WASI 0.3.

use std::collections::BTreeSet;
use std::sync::Arc;

use wasi_interpose::wasi::Revision;

use super::{
    DENIED, Function, Outcomes, Peers, RULES, Subject, ask_again, calls_exactly, functions_of,
    unlike_the_host,
};

const PROGRAM: &str = "p3_every_function";

/// A function that only a middleware can call. `running_0_3.rs` runs one under policies.
const MIDDLEWARES_ONLY: (&str, &str) = ("wasi:http/handler", "handle");

/// With [`RULES`], filters that allow everything.
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
    let found = unlike_the_host(PROGRAM, &[FILTERS, RULES].concat(), all_functions());
    assert_eq!(found, "");
}

/// With [`RULES`], a kernel that allows everything.
const KERNEL: &str = r#"
[stdio]
stdin = { text = "from the host\n" }
[[filesystem.mounts]]
path = "/"
source = "memory"
"#;

#[test]
fn what_a_kernel_of_0_3_allows_is_as_on_the_host() {
    let found = unlike_the_host(PROGRAM, &[KERNEL, RULES].concat(), all_functions());
    assert_eq!(found, "");
}

/// The tables for `docs/denied.md`.
pub(super) fn sections(peers: &Arc<Peers>) -> String {
    let functions = all_functions();
    let mut outcomes = Outcomes::new();
    for denied in DENIED {
        let asked: Vec<&Function> = functions
            .iter()
            .filter(|(of, _)| (denied.about)(of))
            .collect();
        // Nothing answers the other interfaces of WASI 0.3 yet, so a program with them could not be composed.
        if asked.is_empty() {
            continue;
        }
        let subject = Subject::under(PROGRAM, denied.text, peers);
        for function in asked {
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
