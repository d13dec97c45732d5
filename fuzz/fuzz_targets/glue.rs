//! A random interface, an application that calls its functions with any values, and a callee that answers: generated glue
//! between them does what Wasmtime does between two components.
#![no_main]

use libfuzzer_sys::fuzz_target;

// The suite `glue` runs the same cases.
#[path = "../../compose/cli/tests/glue/case.rs"]
mod case;
#[path = "../../compose/cli/tests/glue/compare.rs"]
mod compare;
#[path = "../../compose/cli/tests/glue/interface.rs"]
mod interface;
#[path = "../../compose/cli/tests/glue/package.rs"]
mod package;
#[path = "../../compose/cli/tests/glue/program.rs"]
mod program;
#[path = "../../compose/cli/tests/glue/runs.rs"]
mod runs;
#[path = "../../compose/cli/tests/glue/value.rs"]
mod value;

fuzz_target!(|bytes: &[u8]| compare::compare(bytes));
