//! What a malicious application would do to get at the callee's memory, or at a resource that it does not have. Each
//! program does the same to a runtime, as one of two components.

mod handles;
mod memory;
mod modules;

use wasi_interpose::link::fuse::glue::Memories;

use crate::package::Package;
use crate::runs::{Dumps, Fused, Run, Wired};
use crate::value::SIZE;

/// A program with memory, and a function that allocates if it has none of its own.
fn program(imports: &str, rest: &str) -> String {
    let own = rest.contains("cabi_realloc");
    let allocates = r#"
      (global $heap (mut i32) (i32.const 65536))
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $heap (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
        (global.get $heap)
        (global.set $heap (i32.add (global.get $heap) (local.get 3))))"#;
    let allocates = if own { "" } else { allocates };
    format!(
        "(module {imports} {rest} (memory (export \"memory\") 2) {allocates}
        (func (export \"dump\") (result i32)
          (i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 4) (i32.const {SIZE}))
          (i32.const 0)))"
    )
}

/// Runs an application's code in each form.
fn run(items: &str, uses: &str, code: &str, offers: &str) -> [wasmtime::Result<Dumps>; 3] {
    let package = Package::new(items);
    let code = match code.contains("\"step\"") {
        true => code.to_owned(),
        false => format!("(func (export \"step\") (param i32) {code})"),
    };
    let texts = [program(uses, &code), program("", offers)];
    let fused = |form| Fused::new(&package, &texts, form).step(0);
    [
        Wired::new(&package, &texts).step(0),
        fused(Memories::Multiple),
        fused(Memories::Portable),
    ]
}

/// Runs an application's code, which must trap in each form.
fn traps(items: &str, uses: &str, code: &str, offers: &str) {
    for (form, outcome) in run(items, uses, code, offers).into_iter().enumerate() {
        assert!(outcome.is_err(), "form {form}: {code}");
    }
}

/// Runs an application's code, which must not trap, and returns the memories, which must be equal in all forms.
fn works(items: &str, uses: &str, code: &str, offers: &str) -> Dumps {
    let [wired, others @ ..] = run(items, uses, code, offers);
    let wired = wired.unwrap_or_else(|error| panic!("wired: {error:?}: {code}"));
    for (form, other) in others.into_iter().enumerate() {
        let other = other.unwrap_or_else(|error| panic!("form {form}: {error:?}: {code}"));
        assert!(other == wired, "form {form}: {code}");
    }
    wired
}
